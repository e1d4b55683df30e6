// The stock of a day that is over, against what was noted at its end.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LedgerAsOfTests {
  /// "What was it worth at the end of the month?" Worked out by hand, with a cost that was put right afterwards.
  @Test func yesterdaysStockAtYesterdaysCost() throws {
    let till = try Till(at: "2026-03-10T09:00:00Z")
    let aspirin = try till.product("Aspirin").id
    let milk = try till.product("Milk").id
    let first = try till.deliver(aspirin, 10, "2026-09-01", cost: 10_000).items[0].lotID
    try till.deliver(milk, 4, "2026-04-01", cost: 5_000)
    try till.sell([(aspirin, 3)])
    try till.at("2026-03-11T09:00:00Z")
    try till.adjust(first, cost: 12_500, expiry: try Day(parsing: "2026-08-01"))
    try till.sell([(milk, 4)])
    try till.at("2026-03-12T09:00:00Z")
    try till.deliver(aspirin, 1, "2027-01-01", cost: 1)

    func told(_ day: String, of product: Identifier? = nil) throws -> [String] {
      let (totals, lots) = try till.stock(asOf: try Day(parsing: day), of: product)
      return lots.map { "\($0.productName) \($0.qty) at \($0.unitCost.text) until \($0.expiryDate?.text ?? "-")" }
        + ["\(totals.lots) lots, \(totals.qty) units, \(totals.stockValue.text)"]
    }
    #expect(try told("2026-03-09") == ["0 lots, 0 units, 0.0000"], "before the first delivery")
    #expect(
      try told("2026-03-10") == [
        "Aspirin 7 at 1.0000 until 2026-09-01", "Milk 4 at 0.5000 until 2026-04-01", "2 lots, 11 units, 9.0000",
      ])
    #expect(try told("2026-03-11") == ["Aspirin 7 at 1.2500 until 2026-08-01", "1 lots, 7 units, 8.7500"])
    #expect(
      try told("2026-03-12") == [
        "Aspirin 7 at 1.2500 until 2026-08-01", "Aspirin 1 at 0.0001 until 2027-01-01", "2 lots, 8 units, 8.7501",
      ])
    #expect(try told("2026-03-10", of: milk) == ["Milk 4 at 0.5000 until 2026-04-01", "1 lots, 4 units, 2.0000"])
    #expect(try told("2026-03-11", of: milk) == ["0 lots, 0 units, 0.0000"])
    #expect(try fault { _ = try told("2026-03-13") }?.issueCodes == ["in-future"])
    #expect(try refusal { _ = try told("2026-03-10", of: identifier(77)) } == "product-not-found")
    #expect(try till.violations() == [])
  }

  /// Wherever on earth the shop is, so that its days begin long before or long after those of UTC.
  @Test(arguments: ["UTC", "Pacific/Kiritimati", "Pacific/Pago_Pago", "Asia/Kathmandu"])
  func everyDayIsAsItWasNoted(zone: String) throws {
    var shop = try LedgerShop("\(#function) \(zone)", zone: zone)
    let till = shop.till
    var noted: [Day: [Identifier: LedgerShop.PlainLot]] = [:]
    let started = try till.read { $0.context.today }
    noted[started] = shop.lots
    for _ in 0..<9 {
      for _ in 0..<shop.dice.int(0...10) {
        try shop.step()
        // Also where the step went past midnight.
        noted[try till.read { $0.context.today }] = shop.lots
      }
      till.pass(seconds: Int64(shop.dice.int(20...60)) * 3_600)
      // However the dice fall: a week without a document would look like a clock that is wrong.
      try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    }
    // A day without any sale is as the day before it.
    let last = try till.read { $0.context.today }
    var day = try #require(started.adding(days: -2))
    while day <= last {
      let lots = noted.keys.filter { $0 <= day }.max().flatMap { noted[$0] } ?? [:]
      let expected = shop.order.filter { lots[$0].map { $0.qty > 0 } ?? false }
      let (totals, found) = try till.stock(asOf: day, by: shop.dice.int(1...9))
      #expect(found.map(\.lotID) == expected, "\(day)")
      let plain = found.map {
        LedgerShop.PlainLot(product: $0.productID, qty: $0.qty, cost: $0.unitCost, expiry: $0.expiryDate)
      }
      #expect(plain == expected.compactMap { lots[$0] }, "\(day)")
      #expect(totals == .init(lots: found.count, qty: found.reduce(0) { $0 + $1.qty }, stockValue: value(of: found)), "\(day)")
      for product in shop.products {
        let (totals, own) = try till.stock(asOf: day, of: product, by: 3)
        #expect(own == found.filter { $0.productID == product } && totals.stockValue == value(of: own))
      }
      day = try #require(day.adding(days: 1))
    }
    #expect(try till.violations() == [])
  }

  private func value(of lots: [LotBalance]) -> Amount {
    Amount(tenThousandths: lots.reduce(0) { $0 + Int128($1.qty) * Int128($1.unitCost.tenThousandths) })
  }

  /// A clock set back by days, which the owner accepted: what counts is the last movement that bears a day up to the date.
  @Test func aClockThatWasSetBack() throws {
    let till = try Till(at: "2026-03-12T09:00:00Z")
    let zinc = try till.product("Zinc", tracksExpiry: false).id
    try till.deliver(zinc, 10, nil)
    try till.sell([(zinc, 1)])
    try till.at("2026-03-11T09:00:00Z")
    try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    try till.sell([(zinc, 9)])
    #expect(try till.stock(asOf: try Day(parsing: "2026-03-11")).1 == [], "sold out, though a later day's movement came before")
    #expect(try till.stock(asOf: try Day(parsing: "2026-03-10")).1 == [])
    try till.at("2026-03-12T10:00:00Z")
    #expect(try till.stock(asOf: try Day(parsing: "2026-03-12")).1 == [])
  }
}

extension Fault {
  fileprivate var issueCodes: [String] {
    if case .validation(let issues) = self { issues.map(\.code) } else { [] }
  }
}
