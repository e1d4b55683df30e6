/// Writes JSON text into bytes, member by member, for replies and notifications; the way out of every value.

/// Builds one JSON text. Commas are its own business; that names, values and ends match is the caller's.
///
/// The text never holds a raw newline or another control character, so that it can stand on one line of the wire.
package struct JSONWriter: Sendable {
  /// What has been written so far.
  package private(set) var bytes: [UInt8]
  private var needsComma = false

  /// - Parameter capacity: the expected size of the text in bytes.
  package init(capacity: Int = 256) {
    bytes = []
    bytes.reserveCapacity(capacity)
  }

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
    bytes.append(UInt8(ascii: ":"))
    needsComma = false
  }

  /// The same, quoted once and for all.
  package mutating func name(_ name: JSONName) {
    if needsComma {
      bytes.append(contentsOf: name.bytes)
    } else {
      name.bytes.withUnsafeBufferPointer { bytes.append(contentsOf: UnsafeBufferPointer(rebasing: $0.dropFirst())) }
    }
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
    bytes.append(addingCapacity: most + 2) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in
        buffer[0] = UInt8(ascii: "\"")
        let end = 1 + write(UnsafeMutableBufferPointer(rebasing: buffer[1..<most + 1]))
        buffer[end] = UInt8(ascii: "\"")
        count = end + 1
      }
    }
  }

  package mutating func int(_ value: Int64) {
    separate()
    appendDigits(value)
  }

  /// An integer of any type and size.
  package mutating func int(_ value: some FixedWidthInteger) {
    if let small = Int64(exactly: value) { return int(small) }
    separate()
    bytes.append(contentsOf: String(value).utf8)
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
    bytes.append(contentsOf: number.digits.utf8)
  }

  /// A value that is JSON text already, without raw newlines.
  package mutating func raw(_ text: some Collection<UInt8>) {
    separate()
    bytes.append(contentsOf: text)
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
    bytes.append(bracket)
    needsComma = false
  }

  private mutating func close(_ bracket: UInt8) {
    bytes.append(bracket)
    needsComma = true
  }

  /// A comma belongs before everything that follows a value on the same level; a name, an opening bracket and the start of the
  /// text clear the flag, so no stack is needed.
  private mutating func separate() {
    if needsComma { bytes.append(UInt8(ascii: ",")) }
    needsComma = true
  }

  private mutating func appendASCII(_ text: StaticString) {
    bytes.append(contentsOf: UnsafeBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
  }

  private mutating func appendDigits(_ value: Int64) {
    // 19 digits and a sign are the most there can be.
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 20) { buffer in
      var first = 20
      var rest = value.magnitude
      repeat {
        first -= 1
        buffer[first] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
        rest /= 10
      } while rest > 0
      if value < 0 {
        first -= 1
        buffer[first] = UInt8(ascii: "-")
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: buffer[first...]))
    }
  }

  private mutating func quote(_ text: String) {
    var text = text
    text.withUTF8 { utf8 in
      guard utf8.contains(where: Self.needsEscape) else {
        bytes.append(addingCapacity: utf8.count + 2) { span in
          span.append(UInt8(ascii: "\""))
          for byte in utf8 { span.append(byte) }
          span.append(UInt8(ascii: "\""))
        }
        return
      }
      bytes.append(UInt8(ascii: "\""))
      var plain = 0
      for index in 0..<utf8.count where Self.needsEscape(utf8[index]) {
        bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain..<index]))
        appendEscape(utf8[index])
        plain = index + 1
      }
      bytes.append(contentsOf: UnsafeBufferPointer(rebasing: utf8[plain...]))
      bytes.append(UInt8(ascii: "\""))
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
      bytes.append(Self.hexDigit(byte >> 4))
      bytes.append(Self.hexDigit(byte & 15))
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
