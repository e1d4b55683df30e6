// Plans that were made while a table was empty, and what they read once it is not.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct EmptyTableTests {
  /// A maintenance job on the first day says of every table that it is empty, and sessions keep their plans until the next one.
  @Test func aShopThatWasAnalyzedBeforeItsFirstSaleSellsByItsKeys() throws {
    let till = try Till()
    let soap = try till.product("Soap").id
    try till.deliver(soap, 1_000, "2027-04-01")
    try till.sql("vacuum analyze")
    for _ in 0..<300 { try till.sell([(soap, 1)]) }
    let sold = "select n_tup_ins from pg_stat_user_tables where relname = 'sale'"
    till.session.close()
    let shop = try Till(till.database)
    #expect(try eventually { try shop.sql(sold) == ["300"] })
    let read = try shop.sql(
      "select relname || ' ' || seq_tup_read from pg_stat_user_tables where seq_tup_read > 3 * 300 and schemaname = 'shelf'")
    #expect(read == [], "row by row, this would be half of 300 rows a sale")
  }
}
