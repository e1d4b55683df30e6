// What a statement's `bind` fills: the parameters `$1`, `$2`, … in order, in the server's binary form.
import CLibPQ

/// The parameters of one call, appended in order. The memory is reused, so that a parameter costs no allocation.
///
/// The SQL must cast each to the type appended (`$1::uuid[]`). A nil value is SQL NULL.
package struct Parameters: ~Copyable {
  @usableFromInline var bytes = ByteBuffer(capacity: Limits.parameterBytes)
  @usableFromInline var starts: [Int] = []
  @usableFromInline var lengths: [Int32] = []
  private var formats: [Int32] = []
  private var pointers: [UnsafePointer<CChar>?] = []

  package init() {}

  /// Parameters so far.
  package var count: Int { starts.count }

  /// Bytes so far.
  var byteCount: Int { bytes.count }

  mutating func reset() {
    bytes.reset(kept: Limits.parameterBytesKept, first: Limits.parameterBytes)
    starts.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
  }

  /// Queues the statement `name` with these parameters in libpq; false when libpq refuses.
  mutating func send(_ name: String, on connection: OpaquePointer) -> Bool {
    let base = UnsafePointer(bytes.start.assumingMemoryBound(to: CChar.self))
    pointers.removeAll(keepingCapacity: true)
    for index in starts.indices { pointers.append(lengths[index] < 0 ? nil : base + starts[index]) }
    while formats.count < starts.count { formats.append(1) }
    return PQsendQueryPrepared(connection, name, Int32(starts.count), pointers, lengths, formats, 1) == 1
  }

  /// Appends SQL NULL, of whatever type.
  @inlinable package mutating func null() {
    starts.append(bytes.count)
    lengths.append(-1)
  }

  @inlinable package mutating func value<T: BinaryType>(_ type: T.Type, _ value: T.Value?) {
    guard let value else { return null() }
    let start = bytes.count
    T.encode(value, into: &bytes)
    starts.append(start)
    lengths.append(Int32(truncatingIfNeeded: bytes.count - start))
  }

  @inlinable package mutating func int2(_ value: Int16?) { self.value(SQLType.Int2.self, value) }
  @inlinable package mutating func int4(_ value: Int32?) { self.value(SQLType.Int4.self, value) }
  @inlinable package mutating func int8(_ value: Int64?) { self.value(SQLType.Int8.self, value) }
  @inlinable package mutating func bool(_ value: Bool?) { self.value(SQLType.Boolean.self, value) }
  /// Must not hold U+0000: the server refuses it (22021).
  @inlinable package mutating func text(_ value: String?) { self.value(SQLType.Text.self, value) }
  /// For `$n::json`, as its text.
  @inlinable package mutating func json(_ value: String?) { self.value(SQLType.Text.self, value) }
  /// For `$n::jsonb`, as its text.
  @inlinable package mutating func jsonb(_ value: String?) { self.value(SQLType.JSONB.self, value) }
  @inlinable package mutating func uuid<Bits: UUIDRepresentable>(_ value: Bits?) { self.value(SQLType.UUID<Bits>.self, value) }
  /// Days since 2000-01-01.
  @inlinable package mutating func date(_ value: Int32?) { self.value(SQLType.Date.self, value) }
  /// Microseconds since 2000-01-01 00:00 UTC.
  @inlinable package mutating func timestamptz(_ value: Int64?) { self.value(SQLType.Timestamptz.self, value) }
  @inlinable package mutating func bytea(_ value: [UInt8]?) { self.value(SQLType.Bytea.self, value) }
  @inlinable package mutating func bytea(_ value: UnsafeRawBufferPointer) {
    let start = bytes.count
    bytes.append(value)
    starts.append(start)
    lengths.append(Int32(truncatingIfNeeded: value.count))
  }
}
