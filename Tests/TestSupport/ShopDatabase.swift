// A shop's database for tests: provisioned and staffed once a process, copied for each test.
import Postgres
import Shelflife

/// One shop's database, which nobody else uses.
package struct ShopDatabase: Sendable {
  /// The superuser's way in, past all grants.
  package let superuser: ConnectionConfiguration
  package let prepared: PreparedDatabase

  /// Provisioned; no owner yet. Its business days are those of UTC.
  package static func empty() throws -> ShopDatabase { try copy(ofTemplate: provisioned()) }

  /// With the people of `Person`, each with a password of their own.
  package static func staffed() throws -> ShopDatabase {
    let bare = try provisioned()
    return try copy(
      ofTemplate: TestCluster.shared.template("staffed", from: bare) { try Person.hire(in: Provision.shared($0)) })
  }

  /// A copy of this database as it is. Nobody may be connected to it.
  package func copy() throws -> ShopDatabase { try Self.copy(ofTemplate: superuser.database ?? "") }

  private static func provisioned() throws -> String {
    try TestCluster.shared.template("provisioned", from: "template1") { configuration in
      _ = try Provision.shared(configuration)
      let connection = try Connection(configuration)
      defer { connection.close() }
      try connection.script("update shelf.store set time_zone = 'UTC'")
    }
  }

  private static func copy(ofTemplate name: String) throws -> ShopDatabase {
    let superuser = try TestCluster.shared.freshDatabase(template: name)
    return ShopDatabase(superuser: superuser, prepared: try Provision.shared(superuser))
  }
}

/// Who works in a staffed shop.
package struct Person: Sendable {
  package let name: String
  package let username: String
  package let password: String
  package let caller: Caller

  package static let olga = Person("Olga Owner", "olga", "kingfisher!", number: 1, .owner)
  package static let sam = Person("Sam Staff", "sam", "wagtail-2026", number: 2, .staff)
  package static let tess = Person("Tess Till", "tess", "woodpecker-7", number: 3, .staff)

  private init(_ name: String, _ username: String, _ password: String, number: UInt64, _ role: Role) {
    self.name = name
    self.username = username
    self.password = password
    caller = Caller(
      userID: Identifier(high: 0x0190_0000_0000_7000, low: 1 << 63 | number),
      sessionID: Identifier(high: 0x0190_0000_0000_7fff, low: 1 << 63 | number), role: role, credentialVersion: 1)
  }

  fileprivate static func hire(in database: PreparedDatabase) throws {
    let session = try ShopSession(database, interrupt: SessionInterrupt(), deadline: nil)
    defer { session.close() }
    let bcrypt = try Bcrypt(cost: 10)
    let now = try Instant(parsing: "2026-03-01T08:00:00Z")
    for person in [olga, sam, tess] {
      let new = NewUser(
        id: person.caller.userID, name: try Name(parsing: person.name), username: try Username(parsing: person.username),
        passwordHash: try bcrypt.hash(Password(parsing: person.password)))
      let isOwner = person.caller.role == .owner
      let info = CallInfo(
        method: isOwner ? "setup.createOwner" : "users.create", now: now, caller: isOwner ? nil : olga.caller, key: nil,
        moneyScale: 2, mayCommit: { true })
      let noResult: (User, CallContext) -> [UInt8] = { _, _ in [] }
      _ = try session.write(info, encode: noResult) { transaction in
        try isOwner
          ? Users.createOwner(new, recoveryCode: RecoveryCode(), in: transaction) : Users.create(new, in: transaction)
      }
    }
  }
}
