// SQL of a database that is being filled from a backup: bare tables first, their keys and guards after the data.
import Postgres

enum LoadStatements {
  /// Tables are built and proved in bulk, in a database that nobody else uses.
  static let bulkSettings = #"""
    set maintenance_work_mem = '256MB'; set work_mem = '64MB'; set max_parallel_maintenance_workers = 2;
    set max_parallel_workers_per_gather = 2; set synchronous_commit = off; set idle_in_transaction_session_timeout = 0
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
    where c.relnamespace = 'shelf'::regnamespace and c.relkind = 'r' and c.relname <> 'schema_migration'
      and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    order by c.relname collate "C", a.attnum
    """#
  ) { row in
    Column(table: try row.text(), name: try row.text())
  }

  struct Definition {
    let drop: String
    let make: String
  }

  /// Keys, indexes and foreign keys in the order in which they are made: what they refer to comes before them.
  static let definitions = Statement<Void, Definition>(
    "shop_definitions",
    #"""
    select d.dropping, d.making from (
      select case when contype = 'f' then 3 else 1 end as phase, pg_relation_size(conrelid) as size, conrelid::regclass::text || conname as name,
        format('alter table %s drop constraint %I', conrelid::regclass, conname) as dropping,
        format('alter table %s add constraint %I %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) as making
      from pg_constraint where connamespace = 'shelf'::regnamespace and contype in ('p', 'u', 'f')
        and conrelid <> 'shelf.schema_migration'::regclass
      union all
      select 2, 0, i.indexrelid::regclass::text, format('drop index %s', i.indexrelid::regclass), pg_get_indexdef(i.indexrelid)
      from pg_index i join pg_class c on c.oid = i.indrelid
      where c.relnamespace = 'shelf'::regnamespace and c.relname <> 'schema_migration'
        and not exists (select from pg_constraint k where k.conindid = i.indexrelid and k.contype in ('p', 'u', 'x'))) d
    order by d.phase, d.name collate "C"
    """#
  ) { row in
    Definition(drop: try row.text(), make: try row.text())
  }

  /// What is put into a table in the transaction that emptied it need not be logged.
  static func begin(_ tables: [String]) -> String {
    "begin; truncate " + tables.map { "shelf.\(SQLText.quoted($0))" }.joined(separator: ", ")
  }

  static func triggers(_ tables: [String], enabled: Bool) -> String {
    tables.map { "alter table shelf.\(SQLText.quoted($0)) \(enabled ? "enable" : "disable") trigger user" }.joined(
      separator: "; ")
  }

  static func copy(_ table: String, _ columns: [String]) -> String {
    "copy shelf.\(SQLText.quoted(table)) (\(columns.map(SQLText.quoted).joined(separator: ", "))) from stdin"
  }

  /// Lot numbers go on after the last.
  static let commit = #"""
    select setval(pg_get_serial_sequence('shelf.lot', 'lot_no'), greatest(max(lot_no), 1), max(lot_no) is not null) from shelf.lot;
    commit
    """#

  static func analyze(_ tables: [String]) -> String {
    "analyze " + tables.map { "shelf.\(SQLText.quoted($0))" }.joined(separator: ", ")
  }

  /// Ends every session of the shop in every process: they belong to the incarnation before.
  static let newIncarnation = Statement<Void, Void>(
    "new_incarnation", "update store set incarnation = gen_random_uuid()", bind: { _, _ in }, decode: { _ in })
}
