// SQL of whole databases: made beside the shop's, put in its place, dropped.
import Postgres

enum DatabaseStatements {
  /// The lock that a restore holds for as long as it lasts, and the one of each scratch database.
  static func lock(_ database: String) -> Int64 { Digest.lockNumber("shelflife:\(database)") }

  static func tryLock(_ number: Int64) -> String { "select pg_try_advisory_lock(\(number))" }
  static func unlock(_ number: Int64) -> String { "select pg_advisory_unlock(\(number))" }

  /// A database with the owner, the encoding and the rights of another.
  static func createLike(_ database: String, named name: String) -> String {
    """
    select format('create database %I owner %I template template0 encoding %L lc_collate %L lc_ctype %L', \(SQLText.literal(name)),
      pg_get_userbyid(datdba), pg_encoding_to_char(encoding), datcollate, datctype) from pg_database where datname = \(SQLText.literal(database))
    """
  }

  /// Statements that give a database the rights of another.
  static func grantLike(_ database: String, to name: String) -> String {
    """
    select format('revoke all on database %I from public', \(SQLText.literal(name)))
    union all
    select format('grant %s on database %I to %s', a.privilege_type, \(SQLText.literal(name)),
      case when a.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(a.grantee)) end)
    from pg_database d, aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a
    where d.datname = \(SQLText.literal(database)) and a.grantee <> d.datdba
    """
  }

  static func drop(_ database: String) -> String {
    "drop database if exists \(Connection.quoted(identifier: database)) with (force)"
  }

  static func admit(_ database: String, _ isOpen: Bool) -> String {
    "alter database \(Connection.quoted(identifier: database)) with allow_connections \(isOpen)"
  }

  static func endSessions(_ database: String, but pid: Int32) -> String {
    """
    select pg_terminate_backend(pid) from pg_stat_activity where datname = \(SQLText.literal(database)) and pid <> \(pid)
      and backend_type = 'client backend'
    """
  }

  static func sessions(_ database: String) -> String {
    "select count(*) from pg_stat_activity where datname = \(SQLText.literal(database)) and backend_type = 'client backend'"
  }

  /// Both or neither: nobody ever sees a server without the shop's database.
  static func swap(_ database: String, keptAs kept: String, replacement: String) -> String {
    """
    begin;
    alter database \(Connection.quoted(identifier: database)) rename to \(Connection.quoted(identifier: kept));
    alter database \(Connection.quoted(identifier: replacement)) rename to \(Connection.quoted(identifier: database));
    commit
    """
  }

  static func closedDatabases(_ database: String) -> String {
    "select datname from pg_database where datname = \(SQLText.literal(database)) and not datallowconn"
  }

  static func databases(startingWith prefix: String) -> String {
    "select datname from pg_database where starts_with(datname, \(SQLText.literal(prefix))) order by datname"
  }
}

/// Names of our own making and from the catalogue, as SQL has them.
enum SQLText {
  /// As much of a database's name as leaves room for an ending: the server cuts names at 63 bytes.
  static func short(_ name: String) -> String {
    var short = name
    while short.utf8.count > 36 { short.removeLast() }
    return short
  }

  static func literal(_ text: String) -> String {
    "'" + text.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "''") + "'"
  }
}
