/// A JSON value as it stood on the line: numbers keep their digits, text its exact scalars, members their order.

import Glibc

/// Two values are equal when their text is the same scalar for scalar, their numbers digit for digit and their members in the
/// same order.
package enum JSON: Sendable, Equatable {
  case null
  case bool(Bool)
  case number(JSONNumber)
  case string(String)
  case array([JSON])
  case object(JSONObject)

  package static func == (left: JSON, right: JSON) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.bool(let left), .bool(let right)): left == right
    case (.number(let left), .number(let right)): left == right
    case (.string(let left), .string(let right)): left.isExactly(right)
    case (.array(let left), .array(let right)): left == right
    case (.object(let left), .object(let right)): left == right
    default: false
    }
  }
}

/// A number as written. Nothing is ever rounded: whoever needs a value asks for an exact one.
package struct JSONNumber: Sendable, Equatable {
  /// The characters on the line, such as `-12.50` or `1e400`. Always within the JSON grammar when it was read from a line.
  package let digits: String

  package init(digits: String) {
    self.digits = digits
  }

  /// The value if it is written as an integer (no point, no exponent) and fits.
  package var int64: Int64? {
    Int64(digits)
  }

  /// True for a number written without point and exponent, of any size.
  package var isInteger: Bool {
    digits.utf8.allSatisfy { $0 == UInt8(ascii: "-") || ($0 >= UInt8(ascii: "0") && $0 <= UInt8(ascii: "9")) }
  }

  /// The value of a plain decimal as `mantissa` · 10^−`scale`, where `scale` counts the digits written after the point
  /// (`12.50` is 1250 and 2). Nil for an exponent and where the mantissa does not fit.
  package var decimal: (mantissa: Int64, scale: Int)? {
    var mantissa: Int64 = 0
    var scale = 0
    var afterPoint = false
    var negative = false
    for byte in digits.utf8 {
      switch byte {
      case UInt8(ascii: "-"):
        negative = true
      case UInt8(ascii: "."):
        afterPoint = true
      case UInt8(ascii: "0")...UInt8(ascii: "9"):
        let (product, tooBig) = mantissa.multipliedReportingOverflow(by: 10)
        let digit = Int64(byte - UInt8(ascii: "0"))
        let (sum, stillTooBig) = product.addingReportingOverflow(negative ? -digit : digit)
        if tooBig || stillTooBig { return nil }
        mantissa = sum
        scale += afterPoint ? 1 : 0
      default:
        return nil
      }
    }
    return (mantissa, scale)
  }

  package static func == (left: JSONNumber, right: JSONNumber) -> Bool {
    left.digits.isExactly(right.digits)
  }
}

/// The members of an object in the order in which they were written. No two have the same name when it was read from a line.
package struct JSONObject: Sendable, Equatable {
  package struct Member: Sendable, Equatable {
    package let name: String
    package let value: JSON

    package init(name: String, value: JSON) {
      self.name = name
      self.value = value
    }

    package static func == (left: Member, right: Member) -> Bool {
      left.name.isExactly(right.name) && left.value == right.value
    }
  }

  package let members: [Member]

  package init(members: [Member] = []) {
    self.members = members
  }

  /// The value of the member with exactly this name, or nil. Looks at one member after the other.
  package subscript(name: String) -> JSON? {
    for member in members where member.name.isExactly(name) { return member.value }
    return nil
  }
}

extension String {
  /// Equal scalar for scalar. `==` would call a composed and a decomposed é the same, which on the wire they are not.
  package func isExactly(_ other: String) -> Bool {
    guard utf8.count == other.utf8.count else { return false }
    var (left, right) = (self, other)
    return left.withUTF8 { left in
      right.withUTF8 { right in
        guard let one = left.baseAddress, let two = right.baseAddress else { return true }
        return memcmp(one, two, left.count) == 0
      }
    }
  }
}

/// Text that is compared and hashed scalar for scalar.
struct ExactText: Hashable, Sendable {
  let text: String

  static func == (left: ExactText, right: ExactText) -> Bool {
    left.text.isExactly(right.text)
  }

  func hash(into hasher: inout Hasher) {
    var text = text
    text.withUTF8 { hasher.combine(bytes: UnsafeRawBufferPointer($0)) }
  }
}
