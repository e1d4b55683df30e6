// A prepared statement as a value: its name, its SQL, how its parameters are written and its rows read.

/// One statement. It is prepared on each connection when that first runs it, and never deallocated.
///
/// A name stands for one SQL text in the whole program. Parameter types are declared by casts in the SQL (`$1::uuid`).
package struct Statement<Input, Row>: Sendable {
  package let name: String
  package let sql: String
  package let bind: @Sendable (Input, inout Parameters) -> Void
  package let decode: (@Sendable (inout RowReader) throws -> Row)?
  let command: TransactionCommand?

  /// `decode` must read every column of the row; what it throws becomes `PostgresError.decoding`.
  package init(
    _ name: String, _ sql: String, bind: @escaping @Sendable (Input, inout Parameters) -> Void,
    decode: @escaping @Sendable (inout RowReader) throws -> Row
  ) {
    self.name = name
    self.sql = sql
    self.bind = bind
    self.decode = decode
    command = nil
  }
}

/// What a statement does to the transaction block.
enum TransactionCommand: Sendable { case begin, commit, rollback }

extension Statement where Input == Void {
  /// A statement without parameters.
  package init(
    _ name: String, _ sql: String, decode: @escaping @Sendable (inout RowReader) throws -> Row
  ) {
    self.init(name, sql, bind: { _, _ in }, decode: decode)
  }
}

extension Statement where Row == Void {
  /// A statement whose rows, if any, nobody reads.
  package init(_ name: String, _ sql: String, bind: @escaping @Sendable (Input, inout Parameters) -> Void) {
    self.name = name
    self.sql = sql
    self.bind = bind
    decode = nil
    command = nil
  }
}

extension Statement where Input == Void, Row == Void {
  /// A statement without parameters whose rows, if any, nobody reads.
  package init(_ name: String, _ sql: String) {
    self.init(name, sql, command: nil)
  }

  init(_ name: String, _ sql: String, command: TransactionCommand?) {
    self.name = name
    self.sql = sql
    bind = { _, _ in }
    decode = nil
    self.command = command
  }
}

extension Statement {
  /// All rows, decoded.
  package func rows(_ result: borrowing QueryResult) throws(PostgresError) -> [Row] {
    guard let decode else { return [] }
    let count = result.rowCount
    if count == 0 { return [] }
    var rows: [Row] = []
    rows.reserveCapacity(Int(count))
    var reader = RowReader(result, statement: name)
    for row in 0..<count {
      reader.row = row
      reader.column = 0
      do { rows.append(try decode(&reader)) } catch { throw told(error) }
      if Int(reader.column) != reader.types.count { throw unread(reader) }
    }
    return rows
  }

  private func told(_ error: any Error) -> PostgresError {
    (error as? PostgresError) ?? .decoding(DecodingFailure(statement: name, logText: "a value was refused: \(error)"))
  }

  @inline(never)
  private func unread(_ reader: RowReader) -> PostgresError {
    .decoding(DecodingFailure(statement: name, logText: "\(reader.column) of \(reader.types.count) columns were read"))
  }
}
