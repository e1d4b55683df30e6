/// A password as a user chose it: what may become one, in the one form that is hashed.
///
/// It never shows itself: not in a description, a dump or a fault.
package struct Password: Sendable {
  package static let leastCharacters = 8
  /// bcrypt reads no further.
  package static let mostBytes = 72

  /// NFC, so that one password typed on two keyboards is one. Otherwise as typed: spaces stay where they are.
  let text: String

  /// A new password: 8 characters (Unicode scalars after NFC) to 72 bytes, no control characters, not one of the most common.
  package init(parsing raw: String) throws(ValueFault) {
    let text = try Self.hashable(raw)
    try Text.refuseControls(in: text)
    guard text.unicodeScalars.count >= Self.leastCharacters else { throw .tooShort(least: Self.leastCharacters, .characters) }
    guard !CommonPasswords.contains(text) else { throw .tooCommon }
    self.text = text
  }

  /// The form that is hashed, whatever the other rules say of it.
  static func hashable(_ raw: String) throws(ValueFault) -> String {
    // Composition puts at most four scalars, of at most four bytes each, into one character.
    guard raw.utf8.count <= mostBytes * 16 else { throw .tooLong(most: mostBytes, .bytes) }
    let text = UnicodeForms.nfc(raw)
    guard text.utf8.count <= mostBytes else { throw .tooLong(most: mostBytes, .bytes) }
    guard !text.utf8.contains(0) else { throw .controlCharacter }
    return text
  }
}

extension Password: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "Password(hidden)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
