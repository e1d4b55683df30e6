// How a connection waits: for its socket, its interrupt and its deadline at once, and what it does when one of them strikes.
import CLibPQ
import Glibc

/// A cancellation under way.
struct Cancellation {
  let reason: Reason
  let giveUp: ContinuousClock.Instant
  var nextRequest: ContinuousClock.Instant
  var request: CancelRequest

  enum Reason {
    case interrupted, deadlineExceeded

    var error: PostgresError { self == .interrupted ? .interrupted : .deadlineExceeded }
  }
}

extension Connection {
  /// To be called before anything is sent.
  func beginOperation() throws(PostgresError) {
    if pipelined.isOpen { abandonPipeline(.misuse("the pipeline was not synced")) }
    if openCopy != nil { giveUpCopy() }
    if let broken { throw .connectionLost(ConnectionLoss(outcomeUnknown: false, state: nil, logText: broken)) }
    try checkBells()
  }

  func checkBells() throws(PostgresError) {
    if !shielded && interrupt.isRaised { throw .interrupted }
    if let deadline, deadline <= ContinuousClock().now { throw .deadlineExceeded }
  }

  /// Keeps the books on what a loss of the connection would mean.
  func note(_ command: TransactionCommand?) {
    switch command {
    case .begin: blockOpen = true
    case .commit:
      blockOpen = false
      mayHaveCommitted = true
    case .rollback: blockOpen = false
    case nil: if !blockOpen { mayHaveCommitted = true }
    }
  }

  /// To be called once everything sent is answered.
  func settle() throws(PostgresError) -> Cancellation.Reason? {
    let status = PQtransactionStatus(handle)
    blockOpen = status == PQTRANS_INTRANS || status == PQTRANS_INERROR
    if notices.leftStandbyBehind { throw lost(nil, "a commit did not wait for its standby") }
    mayHaveCommitted = false
    guard let cancelled = cancellation else { return nil }
    cancellation = nil
    if !cancelled.request.wait(until: cancelled.giveUp) { abandon("a cancel request stayed on its way") }
    return cancelled.reason
  }

  /// Reads every result of what was sent outside a pipeline; the last one counts, or the first error.
  func collect(
    statement: String?, eachRow: (borrowing QueryResult) -> Void = { _ in }
  ) throws(PostgresError) -> QueryResult {
    var last: QueryResult?
    var failure: PostgresError?
    while true {
      try waitForResult()
      guard let pointer = PQgetResult(handle) else { break }
      let result = QueryResult(handle: pointer)
      let outcome = result.outcome
      switch outcome {
      case .failed: if failure == nil { failure = try error(result, statement) }
      case .row: eachRow(result)
      case .copyIn, .unsupported:
        abandon("COPY")
        throw .misuse("COPY is not supported")
      default: last = consume result
      }
    }
    let reason = try settle()
    if let failure { throw Self.told(failure, reason) }
    guard let result = last.take() else { throw lost() }
    return result
  }

  /// The error as the caller is to see it: a cancellation that we asked for is told by its reason.
  static func told(_ error: PostgresError, _ reason: Cancellation.Reason?) -> PostgresError {
    guard let reason, case .server(let report) = error, report.state == .queryCanceled else { return error }
    return reason.error
  }

  /// The error in `result`; throws when with it the session has ended.
  func error(_ result: borrowing QueryResult, _ statement: String?) throws(PostgresError) -> PostgresError {
    if result.isFatal { throw lost(result.state, result.message) }
    guard let report = result.serverError(statement: statement) else { throw lost(nil, result.message) }
    return .server(report)
  }

  /// Waits until `PQgetResult` would not block.
  @inline(__always)
  func waitForResult() throws(PostgresError) {
    while PQisBusy(handle) == 1 { try waitForSocket() }
  }

  /// One wait: sends what is queued, then reads what comes. Returns after any event; starts and drives a cancellation.
  ///
  /// - Parameter onlyToSend: returns at once when nothing is queued any more: the server may have nothing to say.
  func waitForSocket(onlyToSend: Bool = false) throws(PostgresError) {
    let unsent = PQflush(handle)
    if unsent < 0 { throw lost() }
    if onlyToSend && unsent == 0 { return }
    polled[0].events = Int16(unsent == 1 ? POLLIN | POLLOUT : POLLIN)
    polled[0].revents = 0
    let limit = cancellation.map { min($0.nextRequest, $0.giveUp) } ?? deadline
    let isDeaf = shielded || cancellation != nil
    // Negative descriptors are passed over.
    polled[1] = pollfd(fd: isDeaf ? -1 : interrupt.descriptor, events: Int16(POLLIN), revents: 0)
    let ready = poll(polled, nfds_t(2 + bystanders), limit.pollTimeout)
    if ready < 0 && errno != EINTR { throw lost(nil, "poll failed: \(errno)") }
    if polled[0].revents != 0 && ready > 0 {
      if polled[0].revents & Int16(POLLOUT) == 0 || polled[0].revents & Int16(POLLIN) != 0 {
        guard PQconsumeInput(handle) == 1 else { throw lost() }
      }
    }
    if ready > 0 { lookAfterBystanders() }
    if cancellation != nil {
      try driveCancellation()
    } else if ready > 0 && polled[1].revents != 0 {
      startCancelling(.interrupted)
    } else if ready == 0 {
      startCancelling(.deadlineExceeded)
    }
  }

  /// Watches more descriptors in every wait until one of them is ready, or a statement is cancelled: then calls `onReady`, once, and
  /// watches them no longer. Whoever has something else to wait for on this thread need not leave it to another.
  package func watch(_ descriptors: [pollfd], onReady: @escaping () -> Void) {
    precondition(descriptors.count <= Limits.bystanders)
    for (place, descriptor) in descriptors.enumerated() { polled[2 + place] = descriptor }
    bystanders = descriptors.count
    onBystander = onReady
  }

  package func unwatch() {
    bystanders = 0
    onBystander = nil
  }

  private func lookAfterBystanders() {
    if (2..<2 + bystanders).contains(where: { polled[$0].revents != 0 }) { relieveBystanders() }
  }

  private func relieveBystanders() {
    let onReady = onBystander
    unwatch()
    onReady?()
  }

  func startCancelling(_ reason: Cancellation.Reason) {
    guard cancellation == nil else { return }
    // Its request may stay on its way for longer than the server takes to settle.
    relieveBystanders()
    let now = ContinuousClock().now
    cancellation = Cancellation(
      reason: reason, giveUp: now + cancelGrace, nextRequest: now + Limits.cancelRepeat, request: CancelRequest(handle))
  }

  private func driveCancellation() throws(PostgresError) {
    guard let current = cancellation else { return }
    let now = ContinuousClock().now
    if now >= current.giveUp { throw lost(nil, "no answer to a cancel request") }
    if now >= current.nextRequest {
      cancellation?.nextRequest = now + Limits.cancelRepeat
      if current.request.isDone { cancellation?.request = CancelRequest(handle) }
    }
  }

  /// Takes in what the server has sent unasked; throws when it has hung up.
  func readWhatIsThere() throws(PostgresError) {
    for _ in 0..<Limits.probeReads {
      polled[0].events = Int16(POLLIN)
      polled[0].revents = 0
      guard poll(polled, 1, 0) > 0 else { return }
      guard PQconsumeInput(handle) == 1 else { throw lost() }
    }
  }

  /// Closes the connection and makes the error that says so.
  @inline(never)
  func lost(_ state: SQLState? = nil, _ text: String? = nil) -> PostgresError {
    let text = text ?? (broken == nil ? PQerrorMessage(handle).map { String(cString: $0) } : nil) ?? "lost"
    let oneLine = text.split(whereSeparator: \.isNewline).joined(separator: " ")
    let error = PostgresError.connectionLost(
      ConnectionLoss(
        outcomeUnknown: mayHaveCommitted, state: state, logText: [state?.code, oneLine].compactMap { $0 }.joined(separator: " ")))
    cancellation = nil
    pipelined.failAll(error)
    pipelined = PipelineState()
    abandon(oneLine)
    return error
  }

  /// Runs `body` deaf to the interrupt and with `grace` from now on as its deadline: for what must be finished once begun.
  package func shielded<Value, Failure: Error>(
    for grace: Duration, _ body: () throws(Failure) -> Value
  ) throws(Failure) -> Value {
    let outer = (shielded, deadline)
    shielded = true
    deadline = ContinuousClock().now + grace
    defer { (shielded, deadline) = outer }
    return try body()
  }
}
