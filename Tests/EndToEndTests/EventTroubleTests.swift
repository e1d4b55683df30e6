// Events when something is wrong: a client that does not read, a lost connection, a replaced shop.
import Glibc
import Testing

@Suite struct EventTroubleTests {
  private static let lines = 100

  /// A sale of one of each of the first hundred products.
  private static var wide: String {
    let items = (1...lines).map { #"{"productId":"\#(Params.id($0))","qty":1}"# }.joined(separator: ",")
    return #"{"items":[\#(items)]}"#
  }

  @Test func aSlowReaderIsToldToCatchUpAndMissesNothing() throws {
    let shop = try Shop.fresh("events-slow")
    let seller = try shop.open()
    for number in 1...Self.lines { try seller.post("products.create", Params.product(number, name: "Product \(number)")) }
    let delivered = (1...Self.lines).map { #"{"productId":"\#(Params.id($0))","qtyAdded":1000,"unitCost":"1"}"# }
    try seller.result("stockIn.create", #"{"items":[\#(delivered.joined(separator: ","))]}"#)
    let from = try #require(try seller.result("changes.since", #"{"cursor":"now"}"#)["cursor"]?.text)

    let slow = try shop.start { $0.readsOutput = false }
    try slow.post("auth.login", #"{"username":"\#(Shop.username)","password":"\#(Shop.password)","bind":true}"#)
    try slow.post("events.subscribe", #"{"types":["sale.created","stock.changed","stock.low"]}"#)
    // Until it listens: what is sold before the subscription is not told.
    usleep(1_500_000)
    // A transaction each, as tills sell: together they would be few links.
    for _ in 0..<60 { try seller.result("sales.create", Self.wide) }
    let middle = Processes.residentKilobytes(slow.pid)
    for _ in 0..<300 { try seller.result("sales.create", Params.sale(1)) }
    for _ in 0..<60 { try seller.result("sales.create", Self.wide) }
    let end = Processes.residentKilobytes(slow.pid)
    #expect(end - middle < 4_096, "nothing gathers for a client that does not read: \(middle) kB, then \(end) kB")
    #expect(try seller.result("system.ping")["now"] != nil)

    let truth = try seller.changes(from: from, limit: 500)
    #expect(truth.count == 120 * (Self.lines + 1) + 300 * 2)
    slow.startReading()
    let missed = try #require(
      slow.wait { received -> Event? in
        received.notifications.lazy.compactMap { Event($0["params"]) }.first { $0.type == "events.missed" }
      })
    try seller.result("sales.create", Params.sale(2))
    let last = try #require(try seller.changes(from: truth.last?.cursor, limit: 500).last)
    let isCaughtUp = slow.wait { received -> Bool? in received.lines.contains { $0.contains(last.cursor) } ? true : nil }
    #expect(isCaughtUp == true)

    // What was told before, what changes.since has of the gap, what was told behind it: everything once, in its order.
    let told = slow.events.filter { $0.type != "stock.low" }
    let gapStart = try #require(told.firstIndex { $0.type == "events.missed" })
    let gap = try slow.changes(from: missed.data["cursor"]?.text, limit: 500)
    let gapEnd = gap.firstIndex { $0.cursor == told[gapStart + 1].cursor } ?? gap.count
    let whole = told[..<gapStart].map(\.cursor) + gap[..<gapEnd].map(\.cursor) + told[(gapStart + 1)...].map(\.cursor)
    #expect(whole == (truth + (try seller.changes(from: truth.last?.cursor, limit: 500))).map(\.cursor))
    #expect(try slow.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  @Test func aLostConnectionLosesNoEvent() throws {
    let shop = try Shop.fresh("events-cut")
    let (listener, seller) = (try shop.open(), try shop.open())
    try seller.stock(1, qty: 10_000)
    try listener.subscribe(["sale.created"])
    for round in 0..<5 {
      for _ in 0..<20 { try seller.post("sales.create", Params.sale(1, key: nil)) }
      if round % 2 == 0 { for backend in shop.backends { kill(backend, SIGTERM) } }
      usleep(100_000)
    }
    // The server itself, too.
    kill(try #require(shop.postmaster), SIGQUIT)
    var sold = 0
    for attempt in 0..<100 where sold < 10 {
      if try seller.call("sales.create", Params.sale(1, key: "after-\(attempt)")).result != nil {
        sold += 1
      } else {
        usleep(100_000)
      }
    }
    #expect(sold == 10)
    let receipts = try seller.sales().compactMap { $0["receiptNo"]?.text }.sorted()
    let told = try listener.events(receipts.count).compactMap { $0.data["receiptNo"]?.text }
    #expect(told == receipts)
    #expect(listener.hears(nothingFor: .milliseconds(300), after: receipts.count))
    #expect(try listener.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  @Test func aReplacedShopIsToldAndItsCursorsAreVoid() throws {
    let shop = try Shop.fresh("events-replaced")
    let (restoring, other) = (try shop.open(), try shop.open())
    try restoring.stock(1, qty: 10)
    for sidecar in [restoring, other] { try sidecar.subscribe(["sale.created"]) }
    let old = try #require(try other.result("changes.since", #"{"cursor":"now"}"#)["cursor"]?.text)
    let path = try restoring.backUp()
    try restoring.result("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#, within: .seconds(60))
    for sidecar in [restoring, other] {
      let events = try sidecar.events(2)
      #expect(events.map(\.type) == ["shop.replaced", "events.ended"])
      #expect(events[1].data["reason"]?.text == "shop-replaced")
      try sidecar.login()
      #expect(try sidecar.call("changes.since", #"{"cursor":"\#(old)"}"#).errorName == "changes-lost")
      try sidecar.subscribe(["sale.created"])
    }
    try restoring.result("sales.create", Params.sale(1))
    for sidecar in [restoring, other] { #expect(try sidecar.events(3).last?.type == "sale.created") }
    #expect(try restoring.finish() == .exited(0))
    #expect(try other.finish() == .exited(0))
  }

  /// Whoever opens a window while a backup is proved goes on selling.
  @Test func aSubscriptionWaitsForNoLongCall() throws {
    let sidecar = try Shop.fresh("events-long").open()
    try sidecar.stock(1, qty: 5)
    _ = try sidecar.backUp()
    let proof = try sidecar.post("backup.verify")
    try sidecar.subscribe(["sale.created"])
    try sidecar.result("sales.create", Params.sale(1))
    #expect(try sidecar.events(1).map(\.type) == ["sale.created"])
    #expect(sidecar.received.replies[proof] == nil, "the proof takes longer than this")
    #expect(try sidecar.reply(proof).result?["ok"]?.bool == true)
    #expect(try sidecar.finish() == .exited(0))
  }
}
