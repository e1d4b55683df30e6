// What the shelf needs: the borders of low, expiring and expired, and who counts.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StockReportTests {
  private func low(_ till: Till, limit: Int = 50, after: NameKey? = nil) throws -> KeyedPage<StockedProduct, NameKey> {
    try till.read { try Reports.lowStock(limit: limit, after: after, in: $0) }
  }

  private func told(_ report: LotReport) -> [String] {
    report.page.items.map { "\($0.productName) \($0.lot.qtyRemaining) \($0.lot.daysUntilExpiry ?? 0) \($0.stockValue.text)" }
  }

  private func expiring(_ till: Till, _ days: Int) throws -> LotReport {
    try till.read { try Reports.expiring(within: days, limit: 50, after: nil, in: $0) }
  }

  private func expired(_ till: Till) throws -> LotReport {
    try till.read { try Reports.expired(limit: 50, after: nil, in: $0) }
  }

  @Test func lowIsAtOrBelowTheLevel() throws {
    let till = try Till()
    var ids: [String: Identifier] = [:]
    for (name, level, stock) in [
      ("above", 5, 6), ("at", 5, 5), ("below", 5, 4), ("empty", 0, 0), ("last one", 0, 1), ("Écume", 9, 9), ("inactive", 9, 1),
      ("old", 5, 0), ("set aside", 5, 0), ("lasting", 3, 3),
    ] {
      let id = try till.product(name, tracksExpiry: false).id
      ids[name] = id
      try till.sql("update product set reorder_level = \(level) where id = '\(id.text)'")
      if stock > 0 { try till.deliver(id, Int64(stock), nil) }
    }
    for name in ["old", "set aside"] {
      try till.change(ids[name] ?? .none, tracksExpiry: true)
      try till.deliver(ids[name] ?? .none, 50, name == "old" ? "2026-03-09" : "2026-12-01")
    }
    try till.sql("update lot set status = 'quarantined' where product_id = '\((ids["set aside"] ?? .none).text)'")
    try till.change(ids["inactive"] ?? .none, isActive: false)
    let expected = ["at 5", "below 4", "Écume 9", "empty 0", "lasting 3", "old 0", "set aside 0"]
    #expect(try low(till).items.map { "\($0.product.name) \($0.totalQty)" } == expected)
    var paged: [String] = []
    var after: NameKey?
    repeat {
      let page = try low(till, limit: 2, after: after)
      paged += page.items.map { "\($0.product.name) \($0.totalQty)" }
      after = page.next
    } while after != nil
    #expect(paged == expected)
    #expect(try till.read { try Reports.dashboard(in: $0) }.alerts.lowStock == expected.count)
    #expect(try till.read(by: Person.sam.caller) { try Reports.dashboard(in: $0) }.alerts.lowStock == expected.count)
    try till.sell([(ids["above"] ?? .none, 1)])
    #expect(try low(till).items.map(\.product.name).contains("above"), "at once")
  }

  /// Good through the last day: what expires today is expiring, what expired yesterday is expired.
  @Test func expiringAndExpiredMeetAtToday() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    let gone = try till.product("Gone").id
    let salt = try till.product("Salt", tracksExpiry: false).id
    try till.deliver(salt, 9, nil)
    for (expiry, qty) in [
      ("2026-03-09", 1), ("2026-03-10", 2), ("2026-03-11", 3), ("2026-04-09", 4), ("2026-04-10", 5), ("2026-02-01", 6),
    ] {
      try till.deliver(milk, Int64(qty), expiry, cost: 12_345)
    }
    try till.deliver(gone, 7, "2026-03-09", cost: 0)
    try till.change(gone, isActive: false)
    #expect(try told(expiring(till, 0)) == ["Milk 2 0 2.4690"])
    #expect(try told(expiring(till, 1)) == ["Milk 2 0 2.4690", "Milk 3 1 3.7035"])
    #expect(try told(expiring(till, 30)).map { $0.prefix(6) } == ["Milk 2", "Milk 3", "Milk 4"])
    let month = try expiring(till, 31)
    #expect(told(month).count == 4 && month.qty == 14 && month.stockValue.text == "17.2830")
    #expect(try told(expiring(till, 3_650)) == told(month))
    let old = try expired(till)
    #expect(told(old) == ["Milk 6 -37 7.4070", "Milk 1 -1 1.2345", "Gone 7 -1 0.0000"], "inactive products too, as they came")
    #expect(old.qty == 14 && old.stockValue.text == "8.6415")
    let board = try till.read { try Reports.dashboard(in: $0) }
    #expect(board.alerts.expiring == 3 && board.alerts.expired == 3)

    for status in ["quarantined", "recalled"] {
      try till.sql("update lot set status = '\(status)' where expiry in ('2026-03-10', '2026-03-09')")
      #expect(try told(expiring(till, 0)).count == 1 && told(expired(till)).count == 3, "\(status)")
    }
    try till.sql("update lot set status = 'ok'")
    try till.sell([(milk, 2)])
    #expect(try told(expiring(till, 0)) == [], "an emptied lot has nothing to lose")
    try till.at("2026-03-11T12:00:00Z")
    #expect(try told(expiring(till, 0)) == ["Milk 3 0 3.7035"])
    #expect(try told(expired(till)) == told(old).map { $0.replacing("-37", with: "-38").replacing("-1 ", with: "-2 ") })
  }

  /// Earliest expiry first, then what came first, then the lot's number, over pages of any size.
  @Test func lotsComeInTheOrderOfSelling() throws {
    let till = try Till()
    var dice = Seeded()
    let products = try (1...4).map { try till.product("Product \($0)").id }
    for _ in 0..<12 {
      if dice.percent(60) { till.pass(seconds: Int64(dice.int(0...50))) }
      try till.deliver(
        try (0..<dice.int(1...4)).map { _ in
          try till.item(dice.pick(products), Int64(dice.int(1...9)), till.now.day.adding(days: dice.int(-3...3))?.text)
        }, allowExpired: true)
    }
    for isExpired in [false, true] {
      let expected = try till.sql(
        """
        select id from lot where expiry \(isExpired ? "<" : ">=") '\(till.now.day.text)' order by expiry, received_at, lot_no
        """)
      let whole = try till.sql(
        """
        select sum(qty_remaining * unit_cost)::text from lot where expiry \(isExpired ? "<" : ">=") '\(till.now.day.text)'
        """)
      for limit in 1...5 {
        var found: [String] = []
        var after: LotKey?
        repeat {
          let report = try till.read {
            isExpired
              ? try Reports.expired(limit: limit, after: after, in: $0)
              : try Reports.expiring(within: 3, limit: limit, after: after, in: $0)
          }
          #expect(["\(report.stockValue.tenThousandths)"] == whole)
          found += report.page.items.map(\.lot.id.text)
          after = report.page.next
        } while after != nil
        #expect(found == expected)
      }
    }
  }

  @Test func anEmptyShopReportsNothing() throws {
    let till = try Till()
    let span = DaySpan(from: .earliest, to: .latest)
    let report = try till.read { try Reports.salesByProduct(span, limit: 1, after: nil, in: $0) }
    #expect(report.page.items.isEmpty && report.totals.salesCount == 0 && report.totals.profit == .zero)
    #expect(try till.read { try Reports.salesByDay(span, limit: 1, after: nil, in: $0) }.page.items.isEmpty)
    #expect(try told(expired(till)) == [] && told(expiring(till, 9)) == [] && low(till).items.isEmpty)
    let board = try till.read { try Reports.dashboard(in: $0) }
    #expect(
      board.latestSales.isEmpty && board.totalAmount == .zero && board.alerts == StockAlerts(lowStock: 0, expiring: 0, expired: 0)
    )
    #expect(try till.session.advanceTotals(now: till.now, includingToday: true) == 0)
  }
}
