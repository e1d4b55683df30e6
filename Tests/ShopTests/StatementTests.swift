// Every statement of the shop is prepared against the migrated schema; its parameter and column types are held by a snapshot.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StatementTests {
  /// One statement, its types closed over.
  struct Prepared: Sendable {
    let name: String
    let describe: @Sendable (Connection) throws -> StatementDescription

    init<Input, Row>(_ statement: Statement<Input, Row>) {
      name = statement.name
      describe = { try $0.describe(statement) }
    }
  }

  private static let all: [Prepared] =
    [
      Prepared(StoreStatements.standing), Prepared(StoreStatements.setMark), Prepared(SequenceStatements.nextStockIn),
      Prepared(SaleStatements.get), Prepared(SaleStatements.list),
      Prepared(SaleStatements.lines), Prepared(SaleStatements.takes), Prepared(SaleStatements.lockLots),
      Prepared(SaleStatements.allLots), Prepared(SaleStatements.existing), Prepared(SaleStatements.write),
      Prepared(SaleStatements.writeAtOnce), Prepared(SaleStatements.shelfProducts), Prepared(SaleStatements.shelfLots),
      Prepared(SaleStatements.audit), Prepared(SaleStatements.listOfSeller),
      Prepared(AuthStatements.throttle), Prepared(AuthStatements.countFailure), Prepared(AuthStatements.forgetFailures),
      Prepared(ContextStatements.read), Prepared(IdempotencyStatements.lock), Prepared(IdempotencyStatements.find),
      Prepared(IdempotencyStatements.store), Prepared(IdempotencyStatements.reachStandby), Prepared(HostStatements.standing),
      Prepared(ProductStatements.get), Prepared(ProductStatements.share),
      Prepared(ProductStatements.lock), Prepared(ProductStatements.insert), Prepared(ProductStatements.update),
      Prepared(ProductStatements.list), Prepared(ProductStatements.find), Prepared(ProductStatements.stocked),
      Prepared(UserStatements.ownerExists),
      Prepared(UserStatements.insert), Prepared(UserStatements.byID), Prepared(UserStatements.byUsername),
      Prepared(UserStatements.list), Prepared(UserStatements.setPassword), Prepared(StockInStatements.insert),
      Prepared(StockInStatements.insertLots), Prepared(StockInStatements.insertMovements), Prepared(StockInStatements.get),
      Prepared(StockInStatements.list), Prepared(StockInStatements.items), Prepared(AuditStatements.append),
      Prepared(LotStatements.open), Prepared(StoreStatements.lock), Prepared(StoreStatements.update),
      Prepared(StoreStatements.shareCurrency),
      Prepared(StoreStatements.knowsZone),
      Prepared(StoreStatements.hasAmounts), Prepared(AuthStatements.forgetFailuresOf), Prepared(UserStatements.lock),
      Prepared(UserStatements.rename), Prepared(UserStatements.setActive), Prepared(UserStatements.recoveryDigest),
      Prepared(FactStatements.tables), Prepared(FactStatements.ends), Prepared(FactStatements.moment),
      Prepared(FactStatements.schemaStep), Prepared(LoadStatements.columns), Prepared(LoadStatements.definitions),
      Prepared(LoadStatements.sizes),
      Prepared(UserStatements.setRecovery), Prepared(TotalsStatements.lock), Prepared(TotalsStatements.advance),
      Prepared(SalesReportStatements.totals), Prepared(SalesReportStatements.ownTotals), Prepared(SalesReportStatements.perDay),
      Prepared(SalesReportStatements.perUser), Prepared(SalesReportStatements.perProduct),
      Prepared(SalesReportStatements.ranked), Prepared(StockReportStatements.lowStock), Prepared(StockReportStatements.alerts),
      Prepared(StockReportStatements.lotTotals), Prepared(StockReportStatements.lots),
      Prepared(CheckStatements.settings), Prepared(SaleStatements.listOfLots), Prepared(SaleStatements.listOfProduct),
      Prepared(SaleStatements.lotsOfProduct), Prepared(SaleStatements.sellerSpan),
      Prepared(SaleStatements.insertCopy), Prepared(StockInStatements.listOfProduct), Prepared(LotStatements.every),
      Prepared(StoreStatements.care), Prepared(AuditListStatements.newest), Prepared(AuditListStatements.ofDays),
      Prepared(AuditListStatements.ofRecord), Prepared(AuditListStatements.ofUser), Prepared(AuditListStatements.ofActionAndDays),
      Prepared(AuditListStatements.ofKindAndDays), Prepared(AuditListStatements.ofAction), Prepared(AuditListStatements.ofKind),
      Prepared(SightStatements.vitals), Prepared(SightStatements.login), Prepared(SightStatements.strangers),
      Prepared(StandbyStatements.head), Prepared(StandbyStatements.sight),
      Prepared(ChangeStatements.head),
      Prepared(ChangeStatements.entries), Prepared(ChangeStatements.sales), Prepared(ChangeStatements.deliveries),
      Prepared(ChangeStatements.turnovers), Prepared(UserStatements.byIDs),
      Prepared(SalesReportStatements.perTill), Prepared(TillStatements.claim), Prepared(TillStatements.forgetOthers),
      Prepared(TillStatements.insert), Prepared(TillStatements.present),
    ] + documents + ledger + lots + stockTakes + CheckStatements.all.map { Prepared($0.statement) }

  /// The serving role may not prepare them: they are run whenever a test makes or restores a database.
  private static let elsewhere: Set<String> = ["first_store", "safety_settings", "new_incarnation"]

  /// The check can only miss what it expects: the list must be that of a fresh schema.
  @Test func theListOfGuardsIsWhole() throws {
    let database = try ShopDatabase.empty()
    let connection = try Connection(database.prepared.serving)
    let present = try connection.script(CheckStatements.presentGuards).compactMap { $0[0] }
    let made = Set(present.filter { !$0.contains("schema_migration") })
    if getenv("SHELFLIFE_UPDATE_SNAPSHOTS") != nil {
      try Self.write(made.sorted().map { $0 + "\n" }.joined(), to: Self.here + "/../../Sources/Shelflife/Schema/guards.txt")
    }
    #expect(made == Set(CheckStatements.expectedGuards.split(separator: "\n").map(String.init)))
  }

  @Test func typesAreThoseOfTheSnapshot() throws {
    let database = try ShopDatabase.empty()
    let connection = try Connection(database.prepared.serving)
    defer { connection.close() }
    let types = Dictionary(
      uniqueKeysWithValues: try connection.script("select oid, format_type(oid, null) from pg_type").map { row in
        (UInt32(row[0] ?? "") ?? 0, row[1] ?? "?")
      })
    func named(_ type: UInt32) -> String { types[type] ?? "?" }
    let lines = try Self.all.sorted { $0.name < $1.name }.map { statement -> String in
      let description = try statement.describe(connection)
      let parameters = description.parameterTypes.map(named).joined(separator: ", ")
      let columns = description.columns.map { "\($0.name) \(named($0.type))" }.joined(separator: ", ")
      return "\(statement.name) (\(parameters))" + (columns.isEmpty ? "" : " -> \(columns)")
    }
    let path = Self.here + "/Snapshots/statements.txt"
    let text = lines.joined(separator: "\n") + "\n"
    if getenv("SHELFLIFE_UPDATE_SNAPSHOTS") != nil { try Self.write(text, to: path) }
    let kept = try Self.read(path).split(separator: "\n").map(String.init)
    for line in lines where !kept.contains(line) { Issue.record("not in the snapshot: \(line)") }
    for line in kept where !lines.contains(line) { Issue.record("only in the snapshot: \(line)") }
    #expect(Set(Self.all.map(\.name)).count == Self.all.count, "a name stands for one statement")
  }

  /// No statement is forgotten here: those written in the sources are those listed above.
  @Test func everyStatementIsListed() throws {
    var written: Set<String> = []
    for file in try Self.swiftFiles(Self.here + "/../../Sources/Shelflife") {
      let text = try Self.read(file)
      for piece in text.split(separator: "= Statement<", omittingEmptySubsequences: false).dropFirst() {
        written.insert(String(piece.drop { $0 != "\"" }.dropFirst().prefix { $0 != "\"" }))
      }
    }
    let listed = Set(Self.all.map(\.name).filter { !$0.hasPrefix("check_") }).union(Self.elsewhere)
    #expect(written.symmetricDifference(listed) == [])
  }

  private static let here: String = {
    let file = #filePath
    return String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
  }()

  private static func read(_ path: String) throws -> String {
    guard let file = fopen(path, "r") else { throw Unexpected("\(path) cannot be read") }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0 { return String(decoding: bytes, as: UTF8.self) }
      bytes += buffer[..<count]
    }
  }

  private static func write(_ text: String, to path: String) throws {
    guard let file = fopen(path, "w") else { throw Unexpected("\(path) cannot be written") }
    defer { fclose(file) }
    fputs(text, file)
  }

  private static func swiftFiles(_ directory: String) throws -> [String] {
    guard let open = opendir(directory) else { throw Unexpected("\(directory) cannot be read") }
    defer { closedir(open) }
    var files: [String] = []
    while let entry = readdir(open) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(".") { continue }
      if entry.pointee.d_type == DT_DIR { files += try swiftFiles("\(directory)/\(name)") }
      if name.hasSuffix(".swift") { files.append("\(directory)/\(name)") }
    }
    return files
  }
}
