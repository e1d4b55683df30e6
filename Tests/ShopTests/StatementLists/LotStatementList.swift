// Statements of lots and recalls.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var lots: [Prepared] {
    [
      Prepared(LotBookStatements.get), Prepared(LotBookStatements.byReference), Prepared(LotBookStatements.product),
      Prepared(LotBookStatements.delivery), Prepared(LotBookStatements.family), Prepared(LotBookStatements.corrections),
      Prepared(LotBookStatements.setStatus), Prepared(LotBookStatements.reckoned), Prepared(LotBookStatements.receipts),
      Prepared(RecallStatements.share), Prepared(RecallStatements.insert), Prepared(RecallStatements.end),
      Prepared(RecallStatements.get), Prepared(RecallStatements.list), Prepared(RecallStatements.lots),
      Prepared(RecallStatements.blocked), Prepared(StockInStatements.lotIDs), Prepared(StockInStatements.usedLots),
      Prepared(StockInStatements.cancellations), Prepared(StockInStatements.cancelledLots),
    ]
  }
}
