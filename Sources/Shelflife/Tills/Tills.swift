// Which tills are connected to the shop: each process says so on a session that it keeps, and is gone when that is.
import Postgres

/// A process that is connected to the shop's database.
package struct PresentTill: Sendable, Equatable {
  /// The process's session, as `system.hello` tells it.
  package let sessionID: Identifier
  package let name: String
  /// The version of its program.
  package let program: String
  /// When the process began, by its own clock.
  package let since: Instant
  /// Where it connects from, as the server sees it; nil on the server's own machine, and until it has said that it is there.
  package let address: String?

  package init(sessionID: Identifier, name: String, program: String, since: Instant, address: String?) {
    self.sessionID = sessionID
    self.name = name
    self.program = program
    self.since = since
    self.address = address
  }
}

package enum Tills {
  /// The tills that are connected now, by name, the asking one included, which may not have said so yet. Owner only. Locks nothing.
  package static func list(
    own: PresentTill, limit: Int, after: NameKey?, in read: ReadTransaction
  ) throws -> KeyedPage<PresentTill, NameKey> {
    let rows = try read.run(TillStatements.present, .init(own: own, limit: limit, after: after))
    return KeyedPage(rows, limit: limit) { NameKey(name: $0.name, id: $0.sessionID) }
  }
}

extension ShopSession {
  /// Says that a till is there, for as long as this session lasts: a lock on a number of its own tells, so that whatever ends the
  /// process or its connection ends it.
  ///
  /// - Returns: false if the number is taken; another try takes another.
  package func announce(_ till: PresentTill, number: Int32) throws -> Bool {
    guard try connection.first(TillStatements.claim, number) == true else { return false }
    let announcing = connection.pipeline()
    try announcing.begin()
    try announcing.send(TillStatements.forgetOthers, number)
    try announcing.send(TillStatements.insert, .init(number: number, till: till))
    try announcing.commit()
    try announcing.sync()
    return true
  }
}
