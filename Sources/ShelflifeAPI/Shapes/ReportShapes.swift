// The records that reports answer with.
import Shelflife

extension Shape where Value == SalesFigures {
  static let salesFigures: Shape = .result(
    .required("salesCount", .integer, "Receipts, each counted once; voided ones are not.", \.salesCount),
    .required("qty", .integer, "Units sold, less those brought back on these days.", \.qty),
    .required(
      "totalAmount", .moneySum, "What the customers paid, less what was refunded on these days; so it may be below zero.",
      \.totalAmount),
    .required(
      "cost", .amount, "What the units had cost, four decimals; frozen at the sale, whatever costs became later.", \.cost),
    .required("profit", .amount, "totalAmount less cost, four decimals, exact; negative for a loss.", \.profit)
  ).named("SalesFigures")
}

extension Shape where Value == SalesReportItem {
  static let salesReportItem: Shape = .result(
    .optional("businessDate", .day, "The day; with groupBy day.") { @Sendable in
      if case .day(let day) = $0.subject { day } else { nil }
    },
    .optional("user", .actor, "Who sold, by the present name; with groupBy user.") { @Sendable in
      if case .user(let user) = $0.subject { user } else { nil }
    },
    .optional("productId", .identifier, "The product; with groupBy product.") { @Sendable in
      if case .product(let id, _) = $0.subject { id } else { nil }
    },
    .optional("productName", .text, "Its present name; with groupBy product.") { @Sendable in
      if case .product(_, let name) = $0.subject { name } else { nil }
    },
    .optional("till", .text, "The till, empty for what was sold before tills had names; with groupBy till.") { @Sendable in
      if case .till(let name) = $0.subject { name } else { nil }
    },
    .members(of: .salesFigures, \.figures)
  ).named("SalesReportItem")
}

extension Shape where Value == TakenBack {
  static let takenBack: Shape = .result(
    .required("returnsCount", .integer, "Returns made in the range.", \.returnsCount),
    .required("returnedQty", .integer, "Units that they brought back.", \.returnedQty),
    .required("refundedAmount", .moneySum, "What they refunded.", \.refundedAmount),
    .required("voidedCount", .integer, "Receipts of the range that were voided.", \.voidedCount),
    .required("voidedAmount", .moneySum, "What they came to.", \.voidedAmount),
    .required("voidedReceiptNos", .array(of: .documentNumber(.receipt)), "Up to 100 of them, the newest first.", \.voidedReceipts)
  ).named("TakenBack")
}

/// A sales report as it is answered.
struct SalesReportPage: Sendable {
  let totals: SalesFigures
  let takenBack: TakenBack
  let page: Page<SalesReportItem>
}

extension Shape where Value == SalesReportPage {
  static let salesReport: Shape = .result(
    .required(
      "totals", .salesFigures,
      "The figures of the whole range, whichever page this is. A receipt counts once here, also where it counts for several products.",
      \.totals),
    .required("takenBack", .takenBack, "What the totals have taken off already.", \.takenBack),
    .members(of: .page(of: .salesReportItem), \.page))
}

extension Shape where Value == RankedProduct {
  static let rankedProduct: Shape = .result(
    .required("productId", .identifier, "The product.", \.id),
    .required("productName", .text, "Its present name.", \.name),
    .members(of: .salesFigures, \.figures)
  ).named("RankedProduct")
}

extension Shape where Value == ProductRanking {
  static var productRanking: Shape { .enumeration(["qty": .qty, "revenue": .revenue, "profit": .profit]) }
}

extension Shape where Value == SalesGrouping {
  static var salesGrouping: Shape { .enumeration(["day": .day, "user": .user, "product": .product, "till": .till]) }
}

extension Shape where Value == ValuedLot {
  static let valuedLot: Shape = .result(
    .members(of: .lot, \.lot),
    .required("productName", .text, "The product's name.", \.productName),
    .required("stockValue", .amount, "Units left times unit cost, four decimals.", \.stockValue)
  ).named("ValuedLot")
}

/// A report of lots as it is answered.
struct LotReportPage: Sendable {
  let report: LotReport
  let page: Page<ValuedLot>
}

extension Shape where Value == LotReport {
  static let lotTotals: Shape = .result(
    .required("qty", .integer, "Units left.", \.qty),
    .required("stockValue", .amount, "What they had cost, four decimals.", \.stockValue))
}

extension Shape where Value == LotReportPage {
  static let lotReport: Shape = .result(
    .required("totals", .lotTotals, "Of all the lots of the report, whichever page this is.", \.report),
    .members(of: .page(of: .valuedLot), \.page))
}

extension Shape where Value == Dashboard {
  static let dashboard: Shape = .result(
    .required("businessDate", .day, "Today in the store's time zone.", \.businessDate),
    .required("totalAmount", .moneySum, "What customers paid today, less refunds; for staff, in their own sales.", \.totalAmount),
    .required("salesCount", .integer, "Today's receipts; for staff, their own.", \.salesCount),
    .optional("cost", .amount, "What today's units had cost, four decimals; the owner's replies only.", \.cost),
    .optional("profit", .amount, "totalAmount less cost, four decimals; the owner's replies only.", \.profit),
    .required("latestSales", .array(of: .sale), "Up to five latest sales, newest first; for staff, their own.", \.latestSales),
    .required("lowStockCount", .integer, "Active products at or below their reorder level.", \.alerts.lowStock),
    .required("expiringCount", .integer, "Lots with stock that expire from today to 30 days from now.", \.alerts.expiring),
    .required("expiredCount", .integer, "Lots with stock that have expired.", \.alerts.expired)
  ).named("Dashboard")
}
