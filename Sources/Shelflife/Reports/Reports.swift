// Reports: what was sold and what it left, and what the shelf needs. Every figure is exact at the read's moment.
import Postgres

package enum Reports {
  /// Sales of a span by day, by day. Owner only.
  ///
  /// - Parameters:
  ///   - span: the days reported on, both ends included.
  ///   - limit: how many days a page has at most.
  ///   - after: the last day of the page before.
  ///   - read: the moment at which the figures are exact.
  package static func salesByDay(
    _ span: DaySpan, limit: Int, after: Day?, in read: ReadTransaction
  ) throws -> SalesReport<Day> {
    var wanted = SalesReportStatements.Input(from: span.from, to: span.to)
    let reading = read.connection.pipeline()
    let totals = try reading.send(SalesReportStatements.totals, wanted)
    wanted = .init(from: after?.adding(days: 1) ?? span.from, to: span.to, limit: limit)
    let rows = try reading.send(SalesReportStatements.perDay, wanted)
    try reading.sync()
    let page = KeyedPage(try rows.rows(), limit: limit) { $0.day }
    return try report(totals, page, span, in: read) {
      SalesReportItem(subject: .day($0.day), figures: try $0.sums.figures(digits: $1))
    }
  }

  /// Sales of a span by seller, by name. Owner only.
  package static func salesByUser(
    _ span: DaySpan, limit: Int, after: NameKey?, in read: ReadTransaction
  ) throws -> SalesReport<NameKey> {
    try sales(SalesReportStatements.perUser, span, limit, after, in: read) { .user(Actor(id: $0.id, name: $0.name)) }
  }

  /// Sales of a span by product, by name. Owner only.
  package static func salesByProduct(
    _ span: DaySpan, limit: Int, after: NameKey?, in read: ReadTransaction
  ) throws -> SalesReport<NameKey> {
    try sales(SalesReportStatements.perProduct, span, limit, after, in: read) { .product(id: $0.id, name: $0.name) }
  }

  /// Sales of a span by till, by name; first what was sold before tills had names. Owner only.
  package static func salesByTill(
    _ span: DaySpan, limit: Int, after: TillKey?, in read: ReadTransaction
  ) throws -> SalesReport<TillKey> {
    let wanted = SalesReportStatements.TillInput(span: .init(from: span.from, to: span.to, limit: limit), after: after)
    let reading = read.connection.pipeline()
    let totals = try reading.send(SalesReportStatements.totals, wanted.span)
    let rows = try reading.send(SalesReportStatements.perTill, wanted)
    try reading.sync()
    let page = KeyedPage(try rows.rows(), limit: limit) { TillKey(name: $0.till) }
    return try report(totals, page, span, in: read) {
      SalesReportItem(subject: .till($0.till), figures: try $0.sums.figures(digits: $1))
    }
  }

  private static func sales(
    _ statement: Statement<SalesReportStatements.Input, SalesReportStatements.NamedRow>, _ span: DaySpan, _ limit: Int,
    _ after: NameKey?, in read: ReadTransaction, subject: (SalesReportStatements.NamedRow) -> SalesSubject
  ) throws -> SalesReport<NameKey> {
    let wanted = SalesReportStatements.Input(from: span.from, to: span.to, limit: limit, after: after)
    let reading = read.connection.pipeline()
    let totals = try reading.send(SalesReportStatements.totals, wanted)
    let rows = try reading.send(statement, wanted)
    try reading.sync()
    let page = KeyedPage(try rows.rows(), limit: limit) { NameKey(name: $0.name, id: $0.id) }
    return try report(totals, page, span, in: read) {
      SalesReportItem(subject: subject($0), figures: try $0.sums.figures(digits: $1))
    }
  }

  private static func report<Row, Key>(
    _ totals: Pending<SalesSums>, _ page: KeyedPage<Row, Key>, _ span: DaySpan, in read: ReadTransaction,
    item: (Row, _ digits: Int) throws -> SalesReportItem
  ) throws -> SalesReport<Key> {
    let digits = read.context.store.currency.minorDigits
    return SalesReport(
      totals: try (totals.first() ?? .nothing).figures(digits: digits), takenBack: try takenBack(span, in: read),
      page: KeyedPage(items: try page.items.map { try item($0, digits) }, next: page.next))
  }

  private static func takenBack(_ span: DaySpan, in read: ReadTransaction) throws -> TakenBack {
    let wanted = SalesReportStatements.Input(from: span.from, to: span.to, limit: ShopLimits.voidsInReport)
    let reading = read.connection.pipeline()
    let sums = try reading.send(SalesReportStatements.taken, wanted)
    let receipts = try reading.send(SalesReportStatements.voidedReceipts, wanted)
    try reading.sync()
    let rows = try sums.rows()
    let returns = rows.first { $0.kind == .saleReturn }
    let voids = rows.first { $0.kind == .void }
    return TakenBack(
      returnsCount: returns?.count ?? 0, returnedQty: returns?.qty ?? 0, refundedAmount: returns?.amount ?? .zero,
      voidedCount: voids?.count ?? 0, voidedAmount: voids?.amount ?? .zero, voidedReceipts: try receipts.rows())
  }

  /// Products sold in a span, the best first; of equals the one whose id comes first. Owner only.
  package static func topProducts(
    from: Day?, to: Day?, by ranking: ProductRanking, limit: Int, after: RankKey?, in read: ReadTransaction
  ) throws -> KeyedPage<RankedProduct, RankKey> {
    let digits = read.context.store.currency.minorDigits
    let rows = try read.run(
      SalesReportStatements.ranked,
      .init(
        from: from, to: to, ranking: ranking, scale: Int32(FixedPoint.powers[Amount.decimals - digits]), limit: limit,
        after: after))
    let page = KeyedPage(rows, limit: limit) { RankKey(value: $0.value, id: $0.named.id) }
    let items = try page.items.map {
      RankedProduct(id: $0.named.id, name: $0.named.name, figures: try $0.named.sums.figures(digits: digits))
    }
    return KeyedPage(items: items, next: page.next)
  }

  /// Active products whose sellable stock is at or below their reorder level, by name. Owner only.
  package static func lowStock(
    limit: Int, after: NameKey?, in read: ReadTransaction
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    let rows = try read.run(
      StockReportStatements.lowStock, .init(today: read.context.today, limit: limit, after: after))
    return KeyedPage(rows, limit: limit) { NameKey(name: $0.product.name, id: $0.product.id) }
  }

  /// Lots with stock that expire from today to so many days from now, the earliest first. Owner only.
  package static func expiring(
    within days: Int, limit: Int, after: LotKey?, in read: ReadTransaction
  ) throws -> LotReport {
    let today = read.context.today
    return try lots(from: today, to: today.adding(days: days) ?? .latest, limit, after, in: read)
  }

  /// Lots with stock that expired before today, the earliest first. Owner only.
  package static func expired(limit: Int, after: LotKey?, in read: ReadTransaction) throws -> LotReport {
    guard let yesterday = read.context.today.adding(days: -1) else {
      return LotReport(qty: 0, stockValue: .zero, page: KeyedPage(items: [], next: nil))
    }
    return try lots(from: .earliest, to: yesterday, limit, after, in: read)
  }

  private static func lots(
    from: Day, to: Day, _ limit: Int, _ after: LotKey?, in read: ReadTransaction
  ) throws -> LotReport {
    let wanted = StockReportStatements.LotInput(from: from, to: to, today: read.context.today, limit: limit, after: after)
    let reading = read.connection.pipeline()
    let totals = try reading.send(StockReportStatements.lotTotals, wanted)
    let rows = try reading.send(StockReportStatements.lots, wanted)
    try reading.sync()
    let page = KeyedPage(try rows.rows(), limit: limit) {
      LotKey(expiry: $0.lot.expiryDate ?? .latest, receivedAt: $0.lot.receivedAt, number: $0.number)
    }
    let sums = try totals.first()
    return LotReport(qty: sums?.qty ?? 0, stockValue: sums?.stockValue ?? .zero, page: page)
  }

  /// Today at a glance. Any signed-in user; staff have their own sales, without cost and profit.
  package static func dashboard(in read: ReadTransaction) throws -> Dashboard {
    let today = read.context.today
    let soon = today.adding(days: ShopLimits.expiryWarningDays) ?? .latest
    let reading = read.connection.pipeline()
    let totals =
      if !read.seesCosts, let seller = read.info.caller?.userID {
        try reading.send(SalesReportStatements.ownTotals, .init(day: today, userID: seller))
      } else {
        try reading.send(SalesReportStatements.totals, .init(from: today, to: today))
      }
    let alerts = try reading.send(StockReportStatements.alerts, .init(today: today, lastExpiring: soon))
    try reading.sync()
    let latest = try Sales.list(
      SaleFilter(
        from: nil, to: nil, soldByUserID: nil, productID: nil, receiptNo: nil, limit: ShopLimits.latestSales, after: nil),
      in: read)
    let figures = try (totals.first() ?? .nothing).figures(digits: read.context.store.currency.minorDigits)
    return Dashboard(
      businessDate: today, salesCount: figures.salesCount, totalAmount: figures.totalAmount,
      cost: read.seesCosts ? figures.cost : nil, profit: read.seesCosts ? figures.profit : nil, latestSales: latest.items,
      alerts: try alerts.first() ?? StockAlerts(lowStock: 0, expiring: 0, expired: 0))
  }
}

extension SalesSums {
  fileprivate static let nothing = SalesSums(sales: 0, qty: 0, revenue: .zero, cost: .zero)
}
