// Arrays as parameters: what lets one statement write many rows (`from unnest($1::uuid[], $2::int8[])`).

extension Parameters {
  /// Appends an array in one pass over `values`.
  @inlinable package mutating func array<T: BinaryType>(_ type: T.Type, _ values: some Sequence<T.Value>) {
    let start = beginArray(T.oid)
    var count: Int32 = 0
    for value in values {
      element(T.self, value)
      count += 1
    }
    endArray(start, count: count, hasNulls: false)
  }

  /// Appends an array with NULL elements.
  @inlinable package mutating func array<T: BinaryType>(_ type: T.Type, _ values: some Sequence<T.Value?>) {
    let start = beginArray(T.oid)
    var count: Int32 = 0
    var hasNulls = false
    for value in values {
      if let value {
        element(T.self, value)
      } else {
        bytes.append(bigEndian: -1 as Int32)
        hasNulls = true
      }
      count += 1
    }
    endArray(start, count: count, hasNulls: hasNulls)
  }

  @inlinable mutating func element<T: BinaryType>(_ type: T.Type, _ value: T.Value) {
    let at = bytes.count
    bytes.append(bigEndian: 0 as Int32)
    T.encode(value, into: &bytes)
    bytes.patch(Int32(truncatingIfNeeded: bytes.count - at - 4), at: at)
  }

  @usableFromInline mutating func beginArray(_ oid: UInt32) -> Int {
    let start = bytes.count
    bytes.append(bigEndian: 1 as Int32)
    bytes.append(bigEndian: 0 as Int32)
    bytes.append(bigEndian: oid)
    bytes.append(bigEndian: 0 as Int32)
    bytes.append(bigEndian: 1 as Int32)
    return start
  }

  @usableFromInline mutating func endArray(_ start: Int, count: Int32, hasNulls: Bool) {
    if count == 0 {
      bytes.patch(0, at: start)
      bytes.count = start + 12
    } else {
      bytes.patch(hasNulls ? 1 : 0, at: start + 4)
      bytes.patch(count, at: start + 12)
    }
    starts.append(start)
    lengths.append(Int32(truncatingIfNeeded: bytes.count - start))
  }

  @inlinable package mutating func int2s(_ values: some Sequence<Int16>) { array(SQLType.Int2.self, values) }
  @inlinable package mutating func int2s(_ values: some Sequence<Int16?>) { array(SQLType.Int2.self, values) }
  @inlinable package mutating func int4s(_ values: some Sequence<Int32>) { array(SQLType.Int4.self, values) }
  @inlinable package mutating func int4s(_ values: some Sequence<Int32?>) { array(SQLType.Int4.self, values) }
  @inlinable package mutating func int8s(_ values: some Sequence<Int64>) { array(SQLType.Int8.self, values) }
  @inlinable package mutating func int8s(_ values: some Sequence<Int64?>) { array(SQLType.Int8.self, values) }
  @inlinable package mutating func bools(_ values: some Sequence<Bool>) { array(SQLType.Boolean.self, values) }
  @inlinable package mutating func bools(_ values: some Sequence<Bool?>) { array(SQLType.Boolean.self, values) }
  @inlinable package mutating func texts(_ values: some Sequence<String>) { array(SQLType.Text.self, values) }
  @inlinable package mutating func texts(_ values: some Sequence<String?>) { array(SQLType.Text.self, values) }
  @inlinable package mutating func jsonbs(_ values: some Sequence<String>) { array(SQLType.JSONB.self, values) }
  @inlinable package mutating func jsonbs(_ values: some Sequence<String?>) { array(SQLType.JSONB.self, values) }
  @inlinable package mutating func uuids<Bits: UUIDRepresentable>(_ values: some Sequence<Bits>) {
    array(SQLType.UUID<Bits>.self, values)
  }
  @inlinable package mutating func uuids<Bits: UUIDRepresentable>(_ values: some Sequence<Bits?>) {
    array(SQLType.UUID<Bits>.self, values)
  }
  /// Days since 2000-01-01.
  @inlinable package mutating func dates(_ values: some Sequence<Int32>) { array(SQLType.Date.self, values) }
  @inlinable package mutating func dates(_ values: some Sequence<Int32?>) { array(SQLType.Date.self, values) }
  /// Microseconds since 2000-01-01 00:00 UTC.
  @inlinable package mutating func timestamptzs(_ values: some Sequence<Int64>) { array(SQLType.Timestamptz.self, values) }
  @inlinable package mutating func timestamptzs(_ values: some Sequence<Int64?>) { array(SQLType.Timestamptz.self, values) }
  @inlinable package mutating func byteas(_ values: some Sequence<[UInt8]>) { array(SQLType.Bytea.self, values) }
  @inlinable package mutating func byteas(_ values: some Sequence<[UInt8]?>) { array(SQLType.Bytea.self, values) }
}
