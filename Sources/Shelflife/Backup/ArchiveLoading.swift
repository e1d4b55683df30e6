// Taking the lines of data out of an archive's text into the tables that they belong to.
import Postgres

/// Fills the tables of one connection's database. Used on one thread, once.
final class ArchiveLoading {
  /// Part of every archive, but the business of the migrator.
  private static let skipped = "schema_migration"

  private let connection: Connection
  private let columns: [String: [String]]
  private var loaded: Set<String> = []
  private var copy: CopyWriter?

  /// - Parameter columns: of each table that the archive must have data for.
  init(_ connection: Connection, columns: [String: [String]]) {
    self.connection = connection
    self.columns = columns
  }

  /// - Throws: `Fault.backupInvalid` for data that is not of these tables, or that they do not take.
  func run(
    _ archive: @escaping @Sendable (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void,
    with programs: ArchivePrograms, _ watch: BackupWatch
  ) throws {
    var text = CopyTextReader(schema: Provision.schema)
    do {
      try programs.text(archive, { chunk in try text.read(chunk) { try self.take($0) } }, watch.isCancelled)
      try text.finish()
    } catch let error as PostgresError where error.state.map({ $0.isOfClass("22") || $0.isOfClass("23") }) == true {
      throw Fault.backupInvalid(reason: "The database does not take the data.")
    } catch is CopyTextError {
      throw Fault.backupInvalid(reason: "It holds data that is not of this schema, or ends in the middle of it.")
    }
    guard loaded.count == columns.count else { throw Fault.backupInvalid(reason: "The data of some tables is missing.") }
  }

  private func take(_ event: CopyTextReader.Event) throws {
    switch event {
    case .begin(Self.skipped, _): break
    case .begin(let table, let names):
      guard let expected = columns[table], Set(expected) == Set(names), expected.count == names.count,
        loaded.insert(table).inserted
      else { throw Fault.backupInvalid(reason: "It holds data that is not of this schema.") }
      copy = try connection.startCopy(LoadStatements.copy(table, names))
    case .data(let bytes): try copy?.write(bytes)
    case .end:
      _ = try copy?.finish()
      copy = nil
    }
  }
}
