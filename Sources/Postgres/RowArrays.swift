// Arrays as columns (`array_agg(…)`), with and without NULL elements.

extension RowReader {
  /// The next column, an array of one dimension without NULL elements; nil for NULL.
  package mutating func optionalArray<T: BinaryType>(of type: T.Type) throws(PostgresError) -> [T.Value]? {
    guard let bytes = try next(T.arrayOID, T.acceptsArray(nextType)) else { return nil }
    var elements = try ArrayBytes(bytes, T.self, self)
    var values: [T.Value] = []
    values.reserveCapacity(elements.left)
    while elements.left > 0 {
      guard let value = try elements.next(T.self, self) else { throw failure("unexpected NULL in the array") }
      values.append(value)
    }
    return values
  }

  /// The next column, an array of one dimension that may hold NULL elements; nil for NULL.
  package mutating func optionalSparseArray<T: BinaryType>(of type: T.Type) throws(PostgresError) -> [T.Value?]? {
    guard let bytes = try next(T.arrayOID, T.acceptsArray(nextType)) else { return nil }
    var elements = try ArrayBytes(bytes, T.self, self)
    var values: [T.Value?] = []
    values.reserveCapacity(elements.left)
    while elements.left > 0 { values.append(try elements.next(T.self, self)) }
    return values
  }

  /// The next column, an array that must not be NULL nor hold NULL.
  package mutating func array<T: BinaryType>(of type: T.Type) throws(PostgresError) -> [T.Value] {
    guard let values = try optionalArray(of: type) else { throw failure("unexpected NULL") }
    return values
  }

  /// The next column, an array that must not be NULL but may hold NULL.
  package mutating func sparseArray<T: BinaryType>(of type: T.Type) throws(PostgresError) -> [T.Value?] {
    guard let values = try optionalSparseArray(of: type) else { throw failure("unexpected NULL") }
    return values
  }

  package mutating func int2s() throws(PostgresError) -> [Int16] { try array(of: SQLType.Int2.self) }
  package mutating func int4s() throws(PostgresError) -> [Int32] { try array(of: SQLType.Int4.self) }
  package mutating func int8s() throws(PostgresError) -> [Int64] { try array(of: SQLType.Int8.self) }
  package mutating func bools() throws(PostgresError) -> [Bool] { try array(of: SQLType.Boolean.self) }
  package mutating func texts() throws(PostgresError) -> [String] { try array(of: SQLType.Text.self) }
  package mutating func uuids<Bits: UUIDRepresentable>(as type: Bits.Type = UUIDBits.self) throws(PostgresError) -> [Bits] {
    try array(of: SQLType.UUID<Bits>.self)
  }
  /// Days since 2000-01-01.
  package mutating func dates() throws(PostgresError) -> [Int32] { try array(of: SQLType.Date.self) }
  /// Microseconds since 2000-01-01 00:00 UTC.
  package mutating func timestamptzs() throws(PostgresError) -> [Int64] { try array(of: SQLType.Timestamptz.self) }
}

/// A cursor over the elements of an array in binary form.
private struct ArrayBytes {
  private let bytes: UnsafeRawBufferPointer
  private var at = 20
  private(set) var left = 0

  init<T: BinaryType>(_ bytes: UnsafeRawBufferPointer, _ type: T.Type, _ reader: RowReader) throws(PostgresError) {
    self.bytes = bytes
    guard bytes.count >= 12 else { throw reader.failure("cut array") }
    let dimensions = Self.int(bytes, 0)
    if dimensions == 0 { return }
    guard dimensions == 1, bytes.count >= 20 else { throw reader.failure("array of \(dimensions) dimensions") }
    let element = UInt32(bitPattern: Self.int(bytes, 8))
    guard T.accepts(element) else { throw reader.failure("array of type \(element), not \(T.oid)") }
    left = Int(Self.int(bytes, 12))
  }

  mutating func next<T: BinaryType>(_ type: T.Type, _ reader: RowReader) throws(PostgresError) -> T.Value? {
    left -= 1
    guard at + 4 <= bytes.count else { throw reader.failure("cut array") }
    let length = Int(Self.int(bytes, at))
    at += 4
    if length < 0 { return nil }
    guard at + length <= bytes.count else { throw reader.failure("cut array") }
    defer { at += length }
    guard let value = T.decode(UnsafeRawBufferPointer(rebasing: bytes[at..<at + length])) else {
      throw reader.failure("bytes are no value of type \(T.oid)")
    }
    return value
  }

  private static func int(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> Int32 {
    Int32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: Int32.self))
  }
}
