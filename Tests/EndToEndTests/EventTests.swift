// Events on the pipe: all that happens, once, in its order, to whoever may know of it, whoever wrote it.
import Glibc
import Testing

@Suite struct EventTests {
  private static let recorded = [
    "sale.created", "stockIn.created", "stock.changed", "product.changed", "user.changed", "store.changed",
  ]

  @Test func everyWriteIsToldOnceInItsOrderWhoeverMadeIt() throws {
    let shop = try Shop.fresh("events")
    let (listener, seller) = (try shop.open(), try shop.open())
    try listener.stock(1, name: "Before the subscription", qty: 1)
    try listener.subscribe(Self.recorded)
    let from = try #require(try listener.result("changes.since", #"{"cursor":"now"}"#)["cursor"]?.text)
    try seller.stock(2, name: "Saline", qty: 10)
    let sale = try seller.result("sales.create", Params.sale(2, qty: 3))
    try listener.result("products.update", #"{"id":"\#(Params.id(2))","sellingPrice":"9.99"}"#)
    try seller.result("store.update", #"{"name":"Corner Pharmacy"}"#)
    try listener.result("users.create", #"{"name":"Stan","username":"stan","password":"\#(Shop.password)"}"#)
    // A copy of a receipt is no new sale, a login no change.
    try seller.result("sales.reprint", #"{"id":"\#(sale["id"]?.text ?? "")"}"#)

    let events = try listener.events(7)
    #expect(
      events.map(\.type) == [
        "product.changed", "stockIn.created", "stock.changed", "sale.created", "stock.changed", "product.changed",
        "store.changed",
      ])
    #expect(try listener.events(8).last?.type == "user.changed")
    #expect(events[2].data["change"]?.int == 10 && events[4].data["change"]?.int == -3 && events[4].data["totalQty"]?.int == 7)
    #expect(events[3].data["receiptNo"]?.text == sale["receiptNo"]?.text && events[3].data["totalAmount"]?.text == "13.50")
    #expect(events[4].data["cause"]?["id"]?.text == sale["id"]?.text && events[4].data["cause"]?["kind"]?.text == "sale")
    #expect(events[5].data["sellingPrice"]?.text == "9.99" && events[6].data["name"]?.text == "Corner Pharmacy")

    // The same from the books, from any place on, page by page.
    for limit in [1, 3, 500] {
      #expect(try seller.changes(from: from, limit: limit).map(\.cursor) == listener.events(8).map(\.cursor))
    }
    for (index, event) in events.enumerated() {
      let rest = try seller.changes(from: event.cursor, limit: 2)
      #expect(rest.map(\.cursor) == (try listener.events(8)).dropFirst(index + 1).map(\.cursor))
    }
    #expect(try listener.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  /// A file of requests: what stands before the subscription is not told, all that stands behind it is.
  @Test func aSubscriptionDividesWhatIsPipedIn() throws {
    let sidecar = try Shop.fresh("events-piped").open()
    var lines: [String] = []
    for number in 1...40 {
      if number == 21 { lines.append(sidecar.request("events.subscribe", #"{"types":["product.changed"]}"#).line) }
      lines.append(sidecar.request("products.create", Params.product(number, name: "Product \(number)")).line)
    }
    try sidecar.send(lines.joined(separator: "\n"))
    let names = try sidecar.events(20).map { $0.data["name"]?.text }
    #expect(names == (21...40).map { "Product \($0)" })
    #expect(try sidecar.finish() == .exited(0))
  }

  /// Whoever is told of a sale finds it, and finds the stock without it.
  @Test func nothingIsToldAheadOfItsCommit() throws {
    let shop = try Shop.fresh("events-commit")
    let (listener, seller) = (try shop.open(), try shop.open())
    try seller.stock(1, qty: 10_000)
    try listener.subscribe(["sale.created"])
    for _ in 0..<200 { try seller.post("sales.create", Params.sale(1)) }
    for index in 0..<200 {
      let id = try #require(try listener.events(index + 1)[index].data["id"]?.text)
      if index % 20 == 0 { #expect(try listener.call("sales.get", #"{"id":"\#(id)"}"#).result != nil) }
    }
    let numbers = try listener.events(200).compactMap { $0.data["receiptNo"]?.text?.suffix(4) }
    #expect(numbers == (1...200).map { Substring(Params.padded($0, 4)) })
    #expect(try listener.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  @Test func staffLearnOfTheirOwnSalesAndOfNothingThatIsTheOwners() throws {
    let shop = try Shop.fresh("events-staff")
    let (staff, owner) = (try shop.start(), try shop.open())
    try owner.stock(1, qty: 100)
    let person = try owner.result("users.create", #"{"name":"Stan","username":"stan","password":"\#(Shop.password)"}"#)
    try staff.result("auth.login", #"{"username":"stan","password":"\#(Shop.password)","bind":true}"#)
    try staff.subscribe(Self.recorded + ["backup.overdue"])
    try owner.result("sales.create", Params.sale(1))
    try owner.result("stockIn.create", #"{"items":[{"productId":"\#(Params.id(1))","qtyAdded":5,"unitCost":"7.7700"}]}"#)
    try owner.result("users.update", #"{"id":"\#(person["id"]?.text ?? "")","name":"Stanley"}"#)
    try staff.result("sales.create", Params.sale(1))
    let events = try staff.events(4)
    #expect(events.map(\.type) == ["stock.changed", "stock.changed", "sale.created", "stock.changed"])
    #expect(events[2].data["soldBy"]?["name"]?.text == "Stanley")
    #expect(!staff.received.lines.contains { $0.contains("7.77") })
    #expect(try staff.changes(from: nil, limit: 2).filter { $0.type == "sale.created" }.count == 1)
    #expect(try owner.changes(from: nil, limit: 2).filter { $0.type == "sale.created" }.count == 2)

    // Whoever is disabled anywhere hears no more.
    try owner.result("users.setActive", #"{"id":"\#(person["id"]?.text ?? "")","isActive":false}"#)
    #expect(try staff.events(5).last?.data["reason"]?.text == "session-ended")
    try owner.result("sales.create", Params.sale(1))
    #expect(staff.hears(nothingFor: .milliseconds(300)))
    #expect(try staff.finish() == .exited(0))
    #expect(try owner.finish() == .exited(0))
  }

  @Test func aSubscriptionTakesThePlaceOfTheOneBeforeAndEndsWithItsSession() throws {
    let sidecar = try Shop.fresh("events-again").open()
    try sidecar.subscribe(["product.changed"])
    try sidecar.subscribe(["stock.changed"])
    try sidecar.stock(1, qty: 3)
    #expect(try sidecar.events(1).map(\.type) == ["stock.changed"])
    try sidecar.subscribe([])
    try sidecar.result("sales.create", Params.sale(1))
    #expect(sidecar.hears(nothingFor: .milliseconds(300)))
    try sidecar.subscribe(["sale.created"])
    try sidecar.result("auth.logout")
    #expect(try sidecar.events(2).last?.data["reason"]?.text == "session-ended")
    #expect(try sidecar.call("events.subscribe", #"{"types":["sale.created"]}"#).errorName == "authorization-required")
    try sidecar.login()
    #expect(try sidecar.call("events.subscribe", #"{"types":["sale.gone"]}"#).errorName == "validation-error")
    #expect(try sidecar.call("changes.since", #"{"cursor":"bm9uc2Vuc2U"}"#).errorName == "validation-error")
    #expect(try sidecar.finish() == .exited(0))
  }

  /// However often a client subscribes anew, it hears of every sale that came behind its first subscription, once.
  @Test func subscribingAnewLosesNothing() throws {
    let shop = try Shop.fresh("events-anew")
    let (listener, seller) = (try shop.open(), try shop.open())
    try seller.stock(1, qty: 1_000)
    try listener.subscribe(["sale.created"])
    for _ in 0..<200 {
      try seller.post("sales.create", Params.sale(1))
      try listener.subscribe(["sale.created"])
    }
    let numbers = try listener.events(200).compactMap { $0.data["receiptNo"]?.text?.suffix(4) }
    #expect(numbers == (1...200).map { Substring(Params.padded($0, 4)) })
    // In one file: what stands between a subscription and its end is told, what stands behind the end is not.
    var lines: [String] = []
    for round in 0..<10 {
      lines.append(seller.request("events.subscribe", round % 2 == 0 ? #"{"types":["sale.created"]}"# : #"{"types":[]}"#).line)
      lines.append(seller.request("sales.create", Params.sale(1)).line)
    }
    try seller.send(lines.joined(separator: "\n"))
    #expect(
      try seller.events(5).compactMap { $0.data["receiptNo"]?.text?.suffix(4) } == ["0201", "0203", "0205", "0207", "0209"])
    #expect(seller.hears(nothingFor: .milliseconds(300), after: 5))
    #expect(try listener.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  @Test func lowStockIsToldOnceUntilThereIsEnoughAgain() throws {
    let shop = try Shop.fresh("events-low")
    let (listener, seller) = (try shop.open(), try shop.open())
    try seller.stock(1, qty: 10)
    try seller.result("products.update", #"{"id":"\#(Params.id(1))","reorderLevel":5}"#)
    try listener.subscribe(["stock.low"])
    for _ in 0..<6 { try seller.result("sales.create", Params.sale(1)) }
    #expect(try listener.events(1)[0].data["totalQty"]?.int ?? 9 <= 5)
    try seller.result("stockIn.create", #"{"items":[{"productId":"\#(Params.id(1))","qtyAdded":5,"unitCost":"1"}]}"#)
    #expect(listener.hears(nothingFor: .milliseconds(300), after: 1))
    try seller.result("products.update", #"{"id":"\#(Params.id(1))","reorderLevel":20}"#)
    let again = try listener.events(2)[1]
    #expect(again.data["totalQty"]?.int == 9 && again.data["reorderLevel"]?.int == 20)
    #expect(try listener.finish() == .exited(0))
    #expect(try seller.finish() == .exited(0))
  }

  @Test func aLotExpiresWhenTheBusinessDayTurns() throws {
    let sidecar = try Shop.fresh("events-midnight").open(["--fixed-now", "2026-03-12T23:59:45Z"])
    try sidecar.result("products.create", Params.product(1, name: "Amoxicillin", tracksExpiry: true))
    for (day, qty) in [("2026-03-12", 4), ("2026-03-13", 40)] {
      try sidecar.result(
        "stockIn.create",
        #"{"items":[{"productId":"\#(Params.id(1))","qtyAdded":\#(qty),"unitCost":"1","expiryDate":"\#(day)"}]}"#)
    }
    try sidecar.result("products.update", #"{"id":"\#(Params.id(1))","reorderLevel":40}"#)
    try sidecar.subscribe(["lot.expired", "stock.low"])
    let events = try sidecar.events(2)
    #expect(events.map(\.type) == ["lot.expired", "stock.low"], "the expired lot no longer counts")
    #expect(events[0].data["qtyRemaining"]?.int == 4 && events[0].data["expiryDate"]?.text == "2026-03-12")
    #expect(events[0].data["lotRefNo"]?.text == "STK-20260312-0001-1" && events[1].data["totalQty"]?.int == 40)
    #expect(sidecar.hears(nothingFor: .milliseconds(300), after: 2))
    #expect(try sidecar.finish() == .exited(0))
  }
}

/// One `$/event`.
struct Event: Sendable {
  let type: String
  let cursor: String
  let data: Value

  init?(_ params: Value?) {
    guard let type = params?["type"]?.text, let cursor = params?["cursor"]?.text, let data = params?["data"] else { return nil }
    (self.type, self.cursor, self.data) = (type, cursor, data)
  }
}

extension Sidecar {
  func subscribe(_ types: [String]) throws {
    let list = types.map { "\"\($0)\"" }.joined(separator: ",")
    let answer = try result("events.subscribe", #"{"types":[\#(list)]}"#)
    guard answer == .object([]) else { throw Failure("events.subscribe: \(answer)") }
  }

  var events: [Event] { received.notifications.filter { $0["method"]?.text == "$/event" }.compactMap { Event($0["params"]) } }

  /// The first so many events, as soon as they are there.
  func events(_ count: Int) throws -> [Event] {
    let found = wait { received -> [Event]? in
      let events = received.notifications.filter { $0["method"]?.text == "$/event" }
      return events.count >= count ? events.prefix(count).compactMap { Event($0["params"]) } : nil
    }
    guard let found, found.count == count else { throw Failure("\(events.count) of \(count) events\n\(errorTail)") }
    return found
  }

  /// Whether no event comes for a while, beyond so many or beyond those that are there.
  func hears(nothingFor pause: Duration, after count: Int? = nil) -> Bool {
    let known = count ?? events.count
    return wait(within: pause) { $0.notifications.filter { $0["method"]?.text == "$/event" }.count > known ? true : nil } == nil
  }

  /// Everything that the books recorded since a cursor, page by page.
  func changes(from cursor: String?, limit: Int) throws -> [Event] {
    var (events, cursor): ([Event], String?) = ([], cursor)
    while true {
      let place = cursor.map { #","cursor":"\#($0)""# } ?? ""
      let page = try result("changes.since", #"{"limit":\#(limit)\#(place)}"#)
      let items = (page["items"]?.items ?? []).compactMap { Event($0) }
      guard items.count <= limit, let next = page["cursor"]?.text else { throw Failure("\(page)") }
      events += items
      if page["nextCursor"]?.isNull == true { return events }
      guard page["nextCursor"]?.text == next else { throw Failure("\(page)") }
      cursor = next
    }
  }
}
