// SQL of what a shop holds at one moment, for a backup's manifest.
import Postgres

enum FactStatements {
  /// Those that outlive the server; what is not logged says who is connected.
  static let tables = Statement<Void, String>(
    "shop_tables",
    #"""
    select relname::text from pg_class where relnamespace = 'shelf'::regnamespace and relkind = 'r' and relpersistence = 'p'
      and relname <> 'schema_migration'
    order by relname collate "C"
    """#
  ) { row in
    try row.text()
  }

  static func count(_ table: String) -> String { "select count(*) from shelf.\(Connection.quoted(identifier: table))" }

  /// The newest number of each kind and the end of the audit chain.
  static let ends = Statement<Void, ShopEnds>(
    "shop_ends",
    #"""
    select r.day, r.receipts, d.day, d.restocks, h.seq, h.hash from audit_head h
    left join (select day, receipts from day_counter where receipts is not null order by day desc limit 1) r on true
    left join (select day, restocks from day_counter where restocks is not null order by day desc limit 1) d on true
    """#
  ) { row in
    let receiptDay = try row.optionalDay()
    let receipts = try row.optionalInt4()
    let deliveryDay = try row.optionalDay()
    let restocks = try row.optionalInt4()
    return ShopEnds(
      lastReceipt: number(.receipt, receiptDay, receipts), lastDelivery: number(.delivery, deliveryDay, restocks),
      auditLinks: try row.int8(), auditHash: try row.bytea())
  }

  private static func number(_ kind: DocumentNumber.Kind, _ day: Day?, _ number: Int32?) -> DocumentNumber? {
    guard let day, let number else { return nil }
    return DocumentNumber(kind, day: day, number: number)
  }

  /// A schema before the shop had an id has none to tell; where the server no longer knows the zone, the date is that of UTC.
  static let moment = Statement<Instant, ShopMoment>(
    "backup_moment",
    #"""
    select s.name, ($1::timestamptz at time zone case when z.known then s.time_zone else 'UTC' end)::date, (to_jsonb(s) ->> 'shop_id')::uuid,
      s.backup_folder, s.backup_keep_daily, s.backup_keep_monthly
    from store s
    cross join lateral (select exists (select from pg_timezone_names where name = s.time_zone) as known) z
    """#
  ) { now, p in
    p.add(now)
  } decode: { row in
    ShopMoment(
      storeName: try row.text(), businessDate: try row.day(), shopID: try row.optionalIdentifier(),
      secondFolder: try row.optionalText(), retention: Retention(keepDaily: try row.int(), keepMonthly: try row.int()))
  }

  /// The schema's step as the database has it, which may be behind the program's, or ahead of it.
  static let schemaStep = Statement<Void, Int>("schema_step", "select max(number) from schema_migration") { row in
    try row.int()
  }

  static let exportSnapshot = "select pg_export_snapshot()"
  /// The session waits for a program while its transaction is open.
  static let waitsLong = "set idle_in_transaction_session_timeout = 0"
}
