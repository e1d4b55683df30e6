// The driver's side of a pipeline: what was queued, and taking the answers while still sending.
import CLibPQ

/// What a queued statement does with its answer, whatever its row type.
package class PendingAnswer {
  let name: String
  let command: TransactionCommand?

  init(_ name: String, _ command: TransactionCommand?) {
    self.name = name
    self.command = command
  }

  func accept(_ result: borrowing QueryResult) {}
  func fail(_ error: PostgresError) {}
}

/// The queue of one pipeline up to its sync.
struct PipelineState {
  enum Entry {
    case prepare(String)
    case answer(PendingAnswer)
    case poison
    case sync
  }

  var isOpen = false
  var entries: [Entry] = []
  /// The entry whose answer comes next.
  var head = 0
  var unsentBytes = 0
  var firstError: PostgresError?

  var isAnswered: Bool { head == entries.count }

  func failAll(_ error: PostgresError) {
    for case .answer(let pending) in entries { pending.fail(error) }
  }
}

extension Connection {
  /// A pipeline on this connection; costs nothing by itself.
  package func pipeline() -> Pipeline { Pipeline(connection: self) }

  @discardableResult
  func enqueue<Input, Row>(_ statement: Statement<Input, Row>, _ input: Input) throws(PostgresError) -> Pending<Row> {
    if !pipelined.isOpen {
      try beginOperation()
      guard PQenterPipelineMode(handle) == 1 else { throw lost() }
      pipelined.isOpen = true
    }
    let serverName: String
    if let known = prepared.serverName(of: statement.name, sql: statement.sql) {
      serverName = known
    } else {
      serverName = prepared.add(statement.name, sql: statement.sql)
      guard PQsendPrepare(handle, serverName, statement.sql, 0, nil) == 1 else { throw lost() }
      pipelined.entries.append(.prepare(statement.name))
      pipelined.unsentBytes += statement.sql.utf8.count
    }
    parameters.reset()
    statement.bind(input, &parameters)
    note(statement.command)
    guard parameters.send(serverName, on: handle) else { throw lost() }
    let pending = Pending(statement)
    pipelined.entries.append(.answer(pending))
    pipelined.unsentBytes += parameters.byteCount + serverName.utf8.count + 64
    if pipelined.unsentBytes >= Limits.pipelineFlush { try pushPipeline() }
    return pending
  }

  /// Sends what is queued, and reads answers meanwhile: a server whose answers nobody reads stops reading too.
  private func pushPipeline() throws(PostgresError) {
    pipelined.unsentBytes = 0
    while true {
      let unsent = PQflush(handle)
      if unsent < 0 { throw lost() }
      if unsent == 0 { break }
      try waitForSocket()
      try takeReadyAnswers()
      if let reason = cancellation?.reason {
        abandonPipeline(reason.error)
        throw reason.error
      }
    }
    try takeReadyAnswers()
    do throws(PostgresError) { try checkBells() } catch {
      abandonPipeline(error)
      throw error
    }
  }

  func syncPipeline() throws(PostgresError) {
    guard pipelined.isOpen else { return try beginOperation() }
    guard PQpipelineSync(handle) == 1 else { throw lost() }
    pipelined.entries.append(.sync)
    while !pipelined.isAnswered {
      try waitForResult()
      try takeReadyAnswers()
    }
    guard PQexitPipelineMode(handle) == 1 else { throw lost() }
    let failure = pipelined.firstError
    let entries = pipelined.entries
    pipelined.entries.removeAll(keepingCapacity: entries.isEmpty)
    pipelined = PipelineState()
    let reason = try settle()
    guard let failure else { return }
    let error = Self.told(failure, reason)
    for case .answer(let pending) in entries { pending.fail(error) }
    throw error
  }

  /// Undoes an unsynced pipeline: its implicit transaction must not be committed by the sync that ends it.
  func abandonPipeline(_ error: PostgresError) {
    guard pipelined.isOpen, broken == nil else { return }
    let pendings = pipelined.entries
    shielded(for: cancelGrace) {
      var nothing = Parameters()
      guard nothing.send("#", on: handle) else {
        _ = lost()
        return
      }
      pipelined.entries.append(.poison)
      mayHaveCommitted = false
      do throws(PostgresError) { try syncPipeline() } catch {}
    }
    for case .answer(let pending) in pendings { pending.fail(error) }
  }

  /// Takes every answer that has arrived, without waiting.
  private func takeReadyAnswers() throws(PostgresError) {
    while pipelined.head < pipelined.entries.count, PQisBusy(handle) == 0 {
      guard let pointer = PQgetResult(handle) else {
        pipelined.head += 1
        continue
      }
      try take(QueryResult(handle: pointer))
    }
  }

  private func take(_ result: consuming QueryResult) throws(PostgresError) {
    let entry = pipelined.entries[pipelined.head]
    switch (result.outcome, entry) {
    case (.sync, _):
      pipelined.head += 1
    case (.rows, .answer(let pending)), (.done, .answer(let pending)):
      if pending.command == .commit && result.commandTag == "ROLLBACK" && pipelined.firstError == nil {
        pipelined.firstError = Self.commitRefused
      }
      pending.accept(result)
    case (.done, .prepare):
      break
    case (.failed, .prepare(let name)):
      prepared.remove(name)
      let failure = try error(result, name)
      pipelined.firstError = pipelined.firstError ?? failure
    case (.failed, .answer(let pending)):
      let failure = try error(result, pending.name)
      prepared.forget(pending.name, after: failure)
      pipelined.firstError = pipelined.firstError ?? failure
    case (.failed, .poison):
      let failure = try error(result, nil)
      pipelined.firstError = pipelined.firstError ?? failure
    case (.aborted, .prepare(let name)):
      prepared.remove(name)
    case (.aborted, _):
      break
    default:
      throw lost(nil, "an answer out of order")
    }
  }
}
