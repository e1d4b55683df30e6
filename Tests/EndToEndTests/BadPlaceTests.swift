// Data directories in which nothing can be done: the reason in words, not a byte changed, and a shop again once the cause is gone.
import Glibc
import Testing

@Suite struct BadPlaceTests {
  /// What is wrong with a place, how to put it right, and what must be said.
  struct Trouble: CustomTestStringConvertible, Sendable {
    let name: String
    /// Shell commands with the data directory in `$0`.
    let spoil: String
    let mend: String
    let words: String
    var flags: [String] = []
    var testDescription: String { name }
  }

  static let troubles = [
    Trouble(
      name: "read-only", spoil: "mount --bind \"$0\" \"$0\" && mount -o remount,bind,ro \"$0\"", mend: "umount -l \"$0\"",
      words: "read-only"),
    Trouble(
      name: "foreign-owner", spoil: "chown -R nobody \"$0\"/postgres", mend: "chown -R postgres \"$0\"/postgres",
      words: "belongs to nobody"),
    Trouble(
      name: "closed-folder", spoil: "chmod 700 \"$0\"/..", mend: "chmod 755 \"$0\"/..", words: "may not enter"),
    Trouble(
      name: "closed-file", spoil: "chmod 000 \"$0\"/postgres/global/pg_control",
      mend: "chmod 600 \"$0\"/postgres/global/pg_control",
      words: "Permission denied"),
    Trouble(
      name: "missing-file", spoil: "mv \"$0\"/postgres/global/pg_control \"$0\"/../kept",
      mend: "mv \"$0\"/../kept \"$0\"/postgres/global/pg_control",
      words: "pg_control"),
    Trouble(
      name: "other-major", spoil: "cp -p \"$0\"/postgres/PG_VERSION \"$0\"/../kept; echo 9 > \"$0\"/postgres/PG_VERSION",
      mend: "mv \"$0\"/../kept \"$0\"/postgres/PG_VERSION", words: "PostgreSQL 9 "),
    Trouble(
      name: "no-version", spoil: "cp -p \"$0\"/postgres/PG_VERSION \"$0\"/../kept; echo what > \"$0\"/postgres/PG_VERSION",
      mend: "mv \"$0\"/../kept \"$0\"/postgres/PG_VERSION", words: "names no PostgreSQL version"),
    Trouble(
      name: "file-in-place", spoil: "mv \"$0\"/postgres \"$0\"/../kept; echo photos > \"$0\"/postgres",
      mend: "rm \"$0\"/postgres; mv \"$0\"/../kept \"$0\"/postgres", words: "is not a directory"),
    Trouble(name: "no-programs", spoil: "true", mend: "true", words: "--pg-bin", flags: ["--pg-bin", "/nowhere/bin"]),
  ]

  /// Every file with what it holds, whose it is and who may use it, but for the logs and the lock that tell of the attempt.
  private func image(_ shop: Shop) throws -> String {
    try Spawning.run([
      "/bin/sh", "-c",
      """
      cd "$0" && find . ! -name supervisor.log ! -name postgres.log ! -name supervisor.lock ! -name run ! -path . \
        ! -name postmaster.opts ! -name postmaster.pid -printf '%p %y %m %u %s\\n' | sort
      find postgres backups exports -type f ! -name postmaster.opts ! -name postmaster.pid -exec sha256sum {} + | sort
      """, shop.directory,
    ])
  }

  @Test(.enabled(if: getuid() == 0), arguments: troubles) func isToldAndLeftAsItIs(_ trouble: Trouble) throws {
    mkdir(Shop.folder + "/place-" + trouble.name, 0o755)
    let shop = try Shop.fresh("place-\(trouble.name)/shop")
    _ = try? FileBytes.write(Array("kept".utf8), to: shop.backupsFolder + "/old.tar")
    try Spawning.run(["/bin/sh", "-c", trouble.spoil, shop.directory])
    var isMended = false
    defer { if !isMended { _ = try? Spawning.run(["/bin/sh", "-c", trouble.mend, shop.directory]) } }
    let before = try image(shop)
    let till = try shop.start(trouble.flags)
    let reply = try till.call("auth.login", #"{"username":"owner","password":"wrong-wrong"}"#, within: .seconds(60))
    #expect(reply.errorName == "database-unavailable" && reply.errorCode == 503, "\(reply.line)")
    let reason = reply.details?["reason"]?.text ?? ""
    #expect(reason.contains(trouble.words), "\(reason)")
    let status = try till.result("system.status")
    #expect(status["database"]?.text == "unavailable" && status["reason"]?.text?.contains(trouble.words) == true, "\(status)")
    #expect(try image(shop) == before, "nothing was done")

    try Spawning.run(["/bin/sh", "-c", trouble.mend, shop.directory])
    isMended = true
    // Where a flag is wrong only another start can help; else the process that waits finds its shop.
    let open = trouble.flags.isEmpty ? till : try shop.start()
    #expect(try Spawning.eventually(within: .seconds(30)) { try open.result("system.status")["database"]?.text == "ready" })
    try open.login()
    try open.stock(1, qty: 5)
    try open.result("sales.create", Params.sale(1))
    #expect(try open.faultsInBooks() == [])
    #expect(try open.finish() == .exited(0))
    if !trouble.flags.isEmpty { #expect(try till.finish() == .exited(0)) }
    #expect(shop.isStopped())
  }

  /// A path of every kind of character, and an environment from another world, through a whole first day and a second start.
  @Test(arguments: [
    "odd-path/Bäckerei „Zum Löwen“ 商店 🥖 'n' $x%s\\", "long-path/" + String(repeating: "folder-", count: 30) + "/x",
  ])
  func oddPathsAndBogusEnvironmentsDoNoHarm(_ name: String) throws {
    let shop = Shop.empty(name)
    let environment = [
      "LANG": "xx_YY.bogus", "LC_ALL": "xx_YY.bogus", "PGDATA": "/nowhere", "PGHOST": "example.invalid", "PGPORT": "1",
      "PGUSER": "nobody",
      "PGSERVICE": "nowhere", "PGSSLMODE": "verify-full", "PGOPTIONS": "-c default_transaction_read_only=on", "TZ": "Bogus/Zone",
      "TMPDIR": "/nowhere",
    ]
    let first = try shop.start([]) { $0.environment = environment }
    try first.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#,
      within: .seconds(90))
    try first.login()
    try first.stock(1, name: "Gauze 商", qty: 5)
    try first.result("sales.create", Params.sale(1))
    #expect(try first.finish() == .exited(0))
    #expect(shop.isStopped())
    let second = try shop.open([]) { $0.environment = environment }
    #expect(try second.sales().count == 1)
    let backup = try second.backUp()
    #expect(backup.hasPrefix(shop.directory + "/backups/"))
    let restored = try second.restore(backup.split(separator: "\\", omittingEmptySubsequences: false).joined(separator: #"\\"#))
    #expect(restored.result != nil, "\(restored.line)")
    try second.login()
    #expect(try second.faultsInBooks() == [])
    #expect(try second.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}
