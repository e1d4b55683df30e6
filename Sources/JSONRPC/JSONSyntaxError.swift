/// Why a line is not JSON, and where.

/// What `JSONReader` found wrong first.
package struct JSONSyntaxError: Error, Equatable, Sendable {
  /// Names that clients may switch on; they stand in the details of a parse error.
  package enum Reason: String, Sendable, CaseIterable {
    /// The text ends in the middle of a value.
    case unexpectedEnd = "unexpected-end"
    /// A byte that the grammar does not allow here, also after the end of the value.
    case unexpectedByte = "unexpected-byte"
    case invalidNumber = "invalid-number"
    case invalidEscape = "invalid-escape"
    /// Not UTF-8: overlong, cut short, beyond U+10FFFF or a stray byte.
    case invalidUTF8 = "invalid-utf8"
    /// Half of a surrogate pair, raw or escaped.
    case loneSurrogate = "lone-surrogate"
    /// A raw byte below 0x20 in a string.
    case controlCharacter = "control-character"
    /// Two members of an object have the same name after unescaping.
    case duplicateMember = "duplicate-member"
    /// More than 64 brackets are open.
    case tooDeep = "too-deep"
  }

  /// Counted in bytes from the start of the text: the first byte of what is wrong, or the length of a text that ends too early.
  package let offset: Int
  package let reason: Reason

  package init(offset: Int, reason: Reason) {
    self.offset = offset
    self.reason = reason
  }
}
