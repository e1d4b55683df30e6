// Which backups are kept: few, from well spread days, and never without the one that is known to be good.

/// The owner's wish, and what follows from it.
package struct Retention: Sendable, Equatable {
  package struct Backup: Sendable, Hashable {
    package let name: String
    package let createdAt: Instant
    /// The business day on which it was made.
    package let day: Day
    /// It was restored once for a trial, and the books in it balanced.
    package let isVerified: Bool

    package init(name: String, createdAt: Instant, day: Day, isVerified: Bool) {
      self.name = name
      self.createdAt = createdAt
      self.day = day
      self.isVerified = isVerified
    }
  }

  /// Days, of those that have backups, whose newest one is kept.
  package let keepDaily: Int
  /// Calendar months, of those that have backups, whose newest one is kept.
  package let keepMonthly: Int

  package init(keepDaily: Int, keepMonthly: Int) {
    self.keepDaily = keepDaily
    self.keepMonthly = keepMonthly
  }

  /// The backups that may go, oldest first. Those of the newest day and the newest verified one always stay, and so do those that
  /// a wrong clock has put after `today`, which take nobody's place.
  package func superfluous(_ all: [Backup], on today: Day? = nil) -> [Backup] {
    let backups = all.filter { backup in today.map { backup.day <= $0 } ?? true }
    let newestFirst = backups.sorted { ($0.createdAt, $0.name) > ($1.createdAt, $1.name) }
    let newestDay = backups.map(\.day).max()
    var kept = Set(backups.filter { $0.day == newestDay })
    kept.formUnion(Self.newest(newestFirst, ofEach: { Int($0.day.daysSince2000) }, keepDaily))
    kept.formUnion(Self.newest(newestFirst, ofEach: { Self.month(of: $0.day) }, keepMonthly))
    if let verified = newestFirst.first(where: \.isVerified) { kept.insert(verified) }
    return newestFirst.reversed().filter { !kept.contains($0) }
  }

  /// The newest of each of the last so many periods.
  private static func newest(_ newestFirst: [Backup], ofEach period: (Backup) -> Int, _ count: Int) -> [Backup] {
    var newest: [Int: Backup] = [:]
    for backup in newestFirst where newest[period(backup)] == nil { newest[period(backup)] = backup }
    return newest.keys.sorted(by: >).prefix(max(count, 0)).compactMap { newest[$0] }
  }

  private static func month(of day: Day) -> Int {
    let (year, month, _) = day.components
    return year * 12 + month
  }
}
