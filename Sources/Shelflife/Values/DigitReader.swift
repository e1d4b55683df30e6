/// How dates, timestamps and document numbers read their fixed places: ASCII digits only, one byte after the other.
struct DigitReader {
  private var rest: Substring.UTF8View

  init(_ text: String) {
    rest = text[...].utf8
  }

  var isAtEnd: Bool { rest.isEmpty }

  /// Exactly that many digits.
  mutating func number(digits: Int) -> Int? {
    var value = 0
    for _ in 0..<digits {
      guard let digit = digit() else { return nil }
      value = value * 10 + digit
    }
    return value
  }

  /// The next digit, if there is one.
  mutating func digit() -> Int? {
    guard let byte = rest.first, byte >= UInt8(ascii: "0"), byte <= UInt8(ascii: "9") else { return nil }
    rest.removeFirst()
    return Int(byte - UInt8(ascii: "0"))
  }

  /// As many digits as there are; nil if there is none or the number does not fit an `Int32`.
  mutating func int32() -> (value: Int32, digits: Int)? {
    var value: Int64 = 0
    var digits = 0
    while let digit = digit() {
      value = value * 10 + Int64(digit)
      digits += 1
      guard value <= Int64(Int32.max) else { return nil }
    }
    return digits == 0 ? nil : (Int32(value), digits)
  }

  /// Takes any one of these ASCII characters; false, and nothing taken, if the next byte is none of them.
  mutating func skip(_ allowed: Unicode.Scalar...) -> Bool {
    guard let byte = rest.first, allowed.contains(Unicode.Scalar(byte)) else { return false }
    rest.removeFirst()
    return true
  }

  mutating func skip(prefix: String) -> Bool {
    guard rest.starts(with: prefix.utf8) else { return false }
    rest.removeFirst(prefix.utf8.count)
    return true
  }
}
