// Looking at a shop's database without changing anything, not even its schema: for a person who wants to know how it stands.
import Postgres

/// What is behind a way in.
package struct ShopSight: Sendable {
  /// As the server says it, such as `15.18 (Debian 15.18-0+deb12u1)`.
  package let serverVersion: String
  /// The last schema step that was applied; 0 where there is no shop yet.
  package let schemaVersion: Int
  /// Settings under which an acknowledged sale could be lost, by name.
  package let unsafeSettings: [String]
  /// The shop, if its schema is the program's.
  package let shop: PreparedDatabase?
  /// The role that connects to a shared server, and what it may do there; nil for nothing.
  package var login: (name: String, rights: DatabaseRights?)?
  /// A table of somebody else in a shared server's database that has no shop yet; a shop is not to be made beside it, since a
  /// restore puts another database in the place of the whole.
  package var stranger: String?

  package var isCurrent: Bool { schemaVersion == Provision.schemaVersion }
  package var serverMajor: Int { Int(serverVersion.prefix { $0.isNumber }) ?? 0 }
}

/// What a person wants to know of a shop first.
package struct ShopVitals: Sendable {
  package let storeName: String
  package let currency: Currency
  package let timeZone: String
  /// Whether the database still knows the zone; where it does not, `today` is that of UTC.
  package let knowsTimeZone: Bool
  package let today: Day
  /// The newest business date on a document, or the one acknowledged.
  package let clockMark: Day?
  package let databaseBytes: Int64
  package let secondBackupFolder: String?
  package let shopID: Identifier?
  package let ownerExists: Bool

  /// Days that the business date lies after the clock mark; negative if it lies before.
  package var daysAhead: Int { clockMark.map { $0.days(until: today) } ?? 0 }

  /// Days after which a date is not believed until the owner acknowledges it.
  package static let believedDays = ShopLimits.clockLeapDays

  /// - Throws: `Fault`, `PostgresError`.
  package static func read(
    from shop: PreparedDatabase, at now: Instant, interrupt: SessionInterrupt
  ) throws -> ShopVitals {
    let connection = try Connection(shop.serving, interrupt: interrupt)
    defer { connection.close() }
    guard let vitals = try connection.first(SightStatements.vitals, now) else {
      throw Fault.storeMissing
    }
    return vitals
  }
}

extension Provision {
  /// Looks into the private cluster behind a socket.
  ///
  /// - Throws: `ProvisionFailure` where the database cannot be reached, or is of a newer program.
  package static func look(
    socketDirectory: String, port: Int, superuser: String
  ) throws(ProvisionFailure) -> ShopSight {
    let administrator = ConnectionConfiguration(
      socketDirectory: socketDirectory, port: port, user: superuser, database: "postgres")
    return try explainingSight {
      let entrance = try Connection(administrator)
      defer { entrance.close() }
      guard let row = try entrance.script(SightStatements.databases(database)).first else {
        return ShopSight(
          serverVersion: entrance.parameterStatus("server_version") ?? "", schemaVersion: 0, unsafeSettings: [], shop: nil)
      }
      guard row.first == "t" else { throw closed }
      let own = administrator.with(database: database)
      let shop = PreparedDatabase(
        serving: serving(own.with(user: servingRole)), schemaVersion: schemaVersion, rights: .owner,
        login: administrator["user"] ?? "", owner: own.with(setting: "role", ownerRole), ownerRole: ownerRole,
        administrator: administrator)
      return try look(at: shop, through: own, isEmbedded: true)
    }
  }

  /// Looks behind a libpq URI or keyword list, at the server that would be served.
  ///
  /// - Throws: `ProvisionFailure` where the database cannot be reached, or is of a newer program.
  package static func look(
    url: String, memory: ServerMemory = ServerMemory(file: nil)
  ) throws(ProvisionFailure) -> ShopSight {
    try explainingSight {
      let given = try Hosts(given: ConnectionConfiguration(url), memory: memory).choose().configuration
      let login: DatabaseLogin
      let stranger: String?
      do {
        let entrance = try Connection(given)
        defer { entrance.close() }
        login = try DatabaseLogin.read(on: entrance)
        stranger = login.hasSchema ? nil : try entrance.first(SightStatements.strangers)
      }
      // Who may make the roles has none to take before that.
      let rights = login.rights == .owner && !login.hasRoles ? .own : login.rights ?? .own
      let shop = database(given, rights, login: login.name)
      var sight = try look(at: shop, through: shop.owner, isEmbedded: false)
      sight.login = (login.name, login.rights)
      sight.stranger = stranger
      return sight
    }
  }

  private static func look(
    at shop: PreparedDatabase, through owner: ConnectionConfiguration, isEmbedded: Bool
  ) throws -> ShopSight {
    let connection = try Connection(owner)
    defer { connection.close() }
    let version = try Migrator(migrations, table: migrationTable).check(connection)
    let isCurrent = version == schemaVersion
    return ShopSight(
      serverVersion: connection.parameterStatus("server_version") ?? "", schemaVersion: version,
      // A server without a shop need not have the serving role.
      unsafeSettings: try isCurrent ? unsafeSettings(of: shop, isEmbedded: isEmbedded) : [], shop: isCurrent ? shop : nil)
  }

  private static func unsafeSettings(of shop: PreparedDatabase, isEmbedded: Bool) throws -> [String] {
    let session = try Connection(shop.serving)
    defer { session.close() }
    return try Safety.unsafe(on: session, isEmbedded: isEmbedded)
  }

  private static let closed = ProvisionFailure(
    reason: "a restore is in progress, or was interrupted; the next start of shelflife opens the database again",
    logText: "the database is closed by a restore", isTransient: true)

  /// Says in words what a person can do something about.
  private static func explainingSight<Value>(_ work: () throws -> Value) throws(ProvisionFailure) -> Value {
    try explaining {
      do {
        return try work()
      } catch let error as PostgresError {
        throw ConnectionTrouble.failure(error) ?? error
      } catch let error as MigrationError {
        throw error.postgresError.flatMap(ConnectionTrouble.failure) ?? error
      }
    }
  }
}

extension Provision {
  /// The version of the library that speaks with PostgreSQL.
  package static var libraryVersion: String { LibraryVersion.text }
}
