// The backup that nobody asks for: one a business day, proved at once, and not taken twice.
import Glibc
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct DailyBackupTests {
  private func wire(
    _ database: ShopDatabase, _ folder: BackupsFolder, _ day: String, quietTime: Duration = .milliseconds(200)
  ) throws -> Wire {
    try Wire(database, at: day + "T12:00:00Z", backups: folder.kept, quietTime: quietTime)
  }

  private func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<1_500 {
      if try condition() { return }
      usleep(10_000)
    }
    throw Unexpected(what)
  }

  @Test func everyBusinessDayHasOneThatWasProved() throws {
    let database = try ShopDatabase.staffed()
    let folder = try BackupsFolder()
    for (day, count) in [("2026-03-10", 1), ("2026-03-10", 1), ("2026-03-11", 2)] {
      let wire = try wire(database, folder, day)
      _ = try wire.token(.olga, bind: true)
      try eventually("no proved backup on \(day): \(wire.logged)") {
        try wire.call("system.status")["result.backup.newestVerifiedAt"]?.hasPrefix(day) == true
      }
      // Long enough for another look at the day.
      usleep(1_500_000)
      #expect(folder.backups.count == count, "\(folder.names)")
      let listed = try wire.call("backup.list")
      #expect(listed["result.items.0.kind"] == "daily" && listed["result.items.0.verifiedAt"] != "null")
      #expect(!wire.logged.contains { $0.contains("a chore failed") }, "\(wire.logged)")
      try wire.end()
    }
  }

  /// What somebody took by hand is the day's backup as well; it only has to be proved.
  @Test func aBackupTakenByHandIsProved() throws {
    let folder = try BackupsFolder()
    let database = try ShopDatabase.staffed()
    do {
      // Long enough to take the backup by hand first, also on a busy machine.
      let backups = try wire(database, folder, "2026-03-10", quietTime: .seconds(6))
      _ = try backups.token(.olga, bind: true)
      #expect(try backups.call("backup.run").outcome == "ok")
      try eventually("it was not proved: \(backups.logged)") {
        try backups.call("backup.list")["result.items.0.verifiedAt"]?.hasPrefix("2026-03-10") == true
      }
      #expect(folder.backups.count == 1)
      try backups.end()
    }
  }
}
