// What a statement's `decode` reads: the columns of one row, in order, from the server's binary form.
import CLibPQ

/// The columns of one row, read from left to right. Every method reads the next column.
///
/// Throws `PostgresError.decoding` when the column is of another type, NULL where it must not be, or not there.
package struct RowReader {
  let result: OpaquePointer
  let statement: String
  let types: [UInt32]
  var row: Int32 = 0
  var column: Int32 = 0

  init(_ result: borrowing QueryResult, statement: String) {
    self.result = result.handle
    self.statement = statement
    types = (0..<PQnfields(result.handle)).map { PQftype(result.handle, $0) }
  }

  /// The bytes of the next column, nil for NULL. `accepted` judges its type.
  @inline(__always)
  mutating func next(_ expected: UInt32, _ accepted: Bool) throws(PostgresError) -> UnsafeRawBufferPointer? {
    guard accepted else { throw mismatch(expected) }
    let length = PQgetlength(result, row, column)
    if length == 0 && PQgetisnull(result, row, column) == 1 {
      column += 1
      return nil
    }
    let bytes = UnsafeRawBufferPointer(start: PQgetvalue(result, row, column), count: Int(length))
    column += 1
    return bytes
  }

  /// The type of the next column, 0 behind the last.
  var nextType: UInt32 { Int(column) < types.count ? types[Int(column)] : 0 }

  /// The next column; nil for NULL.
  package mutating func optional<T: BinaryType>(_ type: T.Type) throws(PostgresError) -> T.Value? {
    guard let bytes = try next(T.oid, T.accepts(nextType)) else { return nil }
    guard let value = T.decode(bytes) else { throw failure("bytes are no value of type \(T.oid)") }
    return value
  }

  /// The next column, which must not be NULL.
  package mutating func value<T: BinaryType>(_ type: T.Type) throws(PostgresError) -> T.Value {
    guard let value = try optional(type) else { throw failure("unexpected NULL") }
    return value
  }

  /// Passes over the next column, whatever it is.
  package mutating func skip() { column += 1 }

  @inline(never)
  private func mismatch(_ expected: UInt32) -> PostgresError {
    if nextType == 0 {
      return .decoding(DecodingFailure(statement: statement, logText: "the row has only \(types.count) columns"))
    }
    let name = PQfname(result, column).map { String(cString: $0) } ?? ""
    return .decoding(
      DecodingFailure(
        statement: statement, logText: "column \(column + 1) (\(name)) is of type \(nextType), not \(expected)"))
  }

  /// An error about the column read last.
  @inline(never)
  func failure(_ text: String) -> PostgresError {
    let name = PQfname(result, column - 1).map { String(cString: $0) } ?? ""
    return .decoding(DecodingFailure(statement: statement, logText: "column \(column) (\(name)): \(text)"))
  }
}

extension RowReader {
  package mutating func int2() throws(PostgresError) -> Int16 { try value(SQLType.Int2.self) }
  package mutating func optionalInt2() throws(PostgresError) -> Int16? { try optional(SQLType.Int2.self) }
  package mutating func int4() throws(PostgresError) -> Int32 { try value(SQLType.Int4.self) }
  package mutating func optionalInt4() throws(PostgresError) -> Int32? { try optional(SQLType.Int4.self) }
  package mutating func int8() throws(PostgresError) -> Int64 { try value(SQLType.Int8.self) }
  package mutating func optionalInt8() throws(PostgresError) -> Int64? { try optional(SQLType.Int8.self) }
  package mutating func bool() throws(PostgresError) -> Bool { try value(SQLType.Boolean.self) }
  package mutating func optionalBool() throws(PostgresError) -> Bool? { try optional(SQLType.Boolean.self) }
  /// Text, varchar, char, name or json.
  package mutating func text() throws(PostgresError) -> String { try value(SQLType.Text.self) }
  package mutating func optionalText() throws(PostgresError) -> String? { try optional(SQLType.Text.self) }
  package mutating func jsonb() throws(PostgresError) -> String { try value(SQLType.JSONB.self) }
  package mutating func optionalJSONB() throws(PostgresError) -> String? { try optional(SQLType.JSONB.self) }
  package mutating func uuid<Bits: UUIDRepresentable>(as type: Bits.Type = UUIDBits.self) throws(PostgresError) -> Bits {
    try value(SQLType.UUID<Bits>.self)
  }
  package mutating func optionalUUID<Bits: UUIDRepresentable>(as type: Bits.Type = UUIDBits.self) throws(PostgresError) -> Bits? {
    try optional(SQLType.UUID<Bits>.self)
  }
  /// The same without a type of the caller's, which would be made by way of its conformance.
  package mutating func uuidBits() throws(PostgresError) -> UUIDBits { try value(SQLType.UUID<UUIDBits>.self) }
  package mutating func optionalUUIDBits() throws(PostgresError) -> UUIDBits? { try optional(SQLType.UUID<UUIDBits>.self) }
  /// Days since 2000-01-01.
  package mutating func date() throws(PostgresError) -> Int32 { try value(SQLType.Date.self) }
  package mutating func optionalDate() throws(PostgresError) -> Int32? { try optional(SQLType.Date.self) }
  /// Microseconds since 2000-01-01 00:00 UTC.
  package mutating func timestamptz() throws(PostgresError) -> Int64 { try value(SQLType.Timestamptz.self) }
  package mutating func optionalTimestamptz() throws(PostgresError) -> Int64? { try optional(SQLType.Timestamptz.self) }
  package mutating func bytea() throws(PostgresError) -> [UInt8] { try value(SQLType.Bytea.self) }
  package mutating func optionalBytea() throws(PostgresError) -> [UInt8]? { try optional(SQLType.Bytea.self) }
}
