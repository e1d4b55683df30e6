// A database beside the shop's, filled from a backup and proved there, before anybody relies on it.
import Postgres

/// A scratch database of the same server. While it is held, nobody else takes it for a leftover. Used on one thread.
final class ScratchShop {
  let name: String
  private let shop: PreparedDatabase
  private let entrance: Connection
  private let watch: BackupWatch
  private var isKept = false

  static func prefix(_ database: String) -> String { SQLText.short(database) + "_scratch_" }

  /// Whether a name can only be of our making.
  static func isOurs(_ name: String, beside database: String) -> Bool {
    let end = name.dropFirst(prefix(database).count)
    return name.hasPrefix(prefix(database)) && end.utf8.count == nameDigits
      && end.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static let nameDigits = 12

  /// Makes an empty database with the owner, encoding and rights of the shop's.
  ///
  /// - Throws: `Fault.backupNotPossible` where this role may make none.
  init(beside shop: PreparedDatabase, watch: BackupWatch) throws {
    self.shop = shop
    self.watch = watch
    name = Self.prefix(shop.name) + Random.hex(Self.nameDigits)
    entrance = try Connection(shop.administrator, interrupt: watch.interrupt)
    _ = try entrance.script(DatabaseStatements.tryLock(DatabaseStatements.lock(name)))
    do throws(PostgresError) {
      for row in try entrance.script(DatabaseStatements.createLike(shop.name, named: name)) {
        if let statement = row.first ?? nil { try entrance.script(statement) }
      }
      for row in try entrance.script(DatabaseStatements.grantLike(shop.name, to: name)) {
        if let statement = row.first ?? nil { try entrance.script(statement) }
      }
    } catch {
      // It may have been made before the rest was refused or interrupted.
      close()
      guard error.state == .insufficientPrivilege else { throw error }
      throw Fault.backupNotPossible(
        reason: "The database role \(shop.login) may not make databases (createdb), which proving a backup needs.")
    }
  }

  /// Gives the database up, unless it was kept.
  func close() {
    if !isKept {
      entrance.shielded(for: .seconds(10)) {
        // Allowed: what stays behind is dropped as a leftover later.
        _ = try? entrance.script(DatabaseStatements.drop(name))
      }
    }
    entrance.close()
  }

  /// From now on it is the shop's database.
  func keep() { isKept = true }

  func connect() throws -> Connection { try connector() }

  /// What connects to it on any thread.
  private var connector: @Sendable () throws -> Connection {
    let configuration = shop.owner.with(database: name).with(setting: "search_path", "shelf")
    return { [interrupt = watch.interrupt] in try Connection(configuration, interrupt: interrupt) }
  }

  /// Fills the database from an archive, builds its keys and guards, brings the schema up to this program's and proves it all.
  ///
  /// The schema is made by this program's own migrations; of the archive only lines of data reach the server, by statements of
  /// our own and for our own tables.
  /// - Parameter archive: gives the archive piece by piece, and is called once, on another thread.
  /// - Throws: `Fault.backupInvalid`, `requestCancelled`, `diskFull`.
  func fill(
    from archive: @escaping @Sendable (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void, of manifest: Manifest,
    with programs: ArchivePrograms
  ) throws -> [CheckResult] {
    try Provision.lay(shop, in: name, upTo: manifest.schemaVersion)
    let connection = try connect()
    defer { connection.close() }
    try connection.script(LoadStatements.bulkSettings)
    let columns = Dictionary(grouping: try connection.run(LoadStatements.columns), by: \.table)
    let tables = columns.keys.sorted()
    let definitions = try connection.run(LoadStatements.definitions)
    for definition in definitions.reversed() { try connection.script(definition.drop) }
    try connection.script(LoadStatements.triggers(tables, enabled: false))

    watch.progress(5, "loading the data")
    try connection.script(LoadStatements.begin(tables))
    try ArchiveLoading(connection, columns: columns.mapValues { $0.map(\.name) }).run(archive, with: programs, watch)
    try connection.script(LoadStatements.commit)

    try Building(definitions, sizes: try connection.run(LoadStatements.sizes), watch).run(on: connection, beside: connector)
    try connection.script(LoadStatements.triggers(tables, enabled: true))
    guard try ShopDump.facts(on: connection) == manifest.facts else {
      throw Fault.backupInvalid(reason: "The data is not what the manifest says.")
    }
    try connection.script(LoadStatements.durable)
    try Provision.furnish(shop, name)
    do throws(PostgresError) { _ = try connection.run(StoreStatements.standing) } catch {
      guard case .decoding = error else { throw error }
      throw Fault.backupInvalid(reason: "Its store has a currency that this program does not know.")
    }
    let part = watch.part(from: 70, to: 100)
    return try Check.run(on: connection, with: CheckCompanion(open: connector)) { part.progress($0, $1) }
  }
}
