// Several processes on one data directory: they share one server, and the last one out stops it.
import Glibc
import Testing

@Suite struct SharedDirectoryTests {
  @Test func theLastOneOutStopsTheServer() throws {
    let shop = try Shop.fresh("shared")
    let first = try shop.open()
    try first.stock(1, qty: 100)
    let postmaster = shop.postmaster
    let second = try shop.open()
    #expect(try second.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0001") == true)
    #expect(try first.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)

    #expect(try first.finish() == .exited(0))
    #expect(try second.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0003") == true)
    #expect(shop.postmaster == postmaster)
    let third = try shop.open()
    #expect(try second.finish() == .exited(0))
    #expect(try third.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0004") == true)
    #expect(try third.faultsInBooks() == [])
    #expect(shop.postmaster == postmaster)
    #expect(try third.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func theOneThatStartedTheServerMayBeKilled() throws {
    let shop = try Shop.fresh("starter-killed")
    let first = try shop.open()
    try first.stock(1, qty: 100)
    let second = try shop.open()
    let postmaster = shop.postmaster
    first.kill(SIGKILL)
    #expect(try first.ending() == .killed(SIGKILL))
    try second.result("sales.create", Params.sale(1))
    #expect(shop.postmaster == postmaster)
    second.kill(SIGKILL)
    #expect(try second.ending() == .killed(SIGKILL))
    #expect(shop.isStopped(), "nobody holds the server any more")
  }

  @Test func whatIsLeftRunningIsAdopted() throws {
    let shop = try Shop.fresh("adopted")
    let first = try shop.open()
    try first.stock(1, qty: 100)
    try first.result("sales.create", Params.sale(1))
    let postmaster = try #require(shop.postmaster)
    let supervisor = try #require(shop.supervisor)
    // Held still first: it would start another supervisor at once, whose last lease then ends with it.
    first.kill(SIGSTOP)
    kill(supervisor, SIGKILL)
    first.kill(SIGKILL)
    #expect(try first.ending() == .killed(SIGKILL))
    #expect(Processes.isRunning(postmaster))

    let second = try shop.open()
    #expect(try second.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)
    #expect(shop.postmaster == postmaster)
    #expect(try second.faultsInBooks() == [])
    #expect(try second.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aProcessThatLostItsSupervisorStillStopsTheServerAtItsEnd() throws {
    let shop = try Shop.fresh("supervisor-killed")
    let sidecar = try shop.open()
    kill(try #require(shop.supervisor), SIGKILL)
    try sidecar.stock(1, qty: 5)
    usleep(500_000)
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aProcessWhoseSupervisorWasKilledOutlivesALaterOne() throws {
    let shop = try Shop.fresh("supervisor-replaced")
    let first = try shop.open()
    try first.stock(1, qty: 100)
    kill(try #require(shop.supervisor), SIGKILL)
    let second = try shop.open()
    try second.result("sales.create", Params.sale(1))
    let postmaster = shop.postmaster
    #expect(try second.finish() == .exited(0))
    usleep(1_000_000)
    #expect(shop.postmaster == postmaster, "the first one still uses the server")
    #expect(try first.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)
    #expect(try first.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func manyFirstStartsAtOnceMakeOneShop() throws {
    let shop = Shop.empty("race")
    let tills = try (0..<4).map { _ in try shop.start() }
    let owners = try tills.enumerated().map { index, till in
      try till.post("setup.createOwner", #"{"name":"O\#(index)","username":"owner","password":"\#(Shop.password)"}"#)
    }
    let replies = try zip(tills, owners).map { try $0.reply($1, within: .seconds(120)) }
    #expect(replies.count { $0.result?["role"]?.text == "OWNER" } == 1, "\(replies.map(\.line))")
    #expect(replies.count { $0.errorName == "owner-already-exists" } == 3)
    for till in tills { try till.login() }
    try tills[0].stock(1, qty: 20)

    // One key, given to all at the same moment, is one sale.
    for round in 0..<5 {
      let ids = try tills.map { try $0.post("sales.create", Params.sale(1, key: "same-\(round)")) }
      let receipts = try zip(tills, ids).map { try $0.reply($1).result?["receiptNo"]?.text }
      #expect(Set(receipts).count == 1 && receipts[0] != nil, "\(receipts)")
    }
    #expect(try tills[0].sales().count == 5)
    #expect(try tills[1].faultsInBooks() == [])
    for till in tills { #expect(try till.finish() == .exited(0)) }
    #expect(shop.isStopped())
  }

  @Test func aFirstStartThatWasKilledIsBegunAnew() throws {
    let shop = Shop.empty("first-start-killed")
    let sidecar = try shop.start(["--pg-bin", try SlowPrograms.directory()])
    #expect(Spawning.eventually(within: .seconds(10)) { SlowPrograms.isCreating(shop) })
    kill(try #require(shop.supervisor), SIGKILL)
    sidecar.kill(SIGKILL)
    #expect(try sidecar.ending() == .killed(SIGKILL))

    let second = try shop.start()
    let login = #"{"username":"nobody","password":"nothing at all"}"#
    #expect(try second.call("auth.login", login, within: .seconds(60)).errorName == "invalid-credentials")
    #expect(!SlowPrograms.isCreating(shop), "the pieces are cleared away")
    #expect(try second.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}
