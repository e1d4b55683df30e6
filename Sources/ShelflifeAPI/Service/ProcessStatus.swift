// The health of a process, told at once from what is known without asking anybody.
import JSONRPC
import Shelflife

/// What `system.status` answers.
struct ProcessStatus: Sendable {
  let version: String
  let uptimeSeconds: Int
  let standing: DatabaseStanding
  let backup: BackupStatus?
  let freeBytes: UInt64?
  let traffic: Traffic

  init(_ service: Service) {
    version = service.version
    uptimeSeconds = Int(service.uptime.components.seconds)
    standing = service.keeper.standing
    backup = service.backupStatus
    freeBytes = service.freeBytes()
    traffic = service.traffic.withLock { $0 }?() ?? Traffic()
  }
}

/// The calls that a process has accepted and not yet answered.
struct Traffic: Sendable {
  var lanes: [Lane] = []
  /// How many of them no worker has begun with.
  var waiting = 0
}

/// How old the newest backups are.
struct BackupStatus: Sendable {
  let standing: BackupStanding
  let ageSeconds: Int?
  let isOverdue: Bool
}

extension Service {
  /// A proved backup that is older than this is overdue: the daily one has failed to come.
  private static let overdueSeconds = 36 * 3600
  /// A process has had time for a backup when it has served so many times the wait before the first one.
  private static let chances = 6

  var uptime: Duration { startedAt.duration(to: .now) }

  /// Nil while the backups have not been looked at.
  var backupStatus: BackupStatus? {
    guard let standing = backupStanding.withLock({ $0 }) else { return nil }
    let now = clock.now()
    func seconds(since instant: Instant) -> Int { Int(instant.milliseconds(until: now) / 1000) }
    let hadTime = uptime >= quietTime * Self.chances
    let since = standing.newestVerified ?? keeper.standing.ownerSince
    return BackupStatus(
      standing: standing, ageSeconds: standing.newestVerified.map(seconds),
      isOverdue: hadTime && since.map { seconds(since: $0) > Self.overdueSeconds } == true)
  }
}

extension Shape where Value == DatabaseStanding.Condition {
  static let condition: Shape = .enumeration(["starting": .starting, "ready": .ready, "unavailable": .unavailable])
}

extension Shape where Value == ProcessStatus {
  private static let storeName: Shape<DatabaseStanding> = .result(
    .nullable("name", .text, "The store's name; null while it is not known.", \.storeName))

  private static let backup: Shape<BackupStatus> = .result(
    .nullable("newestAt", .instant, "The moment that the newest backup shows; null if there is none.", \.standing.newest),
    .nullable(
      "newestVerifiedAt", .instant, "The same of the newest that was proved by restoring it.", \.standing.newestVerified),
    .nullable("newestVerifiedAgeSeconds", .integer, "How old that one is.", \.ageSeconds),
    .required(
      "isOverdue", .bool, "True when none was proved for a day and a half, although the process had time to.", \.isOverdue))

  private static let disk: Shape<UInt64> = .result(
    .required("freeBytes", .integer, "Bytes that may still be written.") { @Sendable in Int(clamping: $0) })

  private static let lanes: Shape<Traffic> = .result(
    .required("inFlight", .integer, "Calls accepted and not yet answered.") { @Sendable in $0.lanes.count },
    .required("waiting", .integer, "Of these, calls that wait for their turn.", \.waiting),
    .required("reads", .integer, "Reads among them.") { @Sendable in $0.count(.read) },
    .required("writes", .integer, "Writes among them, those that hash a password included.") { @Sendable in
      $0.count(.write, .hashingWrite)
    },
    .required("logins", .integer, "Logins among them.") { @Sendable in $0.count(.password) },
    .required("long", .integer, "Backups and what else runs long.") { @Sendable in $0.count(.long, .exclusive) })

  static let processStatus: Shape = .result(
    .required("version", .text, "The program's version.", \.version),
    .required("uptimeSeconds", .integer, "How long the process has served.", \.uptimeSeconds),
    .required("database", .condition, "Whether calls that need it can run.", \.standing.condition),
    .optional("reason", .text, "Why it is not ready.", \.standing.reason),
    .nullable("schemaVersion", .integer, "The database's schema; null while it is not known.", \.standing.schemaVersion),
    .nullable("ownerExists", .bool, "Whether the shop has its owner; null while it is not known.", \.standing.ownerExists),
    .required("store", storeName, "The store.", \.standing),
    .nullable("backup", backup, "The backups of this data directory; null while they are not known.", \.backup),
    .nullable("disk", disk, "The disk of the data directory; null where the system does not tell.", \.freeBytes),
    .required("lanes", lanes, "The calls on their way.", \.traffic)
  ).named("ProcessStatus")
}

extension Traffic {
  fileprivate func count(_ wanted: Lane...) -> Int { lanes.count { wanted.contains($0) } }
}
