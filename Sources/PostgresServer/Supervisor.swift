/// The hidden subcommand `supervise`: the process that runs the server for all who hold its lease.
import Glibc
import Synchronization

/// Started by `EmbeddedCluster.acquire` with one end of a socket pair as standard input, which is its first lease.
/// It ends when the last lease does. One thread, no standard streams of its client's, a session of its own.
package enum Supervisor {
  /// Runs to the supervisor's end and returns its exit status. Call it first thing in `main`, while the process has one
  /// thread and its standard input is untouched.
  ///
  /// - Parameter arguments: what follows the subcommand's name.
  package static func run(arguments: [String]) -> Int32 {
    var input = stat()
    guard let arguments = SupervisorArguments(arguments), fstat(STDIN_FILENO, &input) == 0, input.kind == S_IFSOCK else {
      _ = FileSystem.write(STDERR_FILENO, Array("supervise is started by shelflife itself, not by hand.\n".utf8))
      return 64
    }
    let first = detach()
    do throws(ServerFault) {
      guard let loop = try prepare(arguments, first) else {
        tell(first, .busy)
        return 0
      }
      return loop.run()
    } catch {
      tell(first, .failed(error))
      return 70
    }
  }

  /// Leaves the client's session, streams and directory behind; returns the first lease.
  private static func detach() -> Int32 {
    let first = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)
    let nothing = open("/dev/null", O_RDWR | O_CLOEXEC)
    for descriptor in 0...2 { dup2(nothing, Int32(descriptor)) }
    close(nothing)
    setsid()
    umask(0o077)
    chdir("/")
    return first
  }

  /// Nil when another supervisor holds the directory.
  private static func prepare(_ arguments: SupervisorArguments, _ first: Int32) throws(ServerFault) -> SupervisorLoop? {
    let data = try DataDirectory(arguments.dataDirectory)
    let user = try ServerUser.choose(dataDirectory: data.path, name: arguments.serverUser)
    try data.prepare(for: user)
    try user.become()

    let lock = open(data.lockFile, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard lock >= 0 else { throw ServerFault(SystemError("open", data.lockFile)) }
    guard flock(lock, LOCK_EX | LOCK_NB) == 0 else {
      guard errno == EWOULDBLOCK else { throw ServerFault(SystemError("lock", data.lockFile)) }
      return nil
    }
    let log = SupervisorLog(path: data.supervisorLog)
    log.write("supervising \(data.path) as \(user.name)")
    let ballast = Ballast(data)
    do throws(ServerFault) {
      try data.makeFolders()
      let runtime = try RuntimeDirectory.establish(for: data, user: user)
      let wakeUp = try Signals.install()
      let listener = try ServerFault.translating { () throws(SystemError) in try UnixSocket.listen(at: runtime.leaseSocket) }
      let holders = LeaseHolders(listener: listener, first: first, permitted: [user.uid, 0])
      return SupervisorLoop(
        data: data, user: user, runtime: runtime, holders: holders, wakeUp: wakeUp, log: log, ballast: ballast,
        arguments: arguments)
    } catch {
      log.write("cannot supervise: \(error.message)")
      throw error
    }
  }

  private static func tell(_ descriptor: Int32, _ message: LeaseMessage) {
    let line = message.line
    _ = send(descriptor, line, line.count, Int32(MSG_NOSIGNAL))
  }
}

/// How a client tells a new supervisor what it wants.
struct SupervisorArguments: Equatable {
  var dataDirectory: String
  var programDirectory: String?
  var serverUser: String?
  var roles: [String] = []

  init(dataDirectory: String, programDirectory: String?, serverUser: String?, roles: [String]) {
    self.dataDirectory = dataDirectory
    self.programDirectory = programDirectory
    self.serverUser = serverUser
    self.roles = roles
  }

  init?(_ arguments: [String]) {
    guard arguments.count.isMultiple(of: 2) else { return nil }
    self.init(dataDirectory: "", programDirectory: nil, serverUser: nil, roles: [])
    for index in stride(from: 0, to: arguments.count, by: 2) {
      switch arguments[index] {
      case "--data-dir": dataDirectory = arguments[index + 1]
      case "--pg-bin": programDirectory = arguments[index + 1]
      case "--server-user": serverUser = arguments[index + 1]
      case "--role": roles.append(arguments[index + 1])
      default: return nil
      }
    }
    if dataDirectory.isEmpty { return nil }
  }

  var list: [String] {
    var list = ["--data-dir", dataDirectory]
    if let programDirectory { list += ["--pg-bin", programDirectory] }
    if let serverUser { list += ["--server-user", serverUser] }
    for role in roles { list += ["--role", role] }
    return list
  }
}

/// Turns signals into bytes on a pipe that the loop polls.
enum Signals {
  private static let pipeEnd = Atomic<Int32>(-1)
  private static let stop = Atomic<Bool>(false)

  /// Whether somebody asked the supervisor to end.
  static var stopRequested: Bool { stop.load(ordering: .relaxed) }

  /// Returns the end to poll. Reading it is left to `drain`.
  static func install() throws(ServerFault) -> Int32 {
    let ends = try ServerFault.translating { () throws(SystemError) in try UnixSocket.pair() }
    UnixSocket.setNonBlocking(ends.0)
    UnixSocket.setNonBlocking(ends.1)
    pipeEnd.store(ends.1, ordering: .relaxed)
    stop.store(false, ordering: .relaxed)
    signal(SIGPIPE, SIG_IGN)
    signal(SIGHUP, SIG_IGN)
    signal(SIGINT, SIG_IGN)
    signal(SIGCHLD) { _ in Signals.wake() }
    signal(SIGTERM) { _ in
      Signals.stop.store(true, ordering: .relaxed)
      Signals.wake()
    }
    return ends.0
  }

  static func drain(_ descriptor: Int32) {
    var bytes = [UInt8](repeating: 0, count: 64)
    while read(descriptor, &bytes, bytes.count) > 0 {}
  }

  /// Runs inside a signal handler: nothing but one system call.
  private static func wake() {
    let saved = errno
    var byte: UInt8 = 0
    _ = Glibc.write(pipeEnd.load(ordering: .relaxed), &byte, 1)
    errno = saved
  }
}
