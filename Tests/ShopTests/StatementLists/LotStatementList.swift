// Statements of lots and recalls.
import Postgres

@testable import Shelflife

extension StatementTests {
  static var lots: [Prepared] {
    []
  }
}
