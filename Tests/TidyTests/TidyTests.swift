// What a line may say tells where it may live: the compiler lets every target import and do everything, so this holds the layers.
import Foundation
import Testing

@Suite struct TidyTests {
  private let sources: [SourceFile]

  init() throws {
    sources = try SourceTree.files("Sources")
    try #require(sources.count > 50, "the sources are found")
  }

  /// Files outside the places where something may stand; a place is a folder or a file.
  private func outside(_ places: String...) -> [SourceFile] {
    sources.filter { file in !places.contains { file.path == "Sources/" + $0 || file.path.hasPrefix("Sources/\($0)/") } }
  }

  @Test func targetsImportOnlyWhatStandsBelowThem() {
    let system: Set = ["Glibc", "Swift", "Synchronization"]
    let allowed: [String: Set<String>] = [
      "JSONRPC": [],
      "Postgres": ["CLibPQ"],
      "PostgresServer": [],
      "Shelflife": ["Postgres", "CCrypt", "COpenSSL", "CSystem"],
      "ShelflifeAPI": ["JSONRPC", "Shelflife"],
      "shelflife": ["JSONRPC", "Postgres", "PostgresServer", "Shelflife", "ShelflifeAPI", "CSystem", "ArgumentParser"],
    ]
    for file in sources where file.name.hasSuffix(".swift") {
      for line in file.code where line.hasPrefix("import ") || line.hasPrefix("@") && line.contains(" import ") {
        let module = line.split(separator: " ").last.map(String.init) ?? ""
        #expect(system.union(allowed[file.target] ?? []).contains(module), "\(file.path) imports \(module)")
      }
    }
  }

  @Test func nobodyImportsFoundation() {
    #expect(SourceTree.hits(in: sources) { $0.hasPrefix("import Foundation") }.isEmpty)
  }

  @Test func onlyTheDriverCallsLibpq() {
    #expect(SourceTree.hits(in: outside("Postgres")) { $0.contains(/\bPQ[a-z]\w*\(/) }.isEmpty)
  }

  @Test func statementsLiveInTheirFiles() {
    // Beside `…Statements.swift`: the till's own set-wise writing, and what runs before there is a schema to speak of.
    let files = outside(
      "Shelflife/Schema", "Shelflife/Sales/SaleWriting.swift", "Shelflife/Database/Provision.swift",
      "Shelflife/Database/Safety.swift", "Postgres/Migrator.swift"
    ).filter { !$0.name.hasSuffix("Statements.swift") }
    let found = SourceTree.hits(in: files) { line in
      line.hasWord("select") || ["insert into", "delete from", "for update", "for share"].contains { line.contains($0) }
    }
    #expect(found.isEmpty)
  }

  @Test func errorNumbersOfTheWireLiveInTheCatalogues() {
    // Fault.swift is the shop's catalogue: one row a fault, its number included.
    let found = SourceTree.hits(in: outside("JSONRPC/RPCError.swift", "ShelflifeAPI", "Shelflife/Fault.swift")) { line in
      line.contains("-326") || line.contains("-327") || line.contains("-328")
    }
    #expect(found.isEmpty)
  }

  @Test func theEnvironmentIsReadInOnePlace() {
    let places = outside(
      "shelflife/Configuration.swift",
      // What children are given: a short list of names, and nothing else.
      "PostgresServer/ChildProcess.swift",
      // Where PostgreSQL's programs are searched for.
      "PostgresServer/Programs.swift",
      // HOME of the user that the server becomes.
      "PostgresServer/ServerUser.swift",
      // libpq's own variables are taken away before it can see them.
      "Postgres/ConnectionConfiguration.swift",
      // TZ, for the first time zone of a new shop.
      "Shelflife/Database/SystemTimeZone.swift")
    let found = SourceTree.hits(in: places) { line in
      ["getenv", "setenv", "unsetenv", "environ"].contains { line.hasWord($0) }
    }
    #expect(found.isEmpty)
  }

  @Test func timeAndRandomnessComeFromOnePlaceEach() {
    // The supervisor stamps its own log and knows no shop.
    let clocks = SourceTree.hits(in: outside("Shelflife/Clock.swift", "PostgresServer/BoundedLogs.swift")) { line in
      ["CLOCK_REALTIME", "gettimeofday", "SystemClock"].contains { line.hasWord($0) } || line.contains("time(nil)")
    }
    #expect(clocks.isEmpty)
    #expect(SourceTree.hits(in: outside("Shelflife/Random.swift")) { $0.hasWord("RAND_bytes") }.isEmpty)
  }

  @Test func theShopKnowsNoBinaryFractions() {
    let shop = sources.filter { ["Shelflife", "ShelflifeAPI", "JSONRPC"].contains($0.target) }
    #expect(SourceTree.hits(in: shop) { $0.hasWord("Double") || $0.hasWord("Float") }.isEmpty)
  }

  @Test func threadsAreThreads() {
    let found = SourceTree.hits(in: sources) { line in
      line.hasWord("async") || line.hasWord("await") || line.contains(/\bactor [A-Z]/) || line.contains(/\bTask( |\.|\{|\()/)
    }
    #expect(found.isEmpty)
  }

  @Test func nothingIsPrintedOnTheWire() {
    #expect(SourceTree.hits(in: outside("shelflife/Shelflife.swift")) { $0.contains(/\bprint\(/) }.isEmpty)
  }

  @Test func whatTheCompilerCannotCheckHasItsReason() {
    for file in sources {
      for (index, line) in file.code.enumerated() where Self.isUnchecked(line) {
        let near = file.lines[max(0, index - 3)...min(file.lines.count - 1, index + 2)]
        #expect(near.contains { $0.contains("// Allowed:") }, "\(file.path):\(index + 1) gives no reason: \(line)")
      }
    }
  }

  private static func isUnchecked(_ line: String) -> Bool {
    line.contains("try?") || line.contains("try!") || line.hasWord("fatalError") || line.contains("@unchecked")
      || line.contains("nonisolated(unsafe)") || line.contains("@preconcurrency")
  }

  @Test func filesAreShortAndSayWhereTheyStand() throws {
    for file in sources {
      let first = file.lines.first ?? ""
      #expect(["//", "--", "/*"].contains { first.hasPrefix($0) }, "\(file.path) begins with a comment")
    }
    for file in sources + (try SourceTree.files("Tests")) {
      #expect(file.lines.count - 1 < 400, "\(file.path) has \(file.lines.count - 1) lines")
    }
  }

  @Test func nothingIsLeftForLater() throws {
    let marks = ["TO" + "DO", "FIX" + "ME"]
    for file in sources + (try SourceTree.files("Tests", "scripts", "protocol", endings: ["swift", "sql", "md", "ts"])) {
      for (index, line) in file.lines.enumerated() {
        #expect(!marks.contains { line.hasWord($0) }, "\(file.path):\(index + 1): \(line)")
      }
    }
  }

  @Test func theReadmeNamesEveryFlagAndVariable() throws {
    let readme = try SourceTree.file("README.md").lines.joined(separator: "\n")
    let configuration = try SourceTree.file("Sources/shelflife/Configuration.swift").lines.joined(separator: "\n")
    let variables = Set(configuration.matches(of: /\b(SHELFLIFE_[A-Z_]+|DATABASE_URL)\b/).map { String($0.output.1) })
    try #require(variables.count >= 6)
    for variable in variables { #expect(readme.contains("`\(variable)`"), "README.md leaves out \(variable)") }
  }

  /// `SECURITY.md` names a test for each of its claims, as `File.test`.
  @Test func everyClaimOfSecurityHasItsTest() throws {
    let tests = try SourceTree.files("Tests")
    var named = 0
    for (index, line) in try SourceTree.file("SECURITY.md").lines.enumerated() {
      for match in line.matches(of: /`([A-Z]\w*Tests)\.(\w+)`/) {
        let (file, test) = (String(match.output.1) + ".swift", String(match.output.2))
        let lines = tests.filter { $0.name == file }.flatMap(\.lines)
        #expect(
          lines.contains { $0.contains("func \(test)(") }, "SECURITY.md:\(index + 1) names \(match.output.0), which is not there")
        named += 1
      }
    }
    #expect(named >= 40, "claims are found: \(named)")
  }

  @Test func oneVersionEverywhere() throws {
    let program = try SourceTree.file("Sources/shelflife/Shelflife.swift").lines.compactMap { line in
      line.firstMatch(of: /^let programVersion = "(.+)"$/).map { String($0.output.1) }
    }
    let log = try SourceTree.file("CHANGELOG.md").lines.compactMap { line in
      line.firstMatch(of: /^## ([0-9][^ ]*)/).map { String($0.output.1) }
    }
    #expect(program.first != nil)
    #expect(program.first == log.first)
  }
}
