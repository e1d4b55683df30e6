// Runs one hot path so many times: what scripts/gate counts the instructions of. No database, no randomness, fixed inputs.
import Glibc

/// Work that every call or sale does.
struct HotPath {
  let name: String
  /// How often it is to run, so that counting takes a second or two.
  let times: Int
  /// Makes the inputs, and answers what runs the path a number of times. That checks what comes out and throws where it is wrong.
  let make: () throws -> (_ times: Int) throws -> Void

  static var all: [HotPath] { WirePaths.all + SalePaths.all + RowPaths.all }
}

/// A path that did not do its work.
struct Unexpected: Error {
  let what: String

  init(_ what: String) { self.what = what }
}

/// Keeps what an expression made from being found useless and left out.
@inline(never)
func consume<Value>(_ value: Value) {}

@main
enum Main {
  static func main() {
    let arguments = CommandLine.arguments.dropFirst()
    if arguments == ["--list"] {
      for path in HotPath.all { print(path.name, path.times) }
      return
    }
    guard arguments.count == 2, let path = HotPath.all.first(where: { $0.name == arguments.first }),
      let times = arguments.last.flatMap({ Int($0) }), times > 0
    else { fail("usage: hot-paths --list | hot-paths PATH TIMES", status: 64) }
    do {
      try path.make()(times)
    } catch {
      fail("\(path.name): \(error)", status: 1)
    }
  }

  private static func fail(_ text: String, status: Int32) -> Never {
    let line = "hot-paths: \(text)\n"
    write(STDERR_FILENO, line, line.utf8.count)
    exit(status)
  }
}
