/// What every value of the shop says when it refuses what was given: the rule that failed, never the value itself.
package enum ValueFault: Error, Equatable, Sendable {
  /// What a length counts.
  package enum Unit: String, Sendable { case characters, bytes }

  case notAnIdentifier
  case notANumber
  case notAWholeNumber
  case exponent
  case excessZeros
  case tooManyDecimals(most: Int)
  case negative
  /// The limits are texts because each value writes its own kind of number.
  case outOfRange(least: String, most: String)
  case notADate
  case notATimestamp
  case notADocumentNumber
  case notALotReference
  case unknownCurrency
  case unknownChoice(allowed: [String])
  case tooShort(least: Int, Unit)
  case tooLong(most: Int, Unit)
  case controlCharacter
  case wrongCharacters
  case tooCommon

  /// The stable kebab-case name that programs switch on.
  package var code: String {
    switch self {
    case .notAnIdentifier: "not-an-id"
    case .notANumber: "not-a-number"
    case .notAWholeNumber: "not-a-whole-number"
    case .exponent: "exponent"
    case .excessZeros: "excess-zeros"
    case .tooManyDecimals: "too-many-decimals"
    case .negative: "negative"
    case .outOfRange: "out-of-range"
    case .notADate: "not-a-date"
    case .notATimestamp: "not-a-timestamp"
    case .notADocumentNumber: "not-a-document-number"
    case .notALotReference: "not-a-lot-reference"
    case .unknownCurrency: "unknown-currency"
    case .unknownChoice: "unknown-choice"
    case .tooShort: "too-short"
    case .tooLong: "too-long"
    case .controlCharacter: "control-character"
    case .wrongCharacters: "wrong-characters"
    case .tooCommon: "too-common"
    }
  }

  /// A sentence for people. It names limits, never what was given, so it may be logged and shown for secrets too.
  package var message: String {
    switch self {
    case .notAnIdentifier: "must be a UUID such as 0192f0c1-2d3e-7abc-8def-0123456789ab"
    case .notANumber: "must be a decimal number such as 12.50"
    case .notAWholeNumber: "must be a whole number"
    case .exponent: "must be written without an exponent"
    case .excessZeros: "must be written without leading zeros"
    case .tooManyDecimals(let most): most == 0 ? "must have no decimals" : "must have at most \(most) decimals"
    case .negative: "must not be negative"
    case .outOfRange(let least, let most): "must be between \(least) and \(most)"
    case .notADate: "must be a real calendar date written YYYY-MM-DD"
    case .notATimestamp: "must be an RFC 3339 timestamp such as 2026-03-01T09:30:00.000Z"
    case .notADocumentNumber: "must be a document number such as RCPT-20260301-0001"
    case .notALotReference: "must be a lot reference such as STK-20260301-0001-1"
    case .unknownCurrency: "must be an active ISO 4217 currency code such as USD"
    case .unknownChoice(let allowed): "must be one of \(allowed.joined(separator: ", "))"
    case .tooShort(1, _): "must not be empty"
    case .tooShort(let least, let unit): "must have at least \(least) \(unit.rawValue)"
    case .tooLong(let most, let unit): "must have at most \(most) \(unit.rawValue)"
    case .controlCharacter: "must not contain control characters"
    case .wrongCharacters: "may contain letters, digits and . _ - @ + only"
    case .tooCommon: "is one of the most common passwords and easy to guess"
    }
  }
}
