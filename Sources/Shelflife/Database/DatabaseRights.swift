// What a login of a shared server may do with a shop: prepare and replace it, serve it, or only read it for a backup.
import Postgres

/// The rights with which a process works on a shop.
package enum DatabaseRights: Sendable {
  /// Those of the role that owns the shop's tables: the schema is changed, backups are proved and restored.
  case owner
  /// Those of a login that owns the tables itself, where the server has no roles of the shop: the tills work with them too.
  case own
  /// Those of the serving role: what a till needs, and a backup.
  case serving
  /// Those of the role that may only read.
  case backup
}

/// A server's login, as a session of it sees itself.
struct DatabaseLogin: Sendable {
  let name: String
  let mayMakeRoles: Bool
  let mayOwn: Bool
  let mayServe: Bool
  let mayBackUp: Bool
  /// Whether the database has a shop's schema, in whatever state.
  let hasSchema: Bool
  let ownsSchema: Bool
  /// Whether it may make schemas in the database.
  let mayCreate: Bool

  /// Whether the shop's roles are there and may be taken.
  var hasRoles: Bool { mayOwn && mayServe }

  /// The most that it may do here; nil for nothing.
  var rights: DatabaseRights? {
    if mayMakeRoles || hasRoles { return .owner }
    if hasSchema ? ownsSchema : mayCreate { return .own }
    if mayServe { return .serving }
    return mayBackUp ? .backup : nil
  }

  static func read(on connection: Connection) throws -> DatabaseLogin {
    guard let login = try connection.first(SightStatements.login) else {
      throw ProvisionFailure(reason: "the database role is gone", logText: "the role has no row", isTransient: true)
    }
    return login
  }
}

extension PreparedDatabase {
  /// True when the server would not give the shop a role of its own: the tills then work with the owner's rights.
  package var servesAsOwner: Bool { rights == .own }

  /// Whether another database may come in the shop's place, as far as the login is concerned.
  package var mayReplace: Bool { rights == .owner || rights == .own }

  /// Refuses what needs more than the rights to use the shop.
  ///
  /// - Throws: `Fault.backupNotPossible`, naming the login and the role that it lacks.
  func requireOwner() throws(Fault) {
    if mayReplace { return }
    let may = rights == .serving ? "serve the shop and back it up" : "back the shop up"
    throw .backupNotPossible(
      reason: "The database role \(login) may only \(may). A backup is proved or restored with a login in the role "
        + "\(Provision.migratingRole) that may make databases.")
  }

  /// Refuses to serve with a login that may not sell.
  ///
  /// - Throws: `ProvisionFailure`.
  package func requireServing() throws(ProvisionFailure) {
    guard rights == .backup else { return }
    let reason = "the database role \(login) may only take backups: serve with a login in the role \(Provision.servingRole)"
    throw ProvisionFailure(reason: reason, logText: reason, isTransient: false)
  }
}

extension Provision {
  /// The database of a shop that is there, as a login with these rights works with it.
  static func database(_ given: ConnectionConfiguration, _ rights: DatabaseRights, login: String) -> PreparedDatabase {
    let (owner, server): (String?, String?) =
      switch rights {
      case .owner: (ownerRole, servingRole)
      case .own: (nil, nil)
      case .serving: (servingRole, servingRole)
      case .backup: (backupRole, backupRole)
      }
    func acting(as role: String?) -> ConnectionConfiguration { role.map { given.with(setting: "role", $0) } ?? given }
    // What fills a whole database sends more than a server that is busy with its disk takes in two seconds.
    var filling = acting(as: owner)
    if filling["tcp_user_timeout"] == nil { filling["tcp_user_timeout"] = "60000" }
    return PreparedDatabase(
      serving: serving(acting(as: server)), schemaVersion: schemaVersion, rights: rights, login: login,
      owner: filling, ownerRole: owner, administrator: administrator(of: given))
  }

  /// A shop that somebody else prepared, for a login that may only use it. Nothing is made or changed.
  ///
  /// - Throws: `ProvisionFailure` that says who is to do what: there is no shop, or its schema is not this program's.
  static func join(
    _ given: ConnectionConfiguration, _ rights: DatabaseRights, _ login: DatabaseLogin
  ) throws -> PreparedDatabase {
    guard login.hasSchema else { throw absent(login) }
    let database = database(given, rights, login: login.name)
    let connection = try Connection(database.serving)
    defer { connection.close() }
    try requireCurrentSchema(on: connection)
    try Safety.check(database.serving, isEmbedded: false)
    return database
  }

  private static func requireCurrentSchema(on connection: Connection) throws {
    let reason: String
    do throws(MigrationError) {
      let found = try Migrator(migrations, table: migrationTable).check(connection)
      if found == schemaVersion { return }
      reason = "the schema is \(found), this program's is \(schemaVersion): run shelflife migrate with a role that may"
    } catch {
      guard case .newer(let found, let known) = error else { throw error }
      reason = "the schema is \(found), which is newer than this program's (\(known)): update this till"
    }
    throw ProvisionFailure(reason: reason, logText: reason, isTransient: false)
  }

  /// Why a login has nothing to work on.
  static func absent(_ login: DatabaseLogin) -> ProvisionFailure {
    let reason =
      login.hasSchema
      ? "the database role \(login.name) may not use this shop: grant it \(servingRole), or \(backupRole) for backups"
      : "there is no shop in this database, and the role \(login.name) may not make one: run shelflife migrate --new with a role "
        + "that may"
    return ProvisionFailure(reason: reason, logText: reason, isTransient: false)
  }
}
