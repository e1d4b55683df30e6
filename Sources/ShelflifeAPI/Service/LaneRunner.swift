// Running calls on one worker's thread: who calls, what is asked, a session that works, and an answer whatever happens.
import JSONRPC
import Shelflife

/// Belongs to one worker. Used by one thread at a time: the worker's, or the one that has read a call.
final class LaneRunner {
  let service: Service
  private let isForWrites: Bool
  private let interrupt = SessionInterrupt()
  private var session: ShopSession?
  private var generation = 0
  /// Held while a reader's thread runs a call.
  private var duty: ReadingDuty?

  /// How long a write whose connection was lost is tried again before it is answered, if the call names no deadline.
  static let patience = Duration.seconds(15)

  /// Where reports may be read; nil without one.
  private let standby: StandbyReader?

  init(service: Service, isForWrites: Bool) {
    self.service = service
    self.isForWrites = isForWrites
    standby = service.standby.map { [interrupt] in StandbyReader($0, interrupt: interrupt) }
  }

  /// Runs `body` on a thread whose duty it is to read: waits for the database watch what it has to read, and before others it is relieved.
  func holding(_ duty: ReadingDuty?, _ body: () -> Void) {
    self.duty = duty
    body()
    self.duty = nil
    session?.unwatch()
  }

  /// Before anything that may last and is no wait for the session's server.
  func passDuty() {
    duty?.pass()
    duty = nil
  }

  /// A call that has been judged: who calls, and what is left to do.
  struct Judged {
    let info: CallInfo
    let work: Work
  }

  /// A call came to a lane that cannot run its kind of work: a defect of the declarations.
  struct Misplaced: Error {}

  /// Runs a read, or a login, which writes only its own few rows.
  func read(_ job: Job) {
    attempt(job) {
      try self.admit(job)
      let session = try self.openSession(for: job)
      let judged = try self.judge(job, session)
      switch judged.work {
      case .read(let body):
        guard job.method.declaration.isReport, let standby else {
          job.succeed(try body(session, judged.info, job))
          return
        }
        job.succeed(try self.report(body, job, judged.info, session, on: standby))
      case .login(let body): job.succeed(try body(session, judged.info, self.service))
      default: throw Misplaced()
      }
    }
  }

  /// Makes a hashing write ready for its turn; false if it has been answered.
  func hash(_ job: Job) -> Bool {
    var isReady = false
    attempt(job) {
      try self.admit(job)
      let session = try self.openSession(for: job)
      let judged = try self.judge(job, session)
      guard case .hashing(let prepare) = judged.work else { throw Misplaced() }
      job.prepared = try prepare(session, judged.info, self.service)
      if let reason = job.stopReason { throw reason }
      job.backToWaiting()
      isReady = true
    }
    return isReady
  }

  /// Runs one write in its own transaction.
  func write(_ job: Job) {
    var key: WriteKey?
    attempt(job) {
      try self.admit(job)
      let session = try self.openSession(for: job)
      let judged = try self.judge(job, session, key: key)
      key = judged.info.key?.lookedUp
      try self.requireRoom(for: job, self.service.hasRoom())
      switch judged.work {
      case .write(let body): job.succeed(try body(session, judged.info, self.service, job))
      case .hashing:
        guard let prepared = job.prepared else { throw Misplaced() }
        job.succeed(try prepared(session, judged.info, self.service, job))
      default: throw Misplaced()
      }
    }
  }

  /// Runs a call that works by itself: beside the lanes, or with the process for itself. Its work is not repeated: it is long,
  /// and what its own connections meet says nothing of the shop's.
  func alone(_ job: Job, _ dispatcher: Dispatcher) {
    var judged: Judged?
    attempt(job) {
      try self.admit(job)
      let session = job.method.access == .everyone ? nil : try self.openSession(for: job)
      let found = try self.judge(job, session)
      if let session { _ = try session.read(found.info) { _ in } }
      judged = found
    }
    guard let judged else { return }
    do {
      guard case .alone(let body) = judged.work else { throw Misplaced() }
      let result = try body(judged.info, service, job)
      if job.method.name == Catalogue.shutdown { dispatcher.beginShutdown() }
      job.succeed(result)
    } catch {
      job.fail(answerAlone(error, for: job))
    }
  }

  private func answerAlone(_ error: any Error, for job: Job) -> RPCError {
    let scale = service.keeper.standing.moneyScale
    switch ShopFailure(error) {
    case .fault(.requestCancelled), .interrupted, .deadlineExceeded:
      return RPCError(job.stopReason ?? .databaseUnavailable(reason: "the database took too long"), moneyScale: scale)
    case .connectionLost:
      // Once a restore may have put its database in place, only a look at it can tell.
      let fault: Fault = job.isCommitting ? .outcomeUnknown : .databaseUnavailable(reason: "the connection was lost")
      return RPCError(job.stopReason ?? fault, moneyScale: scale)
    case .fault(let fault): return RPCError(job.told(fault), moneyScale: scale)
    case .keyStoredMeanwhile, .currencyMoved: return service.incident(job.method.name, "\(error)")
    case .unexpected(let logText): return service.incident(job.method.name, logText)
    }
  }

  /// Runs `body` until the call is answered: again on a new session when the connection was lost, or was interrupted for a call
  /// that had gone before.
  private func attempt(_ job: Job, _ body: () throws -> Void) {
    let giveUp = job.deadline ?? .now + Self.patience
    var mayHaveCommitted = false
    while true {
      interrupt.reset()
      guard job.begin(interrupt: interrupt) else { return }
      do {
        try body()
        return
      } catch {
        passDuty()
        switch verdict(on: error, for: job, mayHaveCommitted: &mayHaveCommitted, giveUp: giveUp) {
        case .again: continue
        case .answer(let answer):
          job.fail(answer)
          return
        }
      }
    }
  }

  enum Verdict {
    case again
    case answer(RPCError)
  }

  /// What a failure means for a call: its answer, or another try.
  func verdict(
    on error: any Error, for job: Job, mayHaveCommitted: inout Bool, giveUp: ContinuousClock.Instant
  ) -> Verdict {
    let scale = service.keeper.standing.moneyScale
    // Until its key has been looked up, nobody can say that a write which may have been committed has changed nothing.
    func unsettled(_ fault: Fault) -> Verdict {
      .answer(RPCError(mayHaveCommitted ? .outcomeUnknown : fault, moneyScale: scale))
    }
    if let shape = error as? ShapeFault { return .answer(.validation(shape.issues)) }
    switch ShopFailure(error) {
    case .fault(.requestCancelled): return unsettled(job.stopReason ?? .requestCancelled)
    case .fault(.databaseUnavailable(let reason)):
      guard mayHaveCommitted else { return .answer(RPCError(.databaseUnavailable(reason: reason), moneyScale: scale)) }
      // A server elsewhere has been waited for by now: whoever named no deadline wants to know that the network is gone.
      let end = job.deadline == nil && service.keeper.isElsewhere ? .now : giveUp
      return againUntil(end) ?? .answer(RPCError(.outcomeUnknown, moneyScale: scale))
    case .fault(let fault):
      let told = job.told(fault)
      return fault.precedesTheKey ? unsettled(told) : .answer(RPCError(told, moneyScale: scale))
    case .connectionLost(let may, let logText):
      lose(logText)
      job.wasCutOff = true
      mayHaveCommitted = mayHaveCommitted || may
      if let reason = job.stopReason, !mayHaveCommitted { return .answer(RPCError(reason, moneyScale: scale)) }
      return againUntil(giveUp)
        ?? .answer(
          RPCError(
            mayHaveCommitted ? .outcomeUnknown : .databaseUnavailable(reason: "the connection was lost"), moneyScale: scale))
    case .interrupted, .deadlineExceeded:
      if let reason = job.stopReason { return unsettled(reason) }
      return .again
    case .keyStoredMeanwhile: return .again
    case .currencyMoved(let scale):
      service.keeper.note(moneyScale: scale)
      return .again
    case .unexpected(let logText): return .answer(service.incident(job.method.name, logText))
    }
  }

  private func againUntil(_ giveUp: ContinuousClock.Instant) -> Verdict? {
    guard ContinuousClock.now < giveUp else { return nil }
    WorkerThread.sleep(for: .milliseconds(20))
    return .again
  }

  /// Judges a call at its turn: token, role, params, in this order.
  ///
  /// - Parameter key: the key of an earlier try, which the database may know by now.
  func judge(_ job: Job, _ session: ShopSession?, key: WriteKey? = nil) throws -> Judged {
    let caller = try authorise(job)
    let scale = service.keeper.standing.moneyScale
    let bare = CallInfo(
      method: job.method.name, now: job.now, caller: caller, key: nil, moneyScale: scale, mayCommit: { job.beginCommit() })
    do throws(ShapeFault) {
      let (work, canonical) = try job.method.bind(job.call.params, job.common, scale)
      guard job.method.lane.isWrite else { return Judged(info: bare, work: work) }
      var info = bare
      info.key = key ?? makeKey(job, caller, canonical)
      return Judged(info: info, work: work)
    } catch {
      // A session that ended in another process outranks what is wrong with the params.
      if let session, caller != nil { _ = try session.read(bare) { _ in } }
      throw error
    }
  }

  /// Refuses a write for which the disk has no room. Signing out goes on; and a write that was cut off may have happened, which
  /// only another try can tell.
  func requireRoom(for job: Job, _ hasRoom: Bool) throws(Fault) {
    if !hasRoom && !job.wasCutOff && job.method.name != Catalogue.logout { throw .diskFull }
  }

  /// Who calls, as the session remembers them; asks no database.
  func authorise(_ job: Job) throws(Fault) -> Caller? {
    guard job.method.access != .everyone else { return nil }
    if job.common.hasUnreadableToken { throw .invalidToken }
    let caller = try service.sessions.caller(token: job.common.token, at: service.clock.now())
    if job.method.access == .owner && caller.role != .owner { throw .forbidden }
    return caller
  }

  /// Lets a call pass the door, or refuses it. One whose session has ended in another process learns that rather than what its
  /// role may not.
  private func admit(_ job: Job) throws {
    do throws(Fault) {
      _ = try authorise(job)
    } catch {
      guard error == .forbidden, service.keeper.standing.condition == .ready else { throw error }
      let caller = try service.sessions.caller(token: job.common.token, at: service.clock.now())
      let info = CallInfo(
        method: job.method.name, now: job.now, caller: caller, key: nil, moneyScale: service.keeper.standing.moneyScale,
        mayCommit: { job.beginCommit() })
      _ = try openSession(for: job).read(info) { _ in }
      throw error
    }
  }

  private func makeKey(_ job: Job, _ caller: Caller?, _ canonical: [UInt8]) -> WriteKey {
    var running = RunningDigest()
    running.update(job.method.name + "\u{0}")
    running.update((caller?.userID.text ?? "") + "\u{0}")
    running.update(canonical)
    let digest = running.finish().bytes
    if let key = job.common.idempotencyKey { return WriteKey(client: key, digest: digest) }
    return WriteKey(made: IdentifierMaker.shared.make(at: job.now), digest: digest)
  }

  /// A session that works, waiting for the database if it is on its way.
  ///
  /// - Throws: `databaseUnavailable`, the reason for which the call is given up, or what connecting threw.
  func openSession(for job: Job) throws -> ShopSession {
    try openSession { job.stopReason }
  }

  func openSession(_ stopReason: () -> Fault?) throws -> ShopSession {
    if let session, service.keeper.isCurrent(generation) {
      if session.isUsable {
        if let duty { session.watch(duty.watched) { duty.pass() } }
        return session
      }
      lose("the server had closed the connection")
    }
    passDuty()
    session?.close()
    session = nil
    guard let found = try service.keeper.database(isGivenUp: { stopReason() != nil }) else {
      throw stopReason() ?? Fault.requestCancelled
    }
    generation = found.generation
    let opened = try ShopSession(found.database, isForWrites: isForWrites, interrupt: interrupt, deadline: nil)
    session = opened
    return opened
  }

  /// Gives the session up and has the database looked after.
  func lose(_ logText: String) {
    session?.close()
    session = nil
    service.keeper.lost(generation: generation, logText: logText)
  }

  func resetInterrupt() -> SessionInterrupt {
    interrupt.reset()
    return interrupt
  }
}

extension Fault {
  /// Whether a call is refused for it before its key is looked up.
  fileprivate var precedesTheKey: Bool {
    switch self {
    case .authorizationRequired, .invalidToken, .tokenExpired, .restoreInProgress, .diskFull, .shuttingDown: true
    default: false
    }
  }
}
