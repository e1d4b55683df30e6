// Looking into a lot or a batch costs what the lot or the batch has, whatever else the shop sold.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct LotPlanTests {
  private static let shop = Result { try LargeShop.make() }

  /// The plan that serving sessions use: made once, without looking at any value.
  private func plan<Input, Row>(_ statement: Statement<Input, Row>) throws -> String {
    let connection = try Connection(
      Self.shop.get().superuser.with(setting: "search_path", "shelf").with(setting: "plan_cache_mode", "force_generic_plan"))
    defer { connection.close() }
    let count = (1...40).last { statement.sql.contains("$\($0):") } ?? 0
    let nulls = Array(repeating: "null", count: count).joined(separator: ", ")
    try connection.script("prepare \(statement.name) as \(statement.sql)")
    return try connection.script("explain (costs off) execute \(statement.name)(\(nulls))").compactMap { $0[0] }.joined(
      separator: "\n")
  }

  @Test func noneReadsAWholeTable() throws {
    let plans = [
      try plan(LotBookStatements.get), try plan(LotBookStatements.byReference), try plan(LotBookStatements.family),
      try plan(LotBookStatements.corrections), try plan(LotBookStatements.reckoned), try plan(LotBookStatements.receipts),
      try plan(RecallStatements.lots), try plan(StockInStatements.lotIDs), try plan(StockInStatements.usedLots),
      try plan(StockInStatements.cancellations), try plan(StockInStatements.cancelledLots),
    ]
    for plan in plans {
      for table in ["lot", "sale", "sale_line", "stock_movement", "stock_in"] {
        #expect(!plan.split(separator: "\n").contains { $0.contains("Seq Scan on \(table) ") }, "\(plan)")
      }
    }
  }

  @Test func theBatchIsLookedUp() throws {
    #expect(try plan(RecallStatements.lots).contains("lot_by_batch"))
    let receipts = try plan(LotBookStatements.receipts)
    #expect(receipts.contains("Index Cond: (lot_id = w.lot_id)") && receipts.contains("sale_pkey"), "\(receipts)")
    #expect(!receipts.contains("sale_day_number_key"), "\(receipts)")
  }

  /// Each sale of a lot once, newest first, whatever the pages.
  @Test func everySaleOfALotIsThere() throws {
    let till = try Till(Self.shop.get(), at: "2026-03-10T12:00:00Z")
    let lot = LargeShop.lot(8)
    let filter = SaleFilter(
      from: nil, to: nil, soldByUserID: nil, productID: nil, lotID: lot, receiptNo: nil, limit: 500, after: nil)
    let sales = try till.read { try Sales.list(filter, in: $0) }.items
    let trace = try till.read { try Lots.trace(.id(lot), limit: 500, after: nil, in: $0) }
    #expect(sales.count == 6 && trace.receipts.items.map(\.saleID) == sales.map(\.id))
    #expect(trace.lot.figures.sold == 6 && trace.receipts.items.allSatisfy { $0.qty == 1 && $0.returnedQty == 0 })
  }
}
