/// How Money, UnitCost and Amount read and write decimals: exact digits, no rounding, no binary floating point.
enum FixedPoint {
  static let powers: [UInt128] = [1, 10, 100, 1000, 10_000]

  /// A decimal as it was written: magnitude / 10^scale. The magnitude is nil when it needs more than 128 bits.
  struct Digits {
    var isNegative = false
    var magnitude: UInt128? = 0
    var scale = 0
  }

  /// Reads `-?(0|[1-9][0-9]*)(\.[0-9]+)?` and says what is wrong with anything else.
  static func scan(_ text: String) throws(ValueFault) -> Digits {
    var digits = Digits()
    var whole = 0
    var leadsWithZero = false
    var hasPoint = false
    for byte in text.utf8 {
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        if hasPoint { digits.scale += 1 } else { whole += 1 }
        if whole == 1, !hasPoint { leadsWithZero = byte == UInt8(ascii: "0") }
        digits.magnitude = appended(byte - UInt8(ascii: "0"), to: digits.magnitude)
      case UInt8(ascii: "-") where whole == 0 && !digits.isNegative:
        digits.isNegative = true
      case UInt8(ascii: ".") where whole > 0 && !hasPoint:
        hasPoint = true
      case UInt8(ascii: "e"), UInt8(ascii: "E"):
        throw whole > 0 && (!hasPoint || digits.scale > 0) ? .exponent : .notANumber
      default:
        throw .notANumber
      }
    }
    guard whole > 0, !hasPoint || digits.scale > 0 else { throw .notANumber }
    guard !leadsWithZero || whole == 1 else { throw .excessZeros }
    return digits
  }

  /// The digits as a whole number of 10^-decimals, at most `limit`.
  static func units(of digits: Digits, decimals: Int, limit: UInt128) throws(ValueFault) -> UInt128 {
    precondition((0...4).contains(decimals), "a currency has 0 to 4 minor digits")
    guard digits.scale <= decimals else { throw .tooManyDecimals(most: decimals) }
    let power = powers[decimals - max(digits.scale, 0)]
    guard digits.scale >= 0, let magnitude = digits.magnitude, magnitude <= limit / power else {
      throw .outOfRange(least: "0", most: text(magnitude: limit, isNegative: false, decimals: decimals))
    }
    return magnitude * power
  }

  /// The same for a value that can't be below zero. A minus sign is refused before zero too.
  static func unsigned(_ digits: Digits, decimals: Int, limit: Int64) throws(ValueFault) -> Int64 {
    guard !digits.isNegative else { throw .negative }
    return Int64(try units(of: digits, decimals: decimals, limit: UInt128(limit)))
  }

  static func digits(mantissa: Int64, scale: Int) -> Digits {
    Digits(isNegative: mantissa < 0, magnitude: UInt128(mantissa.magnitude), scale: scale)
  }

  static func text(_ units: Int128, decimals: Int) -> String {
    text(magnitude: units.magnitude, isNegative: units < 0, decimals: decimals)
  }

  private static func text(magnitude: UInt128, isNegative: Bool, decimals: Int) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: textBytes) { buffer in
      let count = write(magnitude, isNegative: isNegative, decimals: decimals, to: buffer)
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  /// 39 digits, a sign and a point are the most there can be.
  static let textBytes = 41

  /// Puts the text at the buffer's beginning; returns its bytes.
  static func write(
    _ magnitude: UInt128, isNegative: Bool, decimals: Int, to buffer: UnsafeMutableBufferPointer<UInt8>
  ) -> Int {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: textBytes) { digits in
      var position = textBytes
      func put(_ byte: UInt8) {
        position -= 1
        digits[position] = byte
      }
      var rest = magnitude
      var written = 0
      while rest > UInt64.max {
        if written == decimals, decimals > 0 { put(UInt8(ascii: ".")) }
        put(UInt8(ascii: "0") + UInt8(rest % 10))
        rest /= 10
        written += 1
      }
      var small = UInt64(rest)
      while small > 0 || written <= decimals {
        if written == decimals, decimals > 0 { put(UInt8(ascii: ".")) }
        put(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: small % 10))
        small /= 10
        written += 1
      }
      if isNegative { put(UInt8(ascii: "-")) }
      return buffer.update(fromContentsOf: digits[position...])
    }
  }

  private static func appended(_ digit: UInt8, to magnitude: UInt128?) -> UInt128? {
    guard let magnitude else { return nil }
    let (tens, tooLarge) = magnitude.multipliedReportingOverflow(by: 10)
    let (sum, tooLargeStill) = tens.addingReportingOverflow(UInt128(digit))
    return tooLarge || tooLargeStill ? nil : sum
  }
}
