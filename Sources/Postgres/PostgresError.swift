// Everything that can go wrong between this program and PostgreSQL, as one type.

/// What the driver throws.
///
/// `description` never holds SQL, values or the server's words, so that it may be shown to anybody; `logText` holds all of it.
package enum PostgresError: Error, Sendable {
  /// No connection could be made; nothing was sent.
  indirect case unavailable(Unavailability)
  /// The connection ended under a call, or had ended before it.
  indirect case connectionLost(ConnectionLoss)
  /// The server refused a statement; the connection is still good.
  indirect case server(ServerError)
  /// The connection's `Interrupt` was raised; the running statement was cancelled and has changed nothing.
  case interrupted
  /// The connection's deadline passed; the running statement was cancelled and has changed nothing.
  case deadlineExceeded
  /// A row was not what the statement's `decode` expects.
  indirect case decoding(DecodingFailure)
  /// The driver was used against its rules.
  indirect case misuse(String)
}

/// Why no connection could be made.
package struct Unavailability: Sendable {
  /// The code with which the last host refused, if it got as far as answering.
  package let state: SQLState?
  package let logText: String
}

/// How a connection ended.
package struct ConnectionLoss: Sendable {
  /// True when what was sent may have been committed: a COMMIT, or statements outside a transaction block.
  /// False means that nothing of it took effect.
  package let outcomeUnknown: Bool
  /// The code the server gave on its way out, if any.
  package let state: SQLState?
  package let logText: String
}

/// An error the server reported.
package struct ServerError: Sendable {
  package let state: SQLState
  /// The statement's name, if it was a prepared one.
  package let statement: String?
  package let constraint: String?
  package let table: String?
  package let column: String?
  /// The server's own words; may hold values of the shop.
  package let message: String
  package let detail: String?
  package let hint: String?
  /// Where in functions and triggers the error arose.
  package let context: String?
  /// Character in the SQL text at which the error was found, from 1.
  package let position: Int?
}

/// A column that did not fit.
package struct DecodingFailure: Sendable {
  package let statement: String
  package let logText: String
}

extension PostgresError {
  /// The SQLSTATE, when the server gave one.
  package var state: SQLState? {
    switch self {
    case .server(let error): error.state
    case .unavailable(let reason): reason.state
    case .connectionLost(let loss): loss.state
    default: nil
    }
  }

  /// The constraint that refused a row.
  package var constraint: String? {
    if case .server(let error) = self { error.constraint } else { nil }
  }

  /// The same transaction, run again at once on this connection, may well succeed.
  package var isRetryable: Bool {
    if case .server(let error) = self { error.state.isRetryable } else { false }
  }

  /// The server refused a statement and goes on serving: what was sent with it has not happened.
  package var isRefusal: Bool {
    if case .server(let error) = self { !error.state.isConnectionFault } else { false }
  }

  /// The connection or the server is the trouble, not the statement.
  package var isConnectionFault: Bool {
    switch self {
    case .unavailable, .connectionLost: true
    case .server(let error): error.state.isConnectionFault
    default: false
    }
  }

  /// True when something that was sent may have been committed although no answer came.
  package var outcomeUnknown: Bool {
    if case .connectionLost(let loss) = self { loss.outcomeUnknown } else { false }
  }

  /// All there is to know, for the log only: may hold values of the shop, never a password.
  package var logText: String {
    switch self {
    case .unavailable(let reason): "no connection: \(reason.logText)"
    case .connectionLost(let loss):
      "connection lost\(loss.outcomeUnknown ? ", outcome unknown" : ""): \(loss.logText)"
    case .server(let error): error.logText
    case .interrupted: "interrupted"
    case .deadlineExceeded: "deadline exceeded"
    case .decoding(let failure): "statement \(failure.statement): \(failure.logText)"
    case .misuse(let text): "misuse of the driver: \(text)"
    }
  }
}

extension PostgresError: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
  package var description: String {
    switch self {
    case .unavailable: "the database is not available"
    case .connectionLost: "the connection to the database was lost"
    case .server(let error): "the database refused a statement (\(error.state.code))"
    case .interrupted: "the database call was interrupted"
    case .deadlineExceeded: "the database call took too long"
    case .decoding: "the database answered in an unexpected shape"
    case .misuse: "the database driver was misused"
    }
  }

  package var debugDescription: String { description }
  package var customMirror: Mirror { Mirror(self, children: []) }
}

extension ServerError {
  /// The server's report in one line, without the whole row that it would not take: that may hold the hash of a password.
  package var logText: String {
    var text = "\(state.code) \(message)"
    let detailIsRow = state == .checkViolation || state == .notNullViolation
    let parts = [
      ("statement", statement), ("detail", detailIsRow ? nil : detail), ("hint", hint), ("table", table), ("column", column),
      ("constraint", constraint), ("position", position.map(String.init)), ("context", context),
    ]
    for case (let label, let value?) in parts { text += "; \(label): \(value)" }
    return text
  }
}
