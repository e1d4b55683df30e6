// A reader of its own, so that what the program's reader and writer agree on by mistake is noticed here.

indirect enum JSON: CustomStringConvertible {
  case null
  case bool(Bool)
  /// As its digits were written.
  case number(String)
  case string(String)
  case array([JSON])
  case object([String: JSON])

  subscript(_ name: String) -> JSON? {
    guard case .object(let members) = self else { return nil }
    return members[name]
  }

  var text: String? {
    guard case .string(let text) = self else { return nil }
    return text
  }

  var int: Int? {
    guard case .number(let digits) = self else { return nil }
    return Int(digits)
  }

  var bool: Bool? {
    guard case .bool(let value) = self else { return nil }
    return value
  }

  var items: [JSON] {
    guard case .array(let items) = self else { return [] }
    return items
  }

  var description: String {
    switch self {
    case .null: "null"
    case .bool(let value): "\(value)"
    case .number(let digits): digits
    case .string(let text): "\"\(text)\""
    case .array(let items): "[" + items.map(\.description).joined(separator: ",") + "]"
    case .object(let members):
      "{" + members.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",") + "}"
    }
  }

  var isNull: Bool {
    guard case .null = self else { return false }
    return true
  }

  /// Nil where the bytes are anything but one value.
  static func parse(_ bytes: [UInt8]) -> JSON? {
    var reader = Reader(bytes: bytes)
    guard let value = reader.value() else { return nil }
    reader.skipSpace()
    return reader.place == bytes.count ? value : nil
  }

  private struct Reader {
    let bytes: [UInt8]
    var place = 0

    mutating func skipSpace() {
      while place < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[place]) { place += 1 }
    }

    private mutating func take(_ byte: Character) -> Bool {
      skipSpace()
      guard place < bytes.count, bytes[place] == byte.asciiValue else { return false }
      place += 1
      return true
    }

    mutating func value() -> JSON? {
      skipSpace()
      guard place < bytes.count else { return nil }
      switch bytes[place] {
      case UInt8(ascii: "{"): return object()
      case UInt8(ascii: "["): return array()
      case UInt8(ascii: "\""): return string().map { .string($0) }
      case UInt8(ascii: "t"): return word("true", .bool(true))
      case UInt8(ascii: "f"): return word("false", .bool(false))
      case UInt8(ascii: "n"): return word("null", .null)
      default: return number()
      }
    }

    private mutating func word(_ text: String, _ value: JSON) -> JSON? {
      guard bytes[place...].starts(with: text.utf8) else { return nil }
      place += text.utf8.count
      return value
    }

    private mutating func number() -> JSON? {
      let start = place
      while place < bytes.count, "+-.eE0123456789".utf8.contains(bytes[place]) { place += 1 }
      return start == place ? nil : .number(String(decoding: bytes[start..<place], as: UTF8.self))
    }

    private mutating func array() -> JSON? {
      place += 1
      var items: [JSON] = []
      if take("]") { return .array(items) }
      while true {
        guard let item = value() else { return nil }
        items.append(item)
        if take("]") { return .array(items) }
        guard take(",") else { return nil }
      }
    }

    private mutating func object() -> JSON? {
      place += 1
      var members: [String: JSON] = [:]
      if take("}") { return .object(members) }
      while true {
        skipSpace()
        guard place < bytes.count, let name = string(), take(":"), let value = value() else { return nil }
        guard members.updateValue(value, forKey: name) == nil else { return nil }
        if take("}") { return .object(members) }
        guard take(",") else { return nil }
      }
    }

    private mutating func string() -> String? {
      guard bytes[place] == UInt8(ascii: "\"") else { return nil }
      place += 1
      var text: [UInt8] = []
      while place < bytes.count {
        let byte = bytes[place]
        place += 1
        if byte == UInt8(ascii: "\"") { return String(validating: text, as: UTF8.self) }
        if byte < 0x20 { return nil }
        if byte == UInt8(ascii: "\\") {
          guard let escaped = escape() else { return nil }
          text += escaped
        } else {
          text.append(byte)
        }
      }
      return nil
    }

    private mutating func escape() -> [UInt8]? {
      guard place < bytes.count else { return nil }
      let byte = bytes[place]
      place += 1
      switch byte {
      case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [byte]
      case UInt8(ascii: "b"): return [0x08]
      case UInt8(ascii: "f"): return [0x0C]
      case UInt8(ascii: "n"): return [0x0A]
      case UInt8(ascii: "r"): return [0x0D]
      case UInt8(ascii: "t"): return [0x09]
      case UInt8(ascii: "u"):
        // The shop holds plain text only, so a surrogate is nobody's.
        guard place + 4 <= bytes.count, let code = UInt32(String(decoding: bytes[place..<place + 4], as: UTF8.self), radix: 16),
          let scalar = Unicode.Scalar(code)
        else { return nil }
        place += 4
        return Array(String(Character(scalar)).utf8)
      default: return nil
      }
    }
  }
}
