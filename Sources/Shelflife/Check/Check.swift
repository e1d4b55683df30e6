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
    try run(on: read.connection, progress: progress)
  }

  /// The same on a database that nobody else writes to; the session finds the shop's tables by their bare names.
  static func run(
    on connection: Connection, progress: (_ percentage: Int, _ name: String) -> Void
  ) throws -> [CheckResult] {
    try CheckStatements.all.enumerated().map { index, check in
      progress(index * 100 / CheckStatements.all.count, check.name)
      let found = try connection.run(check.statement, ()).first
      return CheckResult(name: check.name, checked: found?.checked ?? 0, violations: found?.violations ?? [])
    }
  }
}
