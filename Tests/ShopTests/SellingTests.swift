// What a sale takes and why one is refused: a table that reads like a day at the till.
import TestSupport
import Testing

@testable import Shelflife

/// A shelf, a basket and what becomes of it on 2026-03-10. Each lot is a delivery of its own, numbered from 1 through the table.
struct Basket: Sendable, CustomTestStringConvertible {
  struct Stock: Sendable {
    let qty: Int64
    let expiry: String?
    var status = LotStatus.ok
  }

  struct Article: Sendable {
    let name: String
    let price: Int64
    let stock: [Stock]
    var isActive = true
  }

  let testDescription: String
  let shelf: [Article]
  let lines: [(product: String, qty: Int64)]
  let expecting: Int64?
  let result: String

  init(_ title: String, _ shelf: [Article], sell lines: [(String, Int64)], expecting: Int64? = nil, gives result: String) {
    testDescription = title
    self.shelf = shelf
    self.lines = lines.map { (product: $0.0, qty: $0.1) }
    self.expecting = expecting
    self.result = result
  }

  static func article(_ name: String, _ price: Int64, _ stock: Stock..., isActive: Bool = true) -> Article {
    Article(name: name, price: price, stock: stock, isActive: isActive)
  }

  static func lot(_ qty: Int64, _ expiry: String?, _ status: LotStatus = .ok) -> Stock {
    Stock(qty: qty, expiry: expiry, status: status)
  }

  static let all: [Basket] = [
    Basket(
      "one unit of the only lot", [article("Aspirin", 250, lot(5, "2026-06-01"))], sell: [("Aspirin", 1)],
      gives: "0001 Aspirin 1 @ 2.50 [1×1] = 2.50"),
    Basket(
      "the lot that expires first goes first, whichever came first",
      [article("Aspirin", 250, lot(5, "2026-09-01"), lot(5, "2026-06-01"), lot(5, "2026-07-01"))], sell: [("Aspirin", 3)],
      gives: "0001 Aspirin 3 @ 2.50 [2×3] = 7.50"),
    Basket(
      "a line spans lots",
      [article("Aspirin", 250, lot(5, "2026-09-01"), lot(2, "2026-06-01"), lot(1, "2026-07-01"))], sell: [("Aspirin", 7)],
      gives: "0001 Aspirin 7 @ 2.50 [2×2 3×1 1×4] = 17.50"),
    Basket(
      "stock that does not expire goes last", [article("Soap", 199, lot(2, nil), lot(2, "2030-01-01"))], sell: [("Soap", 3)],
      gives: "0001 Soap 3 @ 1.99 [2×2 1×1] = 5.97"),
    Basket(
      "of one expiry the lot received first", [article("Soap", 199, lot(2, "2026-06-01"), lot(2, "2026-06-01"))],
      sell: [("Soap", 3)], gives: "0001 Soap 3 @ 1.99 [1×2 2×1] = 5.97"),
    Basket(
      "good through its last day", [article("Milk", 110, lot(1, "2026-03-10"), lot(1, "2026-03-11"))], sell: [("Milk", 2)],
      gives: "0001 Milk 2 @ 1.10 [1×1 2×1] = 2.20"),
    Basket(
      "yesterday's is passed over", [article("Milk", 110, lot(9, "2026-03-09"), lot(1, "2026-03-11"))], sell: [("Milk", 1)],
      gives: "0001 Milk 1 @ 1.10 [2×1] = 1.10"),
    Basket(
      "quarantined and recalled lots are passed over",
      [article("Syrup", 800, lot(9, "2026-04-01", .quarantined), lot(9, "2026-05-01", .recalled), lot(2, "2026-06-01"))],
      sell: [("Syrup", 2)], gives: "0001 Syrup 2 @ 8.00 [3×2] = 16.00"),
    Basket(
      "the same product on several lines is served in order",
      [article("Aspirin", 250, lot(3, "2026-06-01"), lot(9, "2026-07-01")), article("Zinc", 400, lot(4, nil))],
      sell: [("Aspirin", 2), ("Zinc", 1), ("Aspirin", 2), ("Aspirin", 1)],
      gives: "0001 Aspirin 2 @ 2.50 [1×2]; Zinc 1 @ 4.00 [3×1]; Aspirin 2 @ 2.50 [1×1 2×1]; Aspirin 1 @ 2.50 [2×1] = 16.50"),
    Basket(
      "to the last unit", [article("Aspirin", 250, lot(3, "2026-06-01"), lot(4, "2026-07-01"))], sell: [("Aspirin", 7)],
      gives: "0001 Aspirin 7 @ 2.50 [1×3 2×4] = 17.50"),
    Basket(
      "a price of nothing", [article("Leaflet", 0, lot(3, nil))], sell: [("Leaflet", 2)],
      gives: "0001 Leaflet 2 @ 0.00 [1×2] = 0.00"),
    Basket(
      "a million of the dearest", [article("Radium", 9_999_999_999, lot(1_000_000, nil))], sell: [("Radium", 1_000_000)],
      gives: "0001 Radium 1000000 @ 99999999.99 [1×1000000] = 99999999990000.00"),
    Basket(
      "the expected price holds", [article("Aspirin", 250, lot(3, nil))], sell: [("Aspirin", 1)], expecting: 250,
      gives: "0001 Aspirin 1 @ 2.50 [1×1] = 2.50"),
    Basket(
      "one too many", [article("Aspirin", 250, lot(3, "2026-06-01"), lot(4, "2026-07-01"))], sell: [("Aspirin", 8)],
      gives: "stock-too-low: Aspirin 8 of 7"),
    Basket("none at all", [article("Aspirin", 250)], sell: [("Aspirin", 1)], gives: "stock-too-low: Aspirin 1 of 0"),
    Basket(
      "every shortage at once, in the order of the lines, the sum of all lines, with what is there but not for sale",
      [
        article("Aspirin", 250, lot(3, "2026-06-01"), lot(2, "2026-03-09"), lot(8, "2026-05-01", .quarantined)),
        article("Zinc", 400, lot(9, nil)), article("Milk", 110, lot(1, "2026-03-01"), lot(1, "2026-02-01")),
        article("Syrup", 800, lot(5, nil, .recalled), lot(1, nil)),
      ],
      sell: [("Syrup", 2), ("Milk", 1), ("Zinc", 9), ("Aspirin", 2), ("Aspirin", 2)],
      gives:
        "stock-too-low: Syrup 2 of 1 (7×5 recalled); Milk 1 of 0 (6×1 expired, 5×1 expired); Aspirin 4 of 3 (2×2 expired, 3×8 quarantined)"
    ),
    Basket(
      "expired today means tomorrow", [article("Milk", 110, lot(5, "2026-03-09"))], sell: [("Milk", 1)],
      gives: "stock-too-low: Milk 1 of 0 (1×5 expired)"),
    Basket(
      "a lot both expired and recalled is called recalled", [article("Milk", 110, lot(5, "2026-03-01", .recalled))],
      sell: [("Milk", 1)], gives: "stock-too-low: Milk 1 of 0 (1×5 recalled)"),
    Basket(
      "unknown products are all named before anything else",
      [article("Aspirin", 250, isActive: false), article("Zinc", 400, lot(1, nil))],
      sell: [("Aspirin", 1), ("Ghost", 1), ("Zinc", 99), ("Phantom", 1), ("Ghost", 1)], expecting: 1,
      gives: "product-not-found: Ghost; Phantom"),
    Basket(
      "inactive products are all named before prices and stock",
      [
        article("Aspirin", 250, isActive: false), article("Zinc", 400, lot(1, nil)),
        article("Milk", 110, lot(1, nil), isActive: false),
      ],
      sell: [("Zinc", 99), ("Milk", 1), ("Aspirin", 1)], expecting: 1, gives: "product-inactive: Milk; Aspirin"),
    Basket(
      "changed prices are all named before stock",
      [article("Aspirin", 250), article("Zinc", 400, lot(1, nil)), article("Milk", 110, lot(1, nil))],
      sell: [("Aspirin", 1), ("Zinc", 99), ("Milk", 1)], expecting: 110,
      gives: "price-changed: items[0].expectedUnitPrice Aspirin 1.10 now 2.50; items[1].expectedUnitPrice Zinc 1.10 now 4.00"),
  ]
}

@Suite struct SellingTests {
  /// Sets up the shelf of a scenario and names its products, the two that do not exist among them.
  private func open(_ basket: Basket, _ till: Till) throws -> [String: Identifier] {
    var ids = ["Ghost": identifier(901), "Phantom": identifier(902)]
    for article in basket.shelf {
      let product = try till.product(article.name, price: article.price, id: identifier(UInt64(ids.count)))
      ids[article.name] = product.id
      for stock in article.stock {
        try till.change(product.id, tracksExpiry: stock.expiry != nil)
        let delivery = try till.deliver(product.id, stock.qty, stock.expiry)
        till.pass(seconds: 1)
        if stock.status != .ok {
          try till.sql("update lot set status = '\(stock.status.rawValue)' where stock_in_id = '\(delivery.id)'")
        }
      }
      if !article.isActive { try till.change(product.id, isActive: false) }
    }
    return ids
  }

  @Test(arguments: Basket.all) func basket(_ basket: Basket) throws {
    let till = try Till()
    let ids = try open(basket, till)
    let names = Dictionary(uniqueKeysWithValues: ids.map { ($0.value, $0.key) })
    let lines = try basket.lines.map { (try #require(ids[$0.product]), $0.qty) }
    let before = try till.sql("select string_agg(ref_no || qty_remaining, ' ' order by lot_no) from lot")
    let call = try till.call(lines, expecting: basket.expecting)

    let quote: String
    do {
      let quoted = try till.read(by: Person.sam.caller) { try Sales.quote(call.request, in: $0) }
      quote =
        quoted.shortages.isEmpty
        ? quoted.told
        : Fault.stockTooLow(quoted.shortages).told(names)
    } catch let fault as Fault { quote = fault.told(names) }
    #expect(quote == (basket.result.hasPrefix("0001 ") ? String(basket.result.dropFirst(5)) : basket.result))
    #expect(try till.sql("select string_agg(ref_no || qty_remaining, ' ' order by lot_no) from lot") == before)

    let outcome = try till.outcome(call)
    #expect(outcome.told(names) == basket.result)
    guard case .done(.done(let sale), _) = outcome else {
      #expect(try till.sql("select string_agg(ref_no || qty_remaining, ' ' order by lot_no) from lot") == before)
      #expect(try till.sql("select count(*) from sale") == ["0"])
      return
    }
    let kept = try till.read(by: Person.sam.caller) { try Sales.get(.id(sale.id), in: $0) }
    #expect(kept == sale, "a receipt reads back as it was answered")
  }

  @Test func soldOutOnItsLastDay() throws {
    let till = try Till(at: "2026-03-09T10:00:00Z")
    let milk = try till.product("Milk", price: 110)
    try till.deliver(milk.id, 3, "2026-03-10")
    #expect(try till.sell([(milk.id, 1)]).told == "0001 Milk 1 @ 1.10 [1×1] = 1.10")
    try till.at("2026-03-10T23:59:59.999Z")
    #expect(try till.sell([(milk.id, 1)]).told == "0001 Milk 1 @ 1.10 [1×1] = 1.10")
    try till.at("2026-03-11T00:00:00Z")
    #expect(try refusal { try till.sell([(milk.id, 1)]) } == "stock-too-low")
    let shelf = try till.read { try Inventory.get(milk.id, in: $0) }
    #expect(shelf.totalQty == 0 && shelf.expiredQty == 1 && shelf.nearestExpiry == nil)
    #expect(shelf.lots?.map(\.daysUntilExpiry) == [-1])
    #expect(try till.violations() == [])
  }

  @Test func theBusinessDayIsTheStoresOwn() throws {
    let till = try Till()
    try till.sql("update store set time_zone = 'Asia/Manila'")
    let milk = try till.product("Milk")
    try till.at("2026-03-10T15:59:59.999Z")
    try till.deliver(milk.id, 9, "2026-03-10")
    #expect(try till.sell([(milk.id, 1)]).number.text == "RCPT-20260310-0001")
    try till.at("2026-03-10T16:00:00Z")
    #expect(try refusal { try till.sell([(milk.id, 1)]) } == "stock-too-low")
    try till.deliver(milk.id, 9, "2026-03-11")
    let sale = try till.sell([(milk.id, 1)])
    #expect(sale.number.text == "RCPT-20260311-0001" && sale.soldAt.text == "2026-03-10T16:00:00.000Z")
  }

  @Test func receiptsKeepWhatTheySaw() throws {
    let till = try Till()
    let aspirin = try till.product("Aspirin 500 mg", price: 250)
    try till.deliver(aspirin.id, 9, "2026-06-01", cost: 12_345)
    let sale = try till.sell([(aspirin.id, 2)], by: .olga)
    #expect(sale.items[0].allocations.map(\.unitCost?.text) == ["1.2345"])
    try till.change(aspirin.id, name: "Aspirin 500 mg N20", price: 300)
    try till.sql("update app_user set name = 'Olga Married' where username = 'olga'")
    try till.correct(sale.items[0].allocations[0].lotID, expiry: .set("2027-01-01"), cost: 99_999)
    #expect(try till.read { try Sales.get(.number(sale.number), in: $0) } == sale)
    let next = try till.sell([(aspirin.id, 1)], by: .olga)
    #expect(next.told == "0002 Aspirin 500 mg N20 1 @ 3.00 [1×1] = 3.00" && next.soldBy.name == "Olga Married")
  }

  @Test func deliveriesKeepWhatTheyBrought() throws {
    let till = try Till()
    let aspirin = try till.product("Aspirin")
    let delivery = try till.deliver([
      till.item(aspirin.id, 9, "2026-06-01", cost: 12_345), till.item(aspirin.id, 1, "2026-07-01"),
    ])
    #expect(delivery.number.text == "STK-20260310-0001")
    try till.sell([(aspirin.id, 10)])
    for item in delivery.items { try till.correct(item.lotID, expiry: .set("2027-01-01"), cost: 1) }
    #expect(try till.read { try StockIns.get(.id(delivery.id), in: $0) } == delivery)
    #expect(try till.read { try StockIns.get(.number(delivery.number), in: $0) } == delivery)
  }

  @Test func deliveriesAreRefused() throws {
    let till = try Till()
    let names = [identifier(1): "Milk", identifier(2): "Soap", identifier(3): "Tea", identifier(8): "X", identifier(9): "Y"]
    let milk = try till.product("Milk", id: identifier(1))
    let soap = try till.product("Soap", id: identifier(2), tracksExpiry: false)
    let tea = try till.product("Tea", id: identifier(3), isActive: false)
    let good = try till.item(milk.id, 1, "2026-03-10")
    for (items, told) in try [
      (
        [till.item(identifier(9), 1, nil), till.item(tea.id, 1, nil), till.item(identifier(8), 1, nil)], "product-not-found: Y; X"
      ),
      ([good, till.item(tea.id, 1, nil), till.item(milk.id, 1, nil)], "product-inactive: Tea"),
      (
        [till.item(milk.id, 1, nil), good, till.item(soap.id, 1, "2027-01-01"), till.item(milk.id, 1, "2020-01-01")],
        "validation-error: items[0].expiryDate required; items[2].expiryDate not-allowed"
      ),
      (
        [till.item(milk.id, 1, "2026-03-09"), good, till.item(milk.id, 1, "2020-01-01")],
        "expiry-in-past: items[0].expiryDate expiry-in-past; items[2].expiryDate expiry-in-past"
      ),
    ] as [([NewStockInItem], String)] {
      #expect(try fault { try till.deliver(items) }?.told(names) == told)
    }
    #expect(try till.sql("select count(*) from lot") == ["0"])
    #expect(try till.sql("select count(*) from day_counter") == ["0"], "a refused delivery takes no number")
    try till.deliver([till.item(milk.id, 1, "2020-01-01")], allowExpired: true)
    #expect(try till.read { try Inventory.get(milk.id, in: $0) }.expiredQty == 1)
  }

  @Test func aTotalBeyondAnAmountIsRefused() throws {
    let till = try Till()
    let radium = try till.product("Radium", price: 99_999_999_990_000)
    let lines = (0..<500).map { _ in (radium.id, Int64(1_000_000)) }
    #expect(try fault { try till.sell(lines) }?.told([:]) == "validation-error: items[0].qty out-of-range")
  }
}

extension Quote {
  /// As `Sale.told`, without a number.
  var told: String {
    let lines = items.map { item in
      let takes = item.allocations.map { "\(shortLot($0.lotRefNo))×\($0.qtyTaken)" }.joined(separator: " ")
      return "\(item.productName) \(item.qty) @ \(item.unitPrice.text(digits: 2)) [\(takes)]"
    }
    return "\(lines.joined(separator: "; ")) = \(totalAmount.text(digits: 2))"
  }
}
