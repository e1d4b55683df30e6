// Statements of stock takes.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var stockTakes: [Prepared] {
    [
      Prepared(StockTakeStatements.insert), Prepared(StockTakeStatements.insertProducts), Prepared(StockTakeStatements.get),
      Prepared(StockTakeStatements.lock), Prepared(StockTakeStatements.list), Prepared(StockTakeStatements.end),
      Prepared(StockTakeStatements.see), Prepared(StockTakeStatements.found), Prepared(StockTakeStatements.insertEntry),
      Prepared(StockTakeStatements.insertCounts), Prepared(StockTakeReviewStatements.totals),
      Prepared(StockTakeReviewStatements.lots), Prepared(StockTakeReviewStatements.standing),
      Prepared(StockTakeReviewStatements.missing), Prepared(StockTakeReviewStatements.overtaken),
    ]
  }
}
