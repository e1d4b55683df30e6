// Kills in the middle of a burst of sales: what was acknowledged is there, what was not can be sent again.
import Glibc
import Testing

/// Kills in the middle of a burst of sales, each under an idempotency key.
@Suite struct CrashTests {
  enum Victim: String, CaseIterable, Sendable {
    case sidecar, supervisor, postmaster, backends, everything
  }

  private static let sales = 1_200

  /// After how many acknowledged sales the victim is killed.
  @Test(arguments: Victim.allCases, [1, 90, 220])
  func nothingAcknowledgedIsLostAndNothingIsDoneTwice(victim: Victim, moment: Int) throws {
    let shop = try Shop.fresh("crash-\(victim)-\(moment)")
    var sidecar = try shop.open()
    try sidecar.stock(1, qty: 3_000)

    let requests = (0..<Self.sales).map { number in
      sidecar.request("sales.create", Params.sale(1, qty: number % 3 + 1, key: "\(victim)-\(number)"))
    }
    try sidecar.send(requests.map(\.line).joined(separator: "\n"))
    let ids = requests.map(\.id)
    let isUnderWay = sidecar.wait { received -> Bool? in
      ids.count { received.replies[$0]?.result != nil } >= moment ? true : nil
    }
    #expect(isUnderWay == true)
    try strike(victim, shop, sidecar)

    if victim == .sidecar || victim == .everything {
      #expect(try sidecar.ending() == .killed(SIGKILL))
    } else {
      for id in ids { _ = try sidecar.reply(id) }
    }
    let replies = sidecar.received.replies
    #expect(sidecar.received.badLines == [])
    let refused = ids.compactMap { replies[$0]?.errorName }.filter { !["database-unavailable", "outcome-unknown"].contains($0) }
    #expect(refused == [], "a crash is answered in no other words")
    let acknowledged = ids.map { replies[$0]?.result?["receiptNo"]?.text }
    if victim == .sidecar || victim == .everything { #expect(acknowledged.contains(nil), "the kill came in the middle") }

    if victim == .sidecar || victim == .everything {
      sidecar = try shop.open()
    } else {
      #expect(try Spawning.eventually(within: .seconds(20)) { try sidecar.result("system.status")["database"]?.text == "ready" })
    }

    // Every sale again under its key: the same receipt where there was one.
    let again = try requests.indices.map { number in
      try sidecar.post("sales.create", Params.sale(1, qty: number % 3 + 1, key: "\(victim)-\(number)"))
    }
    let receipts = try again.map { id in
      let reply = try sidecar.reply(id)
      return try #require(reply.result?["receiptNo"]?.text, "\(reply.line)")
    }
    let changed = zip(acknowledged, receipts).filter { $0 != nil && $0 != $1 }
    #expect(changed.isEmpty, "\(changed)")
    #expect(Set(receipts).count == Self.sales)

    let listed = try sidecar.sales()
    #expect(listed.count == Self.sales)
    let numbers = listed.compactMap { $0["receiptNo"]?.text?.split(separator: "-").last.flatMap { Int($0) } }
    #expect(numbers.sorted() == Array(1...Self.sales))
    let sold = (0..<Self.sales).reduce(0) { $0 + $1 % 3 + 1 }
    #expect(try sidecar.result("inventory.get", #"{"productId":"\#(Params.id(1))"}"#)["totalQty"]?.int == 3_000 - sold)
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func oneCrashAfterTheOtherIsSurvivedByTheSameProcess() throws {
    let shop = try Shop.fresh("crash-series")
    let sidecar = try shop.open()
    try sidecar.stock(1, qty: 10_000)
    var ids: [Int] = []
    for round in 0..<6 {
      for number in 0..<60 { ids.append(try sidecar.post("sales.create", Params.sale(1, key: "s-\(round)-\(number)"))) }
      usleep(useconds_t(round * 9_000))
      if round % 2 == 0 {
        for backend in shop.backends { kill(backend, SIGKILL) }
      } else {
        kill(try #require(shop.postmaster), SIGKILL)
      }
      #expect(
        try Spawning.eventually(within: .seconds(20)) { try sidecar.call("auth.me").result != nil },
        "round \(round): \(sidecar.errorTail)")
    }
    var unknown: [Int] = []
    for (number, id) in ids.enumerated() {
      let reply = try sidecar.reply(id)
      if reply.result == nil { unknown.append(number) }
      #expect(reply.result != nil || ["database-unavailable", "outcome-unknown"].contains(reply.errorName), "\(reply.line)")
    }
    for number in unknown { try sidecar.result("sales.create", Params.sale(1, key: "s-\(number / 60)-\(number % 60)")) }
    #expect(try sidecar.sales().count == ids.count)
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aServerThatHangsDoesNotHoldACallBeyondItsDeadline() throws {
    let shop = try Shop.fresh("frozen")
    let sidecar = try shop.open()
    try sidecar.stock(1, qty: 10)
    let frozen = shop.servers
    for pid in frozen { kill(pid, SIGSTOP) }
    defer { for pid in frozen { kill(pid, SIGCONT) } }
    let start = ContinuousClock.now
    let sale = try sidecar.post("sales.create", Params.sale(1, key: "frozen", timeout: 500))
    let read = try sidecar.post("auth.me", #"{"timeoutMs":600}"#)
    #expect(try sidecar.result("system.ping")["now"] != nil)
    for id in [sale, read] {
      let reply = try sidecar.reply(id)
      #expect(["deadline-exceeded", "outcome-unknown"].contains(reply.errorName), "\(reply.line)")
    }
    let took = start.duration(to: .now)
    #expect(took < .seconds(4), "deadlines of 0.5 s took \(took)")
    for pid in frozen { kill(pid, SIGCONT) }
    #expect(try sidecar.result("sales.create", Params.sale(1, key: "frozen"))["receiptNo"]?.text?.hasSuffix("-0001") == true)
    #expect(try sidecar.sales().count == 1)
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  private func strike(_ victim: Victim, _ shop: Shop, _ sidecar: Sidecar) throws {
    let supervisor = try #require(shop.supervisor)
    let postmaster = try #require(shop.postmaster)
    switch victim {
    case .sidecar: sidecar.kill(SIGKILL)
    case .supervisor: kill(supervisor, SIGKILL)
    case .postmaster: kill(postmaster, SIGKILL)
    case .backends:
      let backends = shop.backends
      #expect(!backends.isEmpty)
      for backend in backends { kill(backend, SIGKILL) }
    case .everything:
      for pid in [supervisor] + shop.servers + [sidecar.pid] { kill(pid, SIGKILL) }
    }
  }
}
