// Several tills on one shop: each by its name on its sales, in the report by till, and in the list while it is connected.
import Glibc
import Testing

@Suite struct TillTests {
  private func names(_ sidecar: Sidecar) throws -> [String] {
    try sidecar.all("tills.list").map { "\($0["name"]?.text ?? "?")\($0["isOwn"]?.bool == true ? "*" : "")" }
  }

  @Test func tillsByTheirNames() throws {
    let shop = try Shop.fresh("tills")
    let front = try shop.open(["--till", " Front "])
    let back = try shop.open([]) { $0.environment["SHELFLIFE_TILL"] = "Back" }
    try front.stock(1, qty: 100)
    for sidecar in [front, back, front] { try sidecar.result("sales.create", Params.sale(1)) }
    #expect(try front.sales().map { $0["till"]?.text } == ["Front", "Back", "Front"])

    let today = try #require(front.sales().first?["businessDate"]?.text)
    let report = try back.result("reports.sales", #"{"from":"\#(today)","to":"\#(today)","groupBy":"till"}"#)
    #expect(
      report["items"]?.items.map { "\($0["till"]?.text ?? "") \($0["totalAmount"]?.text ?? "")" } == ["Back 4.50", "Front 9.00"])
    #expect(report["totals"]?["totalAmount"]?.text == "13.50")

    #expect(Spawning.eventually(within: .seconds(10)) { (try? names(front)) == ["Back", "Front*"] })
    #expect(Spawning.eventually(within: .seconds(10)) { (try? names(back)) == ["Back*", "Front"] })
    let seen = try #require(front.all("tills.list").first)
    #expect(seen["sessionId"]?.text == (try back.result("system.hello"))["sessionId"]?.text)
    #expect(seen["version"]?.text == (try back.result("system.hello"))["version"]?.text && seen["address"]?.isNull == true)

    back.kill(SIGKILL)
    #expect(Spawning.eventually(within: .seconds(5)) { (try? names(front)) == ["Front*"] }, "however it ended")
    let third = try shop.open(["--till", "Third"])
    #expect(try names(third).contains("Third*"), "the one that asks, however soon")
    #expect(Spawning.eventually(within: .seconds(10)) { (try? names(front)) == ["Front*", "Third"] })
    // The server restarts under them: they say again that they are there.
    if let postmaster = shop.postmaster { kill(postmaster, SIGKILL) }
    #expect(Spawning.eventually(within: .seconds(20)) { (try? names(front)) == ["Front*", "Third"] })
    #expect(try front.faultsInBooks() == [])
    #expect(try front.finish() == .exited(0) && third.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  /// Another till was updated and has brought the schema to a step under which this program must not write.
  @Test func aTillThatTheSchemaHasLeftBehindSaysSo() throws {
    let shop = try Shop.fresh("left-behind")
    let till = try shop.open()
    try till.stock(1, qty: 10)
    for _ in 0..<4 { try till.result("sales.create", Params.sale(1)) }
    let server = try #require(shop.socketDirectory)
    let step = try #require(Int(Psql.run("select max(number) from shelf.schema_migration", socketDirectory: server)))
    func raise(to next: Int, _ record: String) throws {
      try Psql.run(
        """
        alter table shelf.audit_head drop constraint audit_head_step_check; update shelf.audit_head set step = \(next);
        alter table shelf.audit_head add constraint audit_head_step_check check (step >= \(next)); \(record)
        """, socketDirectory: server)
    }
    try raise(
      to: step + 1,
      "insert into shelf.schema_migration (number, name, checksum, applied_at) select number + 1, 'later', checksum, applied_at from shelf.schema_migration "
        + "where number = \(step)")
    let refused = try till.call("sales.create", Params.sale(1))
    #expect(refused.errorName == "database-unavailable")
    let words = "(schema \(step + 1)) than this program (schema \(step)): use the newer program"
    #expect(refused.line.contains(words), "\(refused.line)")
    #expect(try till.result("system.status")["reason"]?.text?.contains(words) == true)
    #expect(try Psql.run("select count(*) from shelf.sale", socketDirectory: server) == "4")

    try raise(to: step, "delete from shelf.schema_migration where number = \(step + 1)")
    #expect(
      Spawning.eventually(within: .seconds(10)) {
        (try? till.call("sales.create", Params.sale(1)))?.result?["receiptNo"]?.text?.hasSuffix("-0005") == true
      })
    #expect(try till.finish() == .exited(0))
  }

  @Test func aTillHasAName() throws {
    let shop = Shop.empty("nameless-till")
    for name in ["", "   ", String(repeating: "x", count: 41), "a\u{7}b"] {
      let sidecar = try shop.start(["--till", name])
      #expect(try sidecar.ending() == .exited(64))
      #expect(sidecar.errorTail.contains("The till's name must have 1 to 40 characters"))
    }
  }
}
