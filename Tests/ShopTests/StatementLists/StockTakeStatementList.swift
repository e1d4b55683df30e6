// Statements of stock takes.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var stockTakes: [Prepared] {
    []
  }
}
