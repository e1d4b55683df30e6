// What the server makes of a statement: for the tests that hold every statement against the schema.
import CLibPQ

/// The parameter types and columns of a prepared statement, by their numbers in `pg_type`.
package struct StatementDescription: Sendable, Equatable {
  package let parameterTypes: [UInt32]
  package let columns: [Column]

  package struct Column: Sendable, Equatable {
    package let name: String
    package let type: UInt32
  }
}

extension Connection {
  /// Prepares the statement and asks the server for its types; runs nothing.
  package func describe<Input, Row>(_ statement: Statement<Input, Row>) throws(PostgresError) -> StatementDescription {
    let serverName = try prepare(statement)
    guard PQsendDescribePrepared(handle, serverName) == 1 else { throw lost() }
    let result = try collect(statement: statement.name)
    return StatementDescription(
      parameterTypes: (0..<PQnparams(result.handle)).map { PQparamtype(result.handle, $0) },
      columns: (0..<PQnfields(result.handle)).map { column in
        StatementDescription.Column(
          name: PQfname(result.handle, column).map { String(cString: $0) } ?? "", type: PQftype(result.handle, column))
      })
  }
}
