// Which statements this session has prepared, and under which names the server knows them.

/// The statements of one session by their names in the program.
///
/// A statement whose plan the server no longer accepts is prepared anew under a fresh name, so nothing is ever deallocated.
struct PreparedNames {
  private struct Entry {
    let sql: String
    let serverName: String
  }

  private var entries: [String: Entry] = [:]
  private var generation = 0

  /// Nil until it is prepared, or at least queued to be.
  func serverName(of name: String, sql: String) -> String? {
    guard let entry = entries[name] else { return nil }
    return entry.sql == sql ? entry.serverName : nil
  }

  /// The name to prepare it under.
  mutating func add(_ name: String, sql: String) -> String {
    generation += 1
    let serverName = "\(name)#\(generation)"
    entries[name] = Entry(sql: sql, serverName: serverName)
    return serverName
  }

  mutating func remove(_ name: String) { entries[name] = nil }

  /// Forgets the statement if `error` says that the server no longer has it or its plan.
  mutating func forget(_ name: String, after error: PostgresError) {
    guard let state = error.state else { return }
    if state == .invalidStatementName || state == .featureNotSupported { remove(name) }
  }
}
