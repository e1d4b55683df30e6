// What others on the machine get to see: no inherited pipes, no port, no secret.
import Glibc
import Testing

@Suite struct IsolationTests {
  @Test func childrenInheritNoPipeAndNobodyListensOnTCP() throws {
    let shop = Shop.empty("isolation/deeper/data")
    let sidecar = try shop.start()
    try sidecar.result("system.ping")
    let pipes = Set(sidecar.pipes)
    #expect(pipes.count == 3)
    #expect(!Processes.openFiles(sidecar.pid).isDisjoint(with: pipes), "the check sees a pipe that is there")
    var seen: Set<pid_t> = []
    // Also while initdb runs, from the first child to the last.
    _ = try Spawning.eventually(within: .seconds(60)) {
      for child in Self.descendants(of: sidecar.pid) + (shop.supervisor.map { [$0] + Self.descendants(of: $0) } ?? [])
        + shop.servers
      {
        seen.insert(child)
        #expect(!Self.holds(child, pipes), "\(Processes.arguments(child))")
      }
      return try sidecar.result("system.status")["database"]?.text == "ready"
    }
    let supervisor = try #require(shop.supervisor)
    let family = [sidecar.pid, supervisor] + shop.servers
    #expect(family.count >= 6 && seen.count >= 6, "\(family), \(seen)")
    #expect(shop.servers.allSatisfy { Processes.openFiles($0).isDisjoint(with: pipes) })

    let listeners = Processes.tcpListeners
    for pid in family {
      #expect(Processes.sockets(pid).isDisjoint(with: listeners), "\(Processes.arguments(pid)) listens on TCP")
    }

    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func nobodyElseCanReachTheServer() throws {
    let shop = try Shop.fresh("private")
    let sidecar = try shop.open()
    let sockets = try #require(shop.socketDirectory)
    for path in [shop.directory, shop.cluster, sockets] {
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o077 == 0, "\(path)")
      if getuid() == 0 { #expect(status.st_uid != 0, "\(path) belongs to root") }
    }
    for server in shop.servers {
      var status = stat()
      #expect(stat("/proc/\(server)", &status) == 0)
      #expect(getuid() != 0 || status.st_uid != 0, "the server runs as root")
    }
    let settings = try Psql.run(
      "select string_agg(name || '=' || setting, ' ' order by name) from pg_settings where name in "
        + "('fsync', 'synchronous_commit', 'full_page_writes', 'data_checksums', 'listen_addresses')", socketDirectory: sockets)
    #expect(settings == "data_checksums=on fsync=on full_page_writes=on listen_addresses= synchronous_commit=on")
    if getuid() == 0 {
      // Another user of the machine, even a curious one.
      #expect(throws: Failure.self) { try Psql.run("select 1", socketDirectory: sockets, asUser: "nobody") }
    }
    #expect(try sidecar.finish() == .exited(0))
  }

  /// Everything that a busy shop leaves on the disk, under a mask that forbids nothing.
  @Test func everyFileIsItsOwnersOnly() throws {
    let shop = Shop.empty("modes")
    let trace = shop.directory + "-trace.ndjson"
    let target = shop.directory + "-exports"
    mkdir(target, 0o755)
    let sidecar = try shop.start(["--trace-file", trace]) { $0.launcher = ["/bin/sh", "-c", "umask 000; exec \"$@\"", "sh"] }
    try sidecar.result(
      "setup.createOwner", #"{"name":"O","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#, within: .seconds(90))
    try sidecar.login()
    try sidecar.stock(1, qty: 5)
    try sidecar.result("sales.create", Params.sale(1))
    try sidecar.result("store.update", #"{"backupFolder":"\#(target)"}"#)
    let done = try sidecar.result("backup.run", within: .seconds(60))
    let copy = try #require(done["copyPath"]?.text)
    try sidecar.result("backup.verify", within: .seconds(60))
    try sidecar.result("backup.export", #"{"targetPath":"\#(shop.directory)/exports"}"#)
    let sockets = try #require(shop.socketDirectory)
    #expect(Spawning.eventually(within: .seconds(20)) { access(shop.directory + "/ballast", F_OK) == 0 })

    let owner = getuid() == 0 ? "postgres" : String(getuid())
    let folders = [shop.directory, sockets]
    let files = try Spawning.run(["/usr/bin/find"] + folders + ["-printf", "%p\n"]).split(separator: "\n")
    #expect(files.count > 900, "a cluster has many files")
    for part in [
      "/ballast", "/supervisor.lock", "/supervisor.log", "/postgres.log", "/postgres/pg_hba.conf", "/backups/", "/exports/",
    ] {
      #expect(files.contains { $0.contains(shop.directory + part) }, "\(part)")
    }
    let open = try Spawning.run(["/usr/bin/find"] + folders + ["!", "-type", "l", "-perm", "/077", "-printf", "%m %p\n"])
    #expect(open == "", "open to others: \(open)")
    for path in [trace, copy] {
      var status = stat()
      #expect(stat(path, &status) == 0 && status.st_mode & 0o777 == 0o600, "\(path): \(String(status.st_mode, radix: 8))")
    }
    let backups = "\(shop.directory)/backups/*"
    let strangers = try Spawning.run(
      ["/usr/bin/find"] + folders + [
        "!", "-user", owner, "!", "-path", backups, "!", "-path", "*/exports/*", "-printf", "%u %p\n",
      ])
    #expect(strangers == "", "of others: \(strangers)")
    #expect(try sidecar.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func noSecretIsLoggedOrShownInTheProcessList() throws {
    let shop = Shop.empty("secrets")
    let passwords = ["Owner-Secret-7731", "Staff-Secret-8842", "Wrong-Secret-9953", "Other-Secret-1164"]
    let sidecar = try shop.start(["--log-level", "debug"])
    let made = try sidecar.result(
      "setup.createOwner", #"{"name":"O","username":"owner","password":"\#(passwords[0])"}"#, within: .seconds(90))
    let session = try sidecar.result("auth.login", #"{"username":"owner","password":"\#(passwords[0])","bind":true}"#)
    try sidecar.result("users.create", #"{"name":"S","username":"staff","password":"\#(passwords[1])"}"#)
    _ = try sidecar.call("auth.login", #"{"username":"owner","password":"\#(passwords[2])"}"#)
    _ = try sidecar.call("auth.login", #"{"username":"nobody","password":"\#(passwords[2])"}"#)
    _ = try sidecar.call("auth.login", #"{"username":7,"password":"\#(passwords[2])","pin":"\#(passwords[2])"}"#)
    _ = try sidecar.call("products.list", #"{"token":"\#(session["token"]?.text ?? "")x"}"#)
    try sidecar.send(
      #"{"jsonrpc":"2.0","method":"users.create","params":{"name":"S","username":"t","password":"\#(passwords[2])"}}"#)
    try sidecar.send(#"{"jsonrpc":"2.0","id":1,"method":"auth.login","params":{"password":"\#(passwords[2])""#)
    try sidecar.result(
      "auth.changePassword", #"{"currentPassword":"\#(passwords[0])","newPassword":"\#(passwords[3])"}"#)
    let second = try sidecar.result("auth.login", #"{"username":"owner","password":"\#(passwords[3])","bind":true}"#)
    for backend in shop.backends { kill(backend, SIGKILL) }
    _ = try sidecar.call("products.list")

    let tokens = [session, second].compactMap { $0["token"]?.text }
    let code = try #require(made["recoveryCode"]?.text)
    #expect(tokens.count == 2 && code.count >= 16)
    let secrets = passwords + tokens + tokens.compactMap { $0.split(separator: ".").last.map(String.init) } + [code, "$2b$"]

    for pid in Processes.all {
      let line = Processes.arguments(pid).joined(separator: " ")
      for secret in secrets where line.contains(secret) { Issue.record("\(secret) on the command line of \(pid)") }
    }
    #expect(try sidecar.finish() == .exited(0))
    let logs = [
      sidecar.errorText, Processes.read(shop.directory + "/supervisor.log") ?? "",
      Processes.read(shop.directory + "/postgres.log") ?? "",
    ]
    #expect(logs.allSatisfy { !$0.isEmpty })
    for log in logs {
      for secret in secrets where log.contains(secret) { Issue.record("\(secret) in a log") }
    }
    let lines = sidecar.errorText.split(separator: "\n")
    #expect(lines.count >= 3 && lines.allSatisfy { Value.parse(Array($0.utf8))?["level"]?.text != nil }, "logs are JSON lines")
  }

  /// A child that was looked at between its fork and its exec still has everything, for a moment.
  private static func holds(_ pid: pid_t, _ pipes: Set<FileIdentity>) -> Bool {
    for _ in 0..<5 {
      if Processes.openFiles(pid).isDisjoint(with: pipes) { return false }
      usleep(20_000)
    }
    return true
  }

  private static func descendants(of pid: pid_t) -> [pid_t] {
    Processes.children(of: pid).flatMap { [$0] + descendants(of: $0) }
  }
}
