// Putting a proved database in the place of the shop's: for less than a second nobody is let in, then everybody is in the new one.
import Glibc
import Postgres

/// What a restore replaced.
package struct Replaced: Sendable {
  /// The name under which the old database is kept.
  package let database: String
  package let ends: ShopEnds
}

/// A restore's hold on a shop: two restores of one database never meet. Used on one thread.
final class ShopSwap {
  private let shop: PreparedDatabase
  private let entrance: Connection

  static func prefix(_ database: String) -> String { SQLText.short(database) + "_replaced_" }

  /// - Throws: `Fault.restoreInProgress` while another process is restoring.
  init(_ shop: PreparedDatabase, interrupt: SessionInterrupt) throws {
    self.shop = shop
    entrance = try Connection(shop.administrator, interrupt: interrupt)
    let answer = try entrance.script(DatabaseStatements.tryLock(DatabaseStatements.lock(shop.name)))
    guard answer.first?.first == "t" else {
      entrance.close()
      throw Fault.restoreInProgress
    }
  }

  func close() { entrance.close() }

  /// Swaps the databases. Once the first step is done this ends with one of the two in place, whatever happens; a process that
  /// is killed in between leaves the old one, closed, which the next start opens again.
  ///
  /// - Parameters:
  ///   - prepare: the last words in the new database, once nobody can add to the old one: what it ended with.
  func run(_ replacement: ScratchShop, at now: Instant, prepare: (ShopEnds) throws -> Void) throws -> Replaced {
    let kept = Self.prefix(shop.name) + Self.stamp(now)
    let old = try Connection(shop.owner.with(setting: "search_path", "shelf"))
    defer { old.close() }
    return try entrance.shielded(for: Self.patience) {
      do {
        try entrance.script(DatabaseStatements.admit(shop.name, false))
        try endSessions(of: shop.name, but: old.processID, left: 1)
        let ends = try ShopEnds.read(on: old)
        old.close()
        try prepare(ends)
        try endSessions(of: shop.name, but: 0, left: 0)
        try endSessions(of: replacement.name, but: 0, left: 0)
        try exchange(with: replacement.name, keepingAs: kept)
        replacement.keep()
        return Replaced(database: kept, ends: ends)
      } catch {
        // The transaction may be open and failed; both are harmless where there is none.
        entrance.rollback()
        reopen()
        throw error
      }
    }
  }

  /// Both renames or none. Where the answer is lost with the connection, the server is asked what became of them.
  private func exchange(with replacement: String, keepingAs kept: String) throws {
    do throws(PostgresError) {
      try entrance.script(DatabaseStatements.swap(shop.name, keptAs: kept, replacement: replacement))
    } catch {
      guard error.isConnectionFault else { throw error }
      let again = try Connection(shop.administrator, deadline: .now + Self.sessionPatience)
      defer { again.close() }
      if try again.script(DatabaseStatements.databases(startingWith: kept)).isEmpty {
        try again.script(DatabaseStatements.admit(shop.name, true))
        throw error
      }
    }
  }

  private static let patience = Duration.seconds(30)
  private static let sessionPatience = Duration.seconds(10)

  /// Ends the sessions of a database and waits until no more than `left` are there.
  private func endSessions(of database: String, but pid: Int32, left: Int) throws {
    let end = ContinuousClock.now + Self.sessionPatience
    while true {
      try entrance.script(DatabaseStatements.endSessions(database, but: pid))
      let count = try entrance.script(DatabaseStatements.sessions(database)).first?.first.flatMap { $0 }.flatMap { Int($0) }
      if let count, count <= left { return }
      if ContinuousClock.now > end {
        throw Fault.backupNotPossible(reason: "Sessions of other programs in the shop's database do not end.")
      }
      usleep(5_000)
    }
  }

  private func reopen() {
    do {
      try entrance.script(DatabaseStatements.admit(shop.name, true))
    } catch {
      // The connection is gone: the next start opens the database again.
    }
  }

  /// `20260312t090000123z`, by which a kept database tells its age.
  private static func stamp(_ now: Instant) -> String {
    String(now.text.filter { $0 != "-" && $0 != ":" && $0 != "." }).lowercased()
  }

  /// The moment in a kept database's name; nil for a name that is not of our making.
  static func moment(of stamp: String) -> Instant? {
    let digits = Array(stamp.utf8)
    guard digits.count == 19, digits[8] == UInt8(ascii: "t"), digits[18] == UInt8(ascii: "z") else { return nil }
    func part(_ range: Range<Int>) -> String { String(decoding: digits[range], as: UTF8.self) }
    let text = "\(part(0..<4))-\(part(4..<6))-\(part(6..<8))T\(part(9..<11)):\(part(11..<13)):\(part(13..<15)).\(part(15..<18))Z"
    do { return try Instant(parsing: text) } catch { return nil }
  }
}
