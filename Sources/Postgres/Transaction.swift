// Transactions: begun, committed or rolled back around a piece of work, and run again when the server asks for it.
import CLibPQ
import Glibc

/// How a transaction is begun.
package struct TransactionMode: Sendable {
  let statement: Statement<Void, Void>

  private init(_ name: String, _ words: String) {
    statement = Statement(name, "begin \(words)", command: .begin)
  }

  /// For writes that take their locks in one order.
  package static let readCommitted = TransactionMode("begin", "isolation level read committed")
  /// For reports: one picture of the data.
  package static let snapshot = TransactionMode("begin snapshot", "isolation level repeatable read, read only")
  package static let readOnly = TransactionMode("begin read only", "isolation level read committed, read only")
  package static let repeatableRead = TransactionMode("begin repeatable read", "isolation level repeatable read")
  package static let serializable = TransactionMode("begin serializable", "isolation level serializable")

  static let commit = Statement<Void, Void>("commit", "commit", command: .commit)
  static let rollback = Statement<Void, Void>("rollback", "rollback", command: .rollback)
}

/// An error type that a transaction's body may throw: it can hold a driver's error and give it back.
package protocol PostgresFailure: Error {
  init(_ error: PostgresError)
  /// The driver's error in it, if it is one.
  var postgresError: PostgresError? { get }
}

extension PostgresError: PostgresFailure {
  package init(_ error: PostgresError) { self = error }
  package var postgresError: PostgresError? { self }
}

extension Connection {
  /// What COMMIT means when the server answers it with ROLLBACK: the transaction had failed before.
  static let commitRefused = PostgresError.server(
    ServerError(
      state: .inFailedTransaction, statement: "commit", constraint: nil, table: nil, column: nil,
      message: "the transaction had failed and was rolled back by COMMIT", detail: nil, hint: nil, context: nil, position: nil))

  package func begin(_ mode: TransactionMode = .readCommitted) throws(PostgresError) { try execute(mode.statement) }

  /// Commits. Deaf to the interrupt, and given 10 s whatever the deadline, since its outcome is worth more than its time;
  /// but throws without sending it when the interrupt is raised or the deadline over already.
  /// After `.connectionLost` with `outcomeUnknown` the transaction may or may not have been committed.
  package func commit() throws(PostgresError) {
    try beginOperation()
    try shielded(for: Limits.commitGrace) { () throws(PostgresError) in _ = try execute(TransactionMode.commit) }
  }

  /// Rolls back what is open, if anything; deaf to interrupt and deadline. A connection that cannot even do that is closed.
  package func rollback() {
    guard broken == nil else { return }
    shielded(for: Limits.rollbackGrace) {
      if pipelined.isOpen { abandonPipeline(.misuse("rolled back")) }
      guard inTransaction else { return }
      do throws(PostgresError) { try execute(TransactionMode.rollback) } catch { abandon("rollback failed: \(error.logText)") }
    }
  }

  /// Runs `body` in a transaction: commits when it returns, rolls back when it throws. A transaction that failed by
  /// serialization or deadlock is run again, all of it, at most `attempts` times: `body` must have no other effects.
  /// `failure` is the type of what `body` throws; a closure names it too: `{ () throws(Fault) in … }`.
  package func transaction<Value, Failure: PostgresFailure>(
    _ mode: TransactionMode = .readCommitted, attempts: Int? = nil, failure: Failure.Type,
    _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    guard !inTransaction else { throw Failure(.misuse("a transaction within a transaction")) }
    let attempts = attempts ?? Limits.transactionAttempts
    var attempt = 1
    while true {
      let error: Failure
      do throws(Failure) {
        return try once(mode, body)
      } catch let caught {
        error = caught
      }
      guard error.postgresError?.isRetryable == true, attempt < attempts, isUsable else { throw error }
      do throws(PostgresError) { try pause(beforeAttempt: attempt) } catch { throw Failure(error) }
      attempt += 1
    }
  }

  package func transaction<Value>(
    _ mode: TransactionMode = .readCommitted, attempts: Int? = nil, _ body: () throws(PostgresError) -> Value
  ) throws(PostgresError) -> Value {
    try transaction(mode, attempts: attempts, failure: PostgresError.self, body)
  }

  private func once<Value, Failure: PostgresFailure>(
    _ mode: TransactionMode, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    do throws(PostgresError) { try begin(mode) } catch {
      rollback()
      throw Failure(error)
    }
    let value: Value
    do throws(Failure) { value = try body() } catch {
      rollback()
      throw error
    }
    do throws(PostgresError) { try commit() } catch {
      rollback()
      throw Failure(error)
    }
    return value
  }

  /// A short random pause that doubles with each attempt; the interrupt and the deadline end it.
  private func pause(beforeAttempt attempt: Int) throws(PostgresError) {
    let longest = Limits.retryPause << min(attempt - 1, 6)
    var end = ContinuousClock().now + .microseconds(Int.random(in: longest / 2...longest))
    if let deadline { end = min(end, deadline) }
    while true {
      try checkBells()
      let timeout = Optional(end).pollTimeout
      if timeout == 0 { return }
      var entry = pollfd(fd: interrupt.descriptor, events: shielded ? 0 : Int16(POLLIN), revents: 0)
      _ = poll(&entry, 1, timeout)
    }
  }
}
