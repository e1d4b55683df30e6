// The books, proved anew from their rows: what constraints should have made impossible is looked for all the same.
import Postgres
import Synchronization

/// What one check found.
package struct CheckResult: Sendable, Equatable {
  package let name: String
  /// How many records were looked at.
  package let checked: Int
  /// In words, each naming its record; at most the first hundred.
  package let violations: [String]
  package var isOK: Bool { violations.isEmpty }
}

/// Called before each check with the share done so far, in percent, and the check's name; from two threads, one at a time.
package typealias CheckProgress = @Sendable (_ percentage: Int, _ name: String) -> Void

/// Where a second session for half of the checks comes from.
package struct CheckCompanion: Sendable {
  let open: @Sendable () throws -> Connection

  init(open: @escaping @Sendable () throws -> Connection) { self.open = open }

  /// A serving session. It ends with the caller's own: by the same interrupt.
  package init(_ database: PreparedDatabase, interrupt: SessionInterrupt) {
    open = { try Connection(database.serving, interrupt: interrupt) }
  }
}

package enum Check {
  /// Proves the books on one snapshot of the whole database. Owner only. Takes no locks; ends soon when cancelled.
  package static func run(
    in read: ReadTransaction, with companion: CheckCompanion? = nil, progress: @escaping CheckProgress
  ) throws -> [CheckResult] {
    try prove(CheckStatements.all, read.connection, companion, progress)
  }

  /// Proves the audit's chain link by link, and every record against the entry that last wrote it. Owner only.
  package static func runAudit(in read: ReadTransaction, progress: @escaping CheckProgress) throws -> [CheckResult] {
    try prove(CheckStatements.audit, read.connection, nil, progress)
  }

  /// Proves the books of any database with the shop's tables, on one snapshot.
  ///
  /// - Parameter connection: not in a transaction; its configuration sets `search_path` to `shelf`. Its role must see every
  ///   table: the owner of the schema or a superuser.
  static func run(
    on connection: Connection, with companion: CheckCompanion? = nil, progress: @escaping CheckProgress
  ) throws -> [CheckResult] {
    let opening = connection.pipeline()
    try opening.begin(.snapshot)
    try opening.sync()
    defer { connection.rollback() }
    return try prove(CheckStatements.all, connection, companion, progress)
  }

  private static func prove(
    _ checks: [CheckStatements.Named], _ connection: Connection, _ companion: CheckCompanion?,
    _ progress: @escaping CheckProgress
  ) throws -> [CheckResult] {
    let done = Mutex(0)
    let tell: @Sendable (String) -> Void = { name in
      done.withLock { done in
        progress(done * 100 / checks.count, name)
        done += 1
      }
    }
    guard let companion else { return try run(checks, connection, tell) }
    let aside = checks.filter(\.isHeavyOnAudit)
    guard let snapshot = try connection.script(FactStatements.exportSnapshot).first?.first ?? nil else {
      return try run(checks, connection, tell)
    }
    let (own, others) = try atOnce {
      try run(checks.filter { !$0.isHeavyOnAudit }, connection, tell)
    } beside: { () -> [CheckResult]? in
      let other: Connection
      // A server that has no session left for this does not keep the books from being proved.
      do { other = try companion.open() } catch { return nil }
      defer { other.close() }
      let opening = other.pipeline()
      try opening.begin(.snapshot)
      try opening.sync()
      try other.script(CheckStatements.adopt(snapshot))
      return try run(aside, other, tell)
    }
    let rest = try others ?? run(aside, connection, tell)
    let results = Dictionary(uniqueKeysWithValues: (own + rest).map { ($0.name, $0) })
    return checks.compactMap { results[$0.name] }
  }

  private static func run(
    _ checks: [CheckStatements.Named], _ connection: Connection, _ tell: (String) -> Void
  ) throws -> [CheckResult] {
    try connection.execute(CheckStatements.settings)
    return try checks.map { check in
      tell(check.name)
      let found = try connection.first(check.statement)
      return CheckResult(name: check.name, checked: found?.checked ?? 0, violations: found?.violations ?? [])
    }
  }
}
