// The shop's clock: the date that the owner vouches for.
import Postgres

package enum Stores {
  /// Accepts today's date as the mark that document dates are compared with. Owner only; locks the mark's row.
  package static func acknowledgeClock(in transaction: WriteTransaction) throws {
    _ = try transaction.run(StoreStatements.setMark, transaction.context.today)
    transaction.audit(.clock, Identifier(high: 0, low: 0))
    transaction.changes = [
      AuditChange(member: "clockMark", before: transaction.context.clockMark?.text, after: transaction.context.today.text)
    ]
  }
}

enum StoreStatements {
  static let standing = Statement<Void, ShopStanding>(
    "shop_standing", "select exists (select from app_user where role = 'OWNER'), name, currency from store"
  ) { row in
    ShopStanding(ownerExists: try row.bool(), storeName: try row.text(), currency: try row.currency())
  }

  static let setMark = Statement<Day, Void>("set_clock_mark", "update clock_mark set day = $1::date") { day, p in
    p.add(day)
  }
}
