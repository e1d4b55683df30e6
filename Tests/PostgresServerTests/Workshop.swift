/// Temporary shops for the tests: directories, probes that hold leases, and a look at what runs.
import Glibc
import Testing

@testable import PostgresServer

let isRoot = geteuid() == 0

struct Trouble: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// A directory of its own for one test, with a data directory `shop` in it; ends and removes all when it goes.
final class Workshop {
  let root: String
  var shop: String
  private(set) var probes: [Probe] = []

  init(shop: String = "shop", fromTemplate: Bool = true) throws {
    var template = "/tmp/shelflife-tests-XXXXXX".utf8CString
    guard template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) != nil else { throw Trouble("mkdtemp") }
    root = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    chmod(root, 0o755)
    self.shop = root + "/" + shop
    if fromTemplate { try run("/bin/cp", ["-a", templateShop.get(), self.shop]) }
  }

  deinit {
    for probe in probes { probe.kill() }
    for pid in Self.processes(of: root) { Glibc.kill(pid, SIGKILL) }
    for pid in Self.processes(of: root) where !waitUntil({ !Self.isAlive(pid) }) { Issue.record("\(pid) will not die") }
    if let link = FileSystem.linkTarget(shop + "/run"), link.hasPrefix("/tmp/shelflife-") {
      _ = try? run("/bin/rm", ["-rf", link])
    }
    _ = try? run("/bin/rm", ["-rf", root])
  }

  var cluster: String { shop + "/postgres" }
  var runtime: String? { FileSystem.linkTarget(shop + "/run") }
  var serverUser: String { isRoot ? "postgres" : ServerUser.describe(geteuid()) }

  func hold(environment: [String: String] = [:], programs: String? = nil) throws -> Probe {
    let probe = try Probe(["hold", shop] + (programs.map { ["--pg-bin", $0] } ?? []), environment: environment)
    probes.append(probe)
    return probe
  }

  /// A probe that already holds the lease.
  func ready(environment: [String: String] = [:]) throws -> Probe {
    let probe = try hold(environment: environment)
    try probe.awaitReady()
    return probe
  }

  /// A refused start: its line `failed CODE RETRYABLE MESSAGE`.
  func refusal(programs: String? = nil) throws -> String {
    let probe = try hold(programs: programs)
    return try probe.await("failed")
  }

  /// What a query answers, unaligned; each try is a session of its own.
  func query(_ sql: String, user: String = "postgres") throws -> String {
    let outcome = try psql(sql, user: user)
    guard outcome.succeeded else { throw Trouble("psql: \(outcome.errorText)") }
    return String(outcome.outputText.dropLast())
  }

  func psql(_ sql: String, user: String = "postgres", as system: [String] = []) throws -> ChildProcess.Outcome {
    guard let runtime else { throw Trouble("no runtime directory") }
    let command = system + [programFolder + "/psql", "-X", "-h", runtime, "-U", user, "-d", "postgres", "-Atc", sql]
    return try ChildProcess.run(ChildProcess.Command(command[0], Array(command.dropFirst())))
  }

  /// Runs a program as the server's user.
  @discardableResult
  func asServerUser(_ program: String, _ arguments: [String]) throws -> String {
    try isRoot
      ? run("/usr/bin/setpriv", ["--reuid=\(serverUser)", "--regid=\(serverUser)", "--clear-groups", program] + arguments)
      : run(program, arguments)
  }

  func postmaster() throws -> pid_t {
    guard let file = PostmasterFile.read(cluster: cluster) else { throw Trouble("no postmaster.pid") }
    return file.pid
  }

  func supervisor() throws -> pid_t {
    guard let runtime, let connection = UnixSocket.connect(to: runtime + "/lease.sock") else { throw Trouble("no supervisor") }
    defer { close(connection) }
    return UnixSocket.peer(connection)!.pid
  }

  /// Every living process that works in this directory or names it in its arguments, ourselves excepted.
  var processes: [pid_t] { Self.processes(of: root) }

  static func processes(of root: String) -> [pid_t] {
    let pids = (try? FileSystem.entries("/proc").compactMap { pid_t($0) }) ?? []
    return pids.filter { pid in
      guard pid != getpid(), isAlive(pid) else { return false }
      if FileSystem.linkTarget("/proc/\(pid)/cwd")?.hasPrefix(root + "/") == true { return true }
      let arguments = FileSystem.read("/proc/\(pid)/cmdline", limit: 16_384) ?? []
      return String(decoding: arguments, as: UTF8.self).contains(root)
    }
  }

  static func isAlive(_ pid: pid_t) -> Bool { ProcessTable.identity(pid) != nil }

  /// Nothing runs and no socket is left.
  func expectQuiet(_ location: SourceLocation = #_sourceLocation) {
    #expect(waitUntil { processes.isEmpty }, "still there: \(processes)", sourceLocation: location)
    #expect(FileSystem.status(shop + "/run", followingLinks: false) == nil, sourceLocation: location)
    #expect(PostmasterFile.read(cluster: cluster) == nil, sourceLocation: location)
  }
}

@discardableResult
func waitUntil(seconds: Int = 20, _ condition: () -> Bool) -> Bool {
  let end = ContinuousClock().now + .seconds(seconds)
  while ContinuousClock().now < end {
    if condition() { return true }
    usleep(5_000)
  }
  return condition()
}

@discardableResult
func run(_ program: String, _ arguments: [String]) throws -> String {
  let outcome = try ChildProcess.run(ChildProcess.Command(program, arguments))
  guard outcome.succeeded else { throw Trouble("\(program) \(arguments): \(outcome.ending) \(outcome.errorText)") }
  return outcome.outputText
}

let programFolder: String = (try? Programs.find(in: nil).directory) ?? "/usr/lib/postgresql/15/bin"

/// The probe lies beside the test bundle.
let probePath: String = {
  let own = CommandLine.arguments[0].hasSuffix(".xctest") ? CommandLine.arguments[0] : FileSystem.linkTarget("/proc/self/exe")!
  return String(own[..<own.lastIndex(of: "/")!]) + "/leaseprobe"
}()

/// One finished cluster that most tests start from a copy of.
let templateShop: Result<String, any Error> = Result {
  let workshop = try Workshop(fromTemplate: false)
  let probe = try workshop.ready()
  try probe.release()
  workshop.expectQuiet()
  let kept = "/tmp/shelflife-tests-template-\(getpid())"
  try run("/bin/rm", ["-rf", kept])
  try run("/bin/mv", [workshop.shop, kept])
  atexit { _ = try? run("/bin/rm", ["-rf", "/tmp/shelflife-tests-template-\(getpid())"]) }
  return kept
}

/// A `leaseprobe` of its own.
final class Probe {
  let pid: pid_t
  private let input: Int32
  private let output: Int32
  private var lines = LineBuffer()
  private(set) var seen: [String] = []
  private var isReaped = false

  init(_ arguments: [String], environment: [String: String] = [:], as system: [String] = []) throws {
    let stdin = try UnixSocket.pair()
    let stdout = try UnixSocket.pair()
    let command = system + [probePath] + arguments
    pid = try ChildProcess.start(
      ChildProcess.Command(
        command[0], Array(command.dropFirst()), environment: environment, input: .descriptor(stdin.1),
        output: .descriptor(stdout.1)))
    close(stdin.1)
    close(stdout.1)
    input = stdin.0
    output = stdout.0
  }

  deinit {
    kill()
    close(input)
    close(output)
  }

  /// The next line that begins with `prefix`; those before it are skipped.
  @discardableResult
  func await(_ prefix: String, seconds: Int = 40) throws -> String {
    let end = ContinuousClock().now + .seconds(seconds)
    while ContinuousClock().now < end {
      while let line = lines.next() {
        seen.append(line)
        if line.hasPrefix(prefix) { return line }
      }
      var polled = pollfd(fd: output, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 100) > 0 else { continue }
      var bytes = [UInt8](repeating: 0, count: 4_096)
      let count = read(output, &bytes, bytes.count)
      guard count > 0 else { break }
      lines.append(bytes[..<count])
    }
    throw Trouble("waited for “\(prefix)” and saw \(seen)")
  }

  /// Microseconds from asking to readiness.
  @discardableResult
  func awaitReady() throws -> Int { Int(try self.await("ready").split(separator: " ").last!)! }

  /// Gives the lease back in order and waits for the server's end, if this was the last.
  func release() throws {
    shutdown(input, Int32(SHUT_WR))
    try self.await("released")
    reap()
  }

  func kill() {
    guard !isReaped else { return }
    Glibc.kill(pid, SIGKILL)
    reap()
  }

  private func reap() {
    guard !isReaped else { return }
    var status: Int32 = 0
    isReaped = waitpid(pid, &status, 0) == pid
  }
}
