// A primary that is lost, a standby that takes over, and an old primary that comes back beside it.
import Glibc
import Testing

@Suite(.serialized) struct FailoverTests {
  /// Every acknowledged sale is in the books once, each key has one receipt, and nothing else is there.
  private func expectWhole(_ sellers: [Seller], _ till: Sidecar) throws {
    let sales = sellers.flatMap { $0.end() }
    #expect(sellers.flatMap(\.refusals) == [])
    let listed = try till.sales().compactMap { $0["receiptNo"]?.text }
    #expect(Set(sales.map(\.receipt)).count == sales.count, "no two keys have one receipt")
    #expect(
      Set(listed) == Set(sales.map(\.receipt)) && listed.count == sales.count, "\(listed.count) listed, \(sales.count) made")
    for sale in sales {
      #expect(try till.result("sales.create", Params.sale(1, key: sale.key))["receiptNo"]?.text == sale.receipt)
      if sale.key.hasSuffix("-5") { break }
    }
    #expect(try till.faultsInBooks() == [])
  }

  @Test func theStandbyTakesOverAndTheOldPrimaryStaysOutside() throws {
    let pair = try ServerPair("failover")
    let tills = try pair.tills(4)
    let sellers = tills.enumerated().map { Seller($1, name: "till-\($0)") }
    for seller in sellers { #expect(seller.hasSold(25)) }
    pair.first.kill()
    let killed = ContinuousClock.now
    try pair.second.promote()
    let promoted = ContinuousClock.now
    for seller in sellers {
      let before = seller.sales.count { $0.at <= promoted }
      #expect(seller.hasSold(before + 1, within: .seconds(10)))
      let first = try #require(seller.sales.first { $0.at > promoted })
      let took = promoted.duration(to: first.at)
      print("first sale after the promotion: \(took)")
      // Two seconds on a machine that has the time: `scripts/chaos --standby --hold-times` holds it to that.
      #expect(took < .seconds(6))
      #expect(seller.hasSold(before + 20))
    }
    #expect(
      sellers.contains { $0.sales.contains { $0.askedAt < killed && $0.at > promoted } }, "somebody was in the middle of a sale")
    try expectWhole(sellers, tills[0])
    try comesBack(pair, tills)
    for till in tills { #expect(try till.finish() == .exited(0)) }
  }

  /// The old primary takes writes again, and waits for nobody: whatever went to it would be lost.
  private func comesBack(_ pair: ServerPair, _ tills: [Sidecar]) throws {
    try pair.first.start(ServerPair.settings + ["synchronous_standby_names="])
    let before = try pair.first.sql("select count(*) from shelf.sale", database: "shop")
    #expect(try pair.first.sql("select pg_is_in_recovery()").hasPrefix("f"), "it is a second writer")
    let sellers = tills.enumerated().map { Seller($1, name: "again-\($0)") }
    for seller in sellers { #expect(seller.hasSold(5)) }
    try pair.second.sql(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = 'shop' and pid <> pg_backend_pid()")
    for seller in sellers { #expect(seller.hasSold(seller.sales.count + 5)) }
    for seller in sellers { _ = seller.end() }
    #expect(sellers.flatMap(\.refusals) == [])
    #expect(tills.contains { $0.errorText.contains("old primary") }, "somebody is told to stop it")

    // Who comes new takes the right one of both.
    let new = try pair.till(9)
    try new.login()
    try new.result("sales.create", Params.sale(1))
    #expect(try pair.first.sql("select count(*) from shelf.sale", database: "shop") == before, "nothing went to the old one")

    // With the new primary gone the old one is the only one within reach, and is refused in words, by those who start anew as well.
    try pair.second.stop(mode: "immediate")
    let isRefused = { (till: Sidecar) in
      try Spawning.eventually(within: .seconds(10)) {
        let (database, reason) = try till.standing()
        return database == "unavailable" && reason.contains("old primary")
      }
    }
    for till in tills + [new] { #expect(try isRefused(till), "\(till.standingWords)") }
    #expect(try tills[0].call("sales.create", Params.sale(1)).errorName == "database-unavailable")
    #expect(try new.finish() == .exited(0))
    let anew = try pair.till(9)
    #expect(try isRefused(anew), "\(anew.standingWords)")
    #expect(try anew.standing().reason.contains(pair.directory(9) + "/servers"), "the way out is named")
    #expect(try pair.first.sql("select count(*) from shelf.sale", database: "shop") == before)

    try pair.second.start(ServerPair.settings)
    for till in tills + [anew] {
      #expect(try Spawning.eventually(within: .seconds(20)) { try till.standing().database == "ready" }, "\(till.standingWords)")
    }
    try tills[0].result("sales.create", Params.sale(1))
    #expect(try tills[0].faultsInBooks() == [])
    #expect(try anew.finish() == .exited(0))
  }

  /// A sale that is given up while its commit waits for the standby is in the server's books: nobody may say that nothing has changed.
  @Test func aSaleGivenUpInItsCommitIsNotCalledUndone() throws {
    let pair = try ServerPair("given-up")
    let till = try #require(pair.tills(1).first)
    for _ in 0..<4 { try till.result("sales.create", Params.sale(1)) }
    try pair.second.stop(mode: "immediate")
    let sale = try till.post("sales.create", Params.sale(1, key: "given up"))
    #expect(try pair.isWaitingForStandby())
    try till.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(sale)}}"#)
    let given = try? till.reply(sale, within: .seconds(5))
    #expect(given == nil || given?.errorName == "outcome-unknown", "\(given?.line ?? "")")
    try pair.second.start(ServerPair.settings)
    #expect(try till.result("sales.create", Params.sale(1, key: "given up"))["receiptNo"]?.text?.hasSuffix("-0005") == true)
    #expect(try pair.first.sql("select count(*) from shelf.sale", database: "shop").hasPrefix("5"))
    #expect(try till.finish() == .exited(0))
  }

  /// A standby that stays away must not keep a process from ending that was told to.
  @Test(arguments: ["sales.create", "products.create"])
  func aProcessEndsThoughItsWriteWaitsForTheStandby(method: String) throws {
    let pair = try ServerPair("ending-\(method)")
    let till = try #require(pair.tills(1).first)
    for _ in 0..<4 { try till.result("sales.create", Params.sale(1)) }
    try pair.second.stop(mode: "immediate")
    let write = try till.post(
      method, method == "sales.create" ? Params.sale(1, key: "waiting") : Params.product(2, name: "Gauze"))
    let behind = try till.post("sales.create", Params.sale(1, key: "behind"))
    #expect(try pair.isWaitingForStandby())
    till.kill(SIGTERM)
    #expect(try till.ending(within: .seconds(30)) == .exited(0))
    #expect(try till.reply(write).errorName == "outcome-unknown")
    #expect(try ["shutting-down", "outcome-unknown"].contains(till.reply(behind).errorName))
  }

  /// Nor one whose parent has died: nobody will ever stop it otherwise.
  @Test func aProcessWithoutParentEndsThoughItsWriteWaitsForTheStandby() throws {
    let pair = try ServerPair("orphan")
    let shell = BackgroundShell("orphan")
    let till = try pair.till(0, launcher: shell.launcher)
    try till.makeOwner()
    try till.stock(1, qty: 10)
    let child = try shell.child()
    try pair.second.stop(mode: "immediate")
    try till.post("sales.create", Params.sale(1, key: "waiting"))
    #expect(try pair.isWaitingForStandby())
    till.kill(SIGKILL)
    #expect(BackgroundShell.ends(child, within: .seconds(30)))
    #expect(try pair.first.sql("select count(*) from shelf.sale", database: "shop").hasPrefix("1"), "done, and not told")
  }

  /// A commit whose wait for the standby was cut off is not in the standby's books yet, whatever the server answers.
  @Test(arguments: ["sales.create", "products.create"])
  func nothingIsAcknowledgedThatTheStandbyDoesNotHave(method: String) throws {
    let pair = try ServerPair("sync-\(method)")
    let common = #","idempotencyKey":"waiting","timeoutMs":25000}"#
    let params = (method == "sales.create" ? Params.sale(1) : Params.product(2, name: "Gauze")).dropLast() + common
    let count = "select count(*) from shelf.\(method == "sales.create" ? "sale" : "product")"
    let tills = try pair.tills(2)
    let till = tills[0]
    try tills[1].result("sales.create", Params.sale(1, key: "before"))
    try pair.second.stop(mode: "immediate")
    let first = try till.post(method, String(params))
    for _ in 0..<3 {
      #expect(try pair.isWaitingForStandby())
      #expect(till.received.replies[first] == nil)
      try pair.first.sql("select pg_cancel_backend(pid) from pg_stat_activity where \(ServerPair.waiting)")
    }
    // Another till finds it done, and must not say so either.
    let again = try tills[1].post(method, String(params))
    usleep(1_000_000)
    #expect(tills[1].received.replies[again] == nil)
    #expect(till.received.replies[first] == nil, "it is in the server's books, and not acknowledged")
    #expect(try pair.first.sql(count, database: "shop").hasPrefix("2"))
    try pair.second.start(ServerPair.settings)
    let reply = try till.reply(first)
    for reply in [reply, try tills[1].reply(again)] {
      #expect(reply.result != nil, "\(reply.line)")
    }
    #expect(try till.reply(first).result?["id"]?.text == tills[1].reply(again).result?["id"]?.text)
    #expect(try pair.second.sql(count, database: "shop").hasPrefix("2"), "it is the standby's too")
    for till in tills { #expect(try till.finish() == .exited(0)) }
  }
}
