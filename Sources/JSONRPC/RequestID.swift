/// The id of a request, kept so that it can be echoed as it came.

/// Equal ids are of the same kind and the same digit for digit or scalar for scalar.
package enum RequestID: Sendable, Hashable {
  case null
  /// An integer of any size, in its digits.
  case integer(String)
  case string(String)

  /// Nil for a value that is no id: a fraction, an exponent, a boolean, an array, an object.
  package init?(_ value: JSON) {
    switch value {
    case .null: self = .null
    case .number(let number) where number.isInteger: self = .integer(number.digits)
    case .string(let text): self = .string(text)
    default: return nil
    }
  }

  package static func == (left: RequestID, right: RequestID) -> Bool {
    switch (left, right) {
    case (.null, .null): true
    case (.integer(let left), .integer(let right)), (.string(let left), .string(let right)): left.isExactly(right)
    default: false
    }
  }

  package func hash(into hasher: inout Hasher) {
    switch self {
    case .null:
      hasher.combine(0 as UInt8)
    case .integer(let digits):
      hasher.combine(1 as UInt8)
      ExactText(text: digits).hash(into: &hasher)
    case .string(let text):
      hasher.combine(2 as UInt8)
      ExactText(text: text).hash(into: &hasher)
    }
  }

  /// For a log: the text or the digits, cut to 64 characters.
  package var logText: String {
    switch self {
    case .null: "null"
    case .integer(let text), .string(let text): String(text.unicodeScalars.prefix(64))
    }
  }

  func write(to writer: inout JSONWriter) {
    switch self {
    case .null: writer.null()
    case .integer(let digits): writer.number(JSONNumber(digits: digits))
    case .string(let text): writer.string(text)
    }
  }
}
