// What the backups of a shop go by: its day, its id, where copies go and how long they are kept.
import Postgres

struct ShopMoment: Sendable {
  let storeName: String
  let businessDate: Day
  /// Nil for a schema before there was one.
  let shopID: Identifier?
  let secondFolder: String?
  let retention: Retention

  /// Reads it in a session of its own.
  static func read(from shop: PreparedDatabase, at now: Instant, interrupt: SessionInterrupt) throws -> ShopMoment {
    let connection = try Connection(shop.serving, interrupt: interrupt)
    defer { connection.close() }
    return try read(on: connection, at: now)
  }

  static func read(on connection: Connection, at now: Instant) throws -> ShopMoment {
    guard let moment = try connection.run(FactStatements.moment, now).first else {
      throw Fault.storeMissing
    }
    return moment
  }
}
