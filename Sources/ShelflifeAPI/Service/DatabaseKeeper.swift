// Keeps the database within reach: brings it up at the start, notices when it is gone, and brings it back.
import JSONRPC
import Shelflife

/// Where the database comes from.
package struct DatabaseSource: Sendable {
  /// Brings the database up and makes it fit to serve; blocks. Called again after a loss.
  package let prepare: @Sendable (_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> PreparedDatabase
  /// Lets go of what `prepare` holds.
  package let release: @Sendable () -> Void
  /// Whether the server is somebody else's, perhaps behind a network: then nothing but its answers tells that it is there.
  package let isElsewhere: Bool

  package init(
    prepare: @escaping @Sendable (_ progress: @Sendable (Int, String) -> Void) throws(ProvisionFailure) -> PreparedDatabase,
    release: @escaping @Sendable () -> Void, isElsewhere: Bool = false
  ) {
    self.prepare = prepare
    self.release = release
    self.isElsewhere = isElsewhere
  }
}

/// What is known of the database without asking it.
struct DatabaseStanding: Sendable {
  enum Condition: Sendable, CaseIterable { case starting, ready, unavailable }

  var condition = Condition.starting
  var reason: String?
  var schemaVersion: Int?
  var ownerExists: Bool?
  /// When the owner was made; nil while there is none.
  var ownerSince: Instant?
  var storeName: String?
  /// The shop's own id, by which it knows its backups.
  var shopID: Identifier?
  var moneyScale = 2
  /// Whether it is away because another process is restoring the shop.
  var isRestoring = false
  /// Whether it is away because its disk is full.
  var isDiskFull = false

  /// What a call that needs a database learns while there is none.
  var fault: Fault {
    if isRestoring { return .restoreInProgress }
    return isDiskFull ? .diskFull : .databaseUnavailable(reason: reason ?? "unknown")
  }
}

/// Owns the database's bringing-up thread. Safe from any thread.
final class DatabaseKeeper: Sendable {
  typealias Watcher = @Sendable (_ percentage: Int, _ message: String) -> Void

  private struct State {
    var standing = DatabaseStanding()
    var database: PreparedDatabase?
    /// Rises with every successful bringing-up: a session of an older one is not worth keeping.
    var generation = 0
    var isWanted = true
    var isStopped = false
    var isThreadGone = false
    var watchers: [Watcher] = []
    /// When a server elsewhere last answered.
    var seenAt = ContinuousClock.now
    /// Until when calls wait for a server elsewhere that was lost, however long the try to bring it back takes.
    var patienceEnds: ContinuousClock.Instant?

    /// How it stands at this moment.
    var standingNow: DatabaseStanding {
      var now = standing
      if standing.condition == .starting, let patienceEnds, patienceEnds <= .now { now.condition = .unavailable }
      return now
    }
  }

  /// How long calls wait for a database that was there a moment ago.
  private static let recoveryPatience = Duration.seconds(3)
  /// The same from the last answer of a server elsewhere: a till that has lost its network says so within three seconds.
  private static let patienceElsewhere = Duration.milliseconds(2_500)
  private static let retryPause = Duration.milliseconds(250)
  /// A server that recovers is back within a few tenths of a second, and refuses at once until then.
  private static let recoveryPause = Duration.milliseconds(25)
  /// How often a shop without owner is looked at: another process may make one.
  private static let newShopInterval = Duration.seconds(1)

  private let source: DatabaseSource
  private let log: ServiceLog
  private let monitor: Monitor<State>

  init(source: DatabaseSource, log: ServiceLog) {
    self.source = source
    self.log = log
    monitor = Monitor(State())
  }

  func start() {
    WorkerThread.start(name: "database") { self.run() }
    if source.isElsewhere { WorkerThread.start(name: "pulse") { DatabasePulse(keeper: self).run() } }
  }

  /// Lets the database go once nothing needs it any more.
  func stop() {
    monitor.withLock { $0.isStopped = true }
    monitor.broadcast()
    // The first release ends a bringing-up that is under way, the second gives back what it may have got all the same.
    source.release()
    _ = monitor.wait(until: .now + .seconds(5)) { $0.isThreadGone ? true : nil }
    source.release()
  }

  var standing: DatabaseStanding { monitor.withLock { $0.standingNow } }

  var isElsewhere: Bool { source.isElsewhere }

  /// The database if it is there now; waits for nothing.
  var present: PreparedDatabase? { monitor.withLock { $0.database } }

  /// The same, with what its sessions are known by.
  var found: (database: PreparedDatabase, generation: Int)? {
    monitor.withLock { state in state.database.map { ($0, state.generation) } }
  }

  var isStopped: Bool { monitor.withLock { $0.isStopped } }

  /// Whether a session of `generation` may still be used. One that was opened before another server was found, or while none is within
  /// reach, may be one with a server that has been replaced.
  func isCurrent(_ generation: Int) -> Bool {
    monitor.withLock { state in
      state.generation == generation && (state.database != nil || !source.isElsewhere)
    }
  }

  /// Says that the server of `generation` has just answered.
  func seen(generation: Int) {
    monitor.withLock { if $0.generation == generation { $0.seenAt = .now } }
  }

  /// Tells `watcher` how the start goes on, until the database is ready.
  func watch(_ watcher: @escaping Watcher) {
    let now = monitor.withLock { state -> (Int, String)? in
      if state.standing.condition == .ready { return (100, "ready") }
      state.watchers.append(watcher)
      return nil
    }
    if let now { watcher(now.0, now.1) }
  }

  func note(ownerExists: Bool? = nil, ownerSince: Instant? = nil, storeName: String? = nil, moneyScale: Int? = nil) {
    monitor.withLock { state in
      if let ownerExists { state.standing.ownerExists = ownerExists }
      if let ownerSince { state.standing.ownerSince = ownerSince }
      if let storeName { state.standing.storeName = storeName }
      if let moneyScale { state.standing.moneyScale = moneyScale }
    }
  }

  /// The database, as soon as it is there.
  ///
  /// Waits while it is starting, and for a moment while it is being brought back; `isGivenUp` ends the wait.
  /// - Throws: `databaseUnavailable`.
  func database(isGivenUp: () -> Bool) throws(Fault) -> (database: PreparedDatabase, generation: Int)? {
    while !isGivenUp() {
      let found = monitor.wait(until: .now + .milliseconds(50)) { state -> Result<(PreparedDatabase, Int), Fault>? in
        if let database = state.database { return .success((database, state.generation)) }
        if state.isStopped { return .failure(.shuttingDown) }
        let standing = state.standingNow
        if standing.condition == .unavailable { return .failure(standing.fault) }
        return nil
      }
      switch found {
      case .success(let found): return (database: found.0, generation: found.1)
      case .failure(let fault): throw fault
      case nil: continue
      }
    }
    return nil
  }

  /// Says that a session of `generation` found the database gone.
  func lost(generation: Int, logText: String) {
    let isNews = monitor.withLock { state -> Bool in
      guard state.generation == generation, state.database != nil else { return false }
      state.database = nil
      state.isWanted = true
      state.standing.condition = .starting
      state.standing.reason = "the connection was lost; it is being brought back"
      if source.isElsewhere { state.patienceEnds = state.seenAt + Self.patienceElsewhere }
      return true
    }
    if isNews {
      log.write(.warning, "database lost", ["cause": logText])
      monitor.broadcast()
    }
  }

  /// Has the database looked at anew: another one was put in its place.
  func renew() {
    monitor.withLock { state in
      state.database = nil
      state.isWanted = true
      state.standing.condition = .starting
      state.standing.reason = nil
    }
    monitor.broadcast()
  }

  private func run() {
    var failingSince: ContinuousClock.Instant?
    while true {
      let isNew = monitor.withLock { $0.standing.ownerExists == false }
      let shallGoOn = monitor.wait(until: isNew ? .now + Self.newShopInterval : nil) { state -> Bool? in
        if state.isStopped { return false }
        return state.isWanted ? true : nil
      }
      guard let shallGoOn else {
        lookAgain()
        continue
      }
      guard shallGoOn else { break }
      do throws(ProvisionFailure) {
        let database = try source.prepare { percentage, message in self.tell(percentage, message) }
        let standing = try ShopStanding.read(from: database)
        failingSince = nil
        ready(database, standing)
      } catch {
        let isFirst = failingSince == nil
        let since = failingSince ?? .now
        failingSince = since
        let patienceEnds = monitor.withLock { $0.patienceEnds } ?? since + Self.recoveryPatience
        let hasPatience = error.isTransient && .now < patienceEnds
        failed(error, isFirst: isFirst, hasPatience: hasPatience)
        _ = monitor.wait(until: .now + (hasPatience ? Self.recoveryPause : Self.retryPause)) { $0.isStopped ? true : nil }
      }
    }
    monitor.withLock { $0.isThreadGone = true }
    monitor.broadcast()
  }

  /// Another process may have made the new shop's owner.
  private func lookAgain() {
    guard let database = monitor.withLock({ $0.database }) else { return }
    do throws(ProvisionFailure) {
      let found = try ShopStanding.read(from: database)
      note(ownerExists: found.ownerExists, ownerSince: found.ownerSince, storeName: found.storeName)
    } catch {
      log.write(.debug, "the shop's standing could not be read", ["cause": error.logText])
    }
  }

  private func ready(_ database: PreparedDatabase, _ found: ShopStanding) {
    let (watchers, wasLost) = monitor.withLock { state -> ([Watcher], Bool) in
      state.database = database
      state.generation += 1
      state.seenAt = .now
      state.patienceEnds = nil
      state.isWanted = false
      state.standing = DatabaseStanding(
        condition: .ready, reason: nil, schemaVersion: database.schemaVersion, ownerExists: found.ownerExists,
        ownerSince: found.ownerSince, storeName: found.storeName, shopID: found.shopID, moneyScale: found.currency.minorDigits)
      defer { state.watchers = [] }
      return (state.watchers, state.generation > 1)
    }
    monitor.broadcast()
    log.write(.info, wasLost ? "database back" : "database ready", ["schemaVersion": String(database.schemaVersion)])
    if database.servesAsOwner { log.write(.warning, "the database role may make no roles: serving with its own rights", [:]) }
    for note in database.notes { log.write(.warning, "database servers", ["note": note]) }
    for watcher in watchers { watcher(100, "ready") }
  }

  private func failed(_ failure: ProvisionFailure, isFirst: Bool, hasPatience: Bool) {
    // Whoever ends the process while the database is on its way has given it up, not lost it.
    if monitor.withLock({ $0.isStopped }) { return }
    monitor.withLock { state in
      state.standing.reason = failure.reason
      state.standing.isRestoring = failure.isRestoring
      state.standing.isDiskFull = failure.isDiskFull
      // A database that never was there, or that has been gone for long, is not worth a caller's wait.
      state.standing.condition = hasPatience && state.generation > 0 ? .starting : .unavailable
    }
    monitor.broadcast()
    if isFirst { log.write(.error, "database unavailable", ["reason": failure.reason, "cause": failure.logText]) }
  }

  private func tell(_ percentage: Int, _ message: String) {
    let watchers = monitor.withLock { $0.watchers }
    for watcher in watchers { watcher(percentage, message) }
  }
}
