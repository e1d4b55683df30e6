// Migrations: applied once, in order, whoever comes first, and refused when they are not the program's own.
import Postgres
import TestSupport
import Testing

@Suite struct MigratorTests {
  private let first = Migration(
    number: 1, name: "initial", sql: "create table a (n int8); create table b (n int8)", checksum: "c1")
  private let second = Migration(
    number: 2, name: "more", sql: "insert into a values (1); alter table b add m int8", checksum: "c2")

  private func failed(_ body: () throws -> Void) throws -> MigrationError {
    do { try body() } catch let error as MigrationError { return error }
    Issue.record("nothing was thrown")
    return .missing(number: 0)
  }

  @Test func appliesWhatIsMissing() throws {
    let connection = try connect(TestCluster.shared.freshDatabase())
    let short = Migrator([first])
    let long = Migrator([first, second])
    #expect(try short.check(connection) == 0)
    #expect(try short.migrate(connection) == [1])
    var announced: [String] = []
    #expect(try long.migrate(connection) { announced.append($0.name) } == [2])
    #expect(announced == ["more"])
    #expect(try long.migrate(connection) == [])
    #expect(try long.check(connection) == 2 && long.latest == 2)
    #expect(try connection.text("select count(*) from a") == "1")
    #expect(try connection.text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()") == "0")
    #expect(Migrator([]).latest == 0)
  }

  @Test func manyAtOnce() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let migrator = Migrator([first, second])
    let threads = (0..<6).map { _ in TestThread { try migrator.migrate(connect(configuration)).count } }
    #expect(try threads.reduce(0) { try $0 + $1.value() } == 2)
    #expect(try connect(configuration).text("select count(*) from a") == "1")
  }

  @Test func refusesAnotherHistory() throws {
    let connection = try connect(TestCluster.shared.freshDatabase())
    try Migrator([first, second]).migrate(connection)
    let newer = try failed { try Migrator([first]).migrate(connection) }
    guard case .newer(2, 1) = newer else { return wrong("\(newer)") }
    #expect("\(newer)".contains("newer"))
    let edited = Migration(number: 2, name: "more", sql: "select 1", checksum: "other")
    for attempt in [
      { _ = try Migrator([first, edited]).check(connection) }, { try Migrator([first, edited]).migrate(connection) },
    ] {
      let changed = try failed(attempt)
      guard case .changed(2) = changed else { return wrong("\(changed)") }
    }
    let renamed = Migration(number: 1, name: "start", sql: first.sql, checksum: "c1")
    guard case .changed(1) = try failed({ try Migrator([renamed, second]).migrate(connection) }) else { return wrong("renamed") }
    try connection.script("delete from schema_migration where number = 1")
    guard case .missing(1) = try failed({ try Migrator([first, second]).migrate(connection) }) else { return wrong("missing") }
    #expect(try connection.text("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()") == "0")
  }

  @Test func aFailingStepLeavesNothing() throws {
    let connection = try connect(TestCluster.shared.freshDatabase())
    let bad = Migration(number: 2, name: "bad", sql: "create table half (n int8); select 1 / 0", checksum: "c2")
    let error = try failed { try Migrator([first, bad]).migrate(connection) }
    guard case .failed(2, "bad", let cause) = error else { return wrong("\(error)") }
    #expect(cause.state?.code == "22012" && !"\(error)".contains("zero") && error.logText.contains("zero"))
    #expect(try connection.text("select to_regclass('half')") == nil)
    #expect(try Migrator([first, second]).migrate(connection) == [2])
  }

  @Test func aStepThatCommitsByItselfIsRefused() throws {
    let connection = try connect(TestCluster.shared.freshDatabase())
    let error = try failed { try Migrator([Migration(number: 1, name: "x", sql: "commit", checksum: "c")]).migrate(connection) }
    guard case .failed(1, "x", .misuse) = error else { return wrong("\(error)") }
  }

  @Test func sessionSettingsOfAStepDoNotLeak() throws {
    let connection = try connect(TestCluster.shared.freshDatabase())
    try connection.script("do $$ begin if to_regrole('migrator_owner') is null then create role migrator_owner; end if; end $$")
    let step = Migration(
      number: 1, name: "role", sql: "set role migrator_owner; set search_path = pg_catalog; set work_mem = '3MB'", checksum: "c")
    try Migrator([step, Migration(number: 2, name: "table", sql: "create table after (n int8)", checksum: "c")]).migrate(
      connection)
    #expect(try connection.text("select current_user || to_regclass('public.after')") == "postgresafter")
    #expect(try connection.text("show timezone") == "UTC")
  }

  @Test func waitingForAnotherEndsByDeadline() throws {
    let configuration = try TestCluster.shared.freshDatabase()
    let holder = try connect(configuration)
    try holder.script("select pg_advisory_lock(77)")
    let connection = try connect(configuration)
    connection.deadline = soon(.milliseconds(100))
    let error = try failed { try Migrator([first], lock: 77).migrate(connection) }
    guard case .database(.deadlineExceeded) = error else { return wrong("\(error)") }
    connection.deadline = nil
    holder.close()
    #expect(try Migrator([first], lock: 77).migrate(connection) == [1])
  }
}
