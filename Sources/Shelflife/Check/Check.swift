// The books, proved anew from their rows: what constraints should have made impossible is looked for all the same.
import Postgres

/// What one check found.
package struct CheckResult: Sendable, Equatable {
  package let name: String
  /// How many records were looked at.
  package let checked: Int
  /// In words, each naming its record; at most the first hundred.
  package let violations: [String]
  package var isOK: Bool { violations.isEmpty }
}

package enum Check {
  /// Proves the books on one snapshot of the whole database. Owner only. Takes no locks; ends soon when cancelled.
  ///
  /// - Parameter progress: called before each check with the share done so far, in percent, and the check's name.
  package static func run(
    in read: ReadTransaction, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try prove(CheckStatements.all, read.connection, progress)
  }

  /// Proves the audit's chain link by link, and every record against the entry that last wrote it. Owner only.
  package static func runAudit(
    in read: ReadTransaction, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try prove(CheckStatements.audit, read.connection, progress)
  }

  /// Proves the books of any database with the shop's tables, on one snapshot.
  ///
  /// - Parameter connection: not in a transaction; its configuration sets `search_path` to `shelf`. Its role must see every
  ///   table: the owner of the schema or a superuser.
  package static func run(
    on connection: Connection, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws(PostgresError) -> [CheckResult] {
    try connection.transaction(.snapshot) { () throws(PostgresError) in
      try prove(CheckStatements.all, connection, progress)
    }
  }

  private static func prove(
    _ checks: [CheckStatements.Named], _ connection: Connection, _ progress: (_ percentage: Int, _ name: String) -> Void
  ) throws(PostgresError) -> [CheckResult] {
    try connection.execute(CheckStatements.settings)
    var results: [CheckResult] = []
    for (index, check) in checks.enumerated() {
      progress(index * 100 / checks.count, check.name)
      let found = try connection.first(check.statement)
      results.append(CheckResult(name: check.name, checked: found?.checked ?? 0, violations: found?.violations ?? []))
    }
    return results
  }
}
