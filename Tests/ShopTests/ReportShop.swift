// A random shop for the reports' tests, and the same figures made from its receipts in a few plain lines.
import TestSupport
import Testing

@testable import Shelflife

struct ReportShop {
  let till: Till
  var dice: Seeded
  private let zone: String
  private let digits: Int
  /// In the order of their names too.
  private let people = [Person.olga, .sam, .tess]
  /// In the order of their names.
  private let products: [Identifier]
  private static let names = ["apple", "Banana", "Écluse", "ginger", "Oats", "zinc"]

  init(_ test: String = #function, zone: String, currency: String) throws {
    till = try Till(at: "2026-03-07T21:00:00Z")
    dice = Seeded(test)
    self.zone = zone
    digits = try Currency(parsing: currency).minorDigits
    try till.sql("update store set time_zone = '\(zone)', currency = '\(currency)'")
    till.moneyScale = digits
    let till = till
    products = try Self.names.map { try till.product($0, price: $0 == "zinc" ? 0 : 250, tracksExpiry: false).id }
    for id in products { try till.deliver(id, 30, nil, cost: 12_345) }
  }

  // MARK: - Trading

  mutating func trade(steps: Int) throws {
    for step in 0..<steps {
      till.pass(seconds: Int64(dice.int(0...2_400)))
      if step % 8 == 0 {
        // However the dice fall, some time goes by and something is sold.
        till.pass(seconds: Int64(dice.int(30_000...80_000)))
        try till.deliver(products[0], 1, nil, cost: 12_345)
        try till.sell([(products[0], 1)], by: dice.pick(people))
      }
      switch dice.int(1...10) {
      case 1...2:
        try till.deliver(
          dice.pick(products), Int64(dice.int(20...90)), nil, cost: Int64(dice.percent(10) ? 0 : dice.int(1...60_000)))
      case 3: try till.change(dice.pick(products), price: Int64(dice.percent(20) ? 0 : dice.int(1...900)))
      case 4: try till.sql("update lot set unit_cost = \(dice.int(0...50_000)) where product_id = '\(dice.pick(products).text)'")
      default: _ = try till.outcomes(try (0..<dice.int(1...6)).map { _ in try sale() })
      }
    }
  }

  private mutating func sale() throws -> SaleCall {
    till.pass(seconds: Int64(dice.int(0...200)))
    let lines = (0..<dice.int(1...4)).map { _ in (dice.pick(products), Int64(dice.int(1...9))) }
    return try till.call(lines, by: dice.pick(people))
  }

  mutating func advanceAll(includingToday: Bool = true) throws {
    while try till.session.advanceTotals(now: till.now, includingToday: includingToday, most: dice.int(1...50)) > 0 {}
  }

  /// Back to a day that has sales already.
  mutating func setClockBack() throws {
    let before = try till.sql(
      """
      select to_char(sold_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') from sale
      where day < (select day from clock_mark) order by day desc, number desc limit 1
      """)
    try till.at(before[0])
    try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
    for id in products { try till.deliver(id, 40, nil, cost: Int64(dice.int(0...40_000))) }
    // At least one that is sure to be made.
    try till.sell([(products[0], 1)])
  }

  // MARK: - Sums from the receipts

  private struct Sums: Equatable {
    var receipts = Set<Identifier>()
    var qty = 0
    var revenue: Int128 = 0
    var cost: Int128 = 0

    mutating func add(_ item: SaleItem, of sale: Sale) {
      receipts.insert(sale.id)
      qty += item.qty
      revenue += Int128(item.lineTotal.minor)
      for taken in item.allocations { cost += Int128(taken.qtyTaken) * Int128(taken.unitCost?.tenThousandths ?? -1) }
    }

    func profit(_ digits: Int) -> Int128 { revenue * [10_000, 1_000, 100, 10, 1][digits] - cost }

    func isTold(by figures: SalesFigures, _ digits: Int) -> Bool {
      figures.salesCount == receipts.count && figures.qty == qty && figures.totalAmount.minor == revenue
        && figures.cost.tenThousandths == cost && figures.profit.tenThousandths == profit(digits)
    }
  }

  private func receipts() throws -> [Sale] {
    var sales: [Sale] = []
    var after: DocumentKey?
    repeat {
      let filter = SaleFilter(from: nil, to: nil, soldByUserID: nil, productID: nil, receiptNo: nil, limit: 200, after: after)
      let page = try till.read { try Sales.list(filter, in: $0) }
      sales += page.items
      after = page.next
    } while after != nil
    return sales
  }

  private func sums<Key: Hashable>(_ sales: [Sale], by key: (Sale, SaleItem) -> Key) -> [Key: Sums] {
    var sums: [Key: Sums] = [:]
    for sale in sales { for item in sale.items { sums[key(sale, item), default: Sums()].add(item, of: sale) } }
    return sums
  }

  // MARK: - Comparing

  /// Every report of some ranges.
  mutating func compare(_ stage: String) throws {
    let sales = try receipts()
    let days = Set(sales.map(\.number.day)).sorted()
    #expect(days.count > 1, "the sales are of several days")
    let (first, last) = (days[0], days[days.count - 1])
    var spans = [DaySpan(from: first, to: last), DaySpan(from: last, to: last), DaySpan(from: .earliest, to: .latest)]
    for _ in 0..<3 {
      let ends = [dice.pick(days), dice.pick(days)].sorted()
      spans.append(DaySpan(from: ends[0], to: ends[1]))
    }
    if let next = last.adding(days: 1) { spans.append(DaySpan(from: next, to: next)) }
    for span in spans {
      let within = sales.filter { span.from <= $0.number.day && $0.number.day <= span.to }
      try compare(span, within, "\(stage), \(span.from.text) to \(span.to.text)")
    }
    try compareDashboards(sales, stage)
  }

  private mutating func compare(_ span: DaySpan, _ sales: [Sale], _ stage: String) throws {
    let total = sums(sales) { _, _ in 0 }[0] ?? Sums()
    #expect(total.revenue == sales.reduce(0) { $0 + Int128($1.totalAmount.minor) })
    let limit = dice.int(1...3)

    let perDay = sums(sales) { sale, _ in sale.number.day }
    let days = try pages(total, stage) { try self.byDay(span, limit, $0) }
    check(days, perDay.sorted { $0.key < $1.key }.map { (.day($0.key), $0.value) }, "\(stage) by day")

    let perUser = sums(sales) { sale, _ in sale.soldBy.id }
    let sellers = people.compactMap { person in
      perUser[person.caller.userID].map { (SalesSubject.user(Actor(id: person.caller.userID, name: person.name)), $0) }
    }
    let users = try pages(total, stage) { try self.byUser(span, limit, $0) }
    check(users, sellers, "\(stage) by user")

    let perProduct = sums(sales) { _, item in item.productID }
    let named = products.enumerated().compactMap { index, id in perProduct[id].map { (id: id, name: Self.names[index], sums: $0) }
    }
    let found = try pages(total, stage) { try self.byProduct(span, limit, $0) }
    check(found, named.map { (.product(id: $0.id, name: $0.name), $0.sums) }, "\(stage) by product")

    for ranking in ProductRanking.allCases {
      func value(_ sums: Sums) -> Int128 {
        switch ranking {
        case .qty: Int128(sums.qty)
        case .revenue: sums.revenue
        case .profit: sums.profit(digits)
        }
      }
      let best = named.sorted { (value($1.sums), $0.id.text) < (value($0.sums), $1.id.text) }
      var ranked: [RankedProduct] = []
      var after: RankKey?
      repeat {
        let page = try till.read {
          try Reports.topProducts(from: span.from, to: span.to, by: ranking, limit: limit, after: after, in: $0)
        }
        ranked += page.items
        after = page.next
      } while after != nil
      #expect(ranked.map(\.name) == best.map(\.name), "\(stage), best by \(ranking)")
      for (item, expected) in zip(ranked, best) { #expect(expected.sums.isTold(by: item.figures, digits), "\(stage), \(item)") }
    }
  }

  private func byDay(_ span: DaySpan, _ limit: Int, _ after: Day?) throws -> SalesReport<Day> {
    try till.read { try Reports.salesByDay(span, limit: limit, after: after, in: $0) }
  }

  private func byUser(_ span: DaySpan, _ limit: Int, _ after: NameKey?) throws -> SalesReport<NameKey> {
    try till.read { try Reports.salesByUser(span, limit: limit, after: after, in: $0) }
  }

  private func byProduct(_ span: DaySpan, _ limit: Int, _ after: NameKey?) throws -> SalesReport<NameKey> {
    try till.read { try Reports.salesByProduct(span, limit: limit, after: after, in: $0) }
  }

  /// The items of every page; each page has the same totals.
  private func pages<Key>(
    _ total: Sums, _ stage: String, _ read: (Key?) throws -> SalesReport<Key>
  ) throws -> [SalesReportItem] {
    var items: [SalesReportItem] = []
    var after: Key?
    repeat {
      let report = try read(after)
      #expect(total.isTold(by: report.totals, digits), "\(stage): \(report.totals)")
      items += report.page.items
      after = report.page.next
    } while after != nil
    return items
  }

  private func check(_ items: [SalesReportItem], _ expected: [(SalesSubject, Sums)], _ stage: String) {
    #expect(items.map(\.subject) == expected.map(\.0), "\(stage)")
    for (item, expected) in zip(items, expected) { #expect(expected.1.isTold(by: item.figures, digits), "\(stage): \(item)") }
  }

  /// The owner's has the shop's sales, anybody else's their own and no cost.
  private func compareDashboards(_ sales: [Sale], _ stage: String) throws {
    for person in people {
      let isOwner = person.caller.role == .owner
      let seen = sales.filter { isOwner || $0.soldBy.id == person.caller.userID }
      let board = try till.read(by: person.caller) { try Reports.dashboard(in: $0) }
      let today = sums(seen.filter { $0.number.day == board.businessDate }) { _, _ in 0 }[0] ?? Sums()
      #expect(board.salesCount == today.receipts.count && board.totalAmount.minor == today.revenue, "\(stage), \(person.name)")
      #expect(board.cost?.tenThousandths == (isOwner ? today.cost : nil), "\(stage), \(person.name)")
      #expect(board.profit?.tenThousandths == (isOwner ? today.profit(digits) : nil), "\(stage), \(person.name)")
      #expect(board.latestSales.map(\.id) == seen.prefix(5).map(\.id), "\(stage), \(person.name)")
      #expect(
        board.latestSales.allSatisfy { $0.items.allSatisfy { $0.allocations.allSatisfy { ($0.unitCost != nil) == isOwner } } })
    }
  }
}
