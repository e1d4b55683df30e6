// What the process answers, read by a parser of the tests' own, so that a fault of the program's writer cannot hide in its reader.

/// A JSON value. Numbers keep their digits.
enum Value: Equatable, Sendable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([Value])
  case object([Member])

  struct Member: Equatable, Sendable {
    let name: String
    let value: Value
  }

  subscript(_ name: String) -> Value? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.name == name }?.value
  }

  subscript(_ index: Int) -> Value? {
    guard case .array(let items) = self, items.indices.contains(index) else { return nil }
    return items[index]
  }

  var text: String? { if case .string(let text) = self { text } else { nil } }
  var int: Int? { if case .number(let digits) = self { Int(digits) } else { nil } }
  var bool: Bool? { if case .bool(let bool) = self { bool } else { nil } }
  var items: [Value] { if case .array(let items) = self { items } else { [] } }
  var isNull: Bool { self == .null }

  /// One whole JSON text, or nil.
  static func parse(_ bytes: some Collection<UInt8>) -> Value? {
    var parser = ValueParser(Array(bytes))
    guard let value = parser.value(depth: 0) else { return nil }
    parser.skipBlanks()
    return parser.isAtEnd ? value : nil
  }

  static func parse(_ text: String) -> Value? { parse(Array(text.utf8)) }
}

private struct ValueParser {
  /// The contract's.
  private static let mostBrackets = 64

  private let bytes: [UInt8]
  private var at = 0

  init(_ bytes: [UInt8]) { self.bytes = bytes }

  var isAtEnd: Bool { at == bytes.count }

  mutating func skipBlanks() {
    while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
  }

  private var next: UInt8? { at < bytes.count ? bytes[at] : nil }

  private mutating func take(_ character: Character) -> Bool {
    guard next == character.asciiValue else { return false }
    at += 1
    return true
  }

  private mutating func take(word: String) -> Bool {
    guard bytes[at...].starts(with: word.utf8) else { return false }
    at += word.utf8.count
    return true
  }

  mutating func value(depth: Int) -> Value? {
    skipBlanks()
    guard let next else { return nil }
    switch next {
    case UInt8(ascii: "{"): return depth < Self.mostBrackets ? object(depth) : nil
    case UInt8(ascii: "["): return depth < Self.mostBrackets ? array(depth) : nil
    case UInt8(ascii: "\""): return string().map(Value.string)
    case UInt8(ascii: "t"): return take(word: "true") ? .bool(true) : nil
    case UInt8(ascii: "f"): return take(word: "false") ? .bool(false) : nil
    case UInt8(ascii: "n"): return take(word: "null") ? .null : nil
    default: return number()
    }
  }

  private mutating func object(_ depth: Int) -> Value? {
    at += 1
    var members: [Value.Member] = []
    skipBlanks()
    if take("}") { return .object([]) }
    while true {
      skipBlanks()
      guard let name = string() else { return nil }
      skipBlanks()
      guard take(":"), let value = value(depth: depth + 1), !members.contains(where: { $0.name.utf8.elementsEqual(name.utf8) })
      else { return nil }
      members.append(Value.Member(name: name, value: value))
      skipBlanks()
      if take("}") { return .object(members) }
      guard take(",") else { return nil }
    }
  }

  private mutating func array(_ depth: Int) -> Value? {
    at += 1
    var items: [Value] = []
    skipBlanks()
    if take("]") { return .array([]) }
    while true {
      guard let value = value(depth: depth + 1) else { return nil }
      items.append(value)
      skipBlanks()
      if take("]") { return .array(items) }
      guard take(",") else { return nil }
    }
  }

  private mutating func string() -> String? {
    guard take("\"") else { return nil }
    var text: [UInt8] = []
    while let byte = next {
      at += 1
      switch byte {
      case UInt8(ascii: "\""): return String(validating: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escape() else { return nil }
        text += Array(String(scalar).utf8)
      case 0..<0x20: return nil
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escape() -> Unicode.Scalar? {
    guard let byte = next else { return nil }
    at += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"):
      guard let high = hex() else { return nil }
      guard (0xD800..<0xDC00).contains(high) else { return Unicode.Scalar(high) }
      guard take("\\"), take("u"), let low = hex(), (0xDC00..<0xE000).contains(low) else { return nil }
      return Unicode.Scalar(0x10000 + (high - 0xD800) << 10 + (low - 0xDC00))
    default: return nil
    }
  }

  private mutating func hex() -> UInt32? {
    guard at + 4 <= bytes.count else { return nil }
    defer { at += 4 }
    let digits = String(decoding: bytes[at..<at + 4], as: UTF8.self)
    return digits.allSatisfy { $0.isASCII && $0.isHexDigit } ? UInt32(digits, radix: 16) : nil
  }

  private mutating func number() -> Value? {
    let start = at
    _ = take("-")
    if !take("0"), !digits() { return nil }
    if take("."), !digits() { return nil }
    if take("e") || take("E") {
      if !take("+") { _ = take("-") }
      if !digits() { return nil }
    }
    return .number(String(decoding: bytes[start..<at], as: UTF8.self))
  }

  private mutating func digits() -> Bool {
    let start = at
    while let next, (0x30...0x39).contains(next) { at += 1 }
    return at > start
  }
}
