// A connection that holds locks, so that a test decides who waits.
import Glibc
import Postgres
import TestSupport

@testable import Shelflife

/// Belongs to one thread.
final class Blocker {
  private let connection: Connection
  private let database: ShopDatabase

  /// Begins a transaction and takes what `sql` locks.
  init(_ database: ShopDatabase, _ sql: String) throws {
    self.database = database
    connection = try Connection(database.superuser.with(setting: "search_path", "shelf"))
    try connection.script("begin")
    try connection.script(sql)
  }

  deinit { connection.close() }

  /// Returns once so many sessions of the database wait for a lock.
  func waitUntilSomebodyWaits(_ count: Int = 1) throws { try Self.waitUntilSomebodyWaits(count, in: database) }

  static func waitUntilSomebodyWaits(_ count: Int = 1, in database: ShopDatabase) throws {
    let watch = try Connection(database.superuser)
    defer { watch.close() }
    for _ in 0..<2_000 {
      let waiting = try watch.script(
        "select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'")
      if waiting.count >= count { return }
      usleep(2_000)
    }
    throw Unexpected("nobody waits for a lock")
  }

  func release() throws { try connection.script("rollback") }
}
