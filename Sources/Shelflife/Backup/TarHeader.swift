// The 512 bytes before each member of a backup's tar, fully determined by what they say.

/// A ustar header of a regular file, mode 0600, of user and group 0.
///
/// Its last twelve bytes, which the format leaves unused, hold the beginning of the SHA-256 of the member's contents: no byte of a
/// backup can change unseen.
struct TarHeader: Equatable {
  static let length = 512
  private static let sealLength = 12

  let name: String
  let size: Int64
  /// Seconds since 1970.
  let modified: Int64
  let seal: [UInt8]

  init(name: String, size: Int64, modified: Int64, seal: [UInt8]) {
    self.name = name
    self.size = size
    self.modified = modified
    self.seal = seal
  }

  init(name: String, size: Int64, modified: Int64, contents: Digest) {
    self.init(name: name, size: size, modified: modified, seal: Self.seal(of: contents))
  }

  static func seal(of contents: Digest) -> [UInt8] { Array(contents.bytes.prefix(sealLength)) }

  /// nil unless the bytes are what `bytes` makes of what they say.
  init?(_ bytes: some Collection<UInt8>, name: String) {
    let bytes = Array(bytes)
    guard bytes.count == Self.length, let size = Self.number(bytes[124..<136]), size >= 0,
      let modified = Self.number(bytes[136..<148])
    else { return nil }
    self.init(name: name, size: size, modified: modified, seal: Array(bytes[500...]))
    guard self.bytes == bytes else { return nil }
  }

  var bytes: [UInt8] {
    var bytes = [UInt8](repeating: 0, count: Self.length)
    func put(_ field: some Collection<UInt8>, at offset: Int) {
      for (place, byte) in field.enumerated() { bytes[offset + place] = byte }
    }
    put(name.utf8, at: 0)
    put("0000600".utf8, at: 100)
    put("0000000".utf8, at: 108)
    put("0000000".utf8, at: 116)
    put(Self.field(size), at: 124)
    put(Self.field(modified), at: 136)
    // The checksum is taken with its own field full of spaces.
    put("        0".utf8, at: 148)
    put("ustar\u{0}00".utf8, at: 257)
    put("0000000".utf8, at: 329)
    put("0000000".utf8, at: 337)
    put(seal, at: 500)
    let sum = bytes.reduce(0) { $0 + Int64($1) }
    put(Self.octal(sum, digits: 6) + [0], at: 148)
    return bytes
  }

  private static let octalLimit: Int64 = 1 << 33

  /// Eleven octal digits, or, beyond them, what GNU tar began and all read: a number of two's complement with its top bit set.
  private static func field(_ number: Int64) -> [UInt8] {
    if (0..<octalLimit).contains(number) { return octal(number, digits: 11) + [0] }
    let fill: UInt8 = number < 0 ? 0xff : 0
    return [number < 0 ? 0xff : 0x80, fill, fill, fill] + (0..<8).map { UInt8(truncatingIfNeeded: number >> (56 - 8 * $0)) }
  }

  private static func octal(_ number: Int64, digits: Int) -> [UInt8] {
    (0..<digits).map { UInt8(ascii: "0") + UInt8(truncatingIfNeeded: number >> Int64(3 * (digits - 1 - $0)) & 7) }
  }

  /// Says nothing of how a number is to be written: the caller writes it again and compares.
  private static func number(_ field: ArraySlice<UInt8>) -> Int64? {
    guard let first = field.first else { return nil }
    if first >= 0x80 { return field.suffix(8).reduce(0) { $0 << 8 | Int64($1) } }
    var number: Int64 = 0
    for byte in field.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "7")).contains(byte) else { return nil }
      number = number << 3 | Int64(byte - UInt8(ascii: "0"))
    }
    return number
  }
}
