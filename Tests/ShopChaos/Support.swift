// What all of the harness needs: the clock, words for people, programs and files.
import Glibc

/// The monotonic clock, in nanoseconds.
func nanoseconds() -> Int {
  var now = timespec()
  clock_gettime(CLOCK_MONOTONIC, &now)
  return now.tv_sec * 1_000_000_000 + now.tv_nsec
}

let millisecond = 1_000_000
let second = 1_000_000_000

/// For people: on stderr, so that stdout holds the figure alone.
func say(_ text: String) { put("chaos: \(text)\n", on: 2) }

func put(_ text: String, on descriptor: Int32) {
  var bytes = Array(text.utf8)[...]
  while !bytes.isEmpty {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
    guard count > 0 else { return }
    bytes = bytes.dropFirst(count)
  }
}

/// For what leaves the harness itself without a footing. Its children notice that it is gone.
func fail(_ text: String) -> Never {
  say(text)
  exit(1)
}

func percentile(_ values: [Int], _ share: Int) -> Int {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : sorted[min(sorted.count - 1, sorted.count * share / 100)]
}

/// The middle one, or what lies between the middle two.
func median(_ values: [Int]) -> Int {
  let sorted = values.sorted()
  return sorted.isEmpty ? 0 : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
}

/// Nanoseconds as seconds with two decimals.
func seconds(_ value: Int) -> String {
  let hundredths = (value + 5 * millisecond) / (10 * millisecond)
  return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
}

/// Runs a program: its exit status, and what it printed on either stream.
func run(_ program: String, _ arguments: [String]) -> (status: Int32, text: String) {
  let words = ([program] + arguments).map {
    "'" + $0.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }
  guard let pipe = popen(words.joined(separator: " ") + " 2>&1 </dev/null", "r") else { fail("cannot run \(program)") }
  var text: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = fread(&chunk, 1, chunk.count, pipe)
    if count == 0 { break }
    text += chunk[..<count]
  }
  let status = pclose(pipe)
  return (status, String(decoding: text, as: UTF8.self))
}

/// A file's text, nil where there is none.
func contents(of path: String) -> String? {
  let descriptor = open(path, O_RDONLY | O_CLOEXEC)
  guard descriptor >= 0 else { return nil }
  defer { close(descriptor) }
  var bytes: [UInt8] = []
  var chunk = [UInt8](repeating: 0, count: 65_536)
  while true {
    let count = read(descriptor, &chunk, chunk.count)
    if count <= 0 { return String(decoding: bytes, as: UTF8.self) }
    bytes += chunk[..<count]
  }
}

func entries(of path: String) -> [String] {
  guard let directory = opendir(path) else { return [] }
  defer { closedir(directory) }
  var names: [String] = []
  while let entry = readdir(directory) {
    let name = withUnsafePointer(to: &entry.pointee.d_name) {
      $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
    }
    if name != "." && name != ".." { names.append(name) }
  }
  return names
}

func linkTarget(_ path: String) -> String? {
  var buffer = [UInt8](repeating: 0, count: 4_096)
  let length = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!, $0.count) }
  return length < 0 ? nil : String(decoding: buffer[..<length], as: UTF8.self)
}

func padded(_ number: Int, _ digits: Int) -> String {
  let text = String(number)
  return String(repeating: "0", count: max(0, digits - text.count)) + text
}

/// Draws the same from the same seed.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// Dice of their own for a part of the run, which do not depend on how often others were thrown.
  init(seed: UInt64, part: Int) {
    var mixed = Dice(seed: seed ^ UInt64(truncatingIfNeeded: part) &* 0x9E37_79B9_7F4A_7C15)
    state = mixed.next()
  }

  private mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var value = state
    value = (value ^ (value >> 30)) &* 0xBF58_476D_1CE4_E5B9
    value = (value ^ (value >> 27)) &* 0x94D0_49BB_1331_11EB
    return value ^ (value >> 31)
  }

  /// From 0 to one below `sides`.
  mutating func roll(_ sides: Int) -> Int { Int(next() % UInt64(sides)) }

  mutating func among(_ range: ClosedRange<Int>) -> Int { range.lowerBound + roll(range.count) }

  mutating func comesUp(percent: Int) -> Bool { roll(100) < percent }

  mutating func pick<Element>(_ elements: [Element]) -> Element { elements[roll(elements.count)] }
}
