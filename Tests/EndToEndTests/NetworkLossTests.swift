// A till whose network is lost says so at once, keeps nothing for later, and goes on by itself once the network is back.
import Glibc
import Testing

@Suite(.serialized, .enabled(if: TillNetwork.isPossible, "network namespaces need root, iproute2 and a machine that allows them"))
struct NetworkLossTests {
  private static let promise = Duration.seconds(3)

  private struct Place {
    let network: TillNetwork
    let server: PlainServer
    let till: Sidecar

    init() throws {
      network = try TillNetwork()
      server = try PlainServer("network")
      try server.admit("\(network.tillAddress)/32")
      try server.start(["listen_addresses=127.0.0.1,\(network.address)"])
      try server.sql("create database shop")
      let url = "postgresql://\(PlainServer.user):\(PlainServer.password)@\(network.address):\(server.port)/shop"
      till = try Sidecar(
        Sidecar.Options(
          flags: ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/network-till"], environment: ["DATABASE_URL": url],
          launcher: network.launcher))
      try till.makeOwner()
      try till.stock(1, qty: 100_000)
    }

    func isReady(within limit: Duration) throws -> Bool {
      try Spawning.eventually(within: limit) { try till.standing().database == "ready" }
    }
  }

  /// How long it takes until a condition holds; nil if it does not in time.
  private func time(within limit: Duration, _ condition: () throws -> Bool) rethrows -> Duration? {
    let start = ContinuousClock.now
    return try Spawning.eventually(within: limit, condition) ? start.duration(to: .now) : nil
  }

  @Test func itIsToldInTimeAndNothingIsDoneTwice() throws {
    let place = try Place()
    let till = place.till
    try till.result("sales.create", Params.sale(1, key: "first"))

    // Nobody asks anything: the status alone tells.
    try place.network.cut()
    let noticed = try time(within: .seconds(10)) { try till.standing().database == "unavailable" }
    print("a lost network is in the status after \(noticed.map { "\($0)" } ?? "more than 10 s")")
    #expect(try #require(noticed) <= Self.promise)
    let asked = ContinuousClock.now
    #expect(try till.call("sales.create", Params.sale(1, key: "away")).errorName == "database-unavailable")
    #expect(asked.duration(to: .now) < .milliseconds(500), "what is known is told at once")
    #expect(try till.result("system.ping")["now"] != nil)
    // The server lets go of the till too, and of whatever it held.
    let sessions = "select count(*) from pg_stat_activity where client_addr = '\(place.network.tillAddress)'"
    #expect(try Spawning.eventually(within: .seconds(10)) { try place.server.sql(sessions).hasPrefix("0") })
    try place.network.mend()
    let back = try time(within: .seconds(15)) { try till.standing().database == "ready" }
    print("a network that is back is used after \(back.map { "\($0)" } ?? "more than 15 s")")
    #expect(back != nil)
    #expect(try till.sales().count == 1, "what was refused has not been kept")

    // In the middle of sales and reads: those on their way and those that come.
    for round in 0..<3 {
      let posted = try (0..<40).map { try till.post("sales.create", Params.sale(1, key: "r\(round)-\($0)")) }
      _ = try till.reply(posted[5])
      try place.network.cut()
      let cut = ContinuousClock.now
      let late = try [till.post("products.list"), till.post("sales.create", Params.sale(1, key: "late-\(round)"))]
      for id in posted + late {
        let reply = try till.reply(id)
        #expect(reply.result != nil || Seller.passing.contains(reply.errorName ?? ""), "\(reply.line)")
      }
      let took = cut.duration(to: .now)
      print("every call is answered \(took) after the network was lost")
      #expect(took <= Self.promise)
      #expect(try till.standing().database == "unavailable")
      try place.network.mend()
      #expect(try place.isReady(within: .seconds(15)))
      // The same keys again: each sale once.
      let known = posted.map { till.received.replies[$0]?.result?["receiptNo"]?.text }
      let receipts = try (0..<40).map { number in
        try #require(try till.result("sales.create", Params.sale(1, key: "r\(round)-\(number)"))["receiptNo"]?.text)
      }
      #expect(zip(known, receipts).allSatisfy { $0 == nil || $0 == $1 })
      try till.result("sales.create", Params.sale(1, key: "late-\(round)"))
      #expect(try till.sales().count == 1 + (round + 1) * 41)
    }
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
  }
}
