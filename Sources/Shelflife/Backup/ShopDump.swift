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
    let ends = try ShopEnds.read(on: connection)
    guard let hash = Digest(bytes: ends.auditHash) else {
      throw Fault.databaseUnavailable(reason: "the audit's head has no hash")
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
    let moment = try ShopMoment.read(on: connection, at: now)
    let step = try connection.run(FactStatements.schemaStep).first ?? Provision.schemaVersion
    guard step <= Provision.schemaVersion else {
      throw Fault.backupNotPossible(reason: "The database is of a newer program (schema \(step)): use that one.")
    }
    guard let snapshot = try connection.script(FactStatements.exportSnapshot).first?.first ?? nil else {
      throw Fault.databaseUnavailable(reason: "the server exports no snapshot")
    }
    watch.progress(10, "writing the archive")
    do {
      try programs.dump(
        ArchivePrograms.Source(
          environment: connection.environment, schema: Provision.schema, role: database.ownerRole, snapshot: snapshot),
        take, watch.isCancelled)
    } catch let failure as ArchiveFailure where failure.kind == .program && !connection.probe() {
      throw Fault.databaseUnavailable(reason: "the connection was lost")
    }
    return Dumped(
      facts: facts, moment: moment, schemaVersion: step,
      postgresVersion: connection.parameterStatus("server_version") ?? "")
  }
}

/// What an archive that was just written holds.
struct Dumped {
  let facts: ShopFacts
  let moment: ShopMoment
  let schemaVersion: Int
  let postgresVersion: String
}
