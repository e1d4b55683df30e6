/// The owner's way back in without a password: 125 random bits that a person can read aloud and type. Stored as its digest only.
package struct RecoveryCode: Sendable {
  /// Crockford's: no I, L, O, U.
  private static let alphabet = Array("0123456789ABCDEFGHJKMNPQRSTVWXYZ".utf8)
  private static let length = 25
  private static let groupLength = 5
  /// More than a person could type by accident around 25 characters.
  private static let longestTyped = 200

  /// The 25 characters without hyphens.
  private let characters: [UInt8]

  /// A new one.
  package init() {
    characters = Random.bytes(Self.length).map { Self.alphabet[Int($0 & 31)] }
  }

  /// What a person typed, in any case, with any spaces and hyphens, O for 0 and I or L for 1. nil if it can't be a code.
  package init?(typed: String) {
    guard typed.utf8.count <= Self.longestTyped else { return nil }
    var characters: [UInt8] = []
    for scalar in typed.unicodeScalars {
      if scalar.properties.isWhitespace || scalar.properties.generalCategory == .dashPunctuation { continue }
      guard let character = Self.character(scalar) else { return nil }
      characters.append(character)
    }
    guard characters.count == Self.length else { return nil }
    self.characters = characters
  }

  /// Five groups of five: `7Q4RT-…`. To be shown once and never logged.
  package var text: String {
    var bytes: [UInt8] = []
    for (place, character) in characters.enumerated() {
      if place > 0, place.isMultiple(of: Self.groupLength) { bytes.append(UInt8(ascii: "-")) }
      bytes.append(character)
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// What is stored. With this much randomness a fast hash without salt is as good as a slow one.
  package var digest: Digest { Digest.sha256(characters) }

  /// Takes the same time for every wrong code.
  package func matches(_ stored: Digest) -> Bool { digest == stored }

  private static func character(_ scalar: Unicode.Scalar) -> UInt8? {
    guard scalar.isASCII else { return nil }
    var byte = UInt8(scalar.value)
    if (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(byte) { byte -= 32 }
    switch byte {
    case UInt8(ascii: "O"): byte = UInt8(ascii: "0")
    case UInt8(ascii: "I"), UInt8(ascii: "L"): byte = UInt8(ascii: "1")
    default: break
    }
    return alphabet.contains(byte) ? byte : nil
  }
}

extension RecoveryCode: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String { "RecoveryCode(hidden)" }
  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}
