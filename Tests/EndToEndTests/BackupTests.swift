// Backups by the real program: taken while it sells, listed, proved, copied, restored, and what every process makes of it.
import Glibc
import Testing

@Suite struct BackupTests {
  @Test func aBackupIsAPrivateFileThatTellsWhatItHolds() throws {
    let shop = try Shop.fresh("backup-file")
    let till = try shop.open()
    #expect(try till.result("system.status")["backup"]?["newestAt"]?.isNull == true)
    #expect(try till.call("backup.verify").errorName == "backup-not-found")
    try till.stock(1, qty: 10)
    try till.result("sales.create", Params.sale(1))
    let done = try till.result("backup.run", #"{"progressToken":"b"}"#)
    let path = try #require(done["path"]?.text)
    #expect(path.hasPrefix(shop.backupsFolder + "/shelflife-") && path.hasSuffix(".tar"))
    var status = stat()
    #expect(stat(path, &status) == 0 && status.st_mode & 0o7777 == 0o600)
    #expect(done["bytes"]?.int == Int(status.st_size))
    let sum = try Spawning.run(["/usr/bin/sha256sum", path]).split(separator: " ").first.map(String.init)
    #expect(done["sha256"]?.text == sum)
    #expect(try Spawning.run(["/bin/tar", "tf", path]) == "manifest.json\nshelflife.dump\n")
    let manifest = try Spawning.run(["/bin/tar", "xOf", path, "manifest.json"])
    for part in [#""lastReceiptNo":"RCPT-"#, #""table":"sale","rows":1"#, #""schemaVersion":"#, #""auditHash":"#] {
      #expect(manifest.contains(part), "\(part) in \(manifest)")
    }
    #expect(till.received.notifications.contains { $0["method"]?.text == "$/progress" })

    let listed = try till.all("backup.list")
    #expect(listed.count == 1 && listed[0]["path"]?.text == path && listed[0]["kind"]?.text == "manual")
    #expect(listed[0]["verifiedAt"]?.isNull == true && listed[0]["problem"]?.isNull == true)
    let proof = try till.result("backup.verify", within: .seconds(60))
    #expect(proof["ok"]?.bool == true && (proof["checks"]?.items.count ?? 0) >= 10, "\(proof)")
    #expect(try till.all("backup.list")[0]["verifiedAt"]?.text != nil)
    let standing = try till.result("system.status")["backup"]
    #expect(standing?["newestVerifiedAt"] == listed[0]["createdAt"] && standing?["newestVerifiedAgeSeconds"]?.int != nil)
    #expect(try shop.databases == ["shelflife"], "no scratch database is left")
    #expect(try till.finish() == .exited(0))
  }

  @Test func aRestoreBringsTheShopBackAsItWas() throws {
    let shop = try Shop.fresh("restore")
    let till = try shop.open()
    try till.stock(1, qty: 50)
    for _ in 0..<3 { try till.result("sales.create", Params.sale(1)) }
    let before = try till.image()
    let path = try till.backUp()
    for _ in 0..<4 { try till.result("sales.create", Params.sale(1, qty: 2)) }
    try till.stock(2, name: "Gauze", qty: 7)
    let later = try till.sales()[0]["receiptNo"]?.text

    for confirmation in [
      "", #","confirmation":false"#, #","confirmation":"yes""#, #","confirmation":1"#, #","confirmation":null"#,
    ] {
      #expect(try till.call("backup.restore", #"{"backupPath":"/nowhere"\#(confirmation)}"#).errorName == "confirmation-required")
    }
    #expect(try till.restore("/nowhere/at/all.tar").errorName == "backup-not-found")
    let reply = try till.restore(path)
    let restored = try #require(reply.result, "\(reply.line)")
    #expect(restored["replaced"]?["lastReceiptNo"]?.text == later)
    #expect(restored["lastReceiptNo"]?.text?.hasSuffix("-0003") == true)

    #expect(try till.call("auth.me").errorName == "invalid-token", "every session is over")
    try till.login()
    #expect(try till.image() == before)
    #expect(try till.faultsInBooks() == [])
    #expect(try till.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0004") == true, "numbers go on")
    #expect(try shop.databases.contains { $0.hasPrefix("shelflife_replaced_") }, "the replaced shop is kept")

    // The safety backup brings back what the restore took away.
    let safety = try #require(restored["safetyBackupPath"]?.text)
    #expect(try till.restore(safety).result != nil)
    try till.login()
    #expect(try till.sales().count == 7 && till.sales()[0]["receiptNo"]?.text == later)
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func otherProcessesFollowARestore() throws {
    let shop = try Shop.fresh("restore-others")
    let restoring = try shop.open()
    let other = try shop.open()
    try restoring.stock(1, qty: 1000)
    try other.result("sales.create", Params.sale(1))
    let path = try restoring.backUp()
    let id = try restoring.post("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#)
    var outcomes: Set<String> = []
    var longest = Duration.zero
    while restoring.received.replies[id] == nil {
      let start = ContinuousClock.now
      let reply = try other.call("sales.create", Params.sale(1))
      longest = max(longest, start.duration(to: .now))
      outcomes.insert(reply.errorName ?? "ok")
      #expect(try other.call("system.ping").result != nil)
    }
    #expect(try restoring.reply(id).result != nil)
    #expect(outcomes.isSubset(of: ["ok", "restore-in-progress", "invalid-token"]), "\(outcomes)")
    #expect(longest < .seconds(3), "the others hardly notice: a second at most on a machine that has nothing else to do")
    #expect(try other.call("auth.me").errorName == "invalid-token")
    try other.login()
    #expect(try other.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)
    #expect(try other.faultsInBooks() == [])
    #expect(try other.finish() == .exited(0))
    #expect(try restoring.finish() == .exited(0))
  }

  @Test func aBackupOfABusyShopShowsOneMoment() throws {
    let shop = try Shop.fresh("backup-busy")
    let till = try shop.open()
    try till.stock(1, qty: 100_000)
    for _ in 0..<200 { try till.post("sales.create", Params.sale(1)) }
    let run = try till.post("backup.run")
    let sales = try (0..<800).map { _ in try till.post("sales.create", Params.sale(1)) }
    let path = try #require(try till.reply(run).result?["path"]?.text)
    for sale in sales { #expect(try till.reply(sale).result != nil) }
    let proof = try till.result("backup.verify", #"{"path":"\#(path)"}"#, within: .seconds(60))
    #expect(proof["ok"]?.bool == true, "\(proof)")
    #expect(try till.finish() == .exited(0))
  }

  @Test func exportsGoWhereTheyWereAskedAndNowhereElse() throws {
    let shop = try Shop.fresh("backup-export")
    let till = try shop.open()
    let path = try till.backUp()
    let target = Shop.folder + "/export-target"
    mkdir(target, 0o755)
    func export(_ target: String, _ source: String? = nil) throws -> Reply {
      let source = source.map { #","sourcePath":"\#($0)""# } ?? ""
      return try till.call("backup.export", #"{"targetPath":"\#(target)"\#(source)}"#)
    }
    let copy = try #require(try export(target).result)
    #expect(try FileBytes.read(copy["path"]?.text ?? "") == FileBytes.read(path))
    #expect(try export(target).errorName == "backup-not-possible", "never over a file that is there")
    #expect(try export(target + "/nowhere").errorName == "backup-not-possible")
    #expect(try export(path).errorName == "backup-not-possible", "a file is no folder")
    #expect(try export("relative").errorName == "validation-error")
    let link = Shop.folder + "/export-link"
    symlink(target, link)
    #expect(try export(link).errorName == "backup-not-possible", "never through a link")
    #expect(try export(target, "/etc/passwd").errorName == "backup-invalid", "only a backup is copied")
    #expect(try export(target, "/etc").errorName != nil)
    #expect(Processes.entries(target).count == 1, "nothing half written is left")
    #expect(try till.finish() == .exited(0))
  }

  @Test func aSecondFolderGetsACopyAndItsTroubleStopsNothing() throws {
    let shop = try Shop.fresh("backup-second")
    let till = try shop.open()
    let second = Shop.folder + "/second-disk"
    try till.result("store.update", #"{"backupFolder":"\#(second)"}"#)
    let failed = try till.result("backup.run")
    #expect(failed["copyPath"]?.isNull == true && failed["copyProblem"]?.text != nil)
    mkdir(second, 0o755)
    let done = try till.result("backup.run")
    #expect(done["copyProblem"]?.isNull == true)
    #expect(try FileBytes.read(done["copyPath"]?.text ?? "") == FileBytes.read(done["path"]?.text ?? ""))
    #expect(try till.finish() == .exited(0))
  }

  @Test func oldBackupsAreThinnedOut() throws {
    let shop = try Shop.fresh("backup-retention")
    for day in ["2026-11-01", "2026-11-28", "2026-12-01", "2026-12-02", "2026-12-03"] {
      let till = try shop.open(["--fixed-now", "\(day)T12:00:00Z"])
      if day == "2026-11-01" { try till.result("store.update", #"{"backupKeepDaily":2,"backupKeepMonthly":2}"#) }
      _ = try till.backUp()
      _ = try till.backUp()
      #expect(try till.finish() == .exited(0))
    }
    let days = shop.backupNames.filter { $0.hasSuffix(".tar") }.map { String($0.dropFirst(10).prefix(8)) }
    #expect(
      days == ["20261128", "20261202", "20261203", "20261203"], "two days, the newest of two months, all of the newest day")
  }

  @Test func aCancelledBackupLeavesNothing() throws {
    let shop = try Shop.fresh("backup-cancel")
    let till = try shop.open()
    let path = try till.backUp()
    for (method, params) in [
      ("backup.run", "{}"), ("backup.verify", "{}"), ("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#),
    ] {
      let id = try till.post(method, params)
      usleep(60_000)
      try till.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#)
      let reply = try till.reply(id)
      // A small backup may be done by then.
      let mayBeDone = method == "backup.run" && reply.result != nil
      #expect(reply.errorName == "request-cancelled" || mayBeDone, "\(reply.line)")
    }
    #expect(try till.call("backup.verify", #"{"timeoutMs":30}"#).errorName == "deadline-exceeded")
    #expect(try till.faultsInBooks() == [])
    #expect(!shop.backupNames.contains { $0.hasSuffix(".partial") })
    #expect(try !shop.databases.contains { $0.contains("_scratch_") })
    #expect(try till.finish() == .exited(0))
  }
}
