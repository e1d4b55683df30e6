// Many statements in one round trip: queued, sent together, answered in order, failing together.
import CLibPQ

/// A pipeline on one connection. Statements are sent as their bytes add up; their answers arrive with `sync()`.
///
/// The first error aborts all that follow up to `sync()`, which throws it. Without `begin()` all of it is one implicit
/// transaction. A pipeline that is not synced before the connection's next use is undone. After `sync()` it may be used again.
package struct Pipeline {
  let connection: Connection

  /// Queues one statement; its rows are there after `sync()`.
  @discardableResult
  package func send<Input, Row>(
    _ statement: Statement<Input, Row>, _ input: Input
  ) throws(PostgresError) -> Pending<Row> {
    try connection.enqueue(statement, input)
  }

  @discardableResult
  package func send<Row>(_ statement: Statement<Void, Row>) throws(PostgresError) -> Pending<Row> {
    try connection.enqueue(statement, ())
  }

  /// Queues the beginning of a transaction.
  package func begin(_ mode: TransactionMode = .readCommitted) throws(PostgresError) {
    try connection.enqueue(mode.statement, ())
  }

  /// Queues the commit. Call the `sync()` that sends it inside `shielded(for:)` if the call is past being interrupted.
  package func commit() throws(PostgresError) { try connection.enqueue(TransactionMode.commit, ()) }

  /// Sends all and waits for every answer. Throws the first error; then every `Pending` since the last sync throws it too.
  package func sync() throws(PostgresError) { try connection.syncPipeline() }
}

/// The answer to come of one statement in a pipeline.
package final class Pending<Row>: PendingAnswer {
  private var outcome: Result<[Row], PostgresError>
  private let decode: (borrowing QueryResult) throws(PostgresError) -> [Row]
  private var whenThere: (([Row]) -> Void)?
  /// Rows inserted, updated, deleted or returned; 0 before `sync()`.
  package private(set) var affected = 0

  init<Input>(_ statement: Statement<Input, Row>) {
    outcome = .failure(.misuse("the pipeline was not synced"))
    decode = { (result: borrowing QueryResult) throws(PostgresError) in try statement.rows(result) }
    super.init(statement.name, statement.command)
  }

  /// The rows; throws what made the pipeline fail, or that a row was not as expected.
  package func rows() throws(PostgresError) -> [Row] { try outcome.get() }

  /// The first row, if any.
  package func first() throws(PostgresError) -> Row? { try rows().first }

  /// Hands over the rows as soon as they are there, while the server works on what follows. `body` must not use the connection, and
  /// what it makes is good only if `sync()` is.
  package func whenThere(_ body: @escaping ([Row]) -> Void) {
    // In a long pipeline answers are taken while others are still being queued.
    if case .success(let rows) = outcome { body(rows) } else { whenThere = body }
  }

  override func accept(_ result: borrowing QueryResult) {
    affected = result.affected
    do throws(PostgresError) {
      let rows = try decode(result)
      outcome = .success(rows)
      whenThere?(rows)
    } catch {
      outcome = .failure(error)
    }
  }

  override func fail(_ error: PostgresError) { outcome = .failure(error) }
}
