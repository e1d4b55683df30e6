// Making a database fit to serve a shop: roles, schema, grants, the store's row, and settings that lose nothing.
import Postgres

/// A database that is ready to be served.
package struct PreparedDatabase: Sendable {
  /// How lanes connect: as the serving role, with the settings every session of the shop has.
  package let serving: ConnectionConfiguration
  package let schemaVersion: Int
  package let rights: DatabaseRights
  /// The role that connects.
  package let login: String
  /// Into the same database as the role that owns the shop's tables; where the login may not act as that one, as the role with
  /// which it reads them.
  let owner: ConnectionConfiguration
  /// The role of `owner`, where it is not the one that connects.
  let ownerRole: String?
  /// Into another database of the server, as the role that may make and rename databases if anybody may.
  let administrator: ConnectionConfiguration
  /// What somebody should look after, in words.
  package var notes: [String] = []

  /// The database's name.
  var name: String { serving.database ?? serving["user"] ?? Provision.database }
}

/// Why a database cannot serve a shop. `reason` is for people and holds no secret.
package struct ProvisionFailure: Error, Sendable {
  package let reason: String
  package let logText: String
  /// True when waiting may help: the server is starting, unreachable or busy.
  package let isTransient: Bool
  /// True while another process puts a restored shop in place.
  package let isRestoring: Bool
  /// True where the server has no room to start in.
  package let isDiskFull: Bool

  package init(reason: String, logText: String, isTransient: Bool, isRestoring: Bool = false, isDiskFull: Bool = false) {
    self.reason = reason
    self.logText = logText
    self.isTransient = isTransient
    self.isRestoring = isRestoring
    self.isDiskFull = isDiskFull
  }
}

package enum Provision {
  static let ownerRole = "shelflife_owner"
  static let servingRole = "shelflife_serve"
  /// Acts as the two before.
  static let migratingRole = "shelflife_migrate"
  /// Reads everything of a shop and writes nothing.
  static let backupRole = "shelflife_backup"
  static let database = "shelflife"
  /// Everything of the shop stands in it.
  static let schema = "shelf"
  static let migrationTable = "shelf.schema_migration"
  private static let lock: Int64 = 0x7368_656c_6602

  package static let schemaVersion = migrations.count

  static let migrations = [
    migration(1, "shop", PackageResources._001_shop_sql),
    migration(2, "totals, copies, restores", PackageResources._002_totals_copies_restores_sql),
    migration(3, "stock documents", PackageResources._003_stock_documents_sql),
    migration(4, "lists", PackageResources._004_lists_sql),
    migration(5, "tills", PackageResources._005_tills_sql),
    migration(6, "lists that reach far back, and a key less", PackageResources._006_lists_sql),
  ]

  private static func migration(_ number: Int, _ name: String, _ bytes: [UInt8]) -> Migration {
    Migration(number: number, name: name, sql: String(decoding: bytes, as: UTF8.self), checksum: Digest.sha256(bytes).hex)
  }

  /// Prepares the private cluster behind a socket, where `administrator` is its superuser.
  package static func embedded(_ administrator: ConnectionConfiguration) throws(ProvisionFailure) -> PreparedDatabase {
    try explaining {
      let entrance = try Connection(administrator.with(database: "postgres"))
      defer { entrance.close() }
      try entrance.script("select pg_advisory_lock(\(lock))")
      try createRoles(on: entrance, memberOf: nil)
      if try entrance.script("select from pg_database where datname = '\(database)'").isEmpty {
        try entrance.script("create database \(database) owner \(ownerRole)")
        try entrance.script(
          "revoke all on database \(database) from public; grant connect on database \(database) to \(servingRole)")
      }
      try reopen(database, on: entrance)
      let own = administrator.with(database: database)
      let version = try migrate(own.with(setting: "role", ownerRole))
      let serving = serving(own.with(user: servingRole))
      try finish(own.with(setting: "role", ownerRole), grants: true)
      try Safety.check(serving, isEmbedded: true)
      return PreparedDatabase(
        serving: serving, schemaVersion: version, rights: .owner, login: administrator["user"] ?? "",
        owner: own.with(setting: "role", ownerRole), ownerRole: ownerRole,
        administrator: administrator.with(database: "postgres"))
    }
  }

  /// Prepares a server that the shop was given: with roles of its own where the given role may make or take them, else with the
  /// given role's rights. A role that may only use the shop finds it prepared, or is told who is to prepare it.
  package static func shared(_ given: ConnectionConfiguration) throws(ProvisionFailure) -> PreparedDatabase {
    try explaining {
      let entrance = try enter(given)
      defer { entrance.close() }
      let login = try DatabaseLogin.read(on: entrance)
      guard let rights = login.rights else { throw absent(login) }
      let database = database(given, rights, login: login.name)
      switch rights {
      case .serving, .backup: return try join(given, rights, login)
      case .own:
        try entrance.script("select pg_advisory_lock(\(lock))")
      case .owner:
        try entrance.script("select pg_advisory_lock(\(lock))")
        if login.mayMakeRoles {
          try createRoles(on: entrance, memberOf: "current_user")
          try createHelpers(on: entrance)
          try entrance.script(
            "do $$ begin execute format('grant create, connect on database %I to \(ownerRole)', current_database()); end $$")
        }
      }
      _ = try migrate(database.owner)
      try finish(database.owner, grants: rights == .owner)
      try Safety.check(database.serving, isEmbedded: false)
      return database
    }
  }

  /// Another database of the same server, from which the shop's can be made, closed and renamed.
  static func administrator(of given: ConnectionConfiguration) -> ConnectionConfiguration {
    given.with(database: (given.database ?? given["user"]) == "postgres" ? "template1" : "postgres")
  }

  /// Connects to a database that a restore may have left closed.
  private static func enter(_ given: ConnectionConfiguration) throws -> Connection {
    do throws(PostgresError) {
      return try Connection(given)
    } catch {
      guard error.state == .notInPrerequisite, let name = given.database ?? given["user"] else { throw error }
      let administrator = try Connection(administrator(of: given))
      defer { administrator.close() }
      try reopen(name, on: administrator)
      return try Connection(given)
    }
  }

  /// Lets everybody into the shop's database again if a restore was killed between closing and replacing it.
  private static func reopen(_ database: String, on administrator: Connection) throws {
    guard try !administrator.script(DatabaseStatements.closedDatabases(database)).isEmpty else { return }
    let lock = DatabaseStatements.lock(database)
    guard try administrator.script(DatabaseStatements.tryLock(lock)).first?.first == "t" else {
      throw ProvisionFailure(
        reason: "a restore is in progress", logText: "the database is closed by a restore", isTransient: true, isRestoring: true)
    }
    do throws(PostgresError) { try administrator.script(DatabaseStatements.admit(database, true)) } catch {
      guard error.state == .insufficientPrivilege else { throw error }
      throw ProvisionFailure(
        reason: "a restore was interrupted: shelflife migrate with a role that may opens the database again",
        logText: error.logText, isTransient: true)
    }
    try administrator.script(DatabaseStatements.unlock(lock))
  }

  private static func createRoles(on connection: Connection, memberOf role: String?) throws(PostgresError) {
    for (name, rights) in [(ownerRole, "nologin"), (servingRole, "login")] {
      if try connection.script("select from pg_roles where rolname = '\(name)'").isEmpty {
        do throws(PostgresError) {
          try connection.script("create role \(name) \(rights) nosuperuser nocreatedb nocreaterole noreplication nobypassrls")
        } catch  where error.state == .duplicateObject || error.state == .uniqueViolation {
          // Roles are the whole server's: another shop on it was faster.
        }
      }
      if let role, try connection.script("select where pg_has_role(\(role), '\(name)', 'member')").isEmpty {
        try connection.script("grant \(name) to \(role)")
      }
    }
  }

  /// Roles for logins that do less than this one. Whoever may not make them, although it may make others, goes on without.
  private static func createHelpers(on connection: Connection) throws(PostgresError) {
    for (name, memberships) in [(migratingRole, " in role \(ownerRole), \(servingRole)"), (backupRole, "")]
    where try connection.script("select from pg_roles where rolname = '\(name)'").isEmpty {
      do throws(PostgresError) {
        try connection.script("create role \(name) nologin\(memberships)")
      } catch  where [.duplicateObject, .uniqueViolation, .insufficientPrivilege].contains(error.state) {
        // Another shop on the server was faster, or the two roles before are an administrator's who keeps them.
      }
    }
  }

  /// Brings the schema up to this program's, or to an earlier step of it, and refuses a database that is newer.
  private static func migrate(_ owner: ConnectionConfiguration, upTo step: Int = schemaVersion) throws -> Int {
    let connection = try Connection(owner.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    try connection.script("create schema if not exists shelf")
    try Migrator(Array(migrations.prefix(step)), table: migrationTable).migrate(connection)
    return step
  }

  /// Lays the schema of an earlier step into an empty database beside the shop's.
  static func lay(_ shop: PreparedDatabase, in database: String, upTo step: Int) throws {
    _ = try migrate(shop.owner.with(database: database), upTo: step)
  }

  /// Brings a database beside the shop's to this program's schema, with the rights of the serving role.
  static func furnish(_ shop: PreparedDatabase, _ database: String) throws {
    let owner = shop.owner.with(database: database)
    _ = try migrate(owner)
    try finish(owner, grants: !shop.servesAsOwner)
  }

  /// Gives the serving role its rights and the shop its first settings.
  private static func finish(_ owner: ConnectionConfiguration, grants: Bool) throws(PostgresError) {
    let connection = try Connection(owner.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    if grants { try connection.script("begin;\n" + String(decoding: PackageResources.grants_sql, as: UTF8.self) + "\ncommit;") }
    try connection.execute(firstStore, SystemTimeZone.name)
    try orderNames(on: connection)
  }

  /// Makes the index on names anew where another version of the ICU library made it, which may have had another order. The index
  /// says which by its comment; one without, as a restore leaves it, is made anew too.
  private static func orderNames(on owner: Connection) throws(PostgresError) {
    let outdated = try owner.script(
      #"""
      select format('begin; reindex index product_by_name; comment on index product_by_name is %L; commit', version)
      from (select 'ICU ' || pg_collation_actual_version('pg_catalog."und-x-icu"'::regcollation) as version) v
      where obj_description('product_by_name'::regclass, 'pg_class') is distinct from version
      """#)
    if let renewal = outdated.first?.first ?? nil { try owner.script(renewal) }
  }

  private static let firstStore = Statement<String, Void>(
    "first_store",
    #"""
    insert into store (name, address, phone, currency, time_zone, receipt_footer)
    select '', '', '', 'USD', coalesce((select name from pg_timezone_names where name = $1::text limit 1), 'UTC'), ''
    on conflict do nothing
    """#
  ) { zone, p in
    p.add(zone)
  }

  static func serving(_ configuration: ConnectionConfiguration) -> ConnectionConfiguration {
    var serving = configuration
    for (name, value) in [
      ("search_path", "shelf"), ("plan_cache_mode", "force_generic_plan"), ("jit", "off"), ("synchronous_commit", "on"),
      ("idle_in_transaction_session_timeout", "60000"), ("idle_session_timeout", "0"), ("default_transaction_read_only", "off"),
      // A till that has lost its network must not keep the others from the locks it holds.
      ("tcp_keepalives_idle", "1"), ("tcp_keepalives_interval", "1"), ("tcp_keepalives_count", "2"), ("tcp_user_timeout", "2000"),
    ] { serving = serving.with(setting: name, value) }
    return serving
  }

  static func explaining<Value>(_ work: () throws -> Value) throws(ProvisionFailure) -> Value {
    do {
      return try work()
    } catch let failure as ProvisionFailure {
      throw failure
    } catch let error as MigrationError {
      throw ProvisionFailure(
        reason: error.description, logText: error.logText, isTransient: error.postgresError?.isConnectionFault ?? false)
    } catch let error as PostgresError where error.state == .insufficientPrivilege {
      throw ProvisionFailure(
        reason: "the database role lacks a right that this needs: run shelflife migrate with a role that may",
        logText: error.logText, isTransient: false)
    } catch let error as PostgresError {
      throw ProvisionFailure(
        reason: error.description, logText: error.logText, isTransient: error.isConnectionFault,
        isDiskFull: error.state == .diskFull)
    } catch {
      throw ProvisionFailure(reason: "the database could not be prepared", logText: "\(error)", isTransient: false)
    }
  }
}

extension Provision {
  /// The roles that the shop connects as besides the superuser.
  package static let roles = [servingRole]

  /// Prepares the private cluster behind a socket.
  package static func embedded(
    socketDirectory: String, port: Int, superuser: String
  ) throws(ProvisionFailure) -> PreparedDatabase {
    try embedded(ConnectionConfiguration(socketDirectory: socketDirectory, port: port, user: superuser, database: "postgres"))
  }

  /// Prepares the server behind a libpq URI or keyword list: of several hosts the one that may take the shop's writes.
  package static func shared(
    url: String, memory: ServerMemory = ServerMemory(file: nil)
  ) throws(ProvisionFailure) -> PreparedDatabase {
    let configuration: ConnectionConfiguration
    do {
      configuration = try ConnectionConfiguration(url)
    } catch {
      throw ProvisionFailure(reason: "the database URL is not valid", logText: error.logText, isTransient: false)
    }
    let choice = try Hosts(given: configuration, memory: memory).choose()
    var prepared = try shared(choice.configuration)
    prepared.notes = choice.notes
    if let standing = choice.standing, let trouble = memory.note(standing.system, timeline: standing.timeline) {
      prepared.notes.append("what is known of the servers could not be kept: \(trouble)")
    }
    return prepared
  }

  /// Whether a text can be a database URL at all.
  package static func isConnectionString(_ text: String) -> Bool {
    do {
      _ = try ConnectionConfiguration(text)
      return true
    } catch { return false }
  }

  /// Whether a database URL holds a password or a key's passphrase.
  package static func spellsSecret(_ url: String) -> Bool {
    do { return try ConnectionConfiguration(url).spellsSecret } catch { return false }
  }
}
