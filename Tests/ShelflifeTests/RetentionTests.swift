// Which backups go: the table of cases, and what must hold for any set of them.
import Testing

@testable import Shelflife

@Suite struct RetentionTests {
  /// `2026-03-01T10:00` is the name, the instant and the business day; a `+` at its end makes it verified.
  private func backup(_ text: String) throws -> Retention.Backup {
    let isVerified = text.hasSuffix("+")
    let time = isVerified ? String(text.dropLast()) : text
    return Retention.Backup(
      name: text, createdAt: try Instant(parsing: time + ":00Z"), day: try Day(parsing: String(time.prefix(10))),
      isVerified: isVerified)
  }

  @Test(arguments: [
    // daily, monthly, backups, those that go
    (2, 0, "", ""),
    (0, 0, "2026-03-01T10:00", ""),
    (0, 0, "2026-03-01T10:00 2026-03-01T11:00", ""),
    (0, 0, "2026-03-01T10:00 2026-03-02T10:00", "2026-03-01T10:00"),
    (1, 0, "2026-03-01T10:00 2026-03-02T10:00 2026-03-02T11:00", "2026-03-01T10:00"),
    (2, 0, "2026-03-01T10:00 2026-03-01T12:00 2026-03-02T10:00 2026-03-02T11:00", "2026-03-01T10:00"),
    // Days without backups do not count.
    (2, 0, "2025-01-01T10:00 2026-03-01T10:00 2026-03-09T10:00", "2025-01-01T10:00"),
    (1, 2, "2026-01-05T10:00 2026-01-31T10:00 2026-03-01T10:00 2026-03-09T10:00", "2026-01-05T10:00 2026-03-01T10:00"),
    (1, 1, "2026-02-05T10:00 2026-03-01T10:00 2026-03-09T10:00", "2026-02-05T10:00 2026-03-01T10:00"),
    // December and January are months of different years.
    (0, 2, "2025-12-31T10:00 2026-12-30T10:00 2026-12-31T10:00 2027-01-01T10:00", "2025-12-31T10:00 2026-12-30T10:00"),
    // The newest verified one stays, however old.
    (1, 0, "2024-01-01T10:00+ 2025-01-01T10:00+ 2026-01-01T10:00 2026-03-01T10:00", "2024-01-01T10:00+ 2026-01-01T10:00"),
    (-1, -1, "2026-03-01T10:00 2026-03-02T10:00", "2026-03-01T10:00"),
  ])
  func cases(_ daily: Int, _ monthly: Int, _ backups: String, _ gone: String) throws {
    let found = try backups.split(separator: " ").map { try backup(String($0)) }
    let names = Retention(keepDaily: daily, keepMonthly: monthly).superfluous(found.reversed()).map(\.name)
    #expect(names == gone.split(separator: " ").map(String.init))
  }

  @Test func whatHoldsForAnyBackups() {
    var dice = Seeded()
    for _ in 0..<500 {
      let backups = (0..<dice.int(0...40)).map { index in
        // The business day need not be that of the instant: zones, and a clock that was set.
        let seconds = dice.int64(1_700_000_000...1_715_000_000)
        let instant = Instant(unixSeconds: seconds)
        let day = Day(daysSince2000: instant.day.daysSince2000 + Int32(dice.int(-1...1)))
        return Retention.Backup(name: "\(index)", createdAt: instant, day: day, isVerified: dice.int(0...5) == 0)
      }
      let retention = Retention(keepDaily: dice.int(0...8), keepMonthly: dice.int(0...4))
      let gone = retention.superfluous(backups)
      let kept = Set(backups).subtracting(gone)
      #expect(Set(gone).count == gone.count && Set(gone).isSubset(of: backups))
      #expect(gone == gone.sorted { $0.createdAt < $1.createdAt })
      let days = Set(backups.map(\.day)).sorted(by: >)
      for (place, day) in days.enumerated() {
        let ofDay = backups.filter { $0.day == day }
        if place == 0 { #expect(kept.isSuperset(of: ofDay)) }
        guard let newest = ofDay.max(by: { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }) else { continue }
        if place < retention.keepDaily { #expect(kept.contains(newest)) }
      }
      let verified = backups.filter(\.isVerified).max { ($0.createdAt, $0.name) < ($1.createdAt, $1.name) }
      if let verified { #expect(kept.contains(verified)) }
      let months = Set(backups.map { "\($0.day.components.year) \($0.day.components.month)" }).count
      #expect(
        Set(kept.map { "\($0.day.components.year) \($0.day.components.month)" }).count >= min(retention.keepMonthly, months))
      let ofNewestDay = backups.filter { $0.day == days.first }.count
      #expect(kept.count <= ofNewestDay + retention.keepDaily + retention.keepMonthly + 1)
      // Doing it again changes nothing.
      #expect(retention.superfluous(Array(kept)).isEmpty)
    }
  }
}
