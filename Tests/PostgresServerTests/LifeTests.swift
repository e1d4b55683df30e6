/// The cluster's life: created, shared, stopped by the last one out, recovered after any killing.
import Glibc
import Testing

@testable import PostgresServer

@Suite struct LifeTests {
  @Test func createsServesAndStops() throws {
    let workshop = try Workshop(fromTemplate: false)
    let probe = try workshop.ready()
    #expect(probe.seen.contains { $0.hasPrefix("progress creating") })
    #expect(probe.seen.contains { $0.hasPrefix("progress starting 80") })
    #expect(try workshop.query("select 6 * 7") == "42")
    for (setting, value) in [
      ("fsync", "on"), ("full_page_writes", "on"), ("synchronous_commit", "on"), ("data_checksums", "on"),
      ("listen_addresses", ""), ("server_encoding", "UTF8"), ("lc_collate", "C.UTF-8"), ("jit", "off"),
      ("recovery_init_sync_method", "syncfs"), ("unix_socket_permissions", "0700"), ("max_connections", "100"),
    ] {
      #expect(try workshop.query("show \(setting)") == value, "\(setting)")
    }
    for (path, mode) in [("", 0o700), ("/postgres", 0o700), ("/backups", 0o700), ("/exports", 0o700), ("/postgres.log", 0o600)] {
      let status = try #require(FileSystem.status(workshop.shop + path))
      #expect(status.st_mode & 0o777 == mode_t(mode), "\(path)")
      #expect(ServerUser.describe(status.st_uid) == workshop.serverUser, "\(path)")
    }
    let socket = try #require(FileSystem.status(workshop.runtime! + "/.s.PGSQL.5432"))
    #expect(socket.st_mode & 0o777 == 0o700)
    try probe.release()
    workshop.expectQuiet()
    #expect(!FileSystem.status(workshop.shop + "/backups").isNil)
  }

  @Test func secondSharesAndTheLastStops() throws {
    let workshop = try Workshop()
    let first = try workshop.ready()
    let postmaster = try workshop.postmaster()
    let second = try workshop.ready()
    #expect(try workshop.postmaster() == postmaster)
    try first.release()
    #expect(try workshop.query("select 1") == "1")
    #expect(try workshop.postmaster() == postmaster)
    try second.release()
    workshop.expectQuiet()
  }

  @Test(arguments: [2, 8]) func manyStartersOnAFreshDirectory(count: Int) throws {
    let workshop = try Workshop(fromTemplate: false)
    let probes = try (0..<count).map { _ in try workshop.hold() }
    for probe in probes { try probe.awaitReady() }
    #expect(workshop.processes.filter { FileSystem.linkTarget("/proc/\($0)/cwd") == workshop.cluster }.count >= 1)
    let log = String(decoding: FileSystem.read(workshop.shop + "/supervisor.log", limit: 65_536)!, as: UTF8.self)
    #expect(log.split(separator: "\n").filter { $0.contains("created the cluster") }.count == 1)
    #expect(log.split(separator: "\n").filter { $0.contains("started PostgreSQL") }.count == 1)
    #expect(try workshop.query("select 1") == "1")
    for probe in probes { try probe.release() }
    workshop.expectQuiet()
  }

  @Test func killedClientLetsTheServerStop() throws {
    let workshop = try Workshop()
    let first = try workshop.ready()
    let second = try workshop.ready()
    first.kill()
    #expect(try workshop.query("select 1") == "1")
    second.kill()
    workshop.expectQuiet()
  }

  @Test func killedSupervisorIsReplacedAndTheServerAdopted() throws {
    let workshop = try Workshop()
    let probes = [try workshop.ready(), try workshop.ready()]
    let postmaster = try workshop.postmaster()
    let supervisor = try workshop.supervisor()
    kill(supervisor, SIGKILL)
    for probe in probes {
      try probe.await("lost")
      try probe.awaitReady()
    }
    #expect(try workshop.postmaster() == postmaster)
    #expect(try workshop.supervisor() != supervisor)
    #expect(try workshop.query("select 1") == "1")
    for probe in probes { try probe.release() }
    workshop.expectQuiet()
  }

  @Test func killedServerIsRestarted() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    _ = try workshop.query("create table kept (n int); insert into kept values (7)")
    let postmaster = try workshop.postmaster()
    kill(postmaster, SIGKILL)
    try probe.await("restarting")
    try probe.await("again")
    #expect(try workshop.postmaster() != postmaster)
    #expect(try workshop.query("select n from kept") == "7")
    kill(try workshop.postmaster(), SIGTERM)
    try probe.await("again")
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func serverKilledAfterAdoptionIsRestarted() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    kill(try workshop.supervisor(), SIGKILL)
    try probe.await("lost")
    try probe.awaitReady()
    kill(try workshop.postmaster(), SIGKILL)
    try probe.await("again")
    #expect(try workshop.query("select 1") == "1")
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func everythingKilledIsRecovered() throws {
    let workshop = try Workshop()
    let first = try workshop.ready()
    _ = try workshop.query("create table kept (n int); insert into kept values (7)")
    for pid in [try workshop.supervisor(), try workshop.postmaster()] { kill(pid, SIGKILL) }
    first.kill()
    for pid in workshop.processes { kill(pid, SIGKILL) }
    #expect(waitUntil { workshop.processes.isEmpty })
    let second = try workshop.ready()
    #expect(try workshop.query("select n from kept") == "7")
    try second.release()
    workshop.expectQuiet()
  }

  @Test func serverLeftAloneIsAdopted() throws {
    let workshop = try Workshop()
    let first = try workshop.ready()
    let supervisor = try workshop.supervisor()
    let postmaster = try workshop.postmaster()
    kill(supervisor, SIGSTOP)
    first.kill()
    kill(supervisor, SIGKILL)
    #expect(waitUntil { !Workshop.isAlive(supervisor) })
    #expect(Workshop.isAlive(postmaster))
    let second = try workshop.ready()
    #expect(try workshop.postmaster() == postmaster)
    try second.release()
    workshop.expectQuiet()
  }

  @Test func busyBackendLeftByAKilledServerIsEnded() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    let spinning = try SpinningSession(workshop)
    defer { spinning.kill() }
    #expect(
      waitUntil {
        (try? workshop.query("select count(*) from pg_stat_activity where query like '%spin%' and state = 'active'")) == "2"
      })
    kill(try workshop.postmaster(), SIGKILL)
    try probe.await("again")
    #expect(try workshop.query("select 1") == "1")
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func newcomerWhileTheServerStopsIsServed() throws {
    let workshop = try Workshop()
    var holder = try workshop.ready()
    for _ in 0..<5 {
      holder.kill()
      usleep(UInt32.random(in: 0...60_000))
      holder = try workshop.ready()
      #expect(try workshop.query("select 1") == "1")
    }
    try holder.release()
    workshop.expectQuiet()
  }

  @Test func toldToStopItEndsAndSaysSo() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    kill(try workshop.supervisor(), SIGTERM)
    #expect(try probe.await("failed").hasPrefix("failed stopped true"))
    workshop.expectQuiet()
  }

  @Test func creationIsAbandonedWithItsOnlyStarter() throws {
    let workshop = try Workshop(fromTemplate: false)
    let first = try workshop.hold()
    try first.await("progress creating 5")
    first.kill()
    #expect(waitUntil { workshop.processes.isEmpty })
    #expect(try FileSystem.entries(workshop.shop).filter { $0.hasPrefix("postgres") } == [])
    let second = try workshop.hold()
    try second.await("progress creating 5")
    // Its supervisor and initdb go too: nobody tidies up.
    for pid in workshop.processes { kill(pid, SIGKILL) }
    second.kill()
    let third = try workshop.ready()
    #expect(try FileSystem.entries(workshop.shop).filter { $0.hasPrefix("postgres.creating") } == [])
    try third.release()
    workshop.expectQuiet()
  }

  @Test func creationOutlivesItsStarter() throws {
    let workshop = try Workshop(fromTemplate: false)
    let first = try workshop.hold()
    try first.await("progress creating 5")
    let second = try workshop.hold()
    try second.await("progress creating")
    first.kill()
    try second.awaitReady()
    #expect(try workshop.query("select 1") == "1")
    try second.release()
    workshop.expectQuiet()
  }

  @Test func survivesRandomKilling() throws {
    let seed = UInt64.random(in: 0...UInt64.max)
    print("seed \(seed)")
    var random = SplitMix(state: seed)
    let workshop = try Workshop()
    var probes = [try workshop.ready(), try workshop.ready(), try workshop.ready()]
    _ = try workshop.query("create table mark (n int)")
    for round in 0..<10 {
      for _ in 0...Int(random.next() % 2) {
        switch random.next() % 4 {
        case 0: if let pid = try? workshop.supervisor() { kill(pid, SIGKILL) }
        case 1: if let pid = try? workshop.postmaster(), Workshop.isAlive(pid) { kill(pid, SIGKILL) }
        case 2: probes.remove(at: Int(random.next() % UInt64(probes.count))).kill()
        default:
          for pid in workshop.processes where random.next() % 2 == 0 {
            kill(pid, SIGKILL)
            // It may look alive for a little longer.
            probes.removeAll { $0.pid == pid }
          }
        }
        if probes.isEmpty { break }
      }
      usleep(UInt32(random.next() % 50_000))
      probes = probes.filter { Workshop.isAlive($0.pid) }
      while probes.count < 3 { probes.append(try workshop.ready()) }
      #expect(waitUntil { (try? workshop.query("insert into mark values (\(round))")) != nil }, "round \(round), seed \(seed)")
      #expect(waitUntil { (try? workshop.query("select count(distinct n) from mark")) == "\(round + 1)" }, "seed \(seed)")
    }
    for probe in probes { try probe.release() }
    workshop.expectQuiet()
  }
}

struct SplitMix: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9e37_79b9_7f4a_7c15
    var z = state
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
  }
}

extension Optional {
  var isNil: Bool { self == nil }
}

/// A session that computes without ever looking up.
final class SpinningSession {
  private let pid: pid_t

  init(_ workshop: Workshop, comment: String = "spin") throws {
    let sql = "/* \(comment) */ do $$ begin loop perform 1; end loop; end $$"
    pid = try ChildProcess.start(
      ChildProcess.Command(
        programFolder + "/psql", ["-X", "-h", workshop.runtime!, "-U", "postgres", "-d", "postgres", "-c", sql]))
  }

  func kill() {
    Glibc.kill(pid, SIGKILL)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
  }
}
