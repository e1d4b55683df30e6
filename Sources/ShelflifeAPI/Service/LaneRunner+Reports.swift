// Reports read on a standby: the one place that decides which server answers.
import JSONRPC
import Shelflife

/// A reading worker's way to the standby. Belongs to its thread.
final class StandbyReader {
  private let standby: Standby
  private let interrupt: SessionInterrupt
  private var session: ShopSession?
  private var restsUntil: ContinuousClock.Instant?

  init(_ standby: Standby, interrupt: SessionInterrupt) {
    self.standby = standby
    self.interrupt = interrupt
  }

  /// A session there; nil while one that could not be reached is left alone.
  func open(for shop: PreparedDatabase) throws -> ShopSession? {
    if let session, session.isUsable { return session }
    close()
    if let restsUntil, restsUntil > .now { return nil }
    restsUntil = .now + ShopLimits.standbyPause
    let opened = try standby.open(for: shop, interrupt: interrupt, deadline: .now + ShopLimits.standbyConnecting)
    restsUntil = nil
    session = opened
    return opened
  }

  func close() {
    session?.close()
    session = nil
  }
}

extension LaneRunner {
  private static let pause = Duration.milliseconds(5)

  /// Runs a report: on the standby once it holds every write that the primary held when the report's turn came, else on the
  /// primary. Who calls is judged by the primary, whichever answers.
  func report(
    _ body: (ShopSession, CallInfo, Job) throws -> [UInt8], _ job: Job, _ info: CallInfo, _ primary: ShopSession,
    on reader: StandbyReader
  ) throws -> [UInt8] {
    let (asked, began) = (service.clock.now(), ContinuousClock.now)
    let head = try primary.read(info) { try $0.auditHead() }.value
    let cause: ReadPlace.Cause
    do {
      let found = try follow(to: head, job, reader)
      if let session = found.session {
        job.readPlace = .standby(asOf: asked, since: began)
        return try body(session, info, job)
      }
      cause = found.cause
      // Next time its name may lead elsewhere: after a restore an old session stays in the database that was replaced.
      reader.close()
    } catch {
      if let reason = job.stopReason { throw reason }
      guard isOfTheStandby(error) else { throw error }
      reader.close()
      cause = .away
      service.log.write(.warning, "the standby did not answer a report", ["cause": ShopFailure(error).logText])
    }
    job.readPlace = .primary(asOf: service.clock.now(), because: cause)
    return try body(primary, info, job)
  }

  /// The session with the standby once it holds the audit up to `head`; none where that takes too long.
  private func follow(
    to head: AuditHead, _ job: Job, _ reader: StandbyReader
  ) throws -> (session: ShopSession?, cause: ReadPlace.Cause) {
    guard let shop = service.keeper.present, let session = try reader.open(for: shop) else { return (nil, .away) }
    let end = ContinuousClock.now + ShopLimits.standbyPatience
    while true {
      switch try session.standing(to: head) {
      case .holds: return (session, .away)
      case .promoted: return (nil, .promoted)
      case .strange: return (nil, .strange)
      case .behind:
        if let reason = job.stopReason { throw reason }
        if ContinuousClock.now > end { return (nil, .behind) }
        WorkerThread.sleep(for: Self.pause)
      }
    }
  }

  /// Whether a failure says something of the standby alone, so that the primary is to be asked; what the report itself answers
  /// holds as it is.
  private func isOfTheStandby(_ error: any Error) -> Bool {
    switch ShopFailure(error) {
    case .fault(.shopReplaced), .fault(.databaseUnavailable), .fault(.diskFull): true
    case .connectionLost, .unexpected, .interrupted, .deadlineExceeded, .keyStoredMeanwhile: true
    case .fault, .currencyMoved: false
    }
  }
}
