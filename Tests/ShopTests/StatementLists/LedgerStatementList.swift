// Statements that read the ledger back.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var ledger: [Prepared] {
    []
  }
}
