/// The parts by themselves: child processes, versions, lines on the lease's socket, files of the server.
import Glibc
import Testing

@testable import PostgresServer

@Suite struct PartTests {
  @Test func childOutputIsCapturedWithABound() throws {
    let outcome = try ChildProcess.run(
      ChildProcess.Command("/bin/sh", ["-c", "yes out | head -c 3000000; yes err | head -c 300000 >&2; echo last >&2; exit 3"]),
      outputLimit: 1_000)
    #expect(outcome.ending == .exited(3))
    #expect(outcome.output.count == 1_000)
    #expect(outcome.errors.count == 8 << 10)
    #expect(outcome.errorText.hasSuffix("err\nlast\n"))
    #expect(!outcome.succeeded)
    #expect(try ChildProcess.run(ChildProcess.Command("/bin/sh", ["-c", "kill -9 $$"])).ending == .killed(signal: SIGKILL))
  }

  @Test func childGetsACleanWorld() throws {
    setenv("PGHOST", "example.invalid", 1)
    setenv("LC_NUMERIC", "xx", 1)
    let leak = open("/dev/zero", O_RDONLY)
    defer {
      close(leak)
      unsetenv("PGHOST")
      unsetenv("LC_NUMERIC")
    }
    let outcome = try ChildProcess.run(
      ChildProcess.Command("/bin/sh", ["-c", "env; ls -l /proc/$$/fd; cat"], environment: ["PGPASSWORD": "given"]))
    #expect(outcome.outputText.contains("PGPASSWORD=given") && outcome.outputText.contains("LANG=C.UTF-8"))
    #expect(!outcome.outputText.contains("PGHOST") && !outcome.outputText.contains("LC_NUMERIC"))
    #expect(!outcome.outputText.contains("/dev/zero"))
    #expect(outcome.outputText.contains("/dev/null"))
  }

  @Test func cancelledChildIsEnded() throws {
    let started = ContinuousClock().now
    let fault = #expect(throws: ServerFault.self) {
      try ChildProcess.run(
        ChildProcess.Command("/bin/sh", ["-c", "trap '' TERM; while :; do sleep 0.1; done"]),
        isCancelled: { ContinuousClock().now - started > .milliseconds(100) })
    }
    #expect(fault?.code == .cancelled)
    #expect(ContinuousClock().now - started < .seconds(10))
  }

  @Test func missingProgramIsAFault() throws {
    let fault = #expect(throws: ServerFault.self) { try ChildProcess.run(ChildProcess.Command("/nowhere/x", [])) }
    #expect(fault?.code == .childFailed)
  }

  @Test func aGrandchildThatKeepsThePipeDoesNotHoldUp() throws {
    let started = ContinuousClock().now
    let outcome = try ChildProcess.run(ChildProcess.Command("/bin/sh", ["-c", "sleep 30 & echo done"]))
    #expect(outcome.outputText == "done\n")
    #expect(ContinuousClock().now - started < .seconds(5))
  }

  @Test func programsAndTheirVersionAreFound() throws {
    let programs = try Programs.find(in: nil)
    #expect(try Programs.find(in: programs.directory) == programs)
    #expect(try Programs.find(in: nil, preferredMajor: 7) == programs)
    for name in Programs.Name.allCases {
      let path = try programs.path(name)
      #expect(access(path, X_OK) == 0)
    }
    #expect(Programs.version(in: "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n") == "15.18")
    #expect(Programs.version(in: "postgres (PostgreSQL) 17beta1") == "17beta1")
    #expect(Programs.version(in: "postgres (EnterpriseDB) x") == nil)
    let fault = #expect(throws: ServerFault.self) { try Programs.find(in: "/tmp") }
    #expect(fault?.code == .programsMissing && fault?.isRetryable == false)
  }

  @Test func releasesThatLackSecurityFixesAreNamed() {
    for (major, least) in PatchLevel.leastMinor {
      #expect(major >= ServerLimits.oldestMajor && least > 0)
      #expect(PatchLevel.complaint(about: "\(major).\(least)") == nil)
      #expect(PatchLevel.complaint(about: "\(major).\(least + 12) (Debian \(major).\(least + 12)-0+deb12u1)") == nil)
      for version in ["\(major).\(least - 1)", "\(major).\(least - 1) (Debian)", "\(major).0", "\(major)beta1", "\(major)"] {
        #expect(PatchLevel.complaint(about: version)?.contains("\(major).\(least)") == true, "\(version)")
      }
    }
    for version in ["99.0", "", "unknown"] { #expect(PatchLevel.complaint(about: version) == nil, "\(version)") }
  }

  @Test func oldProgramsAreRefused() throws {
    let workshop = try Workshop(fromTemplate: false)
    for version in ["9.6.1", "14.2"] {
      let folder = workshop.root + "/" + version
      mkdir(folder, 0o755)
      for name in ["postgres", "initdb"] {
        try run(
          "/bin/sh",
          ["-c", "printf '#!/bin/sh\\necho \"postgres (PostgreSQL) \(version)\"\\n' > $0; chmod 755 $0", folder + "/" + name])
      }
      let fault = #expect(throws: ServerFault.self) { try Programs.find(in: folder) }
      #expect(fault?.code == .programsTooOld)
    }
  }

  @Test func leaseLinesSurviveTheWire() throws {
    let messages: [LeaseMessage] = [
      .busy, .progress(ClusterProgress(stage: .creating, percentage: 40, message: "50 % of\tit")),
      .ready(ServerAddress(socketDirectory: "/tmp/x y\t%41", port: 5_432, superuser: "postgres", programDirectory: "/ö\n/bin")),
      .failed(ServerFault(.diskFull, "No space\nleft")), .failed(ServerFault(.versionMismatch, "")),
    ]
    var buffer = LineBuffer()
    for byte in messages.flatMap(\.line) { buffer.append([byte]) }
    for message in messages {
      let line = buffer.next()
      #expect(LeaseMessage(line: line ?? "") == message)
    }
    #expect(buffer.next() == nil)
    for line in ["", "ready", "ready\t\tx\t\t", "progress\tflying\t1\tx", "something\tnew"] {
      #expect(LeaseMessage(line: line) == nil)
    }
  }

  @Test func postmasterFilesAreRead() {
    let whole = "123\n/d\n1700000000\n5432\n/tmp/s\n\n  1 2\nready   \n"
    #expect(PostmasterFile(whole)?.pid == 123)
    #expect(PostmasterFile(whole)?.socketDirectory == "/tmp/s")
    #expect(PostmasterFile(whole)?.status == .ready)
    #expect(PostmasterFile("123\n/d\n")?.status == .starting)
    for text in ["", "\n", "x\n", "-5\n", "0\n"] { #expect(PostmasterFile(text) == nil) }
  }

  @Test func supervisorArgumentsSurviveTheCommandLine() {
    let arguments = SupervisorArguments(dataDirectory: "/a b", programDirectory: "--x", serverUser: "u", roles: ["r", "s"])
    #expect(SupervisorArguments(arguments.list) == arguments)
    for list in [[], ["--data-dir"], ["--data-dir", ""], ["--data-dir", "/x", "--what", "y"]] {
      #expect(SupervisorArguments(list) == nil)
    }
    #expect(Supervisor.run(arguments: []) == 64)
  }

  @Test func identityMapsNameEveryRole() throws {
    let user = try ServerUser.choose(dataDirectory: "/nowhere", name: isRoot ? "postgres" : nil)
    let fifteen = ClusterSettings(major: 15, user: user, roles: ["till", "odd \"name\""]).identities
    #expect(fifteen.contains("shelflife \"root\" \"till\"\n") && fifteen.contains("\"odd \"\"name\"\"\""))
    #expect(ClusterSettings(major: 16, user: user, roles: []).identities.contains("shelflife \"\(user.name)\" all\n"))
  }

  @Test func theLastWordsOfAProgramAreFound() {
    #expect(
      Glossary.reason(in: Array("2026-01-01 UTC [7] LOG:  x\n2026-01-01 UTC [7] FATAL:  it broke\nbye\n".utf8))
        == "FATAL:  it broke")
    #expect(Glossary.reason(in: []) == "")
    #expect(ServerFault(lastWords: "FATAL:  a: No space left on device", orElse: .startFailed, "x").code == .diskFull)
  }

  @Test func anAcquisitionCanBeCancelled() throws {
    let workshop = try Workshop(fromTemplate: false)
    let cluster = try EmbeddedCluster(
      dataDirectory: workshop.shop, supervisor: EmbeddedCluster.SupervisorCommand(executable: probePath), roles: [])
    var steps = 0
    let fault = #expect(throws: ServerFault.self) {
      try cluster.acquire(progress: { _ in steps += 1 }, isCancelled: { steps >= 2 })
    }
    #expect(fault?.code == .cancelled)
    #expect(waitUntil { workshop.processes.isEmpty })
  }

  @Test func aLeaseTellsItsStates() throws {
    let workshop = try Workshop()
    let cluster = try EmbeddedCluster(
      dataDirectory: workshop.shop, supervisor: EmbeddedCluster.SupervisorCommand(executable: probePath), roles: [])
    var lease: Lease? = try cluster.acquire()
    #expect(lease?.waitForNews(timeout: 0) == .ready)
    kill(try workshop.postmaster(), SIGKILL)
    guard case .restarting = lease?.waitForNews(timeout: 5_000) else { throw Trouble("not restarting") }
    #expect(waitUntil { lease?.refresh() == .ready })
    kill(try workshop.supervisor(), SIGKILL)
    #expect(lease?.waitForNews(timeout: 5_000) == .lost)
    lease = try cluster.acquire()
    lease?.release(waitingAtMost: 10_000)
    #expect(lease?.refresh() == .released)
    workshop.expectQuiet()
    // Dropping the last reference gives it back, too.
    lease = try cluster.acquire()
    lease = nil
    workshop.expectQuiet()
  }

  @Test func aFailingSupervisorIsReported() throws {
    let workshop = try Workshop(fromTemplate: false)
    let cluster = try EmbeddedCluster(
      dataDirectory: workshop.shop, supervisor: EmbeddedCluster.SupervisorCommand(executable: "/bin/false"), roles: [])
    let fault = #expect(throws: ServerFault.self) { try cluster.acquire() }
    #expect(fault?.code == .supervisorFailed && fault?.isRetryable == true)
  }

  @Test func heldByAnUnreachableSupervisorIsReported() throws {
    let workshop = try Workshop()
    let lock = open(workshop.shop + "/supervisor.lock", O_RDWR | O_CLOEXEC)
    defer { close(lock) }
    #expect(flock(lock, LOCK_EX) == 0)
    var cluster = try EmbeddedCluster(
      dataDirectory: workshop.shop, supervisor: EmbeddedCluster.SupervisorCommand(executable: probePath), roles: [])
    cluster.unreachablePatience = .milliseconds(300)
    let fault = #expect(throws: ServerFault.self) { try cluster.acquire() }
    #expect(fault?.code == .heldElsewhere && fault?.isRetryable == true)
  }
}
