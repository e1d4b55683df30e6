// What the process was asked to do: flags beat the environment, the environment beats the defaults. Nothing else reads either.
import ArgumentParser
import Glibc
import Shelflife
import ShelflifeAPI

/// The settings of one run, checked.
struct Configuration {
  let databaseURL: String?
  /// A standby of the database's server, for reports.
  let standby: Standby?
  let dataDirectory: String
  let programDirectory: String?
  let logLevel: LogLevel
  let bcryptCost: Int
  /// Where what passes on the wire is recorded; nil for nowhere.
  let traceFile: String?
  /// What this till is called in the shop.
  let till: TillName
  let clock: Clock

  /// - Throws: `ValidationError` in words, which ends the process with status 64.
  init(_ flags: ServeFlags) throws {
    let level = flags.logLevel ?? Self.environment("SHELFLIFE_LOG_LEVEL") ?? "info"
    guard let known = LogLevel(rawValue: level) else {
      throw ValidationError("The log level must be one of \(LogLevel.allCases.map(\.rawValue).joined(separator: ", ")).")
    }
    let cost = flags.bcryptCost ?? Self.environment("SHELFLIFE_BCRYPT_COST") ?? "12"
    guard let number = Int(cost), Bcrypt.costs.contains(number) else {
      throw ValidationError("The bcrypt cost must be from \(Bcrypt.costs.lowerBound) to \(Bcrypt.costs.upperBound).")
    }
    try Self.refuseSecret(in: flags.reportsURL)
    try self.init(
      flags.place, logLevel: known, bcryptCost: number,
      traceFile: flags.traceFile ?? Self.environment("SHELFLIFE_TRACE_FILE"),
      till: flags.till ?? Self.environment("SHELFLIFE_TILL"),
      reportsURL: flags.reportsURL ?? Self.environment("SHELFLIFE_REPORTS_URL"))
  }

  /// What a command that serves nobody needs to know.
  ///
  /// - Throws: `ValidationError` in words, which ends the process with status 64.
  init(
    _ flags: PlaceFlags, logLevel: LogLevel = .warning, bcryptCost: Int = 12, traceFile: String? = nil, till: String? = nil,
    reportsURL: String? = nil
  ) throws {
    databaseURL = flags.databaseURL ?? Self.environment("DATABASE_URL")
    if let databaseURL, !Provision.isConnectionString(databaseURL) {
      throw ValidationError("The database URL is neither a postgresql:// URI nor a list of keyword=value.")
    }
    try Self.refuseSecret(in: flags.databaseURL)
    standby = try Self.standby(reportsURL, besideServer: databaseURL != nil)
    dataDirectory = flags.dataDir ?? Self.environment("SHELFLIFE_DATA_DIR") ?? Self.defaultDataDirectory
    programDirectory = flags.pgBin ?? Self.environment("SHELFLIFE_PG_BIN")

    self.logLevel = logLevel
    self.bcryptCost = bcryptCost
    self.traceFile = traceFile
    self.till = try Self.till(till)
    guard let start = flags.fixedNow ?? Self.environment("SHELFLIFE_FIXED_NOW") else {
      clock = .system
      return
    }
    do {
      clock = .starting(at: try Instant(parsing: start))
    } catch {
      throw ValidationError("--fixed-now needs an RFC 3339 timestamp, such as 2026-03-12T09:00:00Z.")
    }
  }

  /// Refuses a URL with a password that was typed as a flag.
  ///
  /// - Throws: `ValidationError` in words.
  private static func refuseSecret(in typed: String?) throws {
    guard let typed, Provision.spellsSecret(typed) else { return }
    throw ValidationError(
      "A password on the command line can be read by everybody on the machine. Put it into DATABASE_URL, SHELFLIFE_REPORTS_URL or "
        + "PGPASSWORD, or into a file: PGPASSFILE, passfile= in the URL, or ~/.pgpass.")
  }

  private static func standby(_ url: String?, besideServer isShared: Bool) throws -> Standby? {
    guard let url else { return nil }
    guard isShared else { throw ValidationError("--reports-url names a standby of the server of --database-url.") }
    do throws(ProvisionFailure) { return try Standby(url: url) } catch {
      throw ValidationError("The reports URL is neither a postgresql:// URI nor a list of keyword=value.")
    }
  }

  private static func environment(_ name: String) -> String? {
    guard let value = getenv(name).map({ String(cString: $0) }), !value.isEmpty else { return nil }
    return value
  }

  /// The name that was given, else the machine's, by which an owner knows it best.
  ///
  /// - Throws: `ValidationError` in words.
  private static func till(_ given: String?) throws -> TillName {
    do {
      return try TillName(parsing: given ?? machine)
    } catch {
      if given == nil { return try TillName(parsing: "till") }
      throw ValidationError("The till's name must have 1 to 40 characters, none of them a control character.")
    }
  }

  /// The machine's name without its domain.
  private static var machine: String {
    var name = [CChar](repeating: 0, count: 256)
    guard gethostname(&name, name.count - 1) == 0 else { return "" }
    return String(
      decoding: name.prefix { $0 != 0 && $0 != CChar(UInt8(ascii: ".")) }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  private static var defaultDataDirectory: String {
    if geteuid() == 0 { return "/var/lib/shelflife" }
    if let data = environment("XDG_DATA_HOME") { return data + "/shelflife" }
    return (environment("HOME") ?? ".") + "/.local/share/shelflife"
  }
}

/// Which shop, and what time it is there: the flags of every command.
struct PlaceFlags: ParsableArguments {
  @Option(
    name: .customLong("database-url"), help: "A shared PostgreSQL server instead of the embedded one (DATABASE_URL).")
  var databaseURL: String?

  @Option(help: "Where the shop lies: embedded cluster, backups (SHELFLIFE_DATA_DIR).", completion: .directory)
  var dataDir: String?

  @Option(
    help: "The folder of PostgreSQL's programs (SHELFLIFE_PG_BIN); default: the newest that is found.", completion: .directory)
  var pgBin: String?

  @Option(help: "For tests and replays: the clock starts at this RFC 3339 instant and runs on (SHELFLIFE_FIXED_NOW).")
  var fixedNow: String?
}

/// The flags of `serve`, as typed.
struct ServeFlags: ParsableArguments {
  @OptionGroup var place: PlaceFlags

  @Option(
    name: .customLong("reports-url"),
    help: "A standby of the shared server, on which reports are read (SHELFLIFE_REPORTS_URL); default: none.")
  var reportsURL: String?

  @Option(
    help: "debug, info, warning or error (SHELFLIFE_LOG_LEVEL); default: info.",
    completion: .list(["debug", "info", "warning", "error"]))
  var logLevel: String?

  @Option(help: "Work factor of new password hashes, 10 to 14 (SHELFLIFE_BCRYPT_COST); default: 12.")
  var bcryptCost: String?

  @Option(help: "What this till is called, on its sales and in reports (SHELFLIFE_TILL); default: the machine's name.")
  var till: String?

  @Option(
    help: "Records both directions of the wire in this file, secrets replaced (SHELFLIFE_TRACE_FILE); default: none.",
    completion: .file())
  var traceFile: String?
}
