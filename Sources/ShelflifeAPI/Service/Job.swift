// One accepted call on its way through the lanes: where it stands, and how it may still be stopped.
import JSONRPC
import Shelflife
import Synchronization

/// A call between its arrival and its answer. Safe from any thread; it is answered exactly once.
final class Job: Sendable {
  let call: Call
  let method: ServedMethod
  let common: CommonMembers
  let ticket: Ticket
  let now: Instant
  let service: Service
  /// The instant at which the call is given up, from its `timeoutMs`.
  let deadline: ContinuousClock.Instant?

  private enum Phase {
    case waiting
    case running(SessionInterrupt?)
    /// Its write is on its way: from here on it answers with its outcome.
    case committing(SessionInterrupt?)
    case answered
  }

  private struct State {
    var phase = Phase.waiting
    var stopReason: Fault?
    var prepared: PreparedWrite?
    var attempted: AttemptedWrite?
    var wasCutOff = false
    var readPlace: ReadPlace?
    var startedAt: ContinuousClock.Instant?
  }

  private let state = Mutex(State())

  init(call: Call, method: ServedMethod, common: CommonMembers, ticket: Ticket, now: Instant, service: Service) {
    self.call = call
    self.method = method
    self.common = common
    self.ticket = ticket
    self.now = now
    self.service = service
    deadline = common.timeoutMs.map { call.receivedAt + .milliseconds($0) }
  }

  /// Why the call is to be given up, if it is.
  var stopReason: Fault? { state.withLock { $0.stopReason } }

  /// What wakes a wait for the database when the call is given up; while it runs.
  var interrupt: SessionInterrupt? {
    state.withLock { if case .running(let interrupt) = $0.phase { interrupt } else { nil } }
  }

  /// A second session for a long read; none while the database is away.
  var companion: CheckCompanion? {
    guard let interrupt, let database = service.keeper.present else { return nil }
    return CheckCompanion(database, interrupt: interrupt)
  }

  /// What the password worker made ready for the write lane.
  var prepared: PreparedWrite? {
    get { state.withLock { $0.prepared } }
    set { state.withLock { $0.prepared = newValue } }
  }

  /// What the last try of the write would have answered, for a commit whose answer was lost.
  var attempted: AttemptedWrite? {
    get { state.withLock { $0.attempted } }
    set { state.withLock { $0.attempted = newValue } }
  }

  /// Where a report is read; nil where there is no choice.
  var readPlace: ReadPlace? {
    get { state.withLock { $0.readPlace } }
    set { state.withLock { $0.readPlace = newValue } }
  }

  /// Whether a connection was lost under the call.
  var wasCutOff: Bool {
    get { state.withLock { $0.wasCutOff } }
    set { state.withLock { $0.wasCutOff = newValue } }
  }

  /// A session of a shop that was replaced is over; only a call that the replacing cut off is told why.
  func told(_ fault: Fault) -> Fault {
    fault == .shopReplaced && wasCutOff ? .restoreInProgress : fault
  }

  /// Gives the call up, unless its write is on its way; where even that may be given up, its outcome may be unknown.
  ///
  /// - Returns: true if it had not started: then it is answered already and its place in the lane is to be given up.
  func stop(_ reason: Fault, moneyScale: Int, evenInItsCommit: Bool = false) -> Bool {
    let isWaiting = state.withLock { state -> Bool in
      switch state.phase {
      case .waiting:
        state.phase = .answered
        return true
      case .running(let interrupt):
        if state.stopReason == nil { state.stopReason = reason }
        // Raised under the lock, so that it never meets the worker's next call.
        interrupt?.raise()
        return false
      case .committing(let interrupt) where evenInItsCommit:
        if state.stopReason == nil { state.stopReason = reason }
        interrupt?.raise()
        return false
      case .committing, .answered: return false
      }
    }
    if isWaiting { answer(RPCError(reason, moneyScale: moneyScale)) }
    return isWaiting
  }

  /// Starts the call on a worker; false if it was given up before.
  func begin(interrupt: SessionInterrupt?) -> Bool {
    state.withLock { state in
      switch state.phase {
      case .waiting, .running:
        if state.startedAt == nil { state.startedAt = .now }
        state.phase = .running(interrupt)
        return true
      case .committing:
        state.phase = .committing(interrupt)
        return true
      case .answered: return false
      }
    }
  }

  /// Passes the point from which the call can no longer be given up; false if it has been.
  func beginCommit() -> Bool {
    state.withLock { state in
      switch state.phase {
      case .committing: return true
      case .running(let interrupt) where state.stopReason == nil:
        state.phase = .committing(interrupt)
        return true
      default: return false
      }
    }
  }

  /// Whether its answer is on its way to the client.
  var isAnswered: Bool {
    state.withLock { if case .answered = $0.phase { true } else { false } }
  }

  /// Whether no worker is busy with it.
  var isWaiting: Bool {
    state.withLock { if case .waiting = $0.phase { true } else { false } }
  }

  /// Whether the call has passed the point from which it can no longer be given up.
  var isCommitting: Bool {
    state.withLock { if case .committing = $0.phase { true } else { false } }
  }

  /// Puts a hashed write back in line, where it can be given up again without a worker.
  func backToWaiting() {
    state.withLock { state in
      if case .running = state.phase { state.phase = .waiting }
    }
  }

  func succeed(_ result: [UInt8]) {
    guard finish() else { return }
    service.log.answered(call, error: nil, startedAt: startedAt)
    call.reply(result: result)
  }

  func fail(_ error: RPCError) {
    if finish() { answer(error) }
  }

  private func answer(_ error: RPCError) {
    service.log.answered(call, error: error, startedAt: startedAt)
    call.fail(error)
  }

  /// When a worker began with the call; nil while it waits.
  var startedAt: ContinuousClock.Instant? { state.withLock { $0.startedAt } }

  private func finish() -> Bool {
    state.withLock { state in
      if case .answered = state.phase { return false }
      state.phase = .answered
      return true
    }
  }

  /// Tells the client how far a long call has come, if it asked for it.
  func progress(_ percentage: Int, _ message: String) {
    guard let token = common.progressToken else { return }
    call.notify(method: "$/progress", params: ProgressNote(token: token, percentage: percentage, message: message).bytes)
  }
}

/// The params of a `$/progress` notification.
struct ProgressNote {
  let token: ProgressToken
  let percentage: Int
  let message: String

  var bytes: [UInt8] {
    var writer = ShapeWriter(moneyScale: 0)
    writer.json.beginObject()
    writer.json.name("token")
    CommonMembers.progressToken.write(token, &writer)
    writer.json.name("percentage")
    writer.json.int(percentage)
    writer.json.name("message")
    writer.json.string(message)
    writer.json.endObject()
    return writer.json.bytes
  }
}
