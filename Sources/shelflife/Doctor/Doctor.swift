// Looking at everything that a shop stands on, in the order in which a person would put it right.
import PostgresServer
import Shelflife
import ShelflifeAPI

/// One examination. Used on one thread, once.
final class Doctor {
  let run: CommandRun
  var configuration: Configuration { run.configuration }
  private(set) var findings: [Finding] = []
  private var checks: [CheckResult] = []

  init(_ run: CommandRun) {
    self.run = run
  }

  func found(_ name: String, _ status: Finding.Status, _ message: String, advice: String? = nil) {
    findings.append(Finding(name, status, message, advice: advice))
  }

  /// - Throws: `Fault.requestCancelled` once it was interrupted; nothing else.
  func examine(provingTheBooks: Bool) throws -> HealthReport {
    try steps(provingTheBooks: provingTheBooks)
    if run.interruption.isCancelled { throw Fault.requestCancelled }
    return HealthReport(findings: findings, checks: checks)
  }

  private func steps(provingTheBooks: Bool) throws {
    run.progress(0, "looking at the machine")
    examineMachineClock()
    examineLibrary()
    if configuration.databaseURL != nil {
      examinePrograms(clusterMajor: nil)
      // Backups lie there, wherever the database is.
      examineDisk(below: configuration.dataDirectory)
    } else {
      switch examineMachine() {
      case .noShop:
        found("shop", .ok, "There is no shop in \(configuration.dataDirectory) yet; the first start of shelflife makes it.")
        return
      case .unfit:
        found(
          "database", .warning, "The database was not started, so as to change nothing.",
          advice: "Put the problems right, then run shelflife doctor again.")
        return
      case .fit: break
      }
    }
    do {
      try run.withShop { shop in try examineDatabase(of: shop, provingTheBooks: provingTheBooks) }
    } catch {
      if run.interruption.isCancelled { throw Fault.requestCancelled }
      found(
        "database", .problem, run.words(error),
        advice: configuration.databaseURL == nil
          ? "What the server says is in \(configuration.dataDirectory)/postgres.log." : "Is it running, and is the URL right?")
    }
  }

  private func examineDatabase(of shop: LocalShop, provingTheBooks: Bool) throws {
    let sight = try run.sight(of: shop)
    found(
      "database", "PostgreSQL \(sight.serverVersion) answers",
      PatchLevel.complaint(about: sight.serverVersion).map { "but " + $0 },
      update: "PostgreSQL where the server runs")
    if configuration.databaseURL != nil { examineBackupPrograms(serverMajor: sight.serverMajor) }
    if let login = sight.login { examineRights(of: login.name, login.rights) }
    if sight.schemaVersion == 0 {
      found(
        "shop", .ok,
        "There is no shop in this database yet; the first start of shelflife makes it, or shelflife migrate --new does.")
      return
    }
    guard let database = sight.shop else {
      found(
        "schema", .problem, "The schema is \(sight.schemaVersion), this program's is \(Provision.schemaVersion).",
        advice: [.serving, .backup].contains(sight.login?.rights)
          ? "Run shelflife migrate with a role that may." : "Run shelflife migrate.")
      return
    }
    found("schema", .ok, "The schema is \(sight.schemaVersion), which is this program's.")
    examineSettings(sight.unsafeSettings)
    let vitals = try ShopVitals.read(from: database, at: run.now, interrupt: run.interruption.interrupt)
    examine(vitals)
    examineBackups(vitals)
    try examineLeftovers(of: database)
    if provingTheBooks { try proveBooks(of: database, vitals) }
  }

  /// What a shared server lets this login do.
  private func examineRights(of login: String, _ rights: DatabaseRights?) {
    switch rights {
    case .owner: found("rights", .ok, "The login \(login) may change the schema and restore; tills work as shelflife_serve.")
    case .own:
      found(
        "rights", .warning, "The login \(login) owns the tables that tills write: what was booked is guarded by less.",
        advice: "Let an administrator run shelflife migrate, and give tills logins in the role shelflife_serve.")
    case .serving:
      found("rights", .ok, "The login \(login) may serve and back up; it changes no schema and restores nothing.")
    case .backup: found("rights", .ok, "The login \(login) may only take backups.")
    case nil:
      found(
        "rights", .problem, "The login \(login) may not use this shop.",
        advice: "Grant it the role shelflife_serve, or shelflife_backup for backups.")
    }
  }

  private func examineSettings(_ unsafe: [String]) {
    if unsafe.isEmpty {
      found("settings", .ok, "What was acknowledged survives a power cut.")
    } else {
      found(
        "settings", .problem, "\(unsafe.joined(separator: ", ")) off: an acknowledged sale could be lost.",
        advice: "Switch \(unsafe.count == 1 ? "it" : "them") on; until then shelflife does not serve.")
    }
  }

  private func examineLeftovers(of database: PreparedDatabase) throws {
    let kept = try Leftovers.replaced(beside: database)
    if kept.isEmpty { return }
    found(
      "replaced-databases", .ok,
      "Restores have replaced \(kept.count == 1 ? "a database that is" : "\(kept.count) databases that are") still kept: "
        + "\(kept.joined(separator: ", ")). Each takes as much room as the shop and goes after a day.")
  }

  private func proveBooks(of database: PreparedDatabase, _ vitals: ShopVitals) throws {
    let session = try ShopSession(database, interrupt: run.interruption.interrupt, deadline: nil)
    defer { session.close() }
    let info = CallInfo(
      method: "system.check", now: run.now, caller: nil, key: nil, moneyScale: vitals.currency.minorDigits,
      mayCommit: { true })
    let companion = CheckCompanion(database, interrupt: run.interruption.interrupt)
    checks = try session.read(info) { read in
      try Check.run(in: read, with: companion) { [run] in run.progress($0, $1) }
    }.value
    let bad = checks.filter { !$0.isOK }
    if bad.isEmpty {
      found("books", .ok, "They balance: \(checks.count) checks of every record.")
    } else {
      found(
        "books", .problem, "They do not balance: \(bad.map(\.name).joined(separator: ", ")).",
        advice:
          "Somebody or something changed the database by hand or the disk is failing: keep a copy, restore a verified backup.")
    }
  }
}
