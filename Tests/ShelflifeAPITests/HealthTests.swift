// system.status: the health of a process in one call, and the word that backups are overdue.
import Glibc
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct HealthTests {
  @Test func everyPartOfTheHealthIsTold() throws {
    let folder = try BackupsFolder()
    let wire = try Wire(.staffed(), backups: folder.kept)
    _ = try wire.token(.olga, bind: true)
    let status = try wire.call("system.status")
    #expect(status["result.version"] == "test" && status["result.database"] == "ready")
    #expect(status["result.backup.isOverdue"] == "false" && status["result.backup.newestAt"] == "null")
    #expect(status["result.lanes.inFlight"] == "0" && status["result.lanes.waiting"] == "0")
    #expect(status["result.disk"] == "null", "this process was told of no folder")
    // Asked at once behind a call that takes its time, it tells of that call.
    let check = try wire.send("system.check")
    let busy = try wire.call("system.status")
    #expect(busy["result.lanes.inFlight"] == "1" && busy["result.lanes.reads"] == "1" && busy["result.lanes.writes"] == "0")
    #expect(try wire.reply(check)["result.ok"] == "true")
    #expect(try wire.call("system.status")["result.lanes.inFlight"] == "0")
    try wire.end()
  }

  /// Two days after the shop began there is no backup, and the chore that would take one finds no folder that it may write to.
  @Test func anOverdueBackupIsToldOnce() throws {
    let folder = try BackupsFolder()
    let database = try ShopDatabase.staffed()
    try folder.refuseBackups()
    let wire = try Wire(database, at: "2026-03-12T12:00:00Z", backups: folder.kept, quietTime: .seconds(1))
    _ = try wire.token(.olga, bind: true)
    #expect(try wire.call("events.subscribe", #"{"types":["backup.overdue"]}"#).outcome == "ok")
    let event = try #require(try wire.notification("$/event"))
    #expect(event["params.type"] == "backup.overdue" && event["params.data.newestVerifiedAt"] == "null")
    #expect(try wire.call("system.status")["result.backup.isOverdue"] == "true")
    #expect(try wire.notification("$/event", patience: 7_000) == nil, "it is told once")
    try wire.end()
  }
}
