// SQL of looking at a shop without changing anything.
import Postgres

enum SightStatements {
  static func databases(_ name: String) -> String {
    "select datallowconn from pg_database where datname = \(SQLText.literal(name))"
  }

  /// Which of these roles the session may take.
  static func usableRoles(_ roles: [String]) -> String {
    """
    select rolname from pg_roles where rolname in (\(roles.map(SQLText.literal).joined(separator: ", ")))
      and pg_has_role(current_user, oid, 'member')
    """
  }

  static let vitals = Statement<Instant, ShopVitals>(
    "shop_vitals",
    #"""
    select s.name, s.currency, s.time_zone, z.known,
      case when z.known then ($1::timestamptz at time zone s.time_zone)::date else ($1::timestamptz at time zone 'UTC')::date end,
      m.day, pg_database_size(current_database()), s.backup_folder, (to_jsonb(s) ->> 'shop_id')::uuid, exists (select from app_user where role = 'OWNER')
    from store s cross join clock_mark m
    cross join lateral (select exists (select from pg_timezone_names where name = s.time_zone) as known) z
    """#
  ) { now, p in
    p.add(now)
  } decode: { row in
    ShopVitals(
      storeName: try row.text(), currency: try row.currency(), timeZone: try row.text(), knowsTimeZone: try row.bool(),
      today: try row.day(), clockMark: try row.optionalDay(), databaseBytes: try row.int8(),
      secondBackupFolder: try row.optionalText(), shopID: try row.optionalIdentifier(), ownerExists: try row.bool())
  }
}
