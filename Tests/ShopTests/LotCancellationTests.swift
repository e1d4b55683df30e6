// Deliveries that were booked wrongly and are taken back out of the books.
import TestSupport
import Testing

@testable import Shelflife

extension Till {
  @discardableResult
  func cancel(_ delivery: StockIn, partial: Bool = false, reason: String = "Booked twice") throws -> StockDocument {
    let cancelling = StockInCancelling(reference: .number(delivery.number), reason: reason, isPartial: partial)
    return try done("stockIn.cancel") { try StockIns.cancel(cancelling, in: $0) }
  }
}

@Suite struct LotCancellationTests {
  /// A shop with one delivery of two products and a lot of milk from before.
  private struct Shop {
    let till: Till
    let milk: Identifier
    let tea: Identifier
    let delivery: StockIn

    init() throws {
      till = try Till()
      milk = try till.product("Milk", price: 100).id
      tea = try till.product("Tea", price: 100, tracksExpiry: false).id
      delivery = try till.deliver([till.item(milk, 5, "2026-06-01"), till.item(tea, 7, nil), till.item(milk, 9, "2026-07-01")])
    }

    var lots: [Identifier] { delivery.items.map(\.lotID) }
    func left() throws -> [Int] { try lots.map { try till.shown($0).qtyRemaining } }
    func shown() throws -> StockIn { try till.read { try StockIns.get(.id(delivery.id), in: $0) } }
  }

  @Test func anUntouchedDeliveryGoes() throws {
    let shop = try Shop()
    let till = shop.till
    #expect(try shop.shown() == shop.delivery && shop.delivery.cancelled == nil)
    till.pass(seconds: 60)
    let document = try till.cancel(shop.delivery)
    #expect(document.number.text == "CAN-20260310-0001" && document.subject.delivery == shop.delivery.number)
    #expect(document.lines.map(\.qty) == [-5, -7, -9] && document.lines.map(\.lotID) == shop.lots)
    #expect(document.costValue.text == "-21.0000")
    #expect(try shop.left() == [0, 0, 0])
    #expect(try refusal { try till.sell([(shop.milk, 1)]) } == "stock-too-low")
    let shown = try shop.shown()
    #expect(
      shown.cancelled
        == Reversal(
          number: document.number, at: till.now, by: Actor(id: Person.olga.caller.userID, name: "Olga Owner"),
          reason: "Booked twice"))
    #expect(shown.items.map(\.cancelledQty) == [5, 7, 9] && shown.items.map(\.qtyAdded) == [5, 7, 9])
    let listed = try till.read { try StockIns.list(.init(from: nil, to: nil, productID: shop.tea, limit: 9, after: nil), in: $0) }
    #expect(listed.items == [shown])
    #expect(try fault { try till.cancel(shop.delivery) } == .stockInUsed(shop.lots), "nothing is left to cancel")
    #expect(try fault { try till.cancel(shop.delivery, partial: true) } == .stockInUsed(shop.lots))
    #expect(try till.violations() == [])
  }

  @Test func aUsedDeliveryStaysUnlessInPart() throws {
    let shop = try Shop()
    let till = shop.till
    try till.sell([(shop.milk, 1)])
    #expect(try fault { try till.cancel(shop.delivery) } == .stockInUsed([shop.lots[0]]))
    #expect(try shop.left() == [4, 7, 9])
    #expect(try shop.shown().cancelled == nil)
    #expect(try till.cancel(shop.delivery, partial: true).lines.map(\.lotID) == [shop.lots[1], shop.lots[2]])
    #expect(try shop.left() == [4, 0, 0])
    let shown = try shop.shown()
    #expect(shown.cancelled != nil && shown.items.map(\.cancelledQty) == [nil, 7, 9])
    #expect(try fault { try till.cancel(shop.delivery, partial: true) } == .stockInUsed(shop.lots))
    #expect(try fault { try till.cancel(shop.delivery) } == .stockInUsed([shop.lots[0]]))
    #expect(try till.violations() == [])
  }

  @Test func whatWasLostWasUsedToo() throws {
    let shop = try Shop()
    try shop.till.take(1, from: shop.lots[1])
    try shop.till.take(9, from: shop.lots[2], .returnedToSupplier)
    #expect(try fault { try shop.till.cancel(shop.delivery) } == .stockInUsed([shop.lots[1], shop.lots[2]]))
    #expect(try shop.till.cancel(shop.delivery, partial: true).lines.map(\.qty) == [-5])
    #expect(try shop.till.violations() == [])
  }

  /// What was only corrected is untouched: what is left by then goes. And a cancelled lot can be set right again.
  @Test func correctedLotsGoAsTheyStand() throws {
    let shop = try Shop()
    let till = shop.till
    try till.correct(shop.lots[0], qty: 3)
    try till.correct(shop.lots[1], qty: 0)
    #expect(try till.cancel(shop.delivery).lines.map(\.qty) == [-3, -9])
    #expect(try till.correct(shop.lots[0], qty: 5).document.lines[0].qty == 5)
    #expect(try till.sell([(shop.milk, 1)]).told == "0001 Milk 1 @ 1.00 [1×1] = 1.00")
    #expect(try till.violations() == [])
  }

  @Test func cancelledAgainInPartShowsTheLatest() throws {
    let shop = try Shop()
    let till = shop.till
    try till.cancel(shop.delivery, reason: "First")
    try till.correct(shop.lots[1], qty: 2)
    try till.cancel(shop.delivery, reason: "Second")
    let shown = try shop.shown()
    #expect(shown.cancelled?.reason == "Second" && shown.cancelled?.number.text == "CAN-20260310-0002")
    #expect(shown.items.map(\.cancelledQty) == [5, 9, 9])
    #expect(try till.violations() == [])
  }

  @Test func theSameCallCancelsOnce() throws {
    let shop = try Shop()
    let cancelling = StockInCancelling(reference: .id(shop.delivery.id), reason: "Twice", isPartial: false)
    func call() throws -> WriteAnswer<StockDocument> {
      try shop.till.write("stockIn.cancel", key: key("cancel"), encode: \.number.text) {
        try StockIns.cancel(cancelling, in: $0)
      }
    }
    guard case .done = try call() else { throw Unexpected("not done") }
    guard case .replayed(.bytes(let bytes)) = try call() else { throw Unexpected("done twice") }
    #expect(String(decoding: bytes, as: UTF8.self) == "CAN-20260310-0001")
    let missing = StockInCancelling(reference: .id(identifier(9)), reason: "Twice", isPartial: false)
    #expect(try fault { _ = try shop.till.done("stockIn.cancel") { try StockIns.cancel(missing, in: $0) } } == .stockInNotFound)
  }

  /// A delivery made under a key answers its first bytes, cancelled or not.
  @Test func aDeliverysReplayDoesNotKnowOfIt() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let new = NewStockIn(
      id: nil, items: [try till.item(milk, 5, "2026-06-01")], supplierName: nil, note: nil, allowExpired: false)
    func call() throws -> WriteAnswer<StockIn> {
      try till.write("stockIn.create", key: key("stk"), encode: \.toldWithItsStanding) {
        try StockIns.create(new, in: $0)
      }
    }
    guard case .done(let delivery) = try call() else { throw Unexpected("not done") }
    try till.cancel(delivery)
    guard case .replayed(.bytes(let bytes)) = try call() else { throw Unexpected("done twice") }
    #expect(String(decoding: bytes, as: UTF8.self) == "STK-20260310-0001 true")
  }

  /// A sale of the last moment and the cancellation: one of them waits, and the books balance either way.
  @Test func aSaleWaitsForACancellation() throws {
    let shop = try Shop()
    let (till, milk) = (shop.till, shop.milk)
    let database = till.database
    let watch = try Blocker(database, "select 1")
    let cancelling = StockInCancelling(reference: .id(shop.delivery.id), reason: "Wrong shop", isPartial: false)
    let waiting = try till.done("stockIn.cancel") { transaction in
      _ = try StockIns.cancel(cancelling, in: transaction)
      let thread = TestThread { try refusal { try Till(database).sell([(milk, 1)]) } }
      try watch.waitUntilSomebodyWaits()
      return thread
    }
    #expect(try waiting.value() == "stock-too-low")

    let again = try till.deliver([till.item(milk, 5, "2026-06-01")])
    let blocker = try Blocker(database, "select from lot for update")
    let number = again.number
    let selling = TestThread { try refusal { try Till(database).sell([(milk, 1)]) } }
    try blocker.waitUntilSomebodyWaits()
    let cancel = StockInCancelling(reference: .number(number), reason: "Wrong shop", isPartial: false)
    let stopping = TestThread { () throws -> String in
      let till = try Till(database)
      return try refusal { _ = try till.done("stockIn.cancel") { try StockIns.cancel(cancel, in: $0) } }
    }
    try blocker.waitUntilSomebodyWaits(2)
    try blocker.release()
    let told = [try selling.value(), try stopping.value()]
    #expect(told == ["ok", "stock-in-used"] || told == ["stock-too-low", "ok"], "\(told)")
    #expect(try till.violations() == [])
  }
}

extension StockIn {
  fileprivate var toldWithItsStanding: String { "\(number) \(cancelled == nil)" }
}
