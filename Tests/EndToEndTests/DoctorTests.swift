// The doctor: what it finds, what it says to do, and that it changes nothing.
import Glibc
import Testing

@Suite struct DoctorTests {
  /// Every file below a folder with what `ls` tells of it, but for what any start of the server writes.
  private func listing(_ directory: String) throws -> String {
    try Spawning.run(["/bin/sh", "-c", "cd '\(directory)' && ls -lA --time-style=full-iso . backups exports"])
  }

  @Test func whereThereIsNoShopItSaysSoAndMakesNone() throws {
    let directory = Shop.folder + "/doctor-nothing/shop"
    let words = try Command.run(["doctor", "--data-dir", directory])
    #expect(words.status == 0 && words.output.contains("There is no shop in \(directory) yet"), "\(words)")
    let result = try Command.run(["doctor", "--json", "--data-dir", directory])
    #expect(result.status == 0 && result.json?["ok"]?.bool == true && result.json?["checks"]?.items == [], "\(result)")
    #expect(result.status(of: "programs") == "ok" && result.status(of: "data-directory") == "ok")
    #expect(access(Shop.folder + "/doctor-nothing", F_OK) != 0)

    mkdir(Shop.folder + "/doctor-empty", 0o700)
    #expect(try Command.run(["doctor", "--data-dir", Shop.folder + "/doctor-empty"]).status == 0)
    #expect(Processes.entries(Shop.folder + "/doctor-empty") == [])
  }

  @Test func aHealthyShopBesideATill() throws {
    let shop = try Shop.fresh("doctor-healthy")
    let till = try shop.open()
    try till.stock(1, qty: 10)
    try till.result("sales.create", Params.sale(1))
    #expect(try shop.command("backup", "--verify").status == 0)
    let result = try shop.command("doctor", "--json")
    #expect(result.status == 0 && result.errors.isEmpty, "\(result)")
    let report = try #require(result.json, "\(result)")
    #expect(report["ok"]?.bool == true)
    for name in ["libpq", "programs", "backup-programs", "data-directory", "socket-directory", "database", "schema", "settings"]
      + ["shop", "time-zone", "clock", "backups", "verified-backups", "books"]
    {
      #expect(result.status(of: name) == "ok", "\(name): \(result.finding(name).map { "\($0)" } ?? "missing")")
    }
    let second = try #require(result.finding("second-folder"))
    #expect(second["status"]?.text == "warning" && second["advice"]?.text?.isEmpty == false)
    #expect((report["checks"]?.items.count ?? 0) >= 10 && report["checks"]?.items.allSatisfy { $0["ok"]?.bool == true } == true)
    #expect(try shop.command("doctor", "--no-check", "--json").json?["checks"]?.items == [])

    let words = try shop.command("doctor")
    #expect(words.status == 0 && words.output.contains("\nok       books "), "\(words)")
    #expect(words.output.split(separator: "\n").count == report["findings"]!.items.count + 1, "a line for each, and one for all")
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aFolderThatOthersMayEnter() throws {
    let shop = try Shop.fresh("doctor-open")
    #expect(try shop.command("doctor", "--no-check").status == 0)
    #expect(shop.isStopped())
    chmod(shop.directory, 0o755)
    let before = try listing(shop.directory)
    let result = try shop.command("doctor", "--json")
    #expect(result.status == 1 && result.json?["ok"]?.bool == false, "\(result)")
    #expect(result.finding("data-directory")?["advice"]?.text == "chmod 700 \(shop.directory)", "\(result)")
    #expect(result.status(of: "database") == "warning", "a start would change the rights")
    #expect(try listing(shop.directory) == before)
    var status = stat()
    #expect(stat(shop.directory, &status) == 0 && status.st_mode & 0o777 == 0o755)
    let words = try shop.command("doctor")
    #expect(words.status == 1 && words.output.contains("PROBLEM  data-directory"), "\(words)")
  }

  @Test func aFolderOfSomebodyElses() throws {
    let directory = Shop.folder + "/doctor-foreign"
    mkdir(directory, 0o700)
    try FileBytes.write(Array("mine".utf8), to: directory + "/thesis.txt")
    let result = try Command.run(["doctor", "--json", "--data-dir", directory])
    #expect(result.status == 1 && result.status(of: "data-directory") == "problem", "\(result)")
    #expect(result.finding("data-directory")?["message"]?.text?.contains("thesis.txt") == true)
    #expect(Processes.entries(directory) == ["thesis.txt"])
  }

  @Test func programsThatAreMissing() throws {
    let shop = try Shop.fresh("doctor-programs")
    let result = try shop.command("doctor", "--json", "--pg-bin", "/nowhere")
    #expect(result.status == 1 && result.status(of: "programs") == "problem", "\(result)")
    #expect(result.finding("programs")?["message"]?.text?.contains("--pg-bin") == true)
    #expect(shop.supervisor == nil)
  }

  /// A server and programs that say they are of an older minor release. They are what is installed, so it must be recent itself.
  @Test func aReleaseThatLacksSecurityFixes() throws {
    let shop = try Shop.fresh("doctor-minor")
    #expect(try shop.command("doctor", "--no-check", "--json").status(of: "programs") == "ok", "update PostgreSQL here")
    let programs = try RenamedPrograms.directory("doctor-minor-programs", minor: 3)
    let result = try shop.command("doctor", "--no-check", "--json", "--pg-bin", programs)
    #expect(result.status == 0 && result.status(of: "programs") == "warning", "a warning stops nobody: \(result)")
    #expect(result.finding("programs")?["message"]?.text?.contains(".3 in ") == true, "\(result)")
    #expect(result.finding("programs")?["message"]?.text?.contains("lacks security fixes that came with") == true, "\(result)")
    #expect(result.finding("programs")?["advice"]?.text?.isEmpty == false)
    #expect(result.status(of: "database") == "ok", "the server itself says what it is")
    #expect(shop.isStopped())
  }

  @Test func booksThatSomebodyChangedByHand() throws {
    let shop = try Shop.fresh("doctor-books")
    let till = try shop.open()
    try till.stock(1, qty: 10)
    try Psql.run(
      "set session_replication_role = replica; update shelf.lot set qty_remaining = 7",
      socketDirectory: try #require(shop.socketDirectory))
    let result = try shop.command("doctor", "--json")
    #expect(result.status == 1 && result.json?["ok"]?.bool == false && result.status(of: "books") == "problem", "\(result)")
    let bad = result.json?["checks"]?.items.filter { $0["ok"]?.bool == false } ?? []
    #expect(
      bad.contains { $0["name"]?.text == "lot-balances" && $0["violations"]?[0]?.text?.contains("holds 7") == true }, "\(bad)")
    let words = try shop.command("doctor")
    #expect(words.status == 1 && words.output.contains("\n  lot-balances: lot STK-"), "\(words)")
    #expect(try shop.command("doctor", "--no-check").status == 0)
    let backup = try shop.command("backup", "--verify", "--json")
    #expect(backup.status == 1 && backup.json?["proof"]?["ok"]?.bool != true, "\(backup)")
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func clocksAndBackupsThatAreOld() throws {
    let shop = try Shop.fresh("doctor-dates")
    let till = try shop.open(["--fixed-now", "2026-03-12T09:00:00Z"])
    try till.stock(1, qty: 10)
    #expect(try till.finish() == .exited(0))
    #expect(try shop.command("backup", "--verify", "--fixed-now", "2026-03-12T10:00:00Z").status == 0)
    func statuses(_ now: String) throws -> [String?] {
      let result = try shop.command("doctor", "--no-check", "--json", "--fixed-now", now)
      return ["clock", "backups", "verified-backups"].map { result.status(of: $0) }
    }
    #expect(try statuses("2026-03-14T09:00:00Z") == ["ok", "ok", "ok"])
    #expect(try statuses("2026-03-15T09:00:00Z") == ["ok", "warning", "ok"])
    #expect(try statuses("2026-03-21T09:00:00Z") == ["problem", "warning", "warning"])
    #expect(try statuses("2026-03-11T09:00:00Z") == ["problem", "warning", "warning"])
    let lost = try shop.command("doctor", "--no-check", "--json", "--fixed-now", "1970-01-02T09:00:00Z")
    #expect(lost.status == 1 && lost.status(of: "system-clock") == "problem")
    #expect(shop.isStopped())
  }

  @Test func aSecondFolderThatIsGone() throws {
    let shop = try Shop.fresh("doctor-second")
    let till = try shop.open()
    let socket = try #require(shop.socketDirectory)
    try Psql.run("update shelf.store set backup_folder = '/nowhere/at/all'", socketDirectory: socket)
    let gone = try shop.command("doctor", "--no-check", "--json")
    #expect(gone.status == 1 && gone.status(of: "second-folder") == "problem", "\(gone)")
    try Psql.run("update shelf.store set backup_folder = '\(Shop.folder)'", socketDirectory: socket)
    #expect(try shop.command("doctor", "--no-check", "--json").status(of: "second-folder") == "warning", "the same disk")
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aServerThatDoesNotAnswerKeepsItsSecret() throws {
    let url = "postgresql://keeper:Doctor-Secret-7711@127.0.0.1:\(try PlainServer.freePort())/shop"
    for arguments in [["doctor"], ["doctor", "--json"], ["backup"], ["migrate"]] {
      let result = try Command.run(arguments + ["--data-dir", Shop.folder + "/unused"], environment: ["DATABASE_URL": url])
      #expect(result.status == 1, "\(result)")
      #expect(!(result.output + result.errors).contains("Doctor-Secret"))
    }
  }

  @Test func aDatabaseOfAnOlderSchemaIsLeftToMigrate() throws {
    let server = try PlainServer("doctor-plain")
    try server.start()
    try server.sql("create database older")
    let url = ["DATABASE_URL": server.url("older")]
    func run(_ arguments: String...) throws -> CommandResult {
      try Command.run(arguments + ["--json", "--data-dir", Shop.folder + "/unused"], environment: url)
    }
    let nothing = try run("doctor")
    #expect(nothing.status == 0 && nothing.status(of: "shop") == "ok" && nothing.status(of: "database") == "ok", "\(nothing)")
    #expect(try run("migrate", "--check").errorName == "database-unavailable")
    #expect(try server.sql("select count(*) from pg_namespace where nspname = 'shelf'", database: "older").contains("0"))

    let file = #filePath
    let first = file[..<(file.lastIndex(of: "/") ?? file.startIndex)] + "/../../Sources/Shelflife/Schema/0001_shop.sql"
    let sum = try Spawning.run(["/usr/bin/sha256sum", String(first)]).prefix(64)
    try server.sql("create role shelflife_owner nologin; grant create on database older to shelflife_owner", database: "older")
    try server.sql(
      """
      set role shelflife_owner; create schema shelf; set search_path = shelf;
      create table schema_migration (number int primary key, name text not null, checksum text not null, applied_at timestamptz not null);
      insert into schema_migration values (1, 'shop', '\(sum)', now());
      \(String(decoding: try FileBytes.read(String(first)), as: UTF8.self))
      """, database: "older")

    let doctor = try run("doctor")
    #expect(doctor.status == 1 && doctor.finding("schema")?["advice"]?.text == "Run shelflife migrate.", "\(doctor)")
    let check = try run("migrate", "--check")
    #expect(check.status == 1 && check.json?["from"]?.int == 1 && check.json?["upToDate"]?.bool == false, "\(check)")
    #expect(
      try server.sql("select max(number) from shelf.schema_migration", database: "older").contains("1"), "nothing is changed")
    let migrated = try run("migrate")
    #expect(migrated.status == 0 && migrated.json?["from"]?.int == 1 && migrated.json?["upToDate"]?.bool == true, "\(migrated)")
    #expect(migrated.json?["to"] == check.json?["to"])
    #expect(try run("migrate", "--check").status == 0)
    let after = try run("doctor")
    #expect(after.status == 0 && after.status(of: "schema") == "ok" && after.status(of: "books") == "ok", "\(after)")
  }
}
