// The days' totals, which reports read instead of every line: right for ever up to a receipt number, and moved on in batches.
import Postgres

extension ShopSession {
  /// Takes sales that no total holds yet into their days' totals: one transaction, at most `most` sales.
  ///
  /// Derived data: reports are the same before and after, only faster, so nothing is audited. Locks the totals (advisory), and
  /// nothing that a till waits for; whoever else advances them at that moment waits.
  /// - Parameters:
  ///   - now: tells in the store's time zone which day is not over yet.
  ///   - includingToday: whether that day is taken in as well.
  ///   - most: how many sales at most.
  /// - Returns: how many sales were taken in; less than `most` if none is left.
  package func advanceTotals(now: Instant, includingToday: Bool, most: Int = ShopLimits.salesPerTotalling) throws -> Int {
    try Transactions.retrying {
      do {
        let advancing = connection.pipeline()
        try advancing.begin()
        try advancing.send(TotalsStatements.lock)
        let taken = try advancing.send(
          TotalsStatements.advance, .init(now: now, includesToday: includingToday, most: most))
        try advancing.commit()
        try advancing.sync()
        return try taken.first() ?? 0
      } catch {
        connection.rollback()
        throw error
      }
    }
  }
}
