// Statements that write stock documents, returns and voids.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var documents: [Prepared] {
    [
      Prepared(HeldLotStatements.lock), Prepared(HeldLotStatements.siblings), Prepared(HeldLotStatements.insert),
      Prepared(HeldLotStatements.move), Prepared(StockDocumentStatements.nextNumber), Prepared(StockDocumentStatements.insert),
      Prepared(StockDocumentStatements.insertMovements), Prepared(StockDocumentStatements.insertLines),
      Prepared(ReturnStatements.takes), Prepared(ReturnStatements.documents), Prepared(ReturnStatements.returned),
      Prepared(RemovalStatements.expired), Prepared(NoticeStatements.takenBack), Prepared(NoticeStatements.turnovers),
      Prepared(NoticeStatements.lots), Prepared(NoticeStatements.recalls), Prepared(NoticeStatements.stockTakes),
      Prepared(SalesReportStatements.taken), Prepared(SalesReportStatements.voidedReceipts),
    ]
  }
}
