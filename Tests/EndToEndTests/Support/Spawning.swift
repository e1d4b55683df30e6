// Pipes and children for the tests: nothing of one test leaks into a child of another.
import Glibc

/// Why a test could not go on, in words.
struct Failure: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

/// How a process ended.
enum Ending: Equatable, Sendable {
  case exited(Int32)
  case killed(Int32)

  init(waitStatus: Int32) {
    self = waitStatus & 0x7F == 0 ? .exited(waitStatus >> 8 & 0xFF) : .killed(waitStatus & 0x7F)
  }
}

enum Spawning {
  private typealias Pipe2 = @convention(c) (UnsafeMutablePointer<Int32>, Int32) -> Int32

  /// Close-on-exec from birth: another thread may be starting a child at the same time.
  private static let pipe2: Pipe2? = {
    // A test that writes to a process that has ended wants an error, not a signal.
    signal(SIGPIPE, SIG_IGN)
    guard let symbol = dlsym(dlopen(nil, RTLD_NOW), "pipe2") else { return nil }
    return unsafeBitCast(symbol, to: Pipe2.self)
  }()

  static func pipe() throws -> (read: Int32, write: Int32) {
    var ends: [Int32] = [-1, -1]
    guard let pipe2, pipe2(&ends, O_CLOEXEC) == 0 else { throw Failure("no pipe: error \(errno)") }
    return (ends[0], ends[1])
  }

  /// Starts a program; nil streams are `/dev/null`.
  static func start(
    _ arguments: [String], environment: [String: String], input: Int32?, output: Int32?, errors: Int32?
  ) throws -> pid_t {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    for (stream, target) in [(input, Int32(0)), (output, 1), (errors, 2)] {
      if let stream {
        posix_spawn_file_actions_adddup2(&actions, stream, target)
      } else {
        posix_spawn_file_actions_addopen(&actions, target, "/dev/null", O_RDWR, 0)
      }
    }
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    var all = sigset_t()
    var none = sigset_t()
    sigfillset(&all)
    sigemptyset(&none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETSIGMASK))
    let argv = arguments.map { strdup($0) } + [nil]
    let envp = environment.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for text in argv + envp { free(text) } }
    var pid = pid_t()
    let failure = posix_spawn(&pid, arguments[0], &actions, &attributes, argv, envp)
    guard failure == 0 else { throw Failure("cannot start \(arguments[0]): error \(failure)") }
    return pid
  }

  /// How the child ended, nil while it runs after `limit`.
  static func wait(_ pid: pid_t, within limit: Duration) -> Ending? {
    let end = ContinuousClock.now + limit
    while true {
      var status: Int32 = 0
      if waitpid(pid, &status, WNOHANG) == pid { return Ending(waitStatus: status) }
      if ContinuousClock.now >= end { return nil }
      usleep(2_000)
    }
  }

  /// The environment of every child: nothing that would reach the program from whoever runs the tests.
  static var environment: [String: String] {
    var environment = ["TZ": "UTC", "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin", "HOME": "/tmp"]
    for name in ["PATH", "HOME", "SHELFLIFE_PG_BIN", "LD_LIBRARY_PATH"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    return environment
  }

  /// Runs a program to its end and returns its standard output.
  ///
  /// - Throws: `Failure` with its standard error, when it fails or takes too long.
  @discardableResult
  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = "", within limit: Duration = .seconds(60)
  ) throws -> String {
    let streams = (input: try pipe(), output: try pipe(), errors: try pipe())
    let pid = try start(
      arguments, environment: Self.environment.merging(environment) { $1 }, input: streams.input.read,
      output: streams.output.write, errors: streams.errors.write)
    for end in [streams.input.read, streams.output.write, streams.errors.write] { close(end) }
    let output = Drain(streams.output.read)
    let errors = Drain(streams.errors.read)
    let bytes = Array(input.utf8)
    _ = bytes.withUnsafeBytes { write(streams.input.write, $0.baseAddress, $0.count) }
    close(streams.input.write)
    guard let ending = wait(pid, within: limit) else {
      kill(pid, SIGKILL)
      _ = wait(pid, within: .seconds(5))
      throw Failure("\(arguments[0]) takes too long")
    }
    guard ending == .exited(0) else {
      throw Failure("\(arguments.joined(separator: " ")): \(ending): \(errors.text(within: .seconds(1)))")
    }
    return output.text(within: .seconds(5))
  }

  /// Asks again and again until `condition` holds; false after `limit`.
  static func eventually(within limit: Duration, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + limit
    while true {
      if try condition() { return true }
      if ContinuousClock.now >= end { return false }
      usleep(5_000)
    }
  }
}
