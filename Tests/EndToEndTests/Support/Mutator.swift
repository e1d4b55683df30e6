// Valid lines made wrong, by a seed.
import Glibc

struct Mutator {
  /// `SHELFLIFE_SEED`, else one of chance.
  static let seed: UInt64 =
    getenv("SHELFLIFE_SEED").flatMap { UInt64(String(cString: $0)) } ?? UInt64.random(in: 0..<1 << 32)

  private let lines: [Value]
  private var random: SeededGenerator

  init(_ lines: [Value], seed: UInt64) {
    self.lines = lines
    random = SeededGenerator(seed: seed)
  }

  private mutating func int(_ range: Range<Int>) -> Int { Int.random(in: range, using: &random) }

  private mutating func pick<Element>(_ elements: [Element]) -> Element { elements[int(0..<elements.count)] }

  /// The next mutant, without the newline behind it; `number` is its id, unless that is what is mutated.
  mutating func next(_ number: Int) -> [UInt8] {
    var line = pick(lines).setting("id", .number(String(number)))
    for _ in 0..<int(0..<3) { line = shaped(line) }
    var bytes = Array(line.json.utf8)
    for _ in 0..<int(0..<3) { bytes = damaged(bytes) }
    return bytes
  }

  // MARK: - What is still JSON

  private mutating func shaped(_ line: Value) -> Value {
    switch int(0..<8) {
    case 0: return swapped(line)
    case 1: return line.setting(pick(["id", "jsonrpc", "method", "params"]), odd())
    case 2: return .array((0..<int(0..<4)).map { _ in pick(lines) } + [line])
    default: return replaced(line, at: int(1..<5))
    }
  }

  /// With a member of another line's params, or with the other's method.
  private mutating func swapped(_ line: Value) -> Value {
    let other = pick(lines)
    guard case .object(let members)? = other["params"], let params = line["params"], !members.isEmpty, int(0..<3) > 0 else {
      return line.setting("method", other["method"] ?? .null)
    }
    let member = pick(members)
    return line.setting("params", params.setting(member.name, member.value))
  }

  /// With something odd somewhere below, this many levels down at most.
  private mutating func replaced(_ value: Value, at depth: Int) -> Value {
    guard depth > 0 else { return odd() }
    switch value {
    case .object(let members) where !members.isEmpty:
      let named = value["params"] == nil ? pick(members) : Value.Member(name: "params", value: value["params"] ?? .null)
      return value.setting(named.name, replaced(named.value, at: depth - 1))
    case .array(var items) where !items.isEmpty:
      let index = int(0..<items.count)
      if int(0..<6) == 0 { return .array(items + items) }
      items[index] = replaced(items[index], at: depth - 1)
      return .array(items)
    default: return odd()
    }
  }

  private mutating func odd() -> Value {
    switch int(0..<10) {
    case 0: .null
    case 1: .bool(int(0..<2) == 0)
    case 2: .array([])
    case 3: .object([])
    case 4: pick(lines)["params"] ?? .null
    case 5, 6, 7: .string(pick(Hostile.texts).text)
    default: .number(pick(Hostile.numbers))
    }
  }

  // MARK: - What may be no longer

  private mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    guard !bytes.isEmpty else { return bytes }
    var bytes = bytes
    let place = int(0..<bytes.count)
    let end = min(bytes.count, place + int(1..<24))
    switch int(0..<6) {
    case 0: bytes[place] ^= 1 << UInt8(int(0..<8))
    case 1: bytes[place] = UInt8(int(0..<256))
    case 2: bytes.removeSubrange(place..<end)
    case 3: bytes.insert(contentsOf: bytes[place..<end], at: int(0..<bytes.count))
    case 4: bytes.removeLast(int(0..<bytes.count))
    default: bytes.insert(contentsOf: pick(Self.overlong), at: place)
    }
    return bytes
  }

  /// Bytes that are no UTF-8, and escapes that are no character.
  private static let overlong: [[UInt8]] = [
    [0xC0, 0x80], [0xC0, 0xA2], [0xE0, 0x80, 0xA2], [0xED, 0xA0, 0x80], [0xF4, 0x90, 0x80, 0x80], [0xFF], [0],
    [0xEF, 0xBB, 0xBF],
    Array(#"\ud800"#.utf8), Array(#"\udc00\ud800"#.utf8), Array(#"\u0000"#.utf8), Array(#"\uFFFF"#.utf8), Array(#"\u+12a"#.utf8),
    Array("\u{202E}".utf8), Array("e\u{301}".utf8), [0x0D, 0x0A], [0x0A],
  ]
}
