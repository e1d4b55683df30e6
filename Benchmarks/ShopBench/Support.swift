// What more than one of the benchmarks needs.
import Glibc

/// Microseconds that `body` takes.
func time(_ body: () -> Void) -> Int {
  let start = nanoseconds()
  body()
  return (nanoseconds() - start) / 1_000
}

/// The monotonic clock.
func nanoseconds() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

func percentile(_ values: [Int], _ share: Int) -> Int {
  let sorted = values.sorted()
  return sorted[min(sorted.count - 1, sorted.count * share / 100)]
}

/// The middle one, or what lies between the middle two.
func median(_ values: [Int]) -> Int {
  let sorted = values.sorted()
  return (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Runs a program and returns what it printed, on either stream; fails where the program does.
@discardableResult
func run(_ program: String, _ arguments: [String]) -> String {
  let words = ([program] + arguments).map {
    "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
  guard let pipe = popen(words.joined(separator: " ") + " 2>&1", "r") else { fail("cannot run \(program)") }
  var text: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, pipe)
    if count == 0 { break }
    text += chunk[..<count]
  }
  let said = String(decoding: text, as: UTF8.self)
  guard pclose(pipe) == 0 else { fail("\(program): \(said)") }
  return said
}

/// A file's text, empty where there is none.
func contents(of path: String) -> String {
  guard let file = fopen(path, "r") else { return "" }
  defer { fclose(file) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, file)
    if count == 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk[..<count]
  }
}

/// The number on the line that starts with a label; 0 where there is none.
func statusNumber(_ label: String, in text: String) -> Int {
  guard let line = text.split(separator: "\n").first(where: { $0.hasPrefix(label) }) else { return 0 }
  return Int(line.filter(\.isNumber)) ?? 0
}

func write(_ text: String, to path: String) {
  guard let file = fopen(path, "w") else { fail("cannot write \(path)") }
  fputs(text, file)
  guard fclose(file) == 0 else { fail("cannot write \(path)") }
}

/// A ratio of two figures with two decimals, without floating point.
func ratio(_ a: Int, _ b: Int) -> String { hundredths(b == 0 ? 0 : (a * 100 + b / 2) / b) }

func hundredths(_ value: Int) -> String { "\(value / 100).\(value % 100 < 10 ? "0" : "")\(value % 100)" }

func productID(_ number: Int) -> String {
  let digits = String(number)
  return "00000000-0000-4000-8000-" + String(repeating: "0", count: 12 - digits.count) + digits
}
