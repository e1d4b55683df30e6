// Statements that read the ledger back.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var ledger: [Prepared] {
    [
      Prepared(CardStatements.product), Prepared(CardStatements.lot), Prepared(CardStatements.ofLot),
      Prepared(CardStatements.ofProduct), Prepared(AsOfStatements.all), Prepared(AsOfStatements.ofProduct),
      Prepared(DocumentListStatements.get), Prepared(DocumentListStatements.list), Prepared(DocumentListStatements.listOfLots),
      Prepared(DocumentListStatements.listOfReceipt), Prepared(DocumentListStatements.listOfKind),
      Prepared(DocumentListStatements.lines),
      Prepared(DocumentListStatements.writeOffSums), Prepared(DocumentListStatements.writeOffs),
    ]
  }
}
