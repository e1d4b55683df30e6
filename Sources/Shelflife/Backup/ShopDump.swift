// Reading a whole shop at one moment: what it holds, and an archive of it, while it goes on selling.
import Postgres

/// How a long piece of work on a backup is watched and ended. `isCancelled` may be asked from any thread.
package struct BackupWatch: Sendable {
  package let progress: @Sendable (_ percentage: Int, _ message: String) -> Void
  package let isCancelled: @Sendable () -> Bool
  /// Raised when the work is to end: it wakes every wait for the database.
  package let interrupt: SessionInterrupt

  package init(
    interrupt: SessionInterrupt, progress: @escaping @Sendable (Int, String) -> Void,
    isCancelled: @escaping @Sendable () -> Bool
  ) {
    self.interrupt = interrupt
    self.progress = progress
    self.isCancelled = isCancelled
  }

  /// The same, as a part of something longer.
  func part(from first: Int, to last: Int) -> BackupWatch {
    BackupWatch(
      interrupt: interrupt, progress: { progress(first + $0 * (last - first) / 100, $1) }, isCancelled: isCancelled)
  }

  func check() throws {
    if isCancelled() { throw Fault.requestCancelled }
  }
}

enum ShopDump {
  /// What a database holds; the caller's transaction says at which moment.
  static func facts(on connection: Connection) throws -> ShopFacts {
    let tables = try connection.run(FactStatements.tables).map { table in
      let count = try connection.script(FactStatements.count(table)).first?.first.flatMap { $0 }
      return TableRows(table: table, rows: count.flatMap { Int64($0) } ?? 0)
    }
    guard let ends = try connection.run(FactStatements.ends).first, let hash = Digest(bytes: ends.auditHash) else {
      throw Fault.databaseUnavailable(reason: "the audit has no head")
    }
    return ShopFacts(
      tables: tables, lastReceipt: ends.lastReceipt, lastDelivery: ends.lastDelivery, auditLinks: ends.auditLinks,
      auditHash: hash.hex)
  }

  /// Archives a shop at one moment, piece by piece, to `take`; locks nothing that a sale waits for.
  ///
  /// - Throws: `Fault`, `ArchiveFailure`, `PostgresError`, or what `take` throws.
  static func run(
    _ database: PreparedDatabase, with programs: ArchivePrograms, at now: Instant, watch: BackupWatch,
    take: (UnsafeRawBufferPointer) throws -> Void
  ) throws -> Dumped {
    let connection = try Connection(database.owner.with(setting: "search_path", "shelf"), interrupt: watch.interrupt)
    defer { connection.close() }
    try connection.script(FactStatements.waitsLong)
    let opening = connection.pipeline()
    try opening.begin(.snapshot)
    try opening.sync()
    watch.progress(0, "counting")
    let facts = try facts(on: connection)
    guard let moment = try connection.run(FactStatements.moment, now).first,
      let snapshot = try connection.script(FactStatements.exportSnapshot).first?.first ?? nil
    else { throw Fault.databaseUnavailable(reason: "the store row is missing") }
    watch.progress(10, "writing the archive")
    try programs.dump(
      ArchivePrograms.Source(
        environment: database.owner.environment, schema: "shelf", role: database.ownerRole, snapshot: snapshot),
      take, watch.isCancelled)
    return Dumped(
      facts: facts, storeName: moment.storeName, businessDate: moment.businessDate,
      postgresVersion: connection.parameterStatus("server_version") ?? "")
  }
}

/// What an archive that was just written holds.
struct Dumped {
  let facts: ShopFacts
  let storeName: String
  let businessDate: Day
  let postgresVersion: String
}
