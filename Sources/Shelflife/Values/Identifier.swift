/// The name of every record in the shop: a UUID, made as version 7 by `IdentifierMaker` or taken from a client.
///
/// Ordered by its sixteen bytes, which is also how PostgreSQL orders `uuid`.
package struct Identifier: Hashable, Comparable, Sendable {
  /// The first eight bytes, big-endian.
  package let high: UInt64
  /// The last eight bytes, big-endian.
  package let low: UInt64

  package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }

  /// Sixteen bytes in network order; nil for any other count.
  package init?(bytes: UnsafeRawBufferPointer) {
    guard bytes.count == 16 else { return nil }
    high = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 0, as: UInt64.self))
    low = UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
  }

  /// Any UUID text of 36 characters, in either case, of any version.
  package init(parsing text: String) throws(ValueFault) {
    guard text.utf8.count == 36 else { throw .notAnIdentifier }
    var halves: (UInt64, UInt64) = (0, 0)
    var position = 0
    var digits = 0
    for byte in text.utf8 {
      if Self.isHyphen(at: position) {
        guard byte == UInt8(ascii: "-") else { throw .notAnIdentifier }
      } else {
        guard let nibble = Self.nibble(byte) else { throw .notAnIdentifier }
        if digits < 16 { halves.0 = halves.0 << 4 | nibble } else { halves.1 = halves.1 << 4 | nibble }
        digits += 1
      }
      position += 1
    }
    high = halves.0
    low = halves.1
  }

  /// The sixteen bytes in network order, for the duration of the call.
  package func withBytes<R, E: Error>(_ body: (UnsafeRawBufferPointer) throws(E) -> R) throws(E) -> R {
    let words = (high.bigEndian, low.bigEndian)
    return try withUnsafeBytes(of: words, body)
  }

  /// The lower-case text of 36 characters.
  package var text: String {
    String(unsafeUninitializedCapacity: Self.textBytes, initializingUTF8With: write(to:))
  }

  /// Appends the text without making a string.
  package func append(to bytes: inout [UInt8]) {
    bytes.append(addingCapacity: Self.textBytes) { span in
      span.withUnsafeMutableBufferPointer { buffer, count in count = write(to: buffer) }
    }
  }

  package static func < (a: Identifier, b: Identifier) -> Bool {
    a.high == b.high ? a.low < b.low : a.high < b.high
  }

  /// The version nibble: 7 for those made here.
  package var version: Int { Int(high >> 12 & 0xf) }

  package static let textBytes = 36

  /// Puts the text at the buffer's beginning; returns its bytes.
  package func write(to buffer: UnsafeMutableBufferPointer<UInt8>) -> Int {
    precondition(buffer.count >= Self.textBytes)
    let text = UnsafeMutableRawPointer(buffer.baseAddress!)
    func put(_ digits: UInt64, at place: Int) { text.storeBytes(of: digits.bigEndian, toByteOffset: place, as: UInt64.self) }
    // Eight digits at a time, each over what the one before has written too much; the hyphens come last.
    let middle = (Self.digits(high), Self.digits(low >> 32))
    put(Self.digits(high >> 32), at: 0)
    put(middle.0, at: 9)
    put(middle.0 << 32, at: 14)
    put(middle.1, at: 19)
    put(middle.1 << 32, at: 24)
    put(Self.digits(low), at: 28)
    buffer[8] = UInt8(ascii: "-")
    buffer[13] = UInt8(ascii: "-")
    buffer[18] = UInt8(ascii: "-")
    buffer[23] = UInt8(ascii: "-")
    return Self.textBytes
  }

  /// The lower half's eight digits, the first in the highest byte: a byte for each, then what lies between 9 and a.
  private static func digits(_ word: UInt64) -> UInt64 {
    var nibbles = word & 0xffff_ffff
    nibbles = (nibbles | nibbles << 16) & 0x0000_ffff_0000_ffff
    nibbles = (nibbles | nibbles << 8) & 0x00ff_00ff_00ff_00ff
    nibbles = (nibbles | nibbles << 4) & 0x0f0f_0f0f_0f0f_0f0f
    let letters = (nibbles + 0x0606_0606_0606_0606) >> 4 & 0x0101_0101_0101_0101
    return nibbles + 0x3030_3030_3030_3030 + letters * 0x27
  }

  private static func isHyphen(at position: Int) -> Bool {
    position == 8 || position == 13 || position == 18 || position == 23
  }

  private static func nibble(_ byte: UInt8) -> UInt64? {
    switch byte {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): UInt64(byte - UInt8(ascii: "0"))
    case UInt8(ascii: "a")...UInt8(ascii: "f"): UInt64(byte - UInt8(ascii: "a") + 10)
    case UInt8(ascii: "A")...UInt8(ascii: "F"): UInt64(byte - UInt8(ascii: "A") + 10)
    default: nil
    }
  }
}

extension Identifier: CustomStringConvertible {
  package var description: String { text }
}
