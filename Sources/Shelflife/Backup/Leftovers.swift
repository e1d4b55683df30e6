// Databases beside the shop's that nobody needs any longer: scratch databases of killed processes, shops replaced a day ago.
import Postgres

package enum Leftovers {
  /// How long a shop that was replaced by a restore is kept.
  private static let keptSeconds: Int64 = 24 * 60 * 60

  /// Drops them; touches no other database. A login that may only use the shop leaves them to one that may more.
  ///
  /// - Returns: the names of those that were dropped.
  package static func clear(beside shop: PreparedDatabase, at now: Instant) throws -> [String] {
    guard shop.mayReplace else { return [] }
    let entrance = try Connection(shop.administrator)
    defer { entrance.close() }
    var dropped: [String] = []
    for name in try names(ScratchShop.prefix(shop.name), on: entrance) where ScratchShop.isOurs(name, beside: shop.name) {
      let lock = DatabaseStatements.lock(name)
      // Whoever fills it holds the lock for as long as it lives.
      guard try entrance.script(DatabaseStatements.tryLock(lock)).first?.first == "t" else { continue }
      try entrance.script(DatabaseStatements.drop(name))
      try entrance.script(DatabaseStatements.unlock(lock))
      dropped.append(name)
    }
    let prefix = ShopSwap.prefix(shop.name)
    for name in try names(prefix, on: entrance) {
      guard let replacedAt = ShopSwap.moment(of: String(name.dropFirst(prefix.count))),
        replacedAt.milliseconds(until: now) > keptSeconds * 1000
      else { continue }
      try entrance.script(DatabaseStatements.drop(name))
      dropped.append(name)
    }
    return dropped
  }

  /// The shops that restores have replaced and that are still there.
  package static func replaced(beside shop: PreparedDatabase) throws -> [String] {
    guard shop.mayReplace else { return [] }
    let entrance = try Connection(shop.administrator)
    defer { entrance.close() }
    return try names(ShopSwap.prefix(shop.name), on: entrance)
  }

  private static func names(_ prefix: String, on entrance: Connection) throws -> [String] {
    try entrance.script(DatabaseStatements.databases(startingWith: prefix)).compactMap { $0[0] }
  }
}
