// The backup that nobody asks for: one a business day, proved at once, and not taken twice.
import Glibc
import PostgresServer
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct DailyBackupTests {
  /// A folder of its own, gone at the end of the test.
  private final class Folder {
    let path: String

    init() throws {
      var name = Array("/tmp/shelflife-daily-XXXXXX".utf8CString)
      guard mkdtemp(&name) != nil else { throw Unexpected("no folder") }
      path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    var names: [String] {
      var found = glob_t()
      defer { globfree(&found) }
      guard glob(path + "/backups/*", 0, nil, &found) == 0 else { return [] }
      return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }

    var backups: [String] { names.filter { $0.hasSuffix(".tar") } }

    deinit {
      for name in names { unlink(name) }
      rmdir(path + "/backups")
      rmdir(path)
    }
  }

  private func wire(_ database: ShopDatabase, _ folder: Folder, _ day: String) throws -> Wire {
    let programs = ArchivePrograms(
      dump: { source, take, isCancelled in
        try ArchiveTools(programs: try Programs.find(in: nil)).dump(
          connection: source.environment, schema: source.schema, role: source.role, snapshot: source.snapshot, take: take,
          isCancelled: isCancelled)
      },
      text: { feed, take, isCancelled in
        try ArchiveTools(programs: try Programs.find(in: nil)).text(
          feed: { input in try feed { try input.write($0) } }, take: take, isCancelled: isCancelled)
      })
    let backups = Backups(folder: folder.path + "/backups", programs: programs, codec: .json, programVersion: "test")
    return try Wire(database, at: day + "T12:00:00Z", backups: backups, quietTime: .milliseconds(200))
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
    let folder = try Folder()
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
    let folder = try Folder()
    let database = try ShopDatabase.staffed()
    do {
      let backups = try wire(database, folder, "2026-03-10")
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
