/// Writes JSON text into bytes, member by member, for replies and notifications; the way out of every value.

/// Builds one JSON text. Commas are its own business; that names, values and ends match is the caller's.
///
/// The text never holds a raw newline or another control character, so that it can stand on one line of the wire. It is built in
/// memory of the writer's own: an array asks at every step whether it is shared.
package struct JSONWriter: ~Copyable {
  private var start: UnsafeMutablePointer<UInt8>
  private var capacity: Int
  private var count = 0
  private var needsComma = false

  /// - Parameter capacity: the expected size of the text in bytes.
  package init(capacity: Int = 256) {
    start = .allocate(capacity: capacity)
    self.capacity = capacity
  }

  deinit { start.deallocate() }

  /// What has been written so far.
  package var bytes: [UInt8] { Array(UnsafeBufferPointer(start: start, count: count)) }

  package mutating func beginObject() {
    open(UInt8(ascii: "{"))
  }

  package mutating func endObject() {
    close(UInt8(ascii: "}"))
  }

  package mutating func beginArray() {
    open(UInt8(ascii: "["))
  }

  package mutating func endArray() {
    close(UInt8(ascii: "]"))
  }

  /// The name of the member whose value comes next.
  package mutating func name(_ name: String) {
    separate()
    quote(name)
    append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The same, quoted once and for all.
  package mutating func name(_ name: JSONName) {
    let skipped = needsComma ? 0 : 1
    name.bytes.withUnsafeBufferPointer { append(UnsafeBufferPointer(rebasing: $0[skipped...])) }
    needsComma = false
  }

  package mutating func string(_ text: String) {
    separate()
    quote(text)
  }

  /// A text that needs no escapes, written where it will stand.
  ///
  /// - Parameters:
  ///   - most: the bytes it takes at most.
  ///   - write: puts the text at the buffer's beginning and returns how many bytes it is.
  package mutating func plainString(_ most: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) {
    separate()
    let end = room(most + 2)
    end[0] = UInt8(ascii: "\"")
    let written = write(UnsafeMutableBufferPointer(start: end + 1, count: most))
    end[written + 1] = UInt8(ascii: "\"")
    count += written + 2
  }

  package mutating func int(_ value: Int64) {
    separate()
    appendDigits(value)
  }

  /// An integer of any type and size.
  package mutating func int(_ value: some FixedWidthInteger) {
    if let small = Int64(exactly: value) { return int(small) }
    separate()
    append(String(value))
  }

  package mutating func bool(_ value: Bool) {
    separate()
    appendASCII(value ? "true" : "false")
  }

  package mutating func null() {
    separate()
    appendASCII("null")
  }

  /// A number in the digits it came with.
  package mutating func number(_ number: JSONNumber) {
    separate()
    append(number.digits)
  }

  /// A value that is JSON text already, without raw newlines.
  package mutating func raw(_ text: [UInt8]) {
    separate()
    text.withUnsafeBufferPointer { append($0) }
  }

  package mutating func value(_ value: JSON) {
    switch value {
    case .null: null()
    case .bool(let value): bool(value)
    case .number(let value): number(value)
    case .string(let text): string(text)
    case .array(let elements):
      beginArray()
      for element in elements { self.value(element) }
      endArray()
    case .object(let object):
      beginObject()
      for member in object.members {
        name(member.name)
        self.value(member.value)
      }
      endObject()
    }
  }

  private mutating func open(_ bracket: UInt8) {
    separate()
    append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    append(bracket)
    needsComma = true
  }

  /// A comma belongs before everything that follows a value on the same level; a name, an opening bracket and the start of the
  /// text clear the flag, so no stack is needed.
  private mutating func separate() {
    if needsComma { append(UInt8(ascii: ",")) }
    needsComma = true
  }

  /// Where the text ends, with room for so many bytes more.
  @inline(__always)
  private mutating func room(_ most: Int) -> UnsafeMutablePointer<UInt8> {
    if capacity - count < most { grow(most) }
    return start + count
  }

  @inline(never)
  private mutating func grow(_ most: Int) {
    capacity = max(2 * capacity, count + most)
    let larger = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    larger.initialize(from: start, count: count)
    start.deallocate()
    start = larger
  }

  @inline(__always)
  private mutating func append(_ byte: UInt8) {
    room(1).pointee = byte
    count += 1
  }

  @inline(__always)
  private mutating func append(_ text: UnsafeBufferPointer<UInt8>) {
    guard let first = text.baseAddress else { return }
    room(text.count).initialize(from: first, count: text.count)
    count += text.count
  }

  private mutating func append(_ text: String) {
    var text = text
    text.withUTF8 { append($0) }
  }

  private mutating func appendASCII(_ text: StaticString) {
    append(UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func appendDigits(_ value: Int64) {
    if value < 0 { append(UInt8(ascii: "-")) }
    var rest = value.magnitude
    // 19 digits are the most there can be.
    var digits = 1
    var bound: UInt64 = 10
    while rest >= bound {
      bound *= 10
      digits += 1
    }
    let end = room(digits)
    for place in stride(from: digits - 1, through: 0, by: -1) {
      end[place] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
      rest /= 10
    }
    count += digits
  }

  private mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      var escapes = false
      for byte in utf8 { escapes = Self.needsEscape(byte) || escapes }
      append(UInt8(ascii: "\""))
      var plain = 0
      if escapes {
        for index in utf8.indices where Self.needsEscape(utf8[index]) {
          append(UnsafeBufferPointer(rebasing: utf8[plain..<index]))
          appendEscape(utf8[index])
          plain = index + 1
        }
      }
      append(UnsafeBufferPointer(rebasing: utf8[plain...]))
      append(UInt8(ascii: "\""))
    }
  }

  private static func needsEscape(_ byte: UInt8) -> Bool {
    byte < 0x20 || byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "\\")
  }

  private mutating func appendEscape(_ byte: UInt8) {
    switch byte {
    case UInt8(ascii: "\""): appendASCII("\\\"")
    case UInt8(ascii: "\\"): appendASCII("\\\\")
    case 0x08: appendASCII("\\b")
    case 0x09: appendASCII("\\t")
    case 0x0A: appendASCII("\\n")
    case 0x0C: appendASCII("\\f")
    case 0x0D: appendASCII("\\r")
    default:
      appendASCII("\\u00")
      append(Self.hexDigit(byte >> 4))
      append(Self.hexDigit(byte & 15))
    }
  }

  private static func hexDigit(_ nibble: UInt8) -> UInt8 {
    nibble < 10 ? UInt8(ascii: "0") + nibble : UInt8(ascii: "a") + nibble - 10
  }
}

/// The name of a member as it stands in JSON text, for names that are written often.
package struct JSONName: Sendable {
  /// With a comma before it and the colon behind it.
  let bytes: [UInt8]

  package init(_ name: String) {
    var writer = JSONWriter(capacity: name.utf8.count + 3)
    writer.name(name)
    bytes = [UInt8(ascii: ",")] + writer.bytes
  }
}
