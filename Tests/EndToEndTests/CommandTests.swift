// The commands beside serve: their help, their status, and what they do to a shop that somebody is selling in.
import Glibc
import Testing

@Suite struct CommandTests {
  private static let names = [
    "serve", "doctor", "backup", "backup run", "backup list", "backup verify", "backup export", "restore", "migrate", "openrpc",
    "completions", "version",
  ]

  @Test(arguments: names)
  func eachExplainsItselfWithAnExample(name: String) throws {
    let words = name.split(separator: " ").map(String.init)
    let help = try Command.run(words + ["--help"])
    #expect(help.status == 0 && help.errors.isEmpty, "\(help)")
    #expect(help.output.contains("OVERVIEW: ") && help.output.contains("\n  shelflife ") || name == "serve", "\(help)")
    #expect(help.output.contains("shelflife \(words[0])"))
  }

  @Test func theFirstHelpNamesEveryCommandAndWhatComesFirst() throws {
    let help = try Command.run(["--help"])
    #expect(help.status == 0)
    for name in Self.names where !name.contains(" ") { #expect(help.output.contains("\n  \(name)"), "\(name)") }
    #expect(help.output.contains("1. shelflife doctor"))
  }

  @Test(arguments: [
    ["doctor", "--no-such-flag"], ["backup", "stray"], ["backup", "verify", "a", "b"], ["backup", "export"], ["restore"],
    ["migrate", "--fixed-now", "noon"], ["completions"], ["completions", "tcsh"], ["version", "stray"],
    ["doctor", "--database-url", "http://example.com/"], ["restore", ""], ["openrpc", "--format", "yaml"],
  ])
  func wrongFlagsAre64(arguments: [String]) throws {
    let result = try Command.run(arguments, environment: ["SHELFLIFE_DATA_DIR": Shop.folder + "/never-commands"])
    #expect(result.status == 64, "\(result)")
    #expect(result.output.isEmpty && !result.errors.isEmpty)
    #expect(access(Shop.folder + "/never-commands", F_OK) != 0)
  }

  @Test func whatServeAloneReadsDisturbsNoCommand() throws {
    let environment = ["SHELFLIFE_LOG_LEVEL": "loud", "SHELFLIFE_BCRYPT_COST": "99"]
    #expect(try Command.run(["version"], environment: environment).status == 0)
  }

  @Test func versionsOfAllParts() throws {
    let words = try Command.run(["version"])
    let json = try #require(try Command.run(["version", "--json"]).json)
    for (name, label) in [("version", "shelflife"), ("libpq", "libpq")] {
      let version = try #require(json[name]?.text)
      #expect(words.output.contains("\(label) \(version)\n"), "\(words)")
    }
    #expect(words.output.contains("schema \(try #require(json["schemaVersion"]?.int))\n"))
    #expect(json["postgresql"]?["version"]?.text.flatMap { Int($0.prefix { $0.isNumber }) } ?? 0 >= 15)
    let none = try Command.run(["version", "--json", "--pg-bin", "/nowhere"])
    #expect(none.status == 0 && none.json?["postgresql"]?.isNull == true)
  }

  @Test(arguments: ["bash", "zsh", "fish"])
  func completionsKnowTheCommands(shell: String) throws {
    let result = try Command.run(["completions", shell])
    #expect(result.status == 0 && result.errors.isEmpty)
    for word in ["doctor", "restore", "data-dir"] { #expect(result.output.contains(word), "\(word)") }
    if shell == "bash" { try Spawning.run(["/bin/bash", "-n"], input: result.output) }
  }

  @Test(arguments: [["backup"], ["backup", "verify"], ["migrate"], ["migrate", "--check"]])
  func whereThereIsNoShopNoneIsMade(arguments: [String]) throws {
    let directory = Shop.folder + "/no-shop-\(arguments.joined(separator: "-"))"
    let words = try Command.run(arguments + ["--data-dir", directory])
    #expect(words.status == 1 && words.output.isEmpty && words.errors.contains("no shop in \(directory)"), "\(words)")
    let json = try Command.run(arguments + ["--json", "--data-dir", directory])
    #expect(json.status == 1 && json.errorName == "database-unavailable" && json.errors.isEmpty, "\(json)")
    #expect(access(directory, F_OK) != 0)
  }

  @Test func aBackupIsTakenProvedCopiedAndRestoredBesideATill() throws {
    let shop = try Shop.fresh("commands")
    let till = try shop.open()
    try till.stock(1, qty: 50)
    let kept = try #require(try till.result("sales.create", Params.sale(1))["receiptNo"]?.text)
    #expect(try shop.command("backup", "list").output == "There are no backups in \(shop.backupsFolder).\n")
    #expect(try shop.command("backup", "list", "--json").json?["items"]?.items == [])
    #expect(try shop.command("backup", "verify", "--json").errorName == "backup-not-found")

    let taken = try shop.command("backup", "run", "--json")
    let path = try #require(taken.json?["path"]?.text, "\(taken)")
    #expect(taken.status == 0 && taken.errors.isEmpty && path.hasPrefix(shop.backupsFolder + "/"))
    let verified = try shop.command("backup", "verify")
    #expect(verified.status == 0 && verified.output.hasPrefix(path + "\nverified: "), "\(verified)")
    let list = try shop.command("backup", "list")
    #expect(list.output.contains(kept) && list.output.contains("verified 2") && list.output.hasSuffix(path + "\n"), "\(list)")

    let stick = Shop.folder + "/commands-stick"
    mkdir(stick, 0o755)
    let copy = try #require(try shop.command("backup", "export", stick, "--json").json?["path"]?.text)
    #expect(copy.hasPrefix(stick + "/"))
    #expect(try FileBytes.read(copy) == FileBytes.read(path))
    let again = try shop.command("backup", "export", stick, "--json")
    #expect(again.status == 1 && again.errorName == "backup-not-possible", "\(again)")

    try till.result("sales.create", Params.sale(1))
    let unasked = try shop.command("restore", copy)
    #expect(unasked.status == 1 && unasked.output.isEmpty && unasked.errors.contains("--yes"), "\(unasked)")
    #expect(try shop.command("restore", copy, "--json").errorName == "confirmation-required")
    #expect(try shop.command("restore", "/nowhere.tar", "--yes", "--json").errorName == "backup-not-found")
    #expect(try till.sales().count == 2, "nothing was changed")

    let restored = try shop.command("restore", copy, "--yes", "--json")
    #expect(restored.status == 0 && restored.json?["lastReceiptNo"]?.text == kept, "\(restored)")
    #expect(try till.call("auth.me").errorName == "invalid-token", "the till's session is over")
    try till.login()
    #expect(try till.sales().map { $0["receiptNo"]?.text } == [kept])
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aNewMachineGetsItsShopFromABackup() throws {
    let old = try Shop.fresh("moved-from")
    let till = try old.open()
    try till.stock(1, qty: 5)
    let path = try till.backUp()
    #expect(try till.finish() == .exited(0))
    let new = Shop.empty("moved-to")
    // A path as somebody types it.
    let result = try Command.run(["restore", String(path.dropFirst()), "--yes", "--data-dir", new.directory], environment: [:])
    let relative = try Spawning.run(
      ["/bin/sh", "-c", "cd / && exec '\(try Program.path)' restore '\(path.dropFirst())' --yes --data-dir '\(new.directory)'"])
    #expect(result.status == 1 && relative.hasPrefix("The shop is back as it was at "), "\(result)\n\(relative)")
    let there = try new.open()
    #expect(try there.all("products.list").count == 1)
    #expect(try there.faultsInBooks() == [])
    #expect(try there.finish() == .exited(0))
    #expect(old.isStopped() && new.isStopped())
  }

  @Test func onATerminalARestoreAsksFirst() throws {
    let shop = try Shop.fresh("commands-terminal")
    let till = try shop.open()
    let path = try till.backUp()
    try till.stock(1, qty: 5)
    func start() throws -> TerminalCommand {
      let command = try TerminalCommand(["restore", path, "--data-dir", shop.directory])
      #expect(Spawning.eventually(within: .seconds(10)) { command.screenText.contains("Type RESTORE to go on: ") })
      return command
    }
    let refused = try start()
    refused.type("yes\n")
    #expect(try refused.ending() == .exited(1))
    let interrupted = try start()
    interrupted.interrupt()
    #expect(try interrupted.ending() == .exited(130))
    #expect(try till.all("products.list").count == 1, "nothing was changed")
    let agreed = try start()
    agreed.type("RESTORE\n")
    #expect(try agreed.ending() == .exited(0), "\(agreed.screenText)")
    try till.login()
    #expect(try till.all("products.list").isEmpty)
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func backupsAreTakenWhileATillSells() throws {
    let shop = try Shop.fresh("commands-selling")
    let till = try shop.open()
    try till.stock(1, qty: 100_000)
    let sales = try (0..<400).map { _ in try till.post("sales.create", Params.sale(1)) }
    let result = try shop.command("backup", "--verify", "--json", "--progress")
    #expect(result.status == 0 && result.json?["proof"]?["ok"]?.bool == true, "\(result)")
    #expect(result.errors.contains(" % ") && !result.errors.contains("\u{1B}"), "progress in lines")
    for sale in sales { #expect(try till.reply(sale).result != nil) }
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test(arguments: [SIGINT, SIGTERM])
  func anInterruptedBackupLeavesNothingBehind(signal: Int32) throws {
    let shop = try Shop.fresh("commands-interrupted-\(signal)")
    let till = try shop.open()
    try till.stock(1, qty: 10)
    // The backup has to wait for this table.
    let holder = try Holder("lock table shelf.sale_line in access exclusive mode", shop)
    let command = try RunningCommand(["backup", "--json", "--progress", "--data-dir", shop.directory])
    #expect(Spawning.eventually(within: .seconds(20)) { command.errorText.contains("counting") })
    kill(command.pid, signal)
    let result = try command.ending(within: .seconds(10))
    #expect(result.status == 130 && result.errorName == "request-cancelled", "\(result)")
    holder.release()
    #expect(shop.backupNames == [])
    #expect(try shop.databases == ["shelflife"])
    try till.result("sales.create", Params.sale(1))
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  /// Nobody else holds the server: it must not be stopped before the scratch database is gone.
  @Test(arguments: ["verify", "restore"])
  func whatIsInterruptedLeavesNoDatabaseBehind(command: String) throws {
    let shop = try Shop.fresh("commands-scratch-\(command)")
    let path = try #require(try shop.command("backup", "--json").json?["path"]?.text)
    #expect(shop.isStopped())
    let databases = Processes.entries(shop.cluster + "/base").sorted()
    let arguments = command == "restore" ? ["restore", path, "--yes"] : ["backup", "verify", path]
    let running = try RunningCommand(arguments + ["--json", "--progress", "--data-dir", shop.directory])
    #expect(Spawning.eventually(within: .seconds(20)) { running.errorText.contains("building keys") })
    kill(running.pid, SIGINT)
    let result = try running.ending(within: .seconds(10))
    #expect(result.status == 130 && result.errorName == "request-cancelled", "\(result)")
    #expect(shop.isStopped())
    #expect(Processes.entries(shop.cluster + "/base").sorted() == databases)
  }

  @Test func noCommandStartsAServerThatStays() throws {
    let shop = try Shop.fresh("commands-alone")
    for arguments in [["migrate", "--check"], ["backup"], ["doctor"]] {
      #expect(try Command.run(arguments + ["--data-dir", shop.directory]).status == 0)
      #expect(shop.isStopped(), "\(arguments)")
    }
  }
}
