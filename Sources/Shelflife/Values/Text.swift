/// The rules for every text that people type: trimmed, Unicode NFC, no control characters, a length in characters.
///
/// A character is a Unicode scalar after NFC, which is also what PostgreSQL's `char_length` counts.
package enum Text {
  package static let name = 1...200
  package static let note = 0...2000
  package static let username = 3...64
  package static let till = 1...40

  /// The text as it is stored. Trims what Unicode calls White_Space, so a tab is welcome around a text and refused inside it.
  package static func cleaned(_ raw: String, length: ClosedRange<Int>) throws(ValueFault) -> String {
    let trimmed = trim(raw)
    // A character stands for at most four scalars before composition, of at most four bytes each.
    guard trimmed.utf8.count / 16 <= length.upperBound else { throw .tooLong(most: length.upperBound, .characters) }
    try refuseControls(in: trimmed)
    let text = UnicodeForms.nfc(String(trimmed))
    let count = text.unicodeScalars.count
    guard count >= length.lowerBound else { throw .tooShort(least: length.lowerBound, .characters) }
    guard count <= length.upperBound else { throw .tooLong(most: length.upperBound, .characters) }
    return text
  }

  /// What makes two names the same: NFC, full case folding, NFC. For uniqueness only, never shown.
  package static func foldedKey(_ text: String) -> String {
    if text.utf8.allSatisfy({ $0 < 0x80 }) { return text.lowercased() }
    // The first step is for the capital sharp s: its capital form is itself, that of its small form is SS.
    return UnicodeForms.nfc(UnicodeForms.nfc(text).lowercased().uppercased().lowercased())
  }

  /// Control characters proper, and noncharacters, which a collation gives a meaning of its own.
  static func refuseControls(in text: some StringProtocol) throws(ValueFault) {
    for scalar in text.unicodeScalars {
      let value = scalar.value
      if value < 0x20 || (0x7f...0x9f).contains(value) { throw .controlCharacter }
      if value >= 0xfdd0, value <= 0xfdef || value & 0xfffe == 0xfffe { throw .controlCharacter }
    }
  }

  private static func trim(_ raw: String) -> Substring {
    let scalars = raw.unicodeScalars
    guard let first = scalars.firstIndex(where: { !$0.properties.isWhitespace }),
      let last = scalars.lastIndex(where: { !$0.properties.isWhitespace })
    else { return "" }
    return Substring(scalars[first...last])
  }
}

/// The name of a person, a product, a store: 1…200 characters.
package struct Name: Hashable, Sendable {
  package let text: String

  package init(parsing raw: String) throws(ValueFault) {
    text = try Text.cleaned(raw, length: Text.name)
  }

  /// Equal for names that may not stand beside each other.
  package var key: String { Text.foldedKey(text) }
}

/// What a till is called in the shop: 1…40 characters.
package struct TillName: Hashable, Sendable {
  package let text: String

  package init(parsing raw: String) throws(ValueFault) {
    text = try Text.cleaned(raw, length: Text.till)
  }
}

/// A remark of at most 2 000 characters on one line, possibly empty.
package struct Note: Hashable, Sendable {
  package let text: String

  package init(parsing raw: String) throws(ValueFault) {
    text = try Text.cleaned(raw, length: Text.note)
  }
}

/// What a user signs in with: 3…64 letters, digits and `. _ - @ +`, kept as typed and compared by `key`.
package struct Username: Sendable {
  package let text: String
  package let key: String

  /// A letter is one of any script, with the marks that belong to it.
  package init(parsing raw: String) throws(ValueFault) {
    text = try Text.cleaned(raw, length: Text.username)
    var followsLetter = false
    for scalar in text.unicodeScalars {
      switch scalar.properties.generalCategory {
      case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
        followsLetter = true
      case .nonspacingMark, .spacingMark:
        guard followsLetter else { throw .wrongCharacters }
      case .decimalNumber:
        followsLetter = false
      default:
        guard "._-@+".unicodeScalars.contains(scalar) else { throw .wrongCharacters }
        followsLetter = false
      }
    }
    key = Text.foldedKey(text)
  }
}

extension Username: Hashable {
  package static func == (a: Username, b: Username) -> Bool { a.key == b.key }
  package func hash(into hasher: inout Hasher) { hasher.combine(key) }
}
