// reports.* and dashboard.*: what was sold, what it left, and what the shelf needs.
import JSONRPC
import Shelflife

struct SalesReportParams: Sendable {
  let from: Day
  let to: Day
  let groupBy: SalesGrouping
  let list: ListParams

  var filterDigest: [UInt8] { Shape<ListParams>.filterDigest("reports.sales", from.text, to.text, groupBy.rawValue) }

  /// The report's page, its cursor made from the key of the grouping.
  func report(in read: ReadTransaction) throws -> SalesReportPage {
    try DocumentListParams.check(from: from, to: to)
    let span = DaySpan(from: from, to: to)
    let filter = filterDigest
    switch groupBy {
    case .day:
      let after = try Cursor.dayKey(list.cursor, filter: filter)
      return page(try Reports.salesByDay(span, limit: list.limit, after: after, in: read)) { Cursor.text($0, filter: filter) }
    case .user:
      let after = try Cursor.nameKey(list.cursor, filter: filter)
      return page(try Reports.salesByUser(span, limit: list.limit, after: after, in: read)) { Cursor.text($0, filter: filter) }
    case .product:
      let after = try Cursor.nameKey(list.cursor, filter: filter)
      return page(try Reports.salesByProduct(span, limit: list.limit, after: after, in: read)) { Cursor.text($0, filter: filter) }
    case .till:
      let after = try Cursor.tillKey(list.cursor, filter: filter)
      return page(try Reports.salesByTill(span, limit: list.limit, after: after, in: read)) { Cursor.text($0, filter: filter) }
    }
  }

  private func page<Key>(_ report: SalesReport<Key>, _ cursor: (Key) -> String) -> SalesReportPage {
    SalesReportPage(
      totals: report.totals, takenBack: report.takenBack,
      page: Page(items: report.page.items, nextCursor: report.page.next.map(cursor)))
  }
}

struct RankingParams: Sendable {
  let from: Day?
  let to: Day?
  let ranking: ProductRanking
  let list: ListParams

  var filterDigest: [UInt8] { Shape<ListParams>.filterDigest("reports.topProducts", from?.text, to?.text, ranking.rawValue) }

  func page(in read: ReadTransaction) throws -> Page<RankedProduct> {
    try DocumentListParams.check(from: from, to: to)
    let filter = filterDigest
    let page = try Reports.topProducts(
      from: from, to: to, by: ranking, limit: list.limit, after: try Cursor.rankKey(list.cursor, filter: filter), in: read)
    return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: filter) })
  }
}

struct ExpiringParams: Sendable {
  let days: Int
  let list: ListParams
}

enum ReportMethods {
  private static let list = Member<ListParams, ListParams>.members(of: ListParams.shape, \.self)

  private static func lots(
    _ list: ListParams, filter: [UInt8], _ report: (_ after: LotKey?) throws -> LotReport
  ) throws -> LotReportPage {
    let report = try report(try Cursor.lotKey(list.cursor, filter: filter))
    return LotReportPage(
      report: report,
      page: Page(items: report.page.items, nextCursor: report.page.next.map { Cursor.text($0, filter: filter) }))
  }

  static let all: [ServedMethod] = [
    ServedMethod(
      report: "reports.sales", "What was sold in a range of business dates and what it left, by day, seller, product or till.",
      params: .record(
        .required("from", .day, "The first business date.", \.from),
        .required("to", .day, "The last business date, included.", \.to),
        .required(
          "groupBy", .salesGrouping,
          "What an item stands for: a day with sales, earliest first; a user who sold, a product that was sold, or a till that sold, by name.",
          \.groupBy),
        .members(of: ListParams.shape, \.list),
        make: { SalesReportParams(from: $0, to: $1, groupBy: $2, list: $3) }),
      result: .salesReport,
      { params, read, _ in try params.report(in: read) }),
    ServedMethod(
      report: "reports.topProducts", "Products sold in a range of business dates, the best first; equal ones by id.",
      params: .record(
        .optional("from", .day, "The first business date; else the shop's first.", \.from),
        .optional("to", .day, "The last business date, included; else the shop's last.", \.to),
        .defaulted(
          "by", .productRanking, "What makes a product the best: units, what customers paid, or what it left.", default: .qty,
          \.ranking),
        .members(of: ListParams.shape, \.list),
        make: { RankingParams(from: $0, to: $1, ranking: $2, list: $3) }),
      result: .page(of: .rankedProduct),
      { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      report: "reports.lowStock", "Active products whose sellable stock is at or below their reorder level, by name.",
      params: .record(list, make: { $0 }), result: .page(of: .listedProduct),
      { params, read, _ in
        let filter = Shape<ListParams>.filterDigest("reports.lowStock")
        let page = try Reports.lowStock(
          limit: params.limit, after: try Cursor.nameKey(params.cursor, filter: filter), in: read)
        return Page(
          items: page.items.map { ListedProduct(product: $0.product, totalQty: $0.totalQty) },
          nextCursor: page.next.map { Cursor.text($0, filter: filter) })
      }),
    ServedMethod(
      report: "reports.expiring",
      "Lots with stock that expire from today on within some days, the earliest first; inactive products and lots of every status included.",
      params: .record(
        .defaulted(
          "days", .integer(0...3_650), "How far to look: 0 is today alone.", default: ShopLimits.expiryWarningDays, \.days),
        .members(of: ListParams.shape, \.list),
        make: { ExpiringParams(days: $0, list: $1) }),
      result: .lotReport,
      { params, read, _ in
        try lots(params.list, filter: Shape<ListParams>.filterDigest("reports.expiring", String(params.days))) {
          try Reports.expiring(within: params.days, limit: params.list.limit, after: $0, in: read)
        }
      }),
    ServedMethod(
      report: "reports.expired",
      "Lots with stock that expired before today, the earliest first; inactive products and lots of every status included.",
      params: .record(list, make: { $0 }), result: .lotReport,
      { params, read, _ in
        try lots(params, filter: Shape<ListParams>.filterDigest("reports.expired")) {
          try Reports.expired(limit: params.limit, after: $0, in: read)
        }
      }),
    ServedMethod(
      "dashboard.summary", "Today at a glance: sales, profit and what the shelf needs. Staff see their own sales and no cost.",
      access: .signedIn, params: .nothing, result: .dashboard,
      .read { _, read, _ in try Reports.dashboard(in: read) }),
  ]
}
