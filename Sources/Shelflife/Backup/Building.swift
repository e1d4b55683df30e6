// Building what was taken off a database for its loading: keys and indexes, foreign keys proved against every row, statistics.
import Postgres
import Synchronization

/// Builds on two sessions at once, each with tables of its own, so that they never wait for each other.
struct Building: Sendable {
  private let definitions: [LoadStatements.Definition]
  private let tables: [String]
  /// The tables of the second session.
  private let aside: Set<String>
  private let watch: BackupWatch

  init(_ definitions: [LoadStatements.Definition], sizes: [LoadStatements.Size], _ watch: BackupWatch) {
    self.definitions = definitions
    tables = sizes.map(\.table)
    self.watch = watch
    let bytes = Dictionary(uniqueKeysWithValues: sizes.map { ($0.table, $0.bytes) })
    // What building costs goes by the table's size, once for each definition.
    let costs = Dictionary(definitions.map { ($0.table, bytes[$0.table] ?? 0) }, uniquingKeysWith: +)
    var (own, other): (Int64, Int64) = (0, 0)
    var aside: Set<String> = []
    for (table, cost) in costs.sorted(by: { ($0.value, $0.key) > ($1.value, $1.key) }) {
      if own <= other {
        own += cost
      } else {
        other += cost
        aside.insert(table)
      }
    }
    self.aside = aside
  }

  /// - Throws: `Fault.backupInvalid` for rows that break a rule.
  func run(on connection: Connection, beside connect: @escaping @Sendable () throws -> Connection) throws {
    let references = definitions.filter { $0.kind == .reference }
    let proofs = references.compactMap { definition in definition.proof.map { (definition.table, $0) } }
    try both(
      definitions.filter { $0.kind != .reference }.map { ($0.table, $0.make) }, from: 40, to: 55, on: connection, connect)
    for definition in references { try make(definition.make, on: connection) }
    try both(proofs, from: 55, to: 66, on: connection, connect)
    try both(tables.map { ($0, LoadStatements.analyze($0)) }, from: 66, to: 70, on: connection, connect)
  }

  private func both(
    _ statements: [(table: String, sql: String)], from first: Int, to last: Int, on connection: Connection,
    _ connect: @escaping @Sendable () throws -> Connection
  ) throws {
    let done = Mutex(0)
    let tell: @Sendable () -> Void = { [watch] in
      let count = done.withLock { done in
        defer { done += 1 }
        return done
      }
      if count % 8 == 0 { watch.progress(first + (last - first) * count / statements.count, "building keys and guards") }
    }
    let others = statements.filter { aside.contains($0.table) }.map(\.sql)
    _ = try atOnce {
      try run(statements.filter { !aside.contains($0.table) }.map(\.sql), on: connection, tell)
    } beside: {
      let other = try connect()
      defer { other.close() }
      try other.script(LoadStatements.bulkSettings)
      try run(others, on: other, tell)
    }
  }

  private func run(_ statements: [String], on connection: Connection, _ tell: () -> Void) throws {
    for statement in statements {
      try watch.check()
      tell()
      try make(statement, on: connection)
    }
  }

  private func make(_ statement: String, on connection: Connection) throws {
    do throws(PostgresError) {
      try connection.script(statement)
    } catch {
      guard error.state?.isOfClass("23") == true else { throw error }
      throw Fault.backupInvalid(reason: "The data breaks a rule of the books (\(error.constraint ?? "a key")).")
    }
  }
}
