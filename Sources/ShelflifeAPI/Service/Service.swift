// What handlers that need more than a transaction reach for: the clock, the sessions, the database's keeper, the log.
import JSONRPC
import Shelflife
import Synchronization

/// The parts of a running process that its methods share. Safe from any thread.
package final class Service: Sendable {
  package struct Options: Sendable {
    package let version: String
    /// What this process's till is called.
    package let till: TillName
    package let clock: Clock
    package let bcryptCost: Int
    /// Nil where there is no folder or no program for them.
    package let backups: Backups?
    /// How long a process serves before it thinks of the day's backup: a till that was just started has other things to do.
    package let quietTime: Duration
    /// What may still be written to the disk of the data directory; must not wait long.
    package let freeBytes: @Sendable () -> UInt64?
    /// Whether the database's disk has room for a write; asked before each, so it must not wait.
    package let hasRoom: @Sendable () -> Bool
    /// Where reports may be read; nil for on the shop's own server only.
    package let standby: Standby?

    package init(
      version: String, till: TillName, clock: Clock, bcryptCost: Int, backups: Backups? = nil,
      quietTime: Duration = .seconds(600),
      freeBytes: @escaping @Sendable () -> UInt64? = { nil }, hasRoom: @escaping @Sendable () -> Bool = { true },
      standby: Standby? = nil
    ) {
      self.version = version
      self.till = till
      self.clock = clock
      self.bcryptCost = bcryptCost
      self.backups = backups
      self.quietTime = quietTime
      self.freeBytes = freeBytes
      self.hasRoom = hasRoom
      self.standby = standby
    }
  }

  let version: String
  let till: TillName
  let clock: Clock
  let auth: Auth
  let sessions = Sessions()
  let keeper: DatabaseKeeper
  let backups: Backups?
  /// The newest backups, as they were last looked at.
  let backupStanding = Mutex<BackupStanding?>(nil)
  let housekeeper: Housekeeper
  /// This process as the other tills see it.
  let ownTill: PresentTill
  let feed = EventFeed()
  /// Asks the dispatcher, which is made later, for the calls on their way.
  let traffic = Mutex<(@Sendable () -> Traffic)?>(nil)
  let startedAt = ContinuousClock.now
  let quietTime: Duration
  let freeBytes: @Sendable () -> UInt64?
  let hasRoom: @Sendable () -> Bool
  let standby: Standby?
  let log: ServiceLog
  let limits = WireLimits()
  /// Names this run of the process to clients.
  let sessionID: Identifier
  /// Called once by `system.shutdown`.
  let shutDown: @Sendable () -> Void

  /// Whether calls that need the database are served. Any thread may ask.
  package var isReady: Bool { keeper.standing.condition == .ready }

  package init(
    _ options: Options, database: DatabaseSource, log: ServiceLog, shutDown: @escaping @Sendable () -> Void
  ) throws {
    version = options.version
    till = options.till
    clock = options.clock
    auth = Auth(bcrypt: try Bcrypt(cost: options.bcryptCost))
    keeper = DatabaseKeeper(source: database, log: log)
    self.log = log
    backups = options.backups
    quietTime = options.quietTime
    freeBytes = options.freeBytes
    hasRoom = options.hasRoom
    standby = options.standby
    housekeeper = Housekeeper([.totals(), .leftovers(), .dailyBackup(after: options.quietTime)])
    self.shutDown = shutDown
    let now = options.clock.now()
    sessionID = IdentifierMaker.shared.make(at: now)
    ownTill = PresentTill(
      sessionID: sessionID, name: options.till.text, program: options.version, since: now, address: nil)
  }

  /// Begins bringing up the database; answers nothing by itself.
  package func start() {
    keeper.start()
    if backups != nil { WorkerThread.start(name: "backups") { self.lookAtBackups() } }
    housekeeper.start(self)
  }

  /// Lets the database go. To be called once every call is answered.
  package func stop() {
    feed.stop()
    housekeeper.stop()
    keeper.stop()
  }

  /// Answers a defect: the client gets a number, the log gets the cause under it.
  func incident(_ method: String, _ logText: String) -> RPCError {
    let number = Random.hex(12)
    log.write(.error, "internal error", ["incident": number, "method": method, "cause": logText])
    return .internalError(incident: number)
  }
}
