// Logins with few rights on a shared server: what each may do, what it may not, and in which words it learns that.
import Glibc
import Testing

@Suite(.serialized) struct RoleTests {
  private static let password = "Least-Rights-3309"

  /// A server with a shop that an administrator prepared, and a login for each role.
  private struct Prepared {
    let server: PlainServer
    let shop: String

    init(_ name: String, _ shop: String = "shop") throws {
      server = try PlainServer(name)
      self.shop = shop
      try server.start()
      try server.sql("create database \(shop)")
      let made = try run("migrate", "--new", as: PlainServer.user)
      guard made.status == 0, made.json?["upToDate"]?.bool == true else { throw Failure("\(made)") }
      for (login, role) in [("till1", "serve"), ("mover", "migrate"), ("saver", "backup")] {
        try server.sql("create role \(login) login password '\(RoleTests.password)' in role shelflife_\(role)")
      }
      try server.sql("create role stranger login password '\(RoleTests.password)'")
    }

    func url(_ login: String) -> [String: String] {
      let url = server.url(shop)
      guard login != PlainServer.user else { return ["DATABASE_URL": url] }
      return [
        "DATABASE_URL": url.replacing(PlainServer.user + ":" + PlainServer.password, with: "\(login):\(RoleTests.password)")
      ]
    }

    func run(_ arguments: String..., as login: String) throws -> CommandResult {
      try Command.run(arguments + ["--json", "--data-dir", folder], environment: url(login))
    }

    var folder: String { Shop.folder + "/roles-\(server.port)" }

    func open(_ login: String) throws -> Sidecar {
      try Sidecar(
        Sidecar.Options(flags: ["--bcrypt-cost", "10", "--data-dir", folder + "-\(login)"], environment: url(login)))
    }

    /// What a login's statement comes to: nil where it is done, else the server's words.
    func refusal(_ login: String, _ sql: String) -> String? {
      do {
        try Spawning.run(
          [
            try Psql.program("psql"), "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", String(server.port), "-U", login,
            "-d", shop, "-c", "set search_path = shelf", "-c", "begin", "-c", sql, "-c", "rollback",
          ], environment: ["PGPASSWORD": RoleTests.password])
        return nil
      } catch { return "\(error)" }
    }
  }

  private func isReady(_ till: Sidecar, within limit: Duration = .seconds(20)) throws -> Bool {
    try Spawning.eventually(within: limit) { try till.result("system.status")["database"]?.text == "ready" }
  }

  private func reason(_ till: Sidecar) throws -> String {
    guard
      try Spawning.eventually(
        within: .seconds(20), { try till.result("system.status")["database"]?.text == "unavailable" })
    else { throw Failure("it is not unavailable: \(try till.result("system.status"))") }
    return try till.result("system.status")["reason"]?.text ?? ""
  }

  private func makeOwner(_ till: Sidecar) throws {
    try till.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
    try till.login()
  }

  @Test func whatEachRoleMayDo() throws {
    let prepared = try Prepared("roles-table")
    let till = try prepared.open("till1")
    try makeOwner(till)
    try till.stock(1, qty: 10)
    try till.result("sales.create", Params.sale(1))

    let table: [(sql: String, allowed: Set<String>)] = [
      ("select count(*) from sale", ["till1", "mover", "saver"]),
      ("select count(*) from schema_migration", ["till1", "mover", "saver"]),
      ("update store set name = name", ["till1", "mover"]),
      ("insert into login_throttle select * from login_throttle", ["till1", "mover"]),
      ("update sale set note = note", ["mover"]),
      ("delete from sale_line where false", ["mover"]),
      ("delete from audit_entry where false", ["mover"]),
      ("update stock_movement set balance = balance where false", ["mover"]),
      ("truncate audit_link cascade", ["mover"]),
      ("update store set currency = 'EUR'", ["till1", "mover"]),
      ("alter table sale add column x int", ["mover"]),
      ("alter table sale disable trigger all", []),
      ("drop table receipt_copy cascade", ["mover"]),
      ("create table shelf.x (x int)", ["mover"]),
      ("create table public.x (x int)", []),
      ("create schema x", ["mover"]),
      ("set role shelflife_serve; select count(*) from sale", ["till1", "mover"]),
      ("set role shelflife_backup; select count(*) from sale", ["saver"]),
      ("set role shelflife_owner; create schema x", ["mover"]),
      ("set role keeper", []),
      ("create role x", []),
      ("alter role till1 createdb", []),
      ("grant shelflife_owner to till1", []),
      ("grant shelflife_serve to stranger", []),
      ("copy sale to program 'cat'", []),
      ("select pg_read_file('/etc/passwd')", []),
    ]
    for login in ["till1", "mover", "saver", "stranger"] {
      for (sql, allowed) in table {
        let refusal = prepared.refusal(login, sql)
        #expect((refusal == nil) == allowed.contains(login), "\(login): \(sql): \(refusal ?? "done")")
      }
    }
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
  }

  @Test func aTillServesWithTheServingRoleAlone() throws {
    let prepared = try Prepared("roles-till")
    let before = try prepared.server.sql("select oid, xmin from pg_class order by 1", database: "shop")
    let till = try prepared.open("till1")
    try makeOwner(till)
    try till.stock(1, qty: 10)
    #expect(try till.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0001") == true)
    #expect(try till.result("reports.topProducts")["items"]?.items.count == 1)
    #expect(try till.faultsInBooks() == [])
    #expect(
      try prepared.server.sql("select oid, xmin from pg_class order by 1", database: "shop") == before, "no schema is touched")
    #expect(
      try prepared.server.sql(
        "select distinct usename from pg_stat_activity where datname = 'shop' and pid <> pg_backend_pid()"
      )
      .split(separator: "\n") == ["till1"])

    let path = try till.backUp()
    for reply in [try till.call("backup.verify"), try till.restore(path)] {
      #expect(reply.errorName == "backup-not-possible", "\(reply.line)")
      let words = reply.details?["reason"]?.text ?? ""
      #expect(words.contains("till1") && words.contains("shelflife_migrate"), "\(words)")
    }
    #expect(try prepared.run("backup", "verify", path, as: PlainServer.user).json?["ok"]?.bool == true)
    let doctor = try prepared.run("doctor", as: "till1")
    #expect(doctor.finding("rights")?["message"]?.text?.contains("may serve and back up") == true, "\(doctor)")
    #expect(doctor.status(of: "books") == "ok")
    let idle = try prepared.run("migrate", as: "till1")
    #expect(idle.status == 0 && idle.json?["upToDate"]?.bool == true, "\(idle)")
    #expect(try till.finish() == .exited(0))
    for text in [till.errorText, doctor.output, idle.errors] { #expect(!text.contains(Self.password)) }
  }

  @Test func aBackupLoginSavesAndSellsNothing() throws {
    let prepared = try Prepared("roles-saver")
    let till = try prepared.open("till1")
    try makeOwner(till)
    try till.stock(1, qty: 10)
    let taken = try prepared.run("backup", as: "saver")
    let path = try #require(taken.json?["path"]?.text, "\(taken)")
    #expect(try prepared.run("backup", "verify", path, as: PlainServer.user).json?["ok"]?.bool == true)
    let unproved = try prepared.run("backup", "verify", path, as: "saver")
    #expect(unproved.status == 1 && unproved.errorName == "backup-not-possible", "\(unproved)")
    #expect(try prepared.run("doctor", "--no-check", as: "saver").status(of: "rights") == "ok")
    let selling = try prepared.open("saver")
    let words = try reason(selling)
    #expect(words.contains("saver") && words.contains("shelflife_serve"), "\(words)")
    #expect(try selling.finish() == .exited(0))
    let stranger = try prepared.open("stranger")
    #expect(try reason(stranger).contains("the database role stranger may not use this shop"))
    #expect(try stranger.finish() == .exited(0))
    #expect(try prepared.run("doctor", as: "stranger").status == 1)
    #expect(try till.finish() == .exited(0))
  }

  @Test func anotherSchemaIsToldAndTheTillComesBackByItself() throws {
    let prepared = try Prepared("roles-schema")
    let current = try #require(
      Int(try prepared.server.sql("select max(number) from shelf.schema_migration", database: "shop").filter(\.isNumber)))
    try prepared.server.sql("create table kept as select * from shelf.schema_migration", database: "shop")
    try prepared.server.sql("delete from shelf.schema_migration where number = \(current)", database: "shop")
    let till = try prepared.open("till1")
    #expect(
      try reason(till)
        == "the schema is \(current - 1), this program's is \(current): run shelflife migrate with a role that may")
    #expect(
      try till.call("auth.login", #"{"username":"a-user","password":"nothing at all"}"#).errorName == "database-unavailable")
    let refused = try prepared.run("migrate", as: "till1")
    #expect(
      refused.status == 1 && refused.json?["error"]?["details"]?["reason"]?.text?.contains("a role that may") == true,
      "\(refused)")
    #expect(
      try prepared.server.sql("select max(number) from shelf.schema_migration", database: "shop").contains("\(current - 1)"))
    try prepared.server.sql("insert into shelf.schema_migration select * from kept where number = \(current)", database: "shop")
    #expect(try isReady(till))

    try prepared.server.sql(
      "insert into shelf.schema_migration values (\(current + 1), 'future', 'x', now())", database: "shop")
    let old = try prepared.open("till1")
    #expect(
      try reason(old) == "the schema is \(current + 1), which is newer than this program's (\(current)): update this till")
    for one in [till, old] { #expect(try one.finish() == .exited(0)) }
  }

  @Test func migrateMakesTheShopOnlyWhereItIsToldTo() throws {
    let prepared = try Prepared("roles-new")
    for database in ["empty", "crowded"] { try prepared.server.sql("create database \(database)") }
    try prepared.server.sql("create table invoices (x int)", database: "crowded")
    func run(_ arguments: [String], _ database: String, as login: String = PlainServer.user) throws -> CommandResult {
      let url = try #require(prepared.url(login)["DATABASE_URL"]).replacing("/shop?", with: "/\(database)?")
      return try Command.run(arguments + ["--json", "--data-dir", prepared.folder], environment: ["DATABASE_URL": url])
    }
    func reason(_ result: CommandResult) -> String { result.json?["error"]?["details"]?["reason"]?.text ?? "\(result)" }
    #expect(reason(try run(["migrate"], "empty")).contains("--new"))
    #expect(try run(["migrate", "--check", "--new"], "empty").status == 1)
    #expect(reason(try run(["migrate", "--new"], "crowded")).contains("public.invoices"))
    #expect(reason(try run(["migrate", "--new"], "empty", as: "till1")).contains("till1 may not make one"))
    #expect(try prepared.server.sql("select count(*) from pg_namespace where nspname = 'shelf'", database: "empty").contains("0"))
    let made = try run(["migrate", "--new"], "empty")
    #expect(made.status == 0 && made.json?["from"]?.int == 0 && made.json?["upToDate"]?.bool == true, "\(made)")
    #expect(try run(["migrate", "--new"], "empty").status == 0, "again is no harm")
    #expect(try run(["migrate"], "empty", as: "mover").status == 0)
  }

  @Test func aShopOnTheSameServerIsClosedToAnothersTills() throws {
    let prepared = try Prepared("roles-two", "north")
    try prepared.server.sql("create database south")
    let url = try #require(prepared.url(PlainServer.user)["DATABASE_URL"]).replacing("/north?", with: "/south?")
    let made = try Command.run(["migrate", "--new", "--data-dir", prepared.folder], environment: ["DATABASE_URL": url])
    #expect(made.status == 0, "\(made)")
    try prepared.server.sql(
      "revoke connect on database north from public; grant connect on database north to till1, mover, saver")
    try prepared.server.sql("create role till9 login password '\(Self.password)' in role shelflife_serve")
    #expect(prepared.refusal("till9", "select 1")?.contains("permission denied for database") == true)
    let till = try prepared.open("till1")
    try makeOwner(till)
    #expect(try till.backUp().hasSuffix(".tar"))
    let doctor = try prepared.run("doctor", as: "till1")
    #expect(doctor.status == 0 && doctor.status(of: "books") == "ok", "\(doctor)")
    #expect(try prepared.run("backup", as: "saver").status == 0)
    #expect(try till.finish() == .exited(0))
  }

  /// A login that is no superuser but may restore, as the shop's database belongs to its role.
  @Test func aLoginMadeForItRestoresWhileTillsSell() throws {
    let prepared = try Prepared("roles-restore")
    try prepared.server.sql("alter database shop owner to shelflife_owner")
    try prepared.server.sql(
      """
      create role restorer login createdb password '\(Self.password)'
        in role shelflife_migrate, pg_signal_backend, pg_read_all_stats
      """)
    let till = try prepared.open("till1")
    try makeOwner(till)
    try till.stock(1, qty: 10)
    let path = try till.backUp()
    try till.result("sales.create", Params.sale(1))
    let restored = try prepared.run("restore", path, "--yes", as: "restorer")
    #expect(restored.status == 0, "\(restored)")
    #expect(try till.call("auth.me").errorName == "invalid-token")
    try till.login()
    #expect(try till.sales().isEmpty)
    try till.result("sales.create", Params.sale(1))
    #expect(try till.faultsInBooks() == [])
    #expect(try prepared.run("backup", as: "saver").status == 0, "the rights came along")
    #expect(try till.finish() == .exited(0))
  }
}
