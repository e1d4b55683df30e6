// Any bytes are refused at a place within them, or are a value that survives being written and read again.
import FuzzSupport
import JSONRPC

@main enum FuzzJSON {
  static func main() {
    Fuzzing.run { data, count in
      FuzzJSON.read(Array(UnsafeBufferPointer(start: data, count: count)))
      return 0
    }
  }

  private static func read(_ bytes: [UInt8]) {
    do throws(JSONSyntaxError) {
      holdRoundTrip(try JSONReader.read(bytes))
    } catch {
      Fuzzing.hold((0...bytes.count).contains(error.offset), "the offset \(error.offset) lies outside")
      Fuzzing.hold(bytes.count > 0 || error.reason == .unexpectedEnd, "nothing is refused as \(error.reason)")
      // What follows cannot mend what is wrong already, unless the text merely ended too soon.
      guard error.reason != .unexpectedEnd, error.reason != .invalidUTF8, error.reason != .loneSurrogate else { return }
      let longer = Result { () throws(JSONSyntaxError) in try JSONReader.read(bytes + [0x22]) }
      guard case .failure(let again) = longer else { fatalError("a byte more makes it valid") }  // Allowed: as in `hold`.
      Fuzzing.hold(again.offset == error.offset && again.reason == error.reason, "\(error) becomes \(again)")
    }
  }

  private static func holdRoundTrip(_ value: JSON) {
    let written = Self.written(value)
    Fuzzing.hold(!written.contains { $0 < 0x20 }, "a control character is written as it is")
    do throws(JSONSyntaxError) {
      let again = try JSONReader.read(written)
      Fuzzing.hold(again == value, "it is read back as another value")
      Fuzzing.hold(Self.written(again) == written, "it is written in two ways")
    } catch {
      fatalError("what was written is refused: \(error)")  // Allowed: as in `hold`.
    }
  }

  private static func written(_ value: JSON) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(value)
    return writer.bytes
  }
}
