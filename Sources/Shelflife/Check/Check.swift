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
  /// Proves the books on one snapshot of the whole database. Owner only.
  ///
  /// - Parameter progress: called before each check with the share done so far, in percent, and the check's name.
  package static func run(
    in read: ReadTransaction, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try run(CheckStatements.all, on: read.connection, progress: progress)
  }

  /// The same on a database that nobody else writes to; the session finds the shop's tables by their bare names.
  static func run(
    on connection: Connection, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try run(CheckStatements.all, on: connection, progress: progress)
  }

  /// Proves the audit's chain link by link, and every record against the entry that last wrote it. Owner only.
  package static func runAudit(
    in read: ReadTransaction, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try run(CheckStatements.audit, on: read.connection, progress: progress)
  }

  private static func run(
    _ checks: [CheckStatements.Named], on connection: Connection, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try checks.enumerated().map { index, check in
      progress(index * 100 / checks.count, check.name)
      let found = try connection.run(check.statement, ()).first
      return CheckResult(name: check.name, checked: found?.checked ?? 0, violations: found?.violations ?? [])
    }
  }
}
