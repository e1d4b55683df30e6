// SQL of goods that are to leave.
import Postgres

enum RemovalStatements {
  struct Expired {
    let today: Day
    let limit: Int
  }

  /// Lots with stock whose last day has gone by, the earliest first; locks nothing.
  static let expired = Statement<Expired, Identifier>(
    "expired_lots",
    #"""
    select l.id from lot l where l.is_open and l.expiry < $1::date order by l.expiry, l.received_at, l.lot_no limit $2::int
    """#
  ) { input, p in
    p.add(input.today)
    p.add(int32: input.limit)
  } decode: { row in
    try row.identifier()
  }
}
