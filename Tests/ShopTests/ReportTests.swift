// Reports against sums made from the receipts: equal in every shop, currency and zone, however far the totals are behind.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ReportTests {
  @Test(arguments: [
    ("UTC", "USD"), ("America/Los_Angeles", "JPY"), ("Pacific/Apia", "KWD"), ("Asia/Kathmandu", "CLF"),
  ])
  func everyReportIsTheSumOfItsReceipts(zone: String, currency: String) throws {
    var shop = try ReportShop("\(#function) \(zone)", zone: zone, currency: currency)
    try shop.trade(steps: 40)
    try shop.compare("no totals")
    _ = try shop.till.session.advanceTotals(now: shop.till.now, includingToday: true, most: shop.dice.int(1...40))
    try shop.compare("some totals")
    try shop.trade(steps: 10)
    try shop.compare("some totals, then sales")
    try shop.advanceAll(includingToday: false)
    let todays = "(timestamptz '\(shop.till.now.text)' at time zone '\(zone)')::date"
    #expect(
      try shop.till.sql(
        "select day from day_counter left join totalled_day t using (day) where receipts > coalesce(t.number, 0) and day <> \(todays)"
      )
        == [])
    try shop.compare("totals of the days that are over")
    try shop.advanceAll()
    try shop.compare("all totals")
    let mark = try shop.till.sql("select day from clock_mark")
    try shop.setClockBack()
    try shop.trade(steps: 10)
    #expect(
      try shop.till.sql(
        "select count(*) from sale where day < '\(mark[0])' and number > (select number from totalled_day t where t.day = sale.day)"
      ) != ["0"])
    try shop.compare("a day that went on after it was totalled")
    try shop.advanceAll()
    try shop.compare("and was totalled again")
    #expect(
      try shop.till.sql("select count(*) from totalled_day t join day_counter c using (day) where number <> receipts") == ["0"])
  }

  /// Whoever advances the totals, and however many at once: each sale is counted once.
  @Test func manyMayAdvanceAtOnce() throws {
    var shop = try ReportShop(zone: "UTC", currency: "USD")
    try shop.trade(steps: 40)
    let database = shop.till.database
    let now = shop.till.now
    let blocker = try Blocker(database, "select pg_advisory_xact_lock(1936222316, 1953460332)")
    let threads = (1...4).map { most in
      TestThread { () throws -> Int in
        let till = try Till(database)
        var taken = 0
        while case let batch = try till.session.advanceTotals(now: now, includingToday: true, most: most), batch > 0 {
          #expect(batch <= most)
          taken += batch
        }
        return taken
      }
    }
    try blocker.waitUntilSomebodyWaits(4)
    try shop.trade(steps: 5)
    let sales = try shop.till.sql("select count(*) from sale")
    try blocker.release()
    let taken = try threads.map { try $0.value() }
    #expect(["\(taken.reduce(0, +))"] == sales, "\(taken)")
    try shop.compare("advanced by four at once")
  }

  /// Sums beyond 64 bits are told in full.
  @Test func noSumOverflows() throws {
    let till = try Till()
    let gold = try till.product("Gold", price: Money.largestPrice(digits: 2).minor, tracksExpiry: false).id
    for _ in 0..<2 {
      let lots = try (0..<500).map { _ in try till.item(gold, 1_000_000, nil, cost: UnitCost.largest.tenThousandths) }
      try till.deliver(lots)
    }
    for _ in 0..<2 { try till.sell([(Identifier, Int64)](repeating: (gold, 1_000_000), count: 500)) }
    for isTotalled in [false, true] {
      if isTotalled { #expect(try till.session.advanceTotals(now: till.now, includingToday: true) == 2) }
      let span = DaySpan(from: till.now.day, to: till.now.day)
      let report = try till.read { try Reports.salesByProduct(span, limit: 50, after: nil, in: $0) }
      for figures in [report.totals, report.page.items[0].figures] {
        #expect(figures.totalAmount.text(digits: 2) == "99999999990000000.00")
        #expect(figures.cost.text == "99999999990000000.0000" && figures.profit.text == "0.0000")
        #expect(figures.salesCount == 2 && figures.qty == 1_000_000_000)
      }
      let best = try till.read { try Reports.topProducts(from: nil, to: nil, by: .revenue, limit: 1, after: nil, in: $0) }
      #expect(best.items[0].figures == report.totals)
    }
    #expect(try till.violations() == [], "totals are no part of the books")
  }

  /// Equal products come by id, and pages of one go on where the one before ended.
  @Test func equalRanksComeByID() throws {
    let till = try Till()
    let ids = try [3, 1, 4, 2].map {
      try till.product("Product \($0)", price: 100, id: identifier(UInt64($0)), tracksExpiry: false).id
    }
    for id in ids {
      try till.deliver(id, 50, nil, cost: 5_000)
      try till.sell([(id, 5)])
    }
    try till.sell([(identifier(4), 1)])
    for ranking in ProductRanking.allCases {
      var found: [Identifier] = []
      var after: RankKey?
      repeat {
        let page = try till.read { try Reports.topProducts(from: nil, to: nil, by: ranking, limit: 1, after: after, in: $0) }
        found += page.items.map(\.id)
        after = page.next
      } while after != nil && found.count < 9
      #expect(found == [4, 1, 2, 3].map(identifier), "\(ranking)")
    }
  }
}
