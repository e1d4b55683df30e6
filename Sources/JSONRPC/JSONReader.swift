/// Reads one JSON text, strictly by RFC 8259: the way in of every line.

/// A recursive descent over the bytes of one text. Its recursion ends at `maximumDepth`: 20 KiB of stack, in a debug build 200.
package struct JSONReader: ~Copyable {
  /// Brackets that may be open at once.
  package static let maximumDepth = 64

  /// Objects with fewer members are searched for duplicates by looking at each; larger ones by hashing.
  private static let smallObject = 12

  private let base: UnsafePointer<UInt8>
  private let count: Int
  private var index = 0
  private var depth = 0
  private var unescaped: [UInt8] = []
  // Children wait here until their container closes, so that it is allocated once and in its final size.
  private var elements = Children<JSON>()
  private var members = Children<JSONObject.Member>()

  /// The value that the whole of `bytes` spells, white space around it allowed.
  ///
  /// Nothing is normalised, rounded or dropped. Refused besides what the grammar refuses: duplicate members (compared after
  /// unescaping), lone surrogates and more than `maximumDepth` open brackets.
  package static func read(_ bytes: UnsafeRawBufferPointer) throws(JSONSyntaxError) -> JSON {
    guard let base = bytes.baseAddress, bytes.count > 0 else { throw JSONSyntaxError(offset: 0, reason: .unexpectedEnd) }
    var reader = JSONReader(base: base.assumingMemoryBound(to: UInt8.self), count: bytes.count)
    return try reader.readDocument()
  }

  /// The same for bytes in an array.
  package static func read(_ bytes: ArraySlice<UInt8>) throws(JSONSyntaxError) -> JSON {
    let result = bytes.withUnsafeBytes { buffer -> Result<JSON, JSONSyntaxError> in
      do throws(JSONSyntaxError) {
        return .success(try read(buffer))
      } catch {
        return .failure(error)
      }
    }
    return try result.get()
  }

  /// The same for a whole array.
  package static func read(_ bytes: [UInt8]) throws(JSONSyntaxError) -> JSON {
    try read(bytes[...])
  }

  private init(base: UnsafePointer<UInt8>, count: Int) {
    self.base = base
    self.count = count
  }

  private mutating func readDocument() throws(JSONSyntaxError) -> JSON {
    skipSpace()
    let value = try readValue()
    skipSpace()
    if index < count { throw error(.unexpectedByte) }
    return value
  }

  private func error(_ reason: JSONSyntaxError.Reason) -> JSONSyntaxError {
    JSONSyntaxError(offset: index, reason: reason)
  }

  private func error(_ reason: JSONSyntaxError.Reason, at offset: Int) -> JSONSyntaxError {
    JSONSyntaxError(offset: offset, reason: reason)
  }

  private mutating func skipSpace() {
    while index < count {
      switch base[index] {
      case 0x20, 0x09, 0x0A, 0x0D: index += 1
      default: return
      }
    }
  }

  /// The byte at the index, which must exist.
  private func peek() throws(JSONSyntaxError) -> UInt8 {
    if index >= count { throw error(.unexpectedEnd) }
    return base[index]
  }

  private mutating func readValue() throws(JSONSyntaxError) -> JSON {
    switch try peek() {
    case UInt8(ascii: "\""): return .string(try readString())
    case UInt8(ascii: "{"): return try readObject()
    case UInt8(ascii: "["): return try readArray()
    case UInt8(ascii: "-"), UInt8(ascii: "0")...UInt8(ascii: "9"): return try readNumber()
    case UInt8(ascii: "t"):
      try readLiteral("true")
      return .bool(true)
    case UInt8(ascii: "f"):
      try readLiteral("false")
      return .bool(false)
    case UInt8(ascii: "n"):
      try readLiteral("null")
      return .null
    default: throw error(.unexpectedByte)
    }
  }

  private mutating func readLiteral(_ literal: StaticString) throws(JSONSyntaxError) {
    for offset in 0..<literal.utf8CodeUnitCount {
      if try peek() != literal.utf8Start[offset] { throw error(.unexpectedByte) }
      index += 1
    }
  }

  private mutating func openBracket() throws(JSONSyntaxError) {
    if depth == Self.maximumDepth { throw error(.tooDeep) }
    depth += 1
    index += 1
    skipSpace()
  }

  private mutating func closeBracket() {
    depth -= 1
    index += 1
  }

  private mutating func readArray() throws(JSONSyntaxError) -> JSON {
    try openBracket()
    if try peek() == UInt8(ascii: "]") {
      closeBracket()
      return .array([])
    }
    let first = elements.count
    while true {
      let element = try readValue()
      elements.append(element)
      skipSpace()
      switch try peek() {
      case UInt8(ascii: ","):
        index += 1
        skipSpace()
      case UInt8(ascii: "]"):
        closeBracket()
        return .array(elements.take(from: first))
      default: throw error(.unexpectedByte)
      }
    }
  }

  private mutating func readObject() throws(JSONSyntaxError) -> JSON {
    try openBracket()
    if try peek() == UInt8(ascii: "}") {
      closeBracket()
      return .object(JSONObject())
    }
    let first = members.count
    var names = Set<ExactText>()
    while true {
      let start = index
      if try peek() != UInt8(ascii: "\"") { throw error(.unexpectedByte) }
      let name = try readString()
      if isDuplicate(name, membersFrom: first, names: &names) { throw error(.duplicateMember, at: start) }
      skipSpace()
      if try peek() != UInt8(ascii: ":") { throw error(.unexpectedByte) }
      index += 1
      skipSpace()
      let value = try readValue()
      members.append(JSONObject.Member(name: name, value: value))
      skipSpace()
      switch try peek() {
      case UInt8(ascii: ","):
        index += 1
        skipSpace()
      case UInt8(ascii: "}"):
        closeBracket()
        return .object(JSONObject(members: members.take(from: first)))
      default: throw error(.unexpectedByte)
      }
    }
  }

  /// Whether an earlier member of this object has the name. Remembers the name if the object has become large.
  private func isDuplicate(_ name: String, membersFrom first: Int, names: inout Set<ExactText>) -> Bool {
    if members.count - first < Self.smallObject {
      for index in first..<members.count where members[index].name.isExactly(name) { return true }
      return false
    }
    if names.isEmpty {
      for index in first..<members.count { names.insert(ExactText(text: members[index].name)) }
    }
    return !names.insert(ExactText(text: name)).inserted
  }

  private mutating func readNumber() throws(JSONSyntaxError) -> JSON {
    let start = index
    if base[index] == UInt8(ascii: "-") { index += 1 }
    if try peek() == UInt8(ascii: "0") {
      index += 1
      if index < count, Self.isDigit(base[index]) { throw error(.invalidNumber) }
    } else {
      try readDigits()
    }
    if index < count, base[index] == UInt8(ascii: ".") {
      index += 1
      try readDigits()
    }
    if index < count, base[index] | 0x20 == UInt8(ascii: "e") {
      index += 1
      if index < count, base[index] == UInt8(ascii: "+") || base[index] == UInt8(ascii: "-") { index += 1 }
      try readDigits()
    }
    return .number(JSONNumber(digits: text(from: start)))
  }

  private mutating func readDigits() throws(JSONSyntaxError) {
    if !Self.isDigit(try peek()) { throw error(.invalidNumber) }
    while index < count, Self.isDigit(base[index]) { index += 1 }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    byte &- UInt8(ascii: "0") < 10
  }

  /// The bytes from `start` to the index, which have been found to be UTF-8.
  private func text(from start: Int) -> String {
    String(decoding: UnsafeBufferPointer(start: base + start, count: index - start), as: UTF8.self)
  }

  private mutating func readString() throws(JSONSyntaxError) -> String {
    index += 1
    let start = index
    try skipPlain()
    if base[index] == UInt8(ascii: "\"") {
      let text = text(from: start)
      index += 1
      return text
    }
    return try readEscapedString(from: start)
  }

  /// Goes on where the first backslash stands.
  private mutating func readEscapedString(from start: Int) throws(JSONSyntaxError) -> String {
    unescaped.removeAll(keepingCapacity: true)
    var plain = start
    while true {
      unescaped.append(contentsOf: UnsafeBufferPointer(start: base + plain, count: index - plain))
      if base[index] == UInt8(ascii: "\"") { break }
      try readEscape()
      plain = index
      try skipPlain()
    }
    index += 1
    return String(decoding: unescaped, as: UTF8.self)
  }

  /// Moves to the next quotation mark or backslash, over well-formed text only.
  private mutating func skipPlain() throws(JSONSyntaxError) {
    while true {
      skipPlainASCII()
      let byte = try peek()
      if byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
      if byte < 0x20 { throw error(.controlCharacter) }
      try skipMultibyte(byte)
    }
  }

  /// Moves to the next byte that is no plain ASCII character of a string, eight bytes at a time.
  private mutating func skipPlainASCII() {
    let ones: UInt64 = 0x0101_0101_0101_0101
    let highBits = ones &* 0x80
    while index + 8 <= count {
      let word = UInt64(littleEndian: UnsafeRawPointer(base + index).loadUnaligned(as: UInt64.self))
      let quote = word ^ (ones &* 0x22)
      let backslash = word ^ (ones &* 0x5C)
      // In each byte the high bit says: below 0x20, a quotation mark, a backslash or not ASCII. A borrow can spoil only bytes
      // after the first hit, and only the first is used.
      let control = (word &- ones &* 0x20) & ~word
      let found = (control | ((quote &- ones) & ~quote) | ((backslash &- ones) & ~backslash) | word) & highBits
      if found != 0 {
        index += found.trailingZeroBitCount / 8
        return
      }
      index += 8
    }
    while index < count {
      let byte = base[index]
      if byte < 0x20 || byte >= 0x80 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\") { return }
      index += 1
    }
  }

  /// Moves over one character of two to four bytes, as RFC 3629 has them.
  private mutating func skipMultibyte(_ lead: UInt8) throws(JSONSyntaxError) {
    let length: Int
    var second: ClosedRange<UInt8> = 0x80...0xBF
    switch lead {
    case 0xC2...0xDF: length = 2
    case 0xE0:
      length = 3
      second = 0xA0...0xBF
    case 0xED:
      length = 3
      second = 0x80...0x9F
    case 0xE1...0xEF: length = 3
    case 0xF0:
      length = 4
      second = 0x90...0xBF
    case 0xF4:
      length = 4
      second = 0x80...0x8F
    case 0xF1...0xF3: length = 4
    default: throw error(.invalidUTF8)
    }
    for offset in 1..<length {
      guard index + offset < count else { throw error(.invalidUTF8) }
      let byte = base[index + offset]
      if offset == 1, lead == 0xED, byte >= 0xA0, byte <= 0xBF { throw error(.loneSurrogate) }
      if !(offset == 1 ? second : 0x80...0xBF).contains(byte) { throw error(.invalidUTF8) }
    }
    index += length
  }

  /// One escape, from its backslash.
  private mutating func readEscape() throws(JSONSyntaxError) {
    let start = index
    index += 1
    let byte = try peek()
    index += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): unescaped.append(byte)
    case UInt8(ascii: "b"): unescaped.append(0x08)
    case UInt8(ascii: "f"): unescaped.append(0x0C)
    case UInt8(ascii: "n"): unescaped.append(0x0A)
    case UInt8(ascii: "r"): unescaped.append(0x0D)
    case UInt8(ascii: "t"): unescaped.append(0x09)
    case UInt8(ascii: "u"): try readUnicodeEscape(from: start)
    default: throw error(.invalidEscape, at: start)
    }
  }

  private mutating func readUnicodeEscape(from start: Int) throws(JSONSyntaxError) {
    var code = try readHex(escapeAt: start)
    if code & 0xFC00 == 0xDC00 { throw error(.loneSurrogate, at: start) }
    if code & 0xFC00 == 0xD800 {
      guard index + 1 < count, base[index] == UInt8(ascii: "\\"), base[index + 1] == UInt8(ascii: "u") else {
        throw error(.loneSurrogate, at: start)
      }
      let second = index
      index += 2
      let low = try readHex(escapeAt: second)
      guard low & 0xFC00 == 0xDC00 else { throw error(.loneSurrogate, at: start) }
      code = 0x10000 + (code & 0x3FF) << 10 + low & 0x3FF
    }
    appendScalar(code)
  }

  private mutating func readHex(escapeAt start: Int) throws(JSONSyntaxError) -> UInt32 {
    var code: UInt32 = 0
    for _ in 0..<4 {
      let byte = try peek()
      let digit: UInt8
      switch byte {
      case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = byte - UInt8(ascii: "0")
      case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = byte - UInt8(ascii: "a") + 10
      case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = byte - UInt8(ascii: "A") + 10
      default: throw error(.invalidEscape, at: start)
      }
      code = code << 4 | UInt32(digit)
      index += 1
    }
    return code
  }

  private mutating func appendScalar(_ code: UInt32) {
    switch code {
    case ..<0x80:
      unescaped.append(UInt8(truncatingIfNeeded: code))
      return
    case ..<0x800:
      unescaped.append(UInt8(truncatingIfNeeded: 0xC0 | code >> 6))
    case ..<0x10000:
      unescaped.append(UInt8(truncatingIfNeeded: 0xE0 | code >> 12))
      appendContinuation(code >> 6)
    default:
      unescaped.append(UInt8(truncatingIfNeeded: 0xF0 | code >> 18))
      appendContinuation(code >> 12)
      appendContinuation(code >> 6)
    }
    appendContinuation(code)
  }

  private mutating func appendContinuation(_ bits: UInt32) {
    unescaped.append(UInt8(truncatingIfNeeded: 0x80 | bits & 0x3F))
  }
}
