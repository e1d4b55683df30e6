// SQL of looking at a shop without changing anything.
import Postgres

enum SightStatements {
  static func databases(_ name: String) -> String {
    "select datallowconn from pg_database where datname = \(SQLText.literal(name))"
  }

  /// What the session's role is, and which of the shop's roles it may take.
  static let login = Statement<Void, DatabaseLogin>(
    "login_rights",
    #"""
    select r.rolname::text, r.rolsuper or r.rolcreaterole, \#(member(of: Provision.ownerRole)),
      \#(member(of: Provision.servingRole)), \#(member(of: Provision.backupRole)), n.oid is not null,
      coalesce(pg_has_role(r.oid, n.nspowner, 'member'), false), has_database_privilege(current_database(), 'create')
    from pg_roles r left join pg_namespace n on n.nspname = 'shelf' where r.rolname = current_user
    """#
  ) { row in
    DatabaseLogin(
      name: try row.text(), mayMakeRoles: try row.bool(), mayOwn: try row.bool(), mayServe: try row.bool(),
      mayBackUp: try row.bool(), hasSchema: try row.bool(), ownsSchema: try row.bool(), mayCreate: try row.bool())
  }

  private static func member(of role: String) -> String {
    "exists (select from pg_roles m where m.rolname = '\(role)' and pg_has_role(r.oid, m.oid, 'member'))"
  }

  /// Tables of somebody else in the database, extensions' own left out.
  static let strangers = Statement<Void, String>(
    "strange_tables",
    #"""
    select format('%I.%I', n.nspname, c.relname) from pg_class c join pg_namespace n on n.oid = c.relnamespace
    where c.relkind in ('r', 'p', 'v', 'm', 'f') and n.nspname not in ('shelf', 'information_schema') and n.nspname !~ '^pg_'
      and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
    order by 1 limit 1
    """#
  ) { row in
    try row.text()
  }

  /// A role that may not connect by itself may not ask for the size of the whole database, only for that of its tables.
  static let vitals = Statement<Instant, ShopVitals>(
    "shop_vitals",
    #"""
    select s.name, s.currency, s.time_zone, z.known,
      case when z.known then ($1::timestamptz at time zone s.time_zone)::date else ($1::timestamptz at time zone 'UTC')::date end,
      m.day, case when has_database_privilege(current_database(), 'connect') then pg_database_size(current_database())
        else (select sum(pg_total_relation_size(oid)) from pg_class where relnamespace = 'shelf'::regnamespace and relkind = 'r')::bigint end,
      s.backup_folder, (to_jsonb(s) ->> 'shop_id')::uuid, exists (select from app_user where role = 'OWNER')
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
