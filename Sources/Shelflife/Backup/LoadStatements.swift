// SQL of a database that is being filled from a backup: bare tables first, their keys and guards after the data.
import Postgres

enum LoadStatements {
  /// Tables are built and proved in bulk, in a database that nobody else uses.
  static let bulkSettings = #"""
    set maintenance_work_mem = '256MB'; set work_mem = '64MB'; set max_parallel_maintenance_workers = 0;
    set max_parallel_workers_per_gather = 0; set synchronous_commit = off; set idle_in_transaction_session_timeout = 0
    """#
  /// Makes the commits of the filling durable with its own.
  static let durable = "set synchronous_commit = on"

  struct Column {
    let table: String
    let name: String
  }

  /// What an archive has data for: every column that is not worked out from others.
  static let columns = Statement<Void, Column>(
    "shop_columns",
    #"""
    select c.relname::text, a.attname::text from pg_class c join pg_attribute a on a.attrelid = c.oid
    where c.relnamespace = 'shelf'::regnamespace and c.relkind = 'r' and c.relpersistence = 'p'
      and c.relname <> 'schema_migration' and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by c.relname collate "C", a.attnum
    """#
  ) { row in
    Column(table: try row.text(), name: try row.text())
  }

  struct Definition: Sendable {
    enum Kind: String, Sendable {
      case key
      case index
      case reference
    }

    let kind: Kind
    let table: String
    let drop: String
    /// A foreign key is made without looking at the rows, which `proof` then does.
    let make: String
    let proof: String?
  }

  /// Keys, indexes and foreign keys in the order in which they are made: what they refer to comes before them.
  static let definitions = Statement<Void, Definition>(
    "shop_definitions",
    #"""
    select d.kind, d.tab, d.dropping, d.making, d.proof from (
      select case when contype = 'f' then 3 else 1 end as phase, case when contype = 'f' then 'reference' else 'key' end as kind,
        conrelid::regclass::text as tab, conname::text as name,
        format('alter table %s drop constraint %I', conrelid::regclass, conname) as dropping,
        format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid))
          || case when contype = 'f' then ' not valid' else '' end as making,
        case when contype = 'f' then format('alter table %s validate constraint %I', conrelid::regclass, conname) end as proof
      from pg_constraint where connamespace = 'shelf'::regnamespace and contype in ('p', 'u', 'f')
        and conrelid <> 'shelf.schema_migration'::regclass
      union all
      select 2, 'index', i.indrelid::regclass::text, i.indexrelid::regclass::text, format('drop index %s', i.indexrelid::regclass),
        pg_get_indexdef(i.indexrelid), null
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'shelf'::regnamespace and c.relname <> 'schema_migration'
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))) d
    order by d.phase, d.tab collate "C", d.name collate "C"
    """#
  ) { row in
    guard let kind = Definition.Kind(rawValue: try row.text()) else { throw ValueFault.unknownChoice(allowed: []) }
    return Definition(
      kind: kind, table: try row.text(), drop: try row.text(), make: try row.text(),
      proof: try row.optionalText())
  }

  struct Size {
    let table: String
    let bytes: Int64
  }

  /// How large each table is, by the names that definitions have.
  static let sizes = Statement<Void, Size>(
    "shop_sizes",
    #"""
    select oid::regclass::text, pg_relation_size(oid) from pg_class
    where relnamespace = 'shelf'::regnamespace and relkind = 'r'
    """#
  ) { row in
    Size(table: try row.text(), bytes: try row.int8())
  }

  /// What is put into a table in the transaction that emptied it need not be logged.
  static func begin(_ tables: [String]) -> String {
    "begin; truncate " + tables.map { "shelf.\(Connection.quoted(identifier: $0))" }.joined(separator: ", ")
  }

  static func triggers(_ tables: [String], enabled: Bool) -> String {
    tables.map { "alter table shelf.\(Connection.quoted(identifier: $0)) \(enabled ? "enable" : "disable") trigger user" }.joined(
      separator: "; ")
  }

  static func copy(_ table: String, _ columns: [String]) -> String {
    "copy shelf.\(Connection.quoted(identifier: table)) (\(columns.map(Connection.quoted(identifier:)).joined(separator: ", "))) from stdin"
  }

  /// Lot numbers go on after the last.
  static let commit = #"""
    select setval(pg_get_serial_sequence('shelf.lot', 'lot_no'), greatest(max(lot_no), 1), max(lot_no) is not null) from shelf.lot;
    commit
    """#

  /// By a name as definitions have it.
  static func analyze(_ table: String) -> String { "analyze \(table)" }

  /// Ends every session of the shop in every process: they belong to the incarnation before.
  static let newIncarnation = Statement<Void, Void>(
    "new_incarnation", "update store set incarnation = gen_random_uuid()", bind: { _, _ in }, decode: { _ in })
}
