// Files that are no backups, or not whole, or made to do harm: each is refused with its reason, and the shop goes on untouched.
import Glibc
import Testing

@Suite struct HostileBackupTests {
  /// A shop with a sale and a backup of it.
  private func shop(_ name: String) throws -> (shop: Shop, till: Sidecar, path: String) {
    let shop = try Shop.fresh(name)
    let till = try shop.open()
    try till.stock(1, qty: 10)
    try till.result("sales.create", Params.sale(1))
    return (shop, till, try till.backUp())
  }

  @Test func whatIsNoWholeBackupIsRefused() throws {
    let (shop, till, path) = try shop("hostile-files")
    let before = try till.image()
    let bytes = try FileBytes.read(path)
    let spoiled = Shop.folder + "/spoiled.tar"
    var cases: [(String, [UInt8])] = [
      ("empty", []), ("text", Array("not a backup".utf8)), ("zeros", [UInt8](repeating: 0, count: 20_000)),
      ("more behind it", bytes + [0]), ("twice", bytes + bytes),
    ]
    for length in [1, 511, 512, 600, 9_000, 10_000, bytes.count / 2, bytes.count - 1_024, bytes.count - 1] {
      cases.append(("cut at \(length)", Array(bytes.prefix(length))))
    }
    for place in stride(from: 0, to: bytes.count, by: max(1, bytes.count / 40)) {
      var flipped = bytes
      flipped[place] ^= 0x10
      cases.append(("bit \(place)", flipped))
    }
    for (name, bytes) in cases {
      try FileBytes.write(bytes, to: spoiled)
      for method in ["backup.verify", "backup.restore", "backup.export"] {
        let params =
          switch method {
          case "backup.verify": #"{"path":"\#(spoiled)"}"#
          case "backup.export": #"{"sourcePath":"\#(spoiled)","targetPath":"\#(Shop.folder)"}"#
          default: #"{"backupPath":"\#(spoiled)","confirmation":true}"#
          }
        let reply = try till.call(method, params)
        #expect(reply.errorName == "backup-invalid", "\(name), \(method): \(reply.line)")
        #expect(reply.details?["reason"]?.text?.isEmpty == false, "\(name): a reason in words")
      }
    }
    for odd in [Shop.folder, "/dev/zero", "/dev/null", "/proc/self/mem"] {
      let name = try till.restore(odd).errorName
      #expect(name == "backup-invalid" || name == "backup-not-possible", "\(odd): \(name ?? "ok")")
    }
    let link = Shop.folder + "/link-to-backup.tar"
    symlink(path, link)
    #expect(try till.restore(link).result == nil, "never through a link")
    let pipe = Shop.folder + "/backup-pipe"
    mkfifo(pipe, 0o600)
    #expect(try till.restore(pipe, within: .seconds(10)).result == nil, "a pipe is not waited for")
    #expect(try till.image() == before)
    #expect(try shop.databases == ["shelflife"])
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
  }

  /// Paths that mean something else than they seem to, as the source and as the target of every call that takes one.
  @Test func pathsLeadNowhereElse() throws {
    let (shop, till, path) = try shop("hostile-paths")
    let place = Shop.folder + "/hostile-places"
    mkdir(place, 0o755)
    func refusal(_ method: String, _ params: String) throws -> String { try till.call(method, params).errorName ?? "ok" }
    func restore(_ path: String) throws -> String {
      try refusal("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#)
    }
    func export(_ target: String, from source: String) throws -> String {
      try refusal("backup.export", #"{"targetPath":"\#(target)","sourcePath":"\#(source)"}"#)
    }

    // What is no absolute path, or holds a NUL.
    for odd in ["", ".", "..", "../..", "backups", "~/x", "file:///etc/passwd", #"\u0000"#, #"\u0000/etc"#] {
      #expect(try restore(odd) == "validation-error", "\(odd)")
      #expect(try export(odd, from: path) == "validation-error", "\(odd)")
      #expect(try export(place, from: odd) == "validation-error", "\(odd)")
    }
    for odd in [#"/tmp\u0000/x"#, path + #"\u0000"#, path + #"\u0000.tar"#, "/" + String(repeating: "x/", count: 600)] {
      #expect(try restore(odd) != "ok", "\(odd)")
      #expect(try export(place, from: odd) != "ok", "\(odd)")
    }
    for odd in [
      #"\#(place)\u0000"#, #"\#(place)\u0000/x"#, "/dev/null", "/dev/stdout", "/proc/self/fd/1", path, path + "/..",
      place + "/../hostile-places/nowhere",
    ] {
      #expect(try export(odd, from: path) != "ok", "\(odd)")
    }
    for odd in [
      "/dev/stdin", "/dev/zero", "/dev/tty", "/proc/self/environ", "/proc/self/cwd", "/etc/shadow", shop.cluster,
      shop.directory + "/run",
    ] {
      let name = try restore(odd)
      #expect(["backup-invalid", "backup-not-possible", "backup-not-found"].contains(name), "\(odd): \(name)")
      #expect(try export(place, from: odd) != "ok", "\(odd)")
    }

    // A container whose members would lie elsewhere.
    let evil = place + "/evil.tar"
    try Spawning.run([
      "/bin/sh", "-c",
      "cd '\(place)' && echo x > manifest.json && tar -P -cf evil.tar --transform 's|^|../../|' manifest.json && rm manifest.json",
    ])
    #expect(try restore(evil) == "backup-invalid")
    unlink(evil)

    // The name that the copy will have leads to a file of somebody's.
    let victim = Shop.folder + "/hostile-victim"
    try FileBytes.write(Array("mine".utf8), to: victim)
    symlink(victim, place + "/" + (path.split(separator: "/").last.map(String.init) ?? ""))
    #expect(try export(place, from: path) == "backup-not-possible")
    #expect(try FileBytes.read(victim) == Array("mine".utf8))
    #expect(Processes.entries(place).count == 1, "\(Processes.entries(place))")
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
  }

  /// Archives that PostgreSQL's own restore would run as its superuser: here every statement in them stays text.
  @Test func nothingInAnArchiveIsExecuted() throws {
    let (shop, till, _) = try shop("hostile-archive")
    let socket = try #require(shop.socketDirectory)
    let witness = Shop.folder + "/witness"
    try Psql.run(
      """
      create table shelf.stranger (id int);
      alter table shelf.stranger owner to shelflife_owner;
      create function shelf.harm() returns trigger language plpgsql security definer as
        $$ begin execute 'copy (select 1) to program ''touch \(witness)'''; return null; end $$;
      alter function shelf.harm() owner to postgres;
      create trigger harm after insert on shelf.sale execute function shelf.harm();
      create rule harm as on insert to shelf.product do also select 1;
      """, socketDirectory: socket)
    // The shop itself was tampered with: its archive now holds a table, a function, a trigger and a rule that are not of the schema.
    let path = try till.backUp()
    let proof = try till.call("backup.verify", #"{"path":"\#(path)"}"#, within: .seconds(60))
    #expect(proof.errorName == "backup-invalid", "\(proof.line)")
    #expect(try till.restore(path).errorName == "backup-invalid")

    try Psql.run("drop table shelf.stranger", socketDirectory: socket)
    let clean = try till.backUp()
    #expect(try till.result("backup.verify", #"{"path":"\#(clean)"}"#, within: .seconds(60))["ok"]?.bool == true)
    let restored = try till.restore(clean)
    #expect(restored.result != nil, "\(restored.line)")
    try till.login()
    let left = try Psql.run(
      "select count(*) from pg_proc where proname = 'harm' union all select count(*) from pg_trigger where tgname = 'harm'",
      socketDirectory: socket)
    #expect(left == "0\n0", "only rows come back, not what stood beside them")
    #expect(access(witness, F_OK) != 0, "no program was run")
    #expect(try till.finish() == .exited(0))
  }

  @Test func aShopWhoseBooksDoNotBalanceIsNotRestored() throws {
    let (shop, till, _) = try shop("hostile-books")
    let socket = try #require(shop.socketDirectory)
    // Rows that break the books, put in past every guard: a faithful backup of a shop that is wrong.
    try Psql.run(
      "set session_replication_role = replica; update shelf.lot set qty_remaining = qty_remaining + 5", socketDirectory: socket)
    let path = try till.backUp()
    let verify = try till.call("backup.verify", #"{"path":"\#(path)"}"#, within: .seconds(60))
    #expect(verify.errorName == "backup-invalid" || verify.result?["ok"]?.bool == false, "\(verify.line)")
    #expect(try till.restore(path).errorName == "backup-invalid")
    #expect(try till.call("auth.me").result != nil, "nobody was signed out")
    #expect(try till.finish() == .exited(0))
  }
}
