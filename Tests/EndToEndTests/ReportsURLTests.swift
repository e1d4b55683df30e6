// Reports read on a streaming standby: as fresh as the pipe's own writes, and on the primary whenever that cannot be had.
import Glibc
import Testing

@Suite(.serialized) struct ReportsURLTests {
  private static let password = "Reports-Login-5521"

  /// A primary with a shop, a standby, and a till that serves with the serving role alone.
  private struct Pair {
    let primary: PlainServer
    let standby: StandbyServer
    let till: Sidecar

    init(_ name: String, standbyDatabase: String = "shop") throws {
      primary = try PlainServer(name)
      try primary.start()
      try primary.sql("create database shop")
      let made = try Command.run(
        ["migrate", "--new", "--data-dir", Shop.folder + "/" + name + "-files"],
        environment: ["DATABASE_URL": primary.url("shop")])
      guard made.status == 0 else { throw Failure("\(made)") }
      try primary.sql("create role till1 login password '\(ReportsURLTests.password)' in role shelflife_serve")
      if standbyDatabase != "shop" { try primary.sql("create database \(standbyDatabase) template shop") }
      standby = try StandbyServer(of: primary, name + "-standby")
      till = try Self.open(primary, standby.url(standbyDatabase, user: "till1", password: ReportsURLTests.password), name)
      try till.result(
        "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
      try till.login()
      try till.stock(1, qty: 100_000)
    }

    static func open(_ primary: PlainServer, _ reports: String, _ name: String) throws -> Sidecar {
      let url = primary.url("shop").replacing(
        PlainServer.user + ":" + PlainServer.password, with: "till1:" + ReportsURLTests.password)
      return try Sidecar(
        Sidecar.Options(
          flags: ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/" + name + "-files"],
          environment: ["DATABASE_URL": url, "SHELFLIFE_REPORTS_URL": reports]))
    }

    /// What a report says of the units sold, and where it was read.
    func sold() throws -> (qty: Int, place: Value) {
      let report = try till.result("reports.topProducts")
      guard let place = report["readFrom"] else { throw Failure("\(report)") }
      return (report["items"]?.items.first?["qty"]?.int ?? 0, place)
    }

    func server() throws -> String { try sold().place["server"]?.text ?? "" }
  }

  @Test func aReportOnTheStandbySeesEveryWriteBeforeItOnThePipe() throws {
    let pair = try Pair("reports-fresh")
    for round in 1...40 {
      // Nobody waits for the sale: the report is right behind it on the pipe.
      try pair.till.post("sales.create", Params.sale(1))
      let (qty, place) = try pair.sold()
      #expect(qty == round && place["server"]?.text == "standby" && place["reason"] == nil, "\(qty) \(place)")
      #expect(place["asOf"]?.text?.hasSuffix("Z") == true)
      #expect((1...2_000).contains(place["maxStalenessMs"]?.int ?? 0), "\(place)")
    }
    let calls = [
      ("reports.sales", #"{"from":"2020-01-01","to":"2099-01-01","groupBy":"day"}"#), ("reports.topProducts", "{}"),
      ("reports.lowStock", "{}"), ("reports.expiring", "{}"), ("reports.expired", "{}"), ("audit.list", "{}"),
      ("stock.asOf", #"{"date":"2026-01-01"}"#), ("reports.writeOffs", #"{"from":"2020-01-01","to":"2099-01-01"}"#),
    ]
    for (method, params) in calls {
      #expect(try pair.till.result(method, params)["readFrom"]?["server"]?.text == "standby", "\(method)")
    }
    for method in ["dashboard.summary", "products.list", "sales.list", "audit.verify", "system.check"] {
      #expect(try pair.till.result(method)["readFrom"] == nil, "\(method)")
    }
    #expect(
      try pair.till.call("stock.asOf", #"{"date":"2026-01-01","productId":"00000000-0000-7000-8000-00000000ffff"}"#).errorName
        == "product-not-found")
    #expect(
      try pair.standby.sql("select count(*) from pg_stat_activity where usename = 'till1'").contains("0") == false, "it is used")
    #expect(try pair.till.finish() == .exited(0))
    #expect(!pair.till.errorText.contains(Self.password))
  }

  @Test func aStandbyThatStandsStillIsNotWaitedForLong() throws {
    let pair = try Pair("reports-paused")
    #expect(try pair.server() == "standby")
    try pair.standby.sql("select pg_wal_replay_pause()")
    #expect(
      try Spawning.eventually(within: .seconds(5)) {
        try pair.standby.sql("select pg_get_wal_replay_pause_state()").contains("paused")
      })
    try pair.till.result("sales.create", Params.sale(1))
    let began = ContinuousClock.now
    let (qty, place) = try pair.sold()
    let took = began.duration(to: .now)
    #expect(qty == 1 && place["server"]?.text == "primary" && place["reason"]?.text == "behind", "\(place)")
    #expect(place["maxStalenessMs"]?.int == 0 && took > .milliseconds(450) && took < .seconds(5), "\(took)")
    try pair.standby.sql("select pg_wal_replay_resume()")
    #expect(try Spawning.eventually(within: .seconds(10)) { try pair.server() == "standby" })
    #expect(try pair.sold().qty == 1)
    #expect(try pair.till.finish() == .exited(0))
  }

  /// The standby still lets in whom the primary has shut out.
  @Test func whoMayCallIsJudgedByThePrimary() throws {
    let pair = try Pair("reports-standing")
    #expect(try pair.server() == "standby")
    try pair.standby.sql("select pg_wal_replay_pause()")
    try pair.primary.sql("update shelf.app_user set credential_version = credential_version + 1", database: "shop")
    #expect(try pair.till.call("reports.topProducts").errorName == "invalid-token")
    try pair.standby.sql("select pg_wal_replay_resume()")
    #expect(try pair.till.finish() == .exited(0))
  }

  @Test func aStandbyThatDiesAndComesBack() throws {
    let pair = try Pair("reports-dead")
    #expect(try pair.server() == "standby")
    try pair.standby.stop()
    for round in 1...10 {
      try pair.till.post("sales.create", Params.sale(1))
      let (qty, place) = try pair.sold()
      #expect(qty == round && place["server"]?.text == "primary" && place["reason"]?.text == "away", "\(place)")
    }
    #expect(try pair.till.result("system.status")["database"]?.text == "ready")
    try pair.standby.start()
    #expect(try Spawning.eventually(within: .seconds(20)) { try pair.server() == "standby" })
    #expect(try pair.sold().qty == 10)
    #expect(try pair.till.faultsInBooks() == [])
    #expect(try pair.till.finish() == .exited(0))
  }

  @Test func aServerThatIsNoStandbyOfTheShopIsNotBelieved() throws {
    let pair = try Pair("reports-promoted")
    #expect(try pair.server() == "standby")
    try pair.standby.promote()
    let promoted = try pair.sold().place
    #expect(promoted["server"]?.text == "primary" && promoted["reason"]?.text == "promoted", "\(promoted)")
    #expect(try pair.till.finish() == .exited(0))

    let copy = try Pair("reports-copy", standbyDatabase: "copy")
    try copy.till.result("sales.create", Params.sale(1))
    let place = try copy.sold().place
    #expect(place["server"]?.text == "primary" && ["behind", "strange"].contains(place["reason"]?.text), "\(place)")
    // The same number of links, of another course of events.
    try copy.primary.sql(
      """
      insert into shelf.audit_link (seq, hash, entries)
        select n, decode(repeat('ab', 32), 'hex'), 1 from generate_series((select seq + 1 from shelf.audit_head), 50) n;
      update shelf.audit_head set seq = 50, hash = decode(repeat('ab', 32), 'hex');
      """, database: "copy")
    #expect(
      try Spawning.eventually(within: .seconds(10)) { try copy.sold().place["reason"]?.text == "strange" })
    #expect(try copy.sold().qty == 1)
    #expect(try copy.till.finish() == .exited(0))
  }

  /// The standby's session stays in the replaced database, which never follows the restored one.
  @Test func afterARestoreTheStandbyIsFoundAgain() throws {
    let pair = try Pair("reports-restore")
    let path = try pair.till.backUp()
    #expect(try pair.server() == "standby")
    let restored = try Command.run(
      ["restore", path, "--yes", "--data-dir", Shop.folder + "/reports-restore-files"],
      environment: ["DATABASE_URL": pair.primary.url("shop")])
    #expect(restored.status == 0, "\(restored)")
    try pair.till.login()
    #expect(try Spawning.eventually(within: .seconds(10)) { try pair.server() == "standby" })
    try pair.till.post("sales.create", Params.sale(1))
    let (qty, place) = try pair.sold()
    #expect(qty == 1 && place["server"]?.text == "standby", "\(place)")
    #expect(try pair.till.finish() == .exited(0))
  }

  @Test func itNeedsAServerToBeAStandbyOf() throws {
    for (flags, environment) in [
      (["--reports-url", "postgresql:///x"], [:]), (["--reports-url", "nonsense"], ["DATABASE_URL": "postgresql:///x"]),
    ] as [([String], [String: String])] {
      let result = try Command.run(["serve"] + flags, environment: environment)
      #expect(result.status == 64 && result.output.isEmpty, "\(result)")
    }
  }
}
