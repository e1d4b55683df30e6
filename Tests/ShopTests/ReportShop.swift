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
  private let tills: [TillName]
  /// In the order of their names.
  private let products: [Identifier]
  /// What was taken back, worked out from what each call answered.
  private var takenBack: [Trade] = []
  private static let names = ["apple", "Banana", "Écluse", "ginger", "Oats", "zinc"]

  init(_ test: String = #function, zone: String, currency: String) throws {
    till = try Till(at: "2026-03-07T21:00:00Z")
    dice = Seeded(test)
    self.zone = zone
    digits = try Currency(parsing: currency).minorDigits
    tills = try ["back", "Counter", "Éclair", "front"].map { try TillName(parsing: $0) }
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
        let sale = try till.sell([(products[0], 1)], by: dice.pick(people))
        if step % 16 == 0 { try takeBack(sale, items: nil) }
      }
      switch dice.int(1...10) {
      case 1...2:
        try till.deliver(
          dice.pick(products), Int64(dice.int(20...90)), nil, cost: Int64(dice.percent(10) ? 0 : dice.int(1...60_000)))
      case 3: try till.change(dice.pick(products), price: Int64(dice.percent(20) ? 0 : dice.int(1...900)))
      case 4:
        let lots = try till.sql("select id from lot where product_id = '\(dice.pick(products).text)' and line is not null")
        let lot = try Identifier(parsing: dice.pick(lots))
        let cost = Int64(dice.int(0...50_000))
        _ = try refusal { try till.correct(lot, cost: cost) }
      case 5: try takeBack()
      default:
        till.name = dice.pick(tills)
        _ = try till.outcomes(try (0..<dice.int(1...6)).map { _ in try sale() })
      }
    }
  }

  /// Some units of some receipt, all that is left of it, or a whole receipt of today.
  private mutating func takeBack() throws {
    let sales = try receipts()
    guard !sales.isEmpty else { return }
    let sale = dice.pick(sales)
    if dice.percent(40) {
      let void = NewVoid(sale: .id(sale.id), reason: "Rung up twice")
      guard try refusal({ _ = try till.done("sales.void") { try Returns.void(void, in: $0) } }) == "ok" else { return }
      takenBack += sale.items.map { Trade(sold: $0, in: sale).voidedWhole() }
      return
    }
    let some = NewReturnItem(line: dice.int(1...sale.items.count), qty: try Quantity(Int64(dice.int(1...3))), disposition: nil)
    try takeBack(sale, items: dice.percent(30) ? nil : [some])
  }

  private mutating func takeBack(_ sale: Sale, items: [NewReturnItem]?) throws {
    let new = NewReturn(
      id: nil, sale: .id(sale.id), items: items, disposition: dice.pick(Disposition.allCases), reason: nil, note: nil)
    var document: StockDocument?
    _ = try refusal { document = try till.done("sales.return") { try Returns.create(new, in: $0) } }
    guard let document else { return }
    takenBack += document.lines.compactMap { line in
      line.giving.map { giving in
        Trade(
          day: document.number.day, seller: sale.soldBy.id, till: sale.till ?? "", product: line.productID, sold: [], voided: [],
          qty: -line.qty, revenue: -Int128(giving.refund.minor), cost: -line.costValue.tenThousandths)
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

  /// What one line of a receipt brought, or what came back of one.
  fileprivate struct Trade {
    let day: Day
    let seller: Identifier
    let till: String
    let product: Identifier
    let sold: Set<Identifier>
    let voided: Set<Identifier>
    let qty: Int
    let revenue: Int128
    let cost: Int128
  }

  private struct Sums {
    var sold = Set<Identifier>()
    var voided = Set<Identifier>()
    var qty = 0
    var revenue: Int128 = 0
    var cost: Int128 = 0

    mutating func add(_ trade: Trade) {
      sold.formUnion(trade.sold)
      voided.formUnion(trade.voided)
      qty += trade.qty
      revenue += trade.revenue
      cost += trade.cost
    }

    var receipts: Int { sold.count - voided.count }

    func profit(_ digits: Int) -> Int128 { revenue * [10_000, 1_000, 100, 10, 1][digits] - cost }

    func isTold(by figures: SalesFigures, _ digits: Int) -> Bool {
      figures.salesCount == receipts && figures.qty == qty && figures.totalAmount.minor == revenue
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

  private func sums<Key: Hashable>(_ trades: [Trade], by key: (Trade) -> Key) -> [Key: Sums] {
    var sums: [Key: Sums] = [:]
    for trade in trades { sums[key(trade), default: Sums()].add(trade) }
    return sums
  }

  // MARK: - Comparing

  /// Every report of some ranges.
  mutating func compare(_ stage: String) throws {
    let sales = try receipts()
    let trades = sales.flatMap { sale in sale.items.map { Trade(sold: $0, in: sale) } } + takenBack
    let days = Set(trades.map(\.day)).sorted()
    #expect(days.count > 1, "the sales are of several days")
    let (first, last) = (days[0], days[days.count - 1])
    var spans = [DaySpan(from: first, to: last), DaySpan(from: last, to: last), DaySpan(from: .earliest, to: .latest)]
    for _ in 0..<3 {
      let ends = [dice.pick(days), dice.pick(days)].sorted()
      spans.append(DaySpan(from: ends[0], to: ends[1]))
    }
    if let next = last.adding(days: 1) { spans.append(DaySpan(from: next, to: next)) }
    for span in spans {
      let within = trades.filter { span.from <= $0.day && $0.day <= span.to }
      try compare(span, within, "\(stage), \(span.from.text) to \(span.to.text)")
    }
    try compareDashboards(sales, trades, stage)
  }

  private mutating func compare(_ span: DaySpan, _ trades: [Trade], _ stage: String) throws {
    let total = sums(trades) { _ in 0 }[0] ?? Sums()
    let limit = dice.int(1...3)

    let perDay = sums(trades, by: \.day)
    let days = try pages(total, stage) { try self.byDay(span, limit, $0) }
    check(days, perDay.sorted { $0.key < $1.key }.map { (.day($0.key), $0.value) }, "\(stage) by day")

    let perUser = sums(trades, by: \.seller)
    let sellers = people.compactMap { person in
      perUser[person.caller.userID].map { (SalesSubject.user(Actor(id: person.caller.userID, name: person.name)), $0) }
    }
    let users = try pages(total, stage) { try self.byUser(span, limit, $0) }
    check(users, sellers, "\(stage) by user")

    let perProduct = sums(trades, by: \.product)
    let named = products.enumerated().compactMap { index, id in perProduct[id].map { (id: id, name: Self.names[index], sums: $0) }
    }
    let found = try pages(total, stage) { try self.byProduct(span, limit, $0) }
    check(found, named.map { (.product(id: $0.id, name: $0.name), $0.sums) }, "\(stage) by product")

    let perTill = sums(trades, by: \.till)
    let sellingTills = tills.map(\.text).compactMap { name in perTill[name].map { (SalesSubject.till(name), $0) } }
    let told = try pages(total, stage) { try self.byTill(span, limit, $0) }
    check(told, sellingTills, "\(stage) by till")

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

  private func byTill(_ span: DaySpan, _ limit: Int, _ after: TillKey?) throws -> SalesReport<TillKey> {
    try till.read { try Reports.salesByTill(span, limit: limit, after: after, in: $0) }
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
  private func compareDashboards(_ sales: [Sale], _ trades: [Trade], _ stage: String) throws {
    for person in people {
      let isOwner = person.caller.role == .owner
      let seen = sales.filter { isOwner || $0.soldBy.id == person.caller.userID }
      let board = try till.read(by: person.caller) { try Reports.dashboard(in: $0) }
      let own = trades.filter { $0.day == board.businessDate && (isOwner || $0.seller == person.caller.userID) }
      let today = sums(own) { _ in 0 }[0] ?? Sums()
      #expect(board.salesCount == today.receipts && board.totalAmount.minor == today.revenue, "\(stage), \(person.name)")
      #expect(board.cost?.tenThousandths == (isOwner ? today.cost : nil), "\(stage), \(person.name)")
      #expect(board.profit?.tenThousandths == (isOwner ? today.profit(digits) : nil), "\(stage), \(person.name)")
      #expect(board.latestSales.map(\.id) == seen.prefix(5).map(\.id), "\(stage), \(person.name)")
      #expect(
        board.latestSales.allSatisfy { $0.items.allSatisfy { $0.allocations.allSatisfy { ($0.unitCost != nil) == isOwner } } })
    }
  }
}

extension ReportShop.Trade {
  fileprivate init(sold item: SaleItem, in sale: Sale) {
    self.init(
      day: sale.number.day, seller: sale.soldBy.id, till: sale.till ?? "", product: item.productID, sold: [sale.id], voided: [],
      qty: item.qty,
      revenue: Int128(item.lineTotal.minor),
      cost: item.allocations.reduce(0) { $0 + Int128($1.qtyTaken) * Int128($1.unitCost?.tenThousandths ?? -1) })
  }

  /// The same, its receipt voided.
  fileprivate func voidedWhole() -> Self {
    Self(
      day: day, seller: seller, till: till, product: product, sold: [], voided: sold, qty: -qty, revenue: -revenue, cost: -cost)
  }
}
