// What the fuzz targets share. A target says what must hold for any bytes at all; what does not hold ends it, and libFuzzer keeps the bytes.
import CLibFuzzer
import Glibc

public enum Fuzzing {
  /// Hands over to libFuzzer, which calls `callback` with inputs until it finds one that ends the program, or its time is over.
  public static func run(_ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> CInt) -> Never {
    var count = CommandLine.argc
    var arguments: UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>? = CommandLine.unsafeArgv
    exit(LLVMFuzzerRunDriver(&count, &arguments, callback))
  }

  public static func hold(_ condition: Bool, _ rule: @autoclosure () -> String) {
    if !condition { fatalError(rule()) }  // Allowed: libFuzzer keeps the input of what ends the program.
  }
}
