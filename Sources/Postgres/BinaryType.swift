// The types the driver speaks in binary: their numbers in the server's catalog, and how a value becomes bytes and back.

/// One type of the server and the Swift value that stands for it.
package protocol BinaryType: SendableMetatype {
  associatedtype Value
  /// The type's number in `pg_type`.
  static var oid: UInt32 { get }
  /// The number of the array of it.
  static var arrayOID: UInt32 { get }
  /// Whether a column of this type can be read so.
  static func accepts(_ oid: UInt32) -> Bool
  /// Whether a column of this type can be read as an array of it.
  static func acceptsArray(_ oid: UInt32) -> Bool
  /// The value in `bytes`, or nil when they are no such value.
  static func decode(_ bytes: UnsafeRawBufferPointer) -> Value?
  /// Writes the value's bytes, without a length.
  static func encode(_ value: Value, into bytes: inout ByteBuffer)
}

extension BinaryType {
  @inlinable package static func accepts(_ oid: UInt32) -> Bool { oid == Self.oid }
  @inlinable package static func acceptsArray(_ oid: UInt32) -> Bool { oid == Self.arrayOID }
}

/// A type whose bytes are one big-endian integer.
package protocol BinaryIntegerType: BinaryType where Value: FixedWidthInteger {}

extension BinaryIntegerType {
  @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> Value? {
    bytes.count == MemoryLayout<Value>.size ? Value(bigEndian: bytes.loadUnaligned(as: Value.self)) : nil
  }
  @inlinable package static func encode(_ value: Value, into bytes: inout ByteBuffer) { bytes.append(bigEndian: value) }
}

/// Anything that is a UUID: its sixteen bytes as two big-endian halves.
package protocol UUIDRepresentable: SendableMetatype {
  var high: UInt64 { get }
  var low: UInt64 { get }
  init(high: UInt64, low: UInt64)
}

/// A bare UUID.
package struct UUIDBits: UUIDRepresentable, Hashable, Sendable {
  package let high: UInt64
  package let low: UInt64

  @inlinable package init(high: UInt64, low: UInt64) {
    self.high = high
    self.low = low
  }
}

/// The types by name.
package enum SQLType {
  package enum Int2: BinaryIntegerType {
    package typealias Value = Int16
    @inlinable package static var oid: UInt32 { 21 }
    @inlinable package static var arrayOID: UInt32 { 1005 }
  }

  package enum Int4: BinaryIntegerType {
    package typealias Value = Int32
    @inlinable package static var oid: UInt32 { 23 }
    @inlinable package static var arrayOID: UInt32 { 1007 }
  }

  package enum Int8: BinaryIntegerType {
    package typealias Value = Int64
    @inlinable package static var oid: UInt32 { 20 }
    @inlinable package static var arrayOID: UInt32 { 1016 }
  }

  /// Days since 2000-01-01.
  package enum Date: BinaryIntegerType {
    package typealias Value = Int32
    @inlinable package static var oid: UInt32 { 1082 }
    @inlinable package static var arrayOID: UInt32 { 1182 }
  }

  /// Microseconds since 2000-01-01 00:00 UTC.
  package enum Timestamptz: BinaryIntegerType {
    package typealias Value = Int64
    @inlinable package static var oid: UInt32 { 1184 }
    @inlinable package static var arrayOID: UInt32 { 1185 }
  }

  package enum Boolean: BinaryType {
    package typealias Value = Bool
    @inlinable package static var oid: UInt32 { 16 }
    @inlinable package static var arrayOID: UInt32 { 1000 }
    @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> Bool? { bytes.count == 1 ? bytes[0] != 0 : nil }
    @inlinable package static func encode(_ value: Bool, into bytes: inout ByteBuffer) {
      bytes.append(bigEndian: value ? 1 : 0 as UInt8)
    }
  }

  package enum UUID<Bits: UUIDRepresentable>: BinaryType {
    package typealias Value = Bits
    @inlinable package static var oid: UInt32 { 2950 }
    @inlinable package static var arrayOID: UInt32 { 2951 }
    @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> Bits? {
      guard bytes.count == 16 else { return nil }
      return Bits(
        high: UInt64(bigEndian: bytes.loadUnaligned(as: UInt64.self)),
        low: UInt64(bigEndian: bytes.loadUnaligned(fromByteOffset: 8, as: UInt64.self)))
    }
    @inlinable package static func encode(_ value: Bits, into bytes: inout ByteBuffer) {
      bytes.append(bigEndian: value.high)
      bytes.append(bigEndian: value.low)
    }
  }

  /// Text, and what reads as text: varchar, char, name and json.
  package enum Text: BinaryType {
    package typealias Value = String
    @inlinable package static var oid: UInt32 { 25 }
    @inlinable package static var arrayOID: UInt32 { 1009 }
    @inlinable package static func accepts(_ oid: UInt32) -> Bool {
      oid == 25 || oid == 1043 || oid == 1042 || oid == 19 || oid == 114
    }
    @inlinable package static func acceptsArray(_ oid: UInt32) -> Bool {
      oid == 1009 || oid == 1015 || oid == 1014 || oid == 1003 || oid == 199
    }
    @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> String? { String(decoding: bytes, as: UTF8.self) }
    @inlinable package static func encode(_ value: String, into bytes: inout ByteBuffer) { bytes.append(utf8: value) }
  }

  /// `jsonb` as its text.
  package enum JSONB: BinaryType {
    package typealias Value = String
    @inlinable package static var oid: UInt32 { 3802 }
    @inlinable package static var arrayOID: UInt32 { 3807 }
    @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> String? {
      bytes.first == 1 ? String(decoding: bytes.dropFirst(), as: UTF8.self) : nil
    }
    @inlinable package static func encode(_ value: String, into bytes: inout ByteBuffer) {
      bytes.append(bigEndian: 1 as UInt8)
      bytes.append(utf8: value)
    }
  }

  package enum Bytea: BinaryType {
    package typealias Value = [UInt8]
    @inlinable package static var oid: UInt32 { 17 }
    @inlinable package static var arrayOID: UInt32 { 1001 }
    @inlinable package static func decode(_ bytes: UnsafeRawBufferPointer) -> [UInt8]? { Array(bytes) }
    @inlinable package static func encode(_ value: [UInt8], into bytes: inout ByteBuffer) {
      value.withUnsafeBytes { bytes.append($0) }
    }
  }
}
