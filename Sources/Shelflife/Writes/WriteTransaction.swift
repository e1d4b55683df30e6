// The path of every write: claim the key, read the standing, do the work, leave an audit row, store the outcome, commit.
import Postgres

/// What a stored key leads back to.
package enum StoredOutcome: Sendable, Equatable {
  case bytes([UInt8])
  case sale(Identifier)
}

/// How a write ended: done now, or found done under its key.
package enum WriteAnswer<Value: Sendable>: Sendable {
  case done(Value)
  case replayed(StoredOutcome)
}

/// An open write transaction, past its claim and its caller's standing. Used on the write lane's thread only.
package final class WriteTransaction {
  let connection: Connection
  let info: CallInfo
  let context: CallContext
  private(set) var entries: [AuditEntry] = []
  /// The members that the write changed, for the audit: name, value before, value after.
  var changes: [AuditChange] = []

  fileprivate init(connection: Connection, info: CallInfo, context: CallContext) {
    self.connection = connection
    self.info = info
    self.context = context
  }

  /// Sets down that this write made or changed a record. `before` and `after` never hold a secret.
  func audit(_ kind: AuditedRecord, _ id: Identifier) {
    entries.append(
      AuditEntry(
        at: info.now, userID: info.caller?.userID, sessionID: info.caller?.sessionID, action: info.method, kind: kind,
        recordID: id))
  }

  /// The same for a write whose actor is not the caller: the first owner, a person signing in.
  func audit(_ kind: AuditedRecord, _ id: Identifier, by userID: Identifier) {
    entries.append(AuditEntry(at: info.now, userID: userID, sessionID: nil, action: info.method, kind: kind, recordID: id))
  }

  /// The caller, by the name of this moment.
  ///
  /// - Throws: `Fault.authorizationRequired`, if nobody has signed in.
  func actor() throws(Fault) -> Actor {
    guard let caller = info.caller else { throw .authorizationRequired }
    return Actor(id: caller.userID, name: context.userName ?? "")
  }

  func run<I, R>(_ statement: Statement<I, R>, _ input: I) throws -> [R] {
    try connection.run(statement, input)
  }
}

package enum Writes {
  /// Runs one write in its own transaction, or finds it done under its key.
  ///
  /// Locks: the key's advisory lock first, then whatever `body` locks, the audit head last. A deadlock or serialization failure
  /// runs the whole anew, a bounded number of times.
  /// - Parameters:
  ///   - connection: in no transaction.
  ///   - info: who calls which method when, and under which key.
  ///   - encode: the bytes to store under the key for a later call with the same key; secrets left out.
  ///   - body: the work; it may throw a `Fault`, and then nothing has happened.
  /// - Throws: `Fault`, or `PostgresError` for what the database did.
  package static func run<Value>(
    on connection: Connection, _ info: CallInfo, encode: (Value, CallContext) -> [UInt8],
    body: (WriteTransaction) throws -> Value
  ) throws -> WriteAnswer<Value> {
    try Transactions.retrying {
      do {
        return try attempt(on: connection, info, encode: encode, body: body)
      } catch {
        connection.rollback()
        throw error
      }
    }
  }

  private static func attempt<Value>(
    on connection: Connection, _ info: CallInfo, encode: (Value, CallContext) -> [UInt8],
    body: (WriteTransaction) throws -> Value
  ) throws -> WriteAnswer<Value> {
    let opening = connection.pipeline()
    try opening.begin()
    let claims = try IdempotencyStatements.claim(info.key.map { [$0] } ?? [], in: opening)
    let contexts = try opening.send(
      ContextStatements.read, [ContextStatements.Input(now: info.now, userID: info.caller?.userID)])
    try opening.sync()
    guard let context = try contexts.rows().first else { throw Fault.storeMissing }
    try context.authorise(info.caller)
    try context.check(info)
    if let key = info.key, let found = try claims?.rows().first {
      let outcome = try Idempotency.outcome(of: found, for: key)
      try Idempotency.closeReplay(on: connection)
      return .replayed(outcome)
    }

    let transaction = WriteTransaction(connection: connection, info: info, context: context)
    let value = try body(transaction)

    guard info.mayCommit() else { throw Fault.requestCancelled }
    let closing = connection.pipeline()
    if let key = info.key {
      try closing.send(
        IdempotencyStatements.store, [StoredKey(key: key, at: info.now, outcome: .bytes(encode(value, context)))])
    }
    try AuditStatements.append(transaction.entries, changes: transaction.changes, in: closing)
    try closing.commit()
    try closing.sync()
    return .done(value)
  }
}
