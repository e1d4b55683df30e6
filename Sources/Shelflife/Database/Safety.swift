// Settings under which a committed sale could be lost: the shop does not open on them.
import Postgres

enum Safety {
  private struct Setting {
    let name: String
    let value: String
  }

  private static let settings = Statement<Void, Setting>(
    "safety_settings",
    "select name, setting from pg_settings where name in ('fsync', 'full_page_writes', 'synchronous_commit', 'data_checksums') order by name"
  ) { row in
    Setting(name: try row.text(), value: try row.text())
  }

  /// The unsafe settings of a session, by name.
  static func unsafe(on connection: Connection, isEmbedded: Bool) throws(PostgresError) -> [String] {
    try connection.run(settings).filter { setting in
      switch setting.name {
      case "synchronous_commit": ["off"].contains(setting.value)
      case "data_checksums": isEmbedded && setting.value == "off"
      default: setting.value == "off"
      }
    }.map(\.name)
  }

  /// Looks at the settings as a serving session has them.
  ///
  /// - Throws: `ProvisionFailure`, naming each unsafe setting.
  static func check(_ serving: ConnectionConfiguration, isEmbedded: Bool) throws {
    let connection = try Connection(serving)
    defer { connection.close() }
    let unsafe = try unsafe(on: connection, isEmbedded: isEmbedded)
    guard !unsafe.isEmpty else { return }
    let words = unsafe.map { "\($0) is off" }.joined(separator: ", ")
    throw ProvisionFailure(reason: "unsafe database settings: \(words)", logText: "unsafe settings: \(words)", isTransient: false)
  }
}
