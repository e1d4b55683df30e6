/// Who may connect, what leaks and where: nobody but the server's user and root, nothing, and by no network.
import Glibc
import Testing

@testable import PostgresServer

@Suite struct PrivacyTests {
  private static let nobody = ["/usr/bin/setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups"]

  @Test(.enabled(if: isRoot)) func anotherUserCannotConnect() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    #expect(try workshop.psql("select 1", as: Self.nobody).errorText.contains("Permission denied"))
    // With every door of the file system open, the server itself still refuses.
    let runtime = try #require(workshop.runtime)
    for path in [workshop.shop, runtime] { chmod(path, 0o755) }
    for name in [".s.PGSQL.5432", "lease.sock"] { chmod(runtime + "/" + name, 0o777) }
    for role in ["postgres", "shop", "nobody"] {
      let outcome = try workshop.psql("select 1", user: role, as: Self.nobody)
      #expect(outcome.errorText.contains("Peer authentication failed"), "\(role): \(outcome.errorText)")
    }
    for path in [workshop.shop, runtime] { chmod(path, 0o700) }
    #expect(try workshop.query("select 1") == "1")
    try probe.release()
    workshop.expectQuiet()
  }

  @Test(.enabled(if: isRoot)) func anotherUserGetsNoLease() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    let stranger = try Probe(["hold", workshop.shop], as: Self.nobody)
    #expect(try stranger.await("failed").hasPrefix("failed not-permitted"))
    // Even through an open door the supervisor hangs up on them.
    let runtime = try #require(workshop.runtime)
    chmod(runtime, 0o755)
    chmod(runtime + "/lease.sock", 0o777)
    let peeking = try Probe(["peek", runtime + "/lease.sock"], as: Self.nobody)
    #expect(try peeking.await("peeked") == "peeked 0")
    try probe.release()
  }

  @Test(.enabled(if: isRoot)) func theServersUserAndRootShareOneServer() throws {
    let workshop = try Workshop()
    let asRoot = try workshop.ready()
    let asOwner = try Probe(
      ["hold", workshop.shop], as: ["/usr/bin/setpriv", "--reuid=postgres", "--regid=postgres", "--init-groups"])
    try asOwner.awaitReady()
    try asRoot.release()
    #expect(try workshop.query("select 1") == "1")
    kill(try workshop.supervisor(), SIGKILL)
    try asOwner.await("lost")
    try asOwner.awaitReady()
    #expect(try workshop.query("select 1") == "1")
    #expect(
      try workshop.asServerUser(programFolder + "/psql", ["-h", workshop.runtime!, "-d", "postgres", "-Atc", "select 2"]) == "2\n"
    )
    try asOwner.release()
    workshop.expectQuiet()
  }

  @Test func listensOnNoNetwork() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    var sockets: Set<String> = []
    for pid in workshop.processes where pid != probe.pid {
      for name in try FileSystem.entries("/proc/\(pid)/fd") {
        if let target = FileSystem.linkTarget("/proc/\(pid)/fd/\(name)"), target.hasPrefix("socket:[") {
          sockets.insert(String(target.dropFirst(8).dropLast()))
        }
      }
    }
    #expect(!sockets.isEmpty)
    for table in ["tcp", "tcp6", "udp", "udp6"] {
      let lines = String(decoding: FileSystem.read("/proc/net/\(table)", limit: 1 << 20) ?? [], as: UTF8.self)
      for line in lines.split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ")
        // UDP sockets bound to the loop-back and connected to themselves are PostgreSQL's statistics before version 15.
        #expect(!sockets.contains(String(fields[9])), "\(table): \(line)")
      }
    }
    try probe.release()
  }

  @Test func nothingOfTheClientLeaksIntoItsServer() throws {
    let workshop = try Workshop()
    // The client is handed a descriptor 9 that is not close-on-exec.
    let shell = try Probe(
      [], environment: ["PGOPTIONS": "-c default_transaction_read_only=on", "SHELFLIFE_SECRET": "s3cret"],
      as: ["/bin/sh", "-c", "exec 9<>\(workshop.root)/leak; exec \(probePath) hold \(workshop.shop)"])
    try shell.awaitReady()
    for pid in workshop.processes where pid != shell.pid {
      let settings = String(decoding: FileSystem.read("/proc/\(pid)/environ", limit: 65_536) ?? [], as: UTF8.self)
      #expect(!settings.contains("s3cret") && !settings.contains("PGOPTIONS"))
      for name in try FileSystem.entries("/proc/\(pid)/fd") {
        let target = FileSystem.linkTarget("/proc/\(pid)/fd/\(name)") ?? ""
        #expect(!target.hasSuffix("/leak"), "\(pid) holds \(target)")
      }
    }
    let supervisor = try workshop.supervisor()
    for (name, target) in [("0", "/dev/null"), ("1", "/dev/null"), ("2", workshop.shop + "/supervisor.log")] {
      #expect(FileSystem.linkTarget("/proc/\(supervisor)/fd/\(name)") == target)
    }
    #expect(getsid(supervisor) == supervisor)
    #expect(FileSystem.linkTarget("/proc/\(supervisor)/cwd") == "/")
    #expect(try workshop.query("show default_transaction_read_only") == "off")
    try shell.release()
  }

  @Test func aBogusLocaleAndInheritedSettingsDoNoHarm() throws {
    let workshop = try Workshop(fromTemplate: false)
    let probe = try workshop.ready(environment: [
      "LANG": "xx_YY.bogus", "LC_ALL": "xx_YY.bogus", "PGDATA": "/nowhere", "PGHOST": "example.invalid", "PGPORT": "1",
      "PGUSER": "nobody", "PGOPTIONS": "-c default_transaction_read_only=on", "TZ": "Bogus/Zone",
    ])
    #expect(try workshop.query("select current_setting('server_encoding') || current_setting('TimeZone')") == "UTF8UTC")
    #expect(try workshop.query("show default_transaction_read_only") == "off")
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func theLogHoldsNoStatements() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    _ = try workshop.psql("select 'top-secret'::int")
    _ = try workshop.psql("create table t (k text primary key); insert into t values ('top-secret'), ('top-secret')")
    let spinning = try SpinningSession(workshop, comment: "top-secret")
    defer { spinning.kill() }
    let victim = "select pid from pg_stat_activity where query like '%top-secret%' and pid <> pg_backend_pid()"
    #expect(waitUntil { (try? workshop.query(victim))?.isEmpty == false })
    kill(pid_t(try workshop.query(victim))!, SIGKILL)
    #expect(waitUntil { (try? workshop.query("select 1")) == "1" })
    let log = String(decoding: FileSystem.read(workshop.shop + "/postgres.log", limit: 1 << 20)!, as: UTF8.self)
    #expect(log.contains("terminated by signal 9"))
    #expect(!log.contains("top-secret"), "\(log)")
    try probe.release()
  }

  @Test func theShopsRolesMayLogIn() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    _ = try workshop.query("create role shop login; create role stranger login")
    #expect(try workshop.query("select current_user", user: "shop") == "shop")
    try probe.release()
  }

  @Test(.enabled(if: isRoot)) func aPlantedRuntimeDirectoryIsNotUsed() throws {
    let workshop = try Workshop()
    let status = try #require(FileSystem.status(workshop.shop))
    let planted = "\(workshop.root)/shelflife-\(String(status.st_dev, radix: 16))-\(String(status.st_ino, radix: 16))-planted"
    try run("/bin/mkdir", ["-m", "0700", planted])
    try run("/bin/chown", ["nobody", planted])
    try run("/bin/ln", ["-s", planted, workshop.shop + "/run"])
    try run("/bin/chown", ["-h", "postgres", workshop.shop + "/run"])
    let probe = try workshop.ready()
    #expect(workshop.runtime != planted)
    #expect(FileSystem.status(workshop.runtime!)?.isPrivate == true)
    try probe.release()
  }

  @Test func aCopiedDirectoryHasAServerOfItsOwn() throws {
    let workshop = try Workshop()
    let original = try workshop.ready()
    _ = try workshop.query("create table here (n int); checkpoint")
    let first = workshop.shop
    try run("/bin/cp", ["-a", first, workshop.root + "/copy"])
    workshop.shop = workshop.root + "/copy"
    let copy = try workshop.ready()
    #expect(workshop.runtime != FileSystem.linkTarget(first + "/run"))
    _ = try workshop.query("insert into here values (1)")
    try copy.release()
    #expect(workshop.runtime == nil && PostmasterFile.read(cluster: workshop.cluster) == nil)
    workshop.shop = first
    #expect(try workshop.query("select count(*) from here") == "0")
    try original.release()
    workshop.expectQuiet()
  }
}
