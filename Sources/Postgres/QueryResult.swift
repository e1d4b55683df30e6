// One answer of the server, owned, and the reading of its errors.
import CLibPQ

/// A `PGresult` that is cleared when its owner lets go of it.
package struct QueryResult: ~Copyable {
  let handle: OpaquePointer

  /// Takes over a result.
  package init(handle: OpaquePointer) {
    self.handle = handle
  }

  deinit { PQclear(handle) }

  enum Outcome { case rows, row, done, failed, aborted, sync, copyIn, unsupported }

  var outcome: Outcome {
    switch PQresultStatus(handle) {
    case PGRES_TUPLES_OK: .rows
    case PGRES_SINGLE_TUPLE: .row
    case PGRES_COMMAND_OK, PGRES_EMPTY_QUERY: .done
    case PGRES_FATAL_ERROR, PGRES_BAD_RESPONSE, PGRES_NONFATAL_ERROR: .failed
    case PGRES_PIPELINE_ABORTED: .aborted
    case PGRES_PIPELINE_SYNC: .sync
    case PGRES_COPY_IN: .copyIn
    default: .unsupported
    }
  }

  var rowCount: Int32 { PQntuples(handle) }

  /// Rows that the command inserted, updated, deleted or returned.
  var affected: Int {
    guard var digit = PQcmdTuples(handle) else { return 0 }
    var number = 0
    while digit.pointee != 0 {
      number = number * 10 + Int(digit.pointee - 48)
      digit += 1
    }
    return number
  }

  var commandTag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }

  private func field(_ code: Character) -> String? {
    guard let ascii = code.asciiValue, let text = PQresultErrorField(handle, Int32(ascii)) else { return nil }
    return String(cString: text)
  }

  /// The server ended the session with this error.
  var isFatal: Bool {
    let severity = field("V")
    return severity == "FATAL" || severity == "PANIC"
  }

  var state: SQLState? { field("C").map { SQLState(bytes: $0.utf8) } }

  var message: String { field("M") ?? PQresultErrorMessage(handle).map { String(cString: $0) } ?? "" }

  /// The error; nil when libpq made it up by itself, without a code.
  func serverError(statement: String?) -> ServerError? {
    guard let state else { return nil }
    return ServerError(
      state: state, statement: statement, constraint: field("n"), table: field("t"), column: field("c"), message: message,
      detail: field("D"), hint: field("H"), context: field("W"), position: field("P").flatMap { Int($0) })
  }

  /// All rows as text.
  func texts() -> [[String?]] {
    (0..<rowCount).map { row in
      (0..<PQnfields(handle)).map { column in
        PQgetisnull(handle, row, column) == 1 ? nil : PQgetvalue(handle, row, column).map { String(cString: $0) }
      }
    }
  }
}
