// Bringing a database's schema up to what the program knows: numbered steps, forward only.

/// One step of the schema. Once released, neither its SQL nor its name may change.
package struct Migration: Sendable {
  /// From 1, without gaps.
  package let number: Int
  package let name: String
  /// One or more statements; neither BEGIN nor COMMIT among them.
  package let sql: String
  /// A digest of `sql`, made by the caller.
  package let checksum: String

  package init(number: Int, name: String, sql: String, checksum: String) {
    self.number = number
    self.name = name
    self.sql = sql
    self.checksum = checksum
  }
}

/// Why a database cannot be served by this program. `description` is fit for the user, `logText` for the log.
package enum MigrationError: Error, Sendable, CustomStringConvertible {
  /// The database has migrations that this program does not know.
  case newer(database: Int, program: Int)
  /// An applied migration is not the one of that number in this program.
  case changed(number: Int)
  /// Applied migrations do not run 1, 2, 3, …; `number` is missing.
  case missing(number: Int)
  /// A migration failed and was rolled back.
  case failed(number: Int, name: String, PostgresError)
  /// The database gave an error between migrations.
  case database(PostgresError)

  package var description: String {
    switch self {
    case .newer(let database, let program):
      "the database is of a newer version (schema \(database)) than this program (schema \(program)): use the newer program"
    case .changed(let number): "schema step \(number) of the database is not the one this program knows"
    case .missing(let number): "the database lacks schema step \(number) but has later ones"
    case .failed(let number, let name, _): "schema step \(number) (\(name)) failed; the database is as it was before it"
    case .database(let error): error.description
    }
  }

  package var logText: String {
    switch self {
    case .failed(_, _, let error): "\(description): \(error.logText)"
    case .database(let error): error.logText
    default: description
    }
  }

  /// The driver's error in it, if there is one.
  package var postgresError: PostgresError? {
    switch self {
    case .failed(_, _, let error), .database(let error): error
    default: nil
    }
  }
}

/// Applies migrations. Give it a connection of its own, since steps may change session settings.
package struct Migrator: Sendable {
  private let migrations: [Migration]
  private let table: String
  private let lock: Int64

  /// `migrations` are numbered 1, 2, 3, … in order. `table` is SQL for the table in which the steps are recorded; it is created
  /// when absent. `lock` is the advisory lock that keeps migrating programs apart.
  package init(_ migrations: [Migration], table: String = "public.schema_migration", lock: Int64 = 0x7368_656c_666c) {
    precondition(migrations.map(\.number) == Array(1..<migrations.count + 1), "migrations are numbered from 1 without gaps")
    self.migrations = migrations
    self.table = table
    self.lock = lock
  }

  /// The number of the last step this program knows.
  package var latest: Int { migrations.count }

  /// Applies what is missing, each step in a transaction of its own, and returns the numbers applied. Waits for another program
  /// that is at it. `progress` is called before each step. On an error the steps before stay applied.
  @discardableResult
  package func migrate(
    _ connection: Connection, progress: (Migration) -> Void = { _ in }
  ) throws(MigrationError) -> [Int] {
    do throws(PostgresError) { try connection.script("select pg_advisory_lock(\(lock))") } catch { throw .database(error) }
    defer {
      connection.shielded(for: Limits.rollbackGrace) {
        do throws(PostgresError) { try connection.script("select pg_advisory_unlock(\(lock))") } catch { connection.close() }
      }
    }
    do throws(PostgresError) {
      try connection.script(
        """
        create table if not exists \(table) (
          number int primary key, name text not null, checksum text not null, applied_at timestamptz not null)
        """)
    } catch { throw .database(error) }
    let applied = try check(connection)
    for migration in migrations.dropFirst(applied) {
      progress(migration)
      try apply(migration, connection)
    }
    return Array(applied + 1..<latest + 1)
  }

  /// The number of the last applied step, 0 for a new database, once all applied steps are found to be the program's own.
  /// Changes nothing.
  package func check(_ connection: Connection) throws(MigrationError) -> Int {
    let rows: [Applied]
    do throws(PostgresError) {
      guard try connection.first(exists, table) == true else { return 0 }
      rows = try connection.run(list)
    } catch { throw .database(error) }
    if let last = rows.last, last.number > latest { throw .newer(database: last.number, program: latest) }
    for (expected, row) in zip(1..., rows) where row.number != expected { throw .missing(number: expected) }
    for (row, migration) in zip(rows, migrations) where row.name != migration.name || row.checksum != migration.checksum {
      throw .changed(number: row.number)
    }
    return rows.count
  }

  private struct Applied {
    let number: Int
    let name: String
    let checksum: String
  }

  private var exists: Statement<String, Bool> {
    Statement(
      "migration table", "select to_regclass($1::text) is not null", bind: { table, p in p.text(table) },
      decode: { row in try row.bool() })
  }

  private var list: Statement<Void, Applied> {
    Statement("migrations", "select number, name, checksum from \(table) order by number") { row in
      try Applied(number: Int(row.int4()), name: row.text(), checksum: row.text())
    }
  }

  private var record: Statement<Migration, Void> {
    Statement(
      "migration",
      "insert into \(table) (number, name, checksum, applied_at) values ($1::int, $2::text, $3::text, clock_timestamp())",
      bind: { migration, p in
        p.int4(Int32(migration.number))
        p.text(migration.name)
        p.text(migration.checksum)
      })
  }

  private func apply(_ migration: Migration, _ connection: Connection) throws(MigrationError) {
    do throws(PostgresError) {
      try connection.transaction { () throws(PostgresError) in
        // First, because the step's SQL may go on under another role.
        try connection.execute(record, migration)
        try connection.script(migration.sql)
        guard connection.inTransaction else { throw .misuse("schema step \(migration.number) ends its own transaction") }
      }
      try connection.script("reset role; reset all")
    } catch { throw .failed(number: migration.number, name: migration.name, error) }
  }
}
