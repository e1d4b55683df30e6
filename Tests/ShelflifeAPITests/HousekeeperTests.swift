// Chores: the totals that follow the sales, and a thread that is in nobody's way and gone when the process ends.
import Glibc
import JSONRPC
import Postgres
import Synchronization
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct HousekeeperTests {
  private func rows(_ wire: Wire, _ sql: String) throws -> [String] {
    let connection = try Connection(wire.database.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    return try connection.script(sql).map { $0.first.flatMap(\.self) ?? "null" }
  }

  private func eventually(_ what: String, _ condition: () throws -> Bool) throws {
    for _ in 0..<1_000 {
      if try condition() { return }
      usleep(10_000)
    }
    throw Unexpected(what)
  }

  private func sell(_ count: Int, _ wire: Wire) throws {
    let tea = try wire.stock("Tea", count, id: 1)
    let ids = try (0..<count).map { _ in try wire.send("sales.create", Wire.sale(tea)) }
    for id in ids { #expect(try wire.reply(id).outcome == "ok") }
  }

  @Test func totalsFollowTheSales() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    try sell(520, wire)
    try eventually("the totals were not advanced") { try rows(wire, "select from totalled_day where number >= 500").count == 1 }
    #expect(try rows(wire, "select sum(sales) from seller_day_total") == rows(wire, "select number from totalled_day"))
    try eventually("the housekeeper kept its session") {
      try rows(
        wire,
        "select from pg_stat_activity where datname = current_database() and query like '%advance%' and pid <> pg_backend_pid()"
      ).isEmpty
    }
    #expect(try wire.call("dashboard.summary")["result.salesCount"] == "520")
    #expect(!wire.logged.contains { $0.contains("a chore failed") }, "\(wire.logged)")
    try wire.end()
  }

  /// A chore in the middle of its work lets go at once when the process ends.
  @Test func itStopsPromptly() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let blocker = try Connection(wire.database.superuser)
    defer { blocker.close() }
    try blocker.script("select pg_advisory_lock(1936222316, 1953460332)")
    try sell(500, wire)
    let waiting = "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'"
    try eventually("the housekeeper did not come") { try rows(wire, waiting).count == 1 }
    #expect(try wire.call("dashboard.summary").outcome == "ok", "and it is in nobody's way")
    let began = ContinuousClock.now
    try wire.end()
    #expect(began.duration(to: .now) < .seconds(3))
    #expect(try rows(wire, waiting).isEmpty)
    #expect(!wire.logged.contains { $0.contains("a chore failed") }, "\(wire.logged)")
  }

  @Test func whenTheTotalsAreDue() throws {
    let start = ContinuousClock.now
    func isDue(_ chore: Chore, after seconds: Int, lastRun: Int? = nil, sales: Int = 0) throws -> Bool {
      chore.isDue(
        Chore.Moment(
          now: try Instant(parsing: "2026-03-10T12:00:00Z"), uptime: start + .seconds(seconds), startedAt: start,
          lastRun: lastRun.map { start + .seconds($0) }, sales: sales))
    }
    let chore = Chore.totals()
    #expect(try !isDue(chore, after: 0) && !isDue(chore, after: 2, sales: 499), "a process that is soon gone does nothing")
    #expect(try isDue(chore, after: 1, sales: 500))
    #expect(try !isDue(chore, after: 11, lastRun: 10, sales: 5_000) && isDue(chore, after: 12, lastRun: 10, sales: 5_000))
    #expect(try isDue(chore, after: 3), "what others left is looked for once")
    #expect(try !isDue(chore, after: 62, lastRun: 3) && isDue(chore, after: 63, lastRun: 3))
    #expect(try !isDue(chore, after: 100, lastRun: 60, sales: 9) && isDue(chore, after: 120, lastRun: 60, sales: 9))
  }

  /// What fails is told once and left alone; the other chores go on until the end, and not beyond it.
  @Test func aFailingChoreHindersNobody() throws {
    let superuser = try ShopDatabase.empty().superuser
    let lines = Mutex<[String]>([])
    let service = try Service(
      Service.Options(version: "test", till: try TillName(parsing: "Counter"), clock: .system, bcryptCost: 10),
      database: DatabaseSource(prepare: { _ throws(ProvisionFailure) in try Provision.shared(superuser) }, release: {}),
      log: ServiceLog { level, message, fields in lines.withLock { $0.append("\(level) \(message) \(fields["cause"] ?? "")") } },
      shutDown: {})
    let runs = Mutex((bad: 0, good: 0))
    let housekeeper = Housekeeper([
      Chore(
        name: "bad", isDue: { _ in true },
        run: { _ in
          runs.withLock { $0.bad += 1 }
          throw Unexpected("broken")
        }),
      Chore(
        name: "good", isDue: { moment in moment.sales >= 100 },
        run: { tools in
          let session = try tools.openSession()
          session.close()
          runs.withLock { $0.good += 1 }
        }),
    ])
    service.start()
    housekeeper.start(service)
    try eventually("the chores did not run") {
      housekeeper.salesMade(100)
      return runs.withLock { $0.good >= 3 }
    }
    housekeeper.stop()
    let then = runs.withLock { $0.good }
    housekeeper.salesMade(100)
    usleep(50_000)
    #expect(runs.withLock { $0.good } == then && runs.withLock { $0.bad } == 1)
    #expect(lines.withLock { $0.filter { $0.contains("chore") } } == ["warning a chore failed broken"])
    service.stop()
  }
}
