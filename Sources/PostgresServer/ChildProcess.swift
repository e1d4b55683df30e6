/// Starts every program that this target runs: nothing of ours leaks into a child, neither descriptors nor settings.
import Glibc

package enum ChildProcess {
  package enum Stream: Sendable {
    /// `/dev/null`.
    case null
    /// An open descriptor of ours, which the child gets a copy of.
    case descriptor(Int32)
  }

  package struct Command: Sendable {
    package var executable: String
    package var arguments: [String]
    /// Settings added to the scrubbed environment (see `environment(adding:)`); secrets belong here, never in arguments.
    package var environment: [String: String]
    package var input: Stream
    /// Ignored by `run`, which captures both.
    package var output: Stream
    package var errors: Stream
    /// Leads a process group of its own, so that signals meant for our group do not reach it.
    package var leadsGroup: Bool
    /// Leads a session of its own, away from our terminal.
    package var leadsSession: Bool

    package init(
      _ executable: String, _ arguments: [String], environment: [String: String] = [:], input: Stream = .null,
      output: Stream = .null, errors: Stream = .null, leadsGroup: Bool = false, leadsSession: Bool = false
    ) {
      self.executable = executable
      self.arguments = arguments
      self.environment = environment
      self.input = input
      self.output = output
      self.errors = errors
      self.leadsGroup = leadsGroup
      self.leadsSession = leadsSession
    }
  }

  package enum Ending: Sendable, Equatable {
    case exited(Int32)
    case killed(signal: Int32)

    init(waitStatus: Int32) {
      let signal = waitStatus & 0x7f
      self = signal == 0 ? .exited((waitStatus >> 8) & 0xff) : .killed(signal: signal)
    }
  }

  package struct Outcome: Sendable {
    package let ending: Ending
    /// The first bytes of its standard output, up to the caller's bound; what lies beyond is read and dropped.
    package let output: [UInt8]
    /// The last bytes of its standard error.
    package let errors: [UInt8]

    package var succeeded: Bool { ending == .exited(0) }
    package var outputText: String { String(decoding: output, as: UTF8.self) }
    package var errorText: String { String(decoding: errors, as: UTF8.self) }
  }

  /// Starts a child and does not wait: whoever calls this must reap it. Any thread may call it.
  ///
  /// The child has default signal dispositions, no blocked signals, no descriptor besides the three streams and only
  /// the scrubbed environment.
  package static func start(_ command: Command) throws(ServerFault) -> pid_t {
    var actions = posix_spawn_file_actions_t()
    var attributes = posix_spawnattr_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawnattr_init(&attributes)
    defer {
      posix_spawn_file_actions_destroy(&actions)
      posix_spawnattr_destroy(&attributes)
    }
    for (stream, target) in [(command.input, Int32(0)), (command.output, 1), (command.errors, 2)] {
      switch stream {
      case .null: posix_spawn_file_actions_addopen(&actions, target, "/dev/null", target == 0 ? O_RDONLY : O_WRONLY, 0)
      case .descriptor(let source): posix_spawn_file_actions_adddup2(&actions, source, target)
      }
    }
    // Whoever started us may have left descriptors open that are not close-on-exec.
    for descriptor in openDescriptors() where descriptor > 2 {
      let flags = fcntl(descriptor, F_GETFD)
      if flags >= 0 && flags & FD_CLOEXEC == 0 { posix_spawn_file_actions_addclose(&actions, descriptor) }
    }

    var none = sigset_t()
    var all = sigset_t()
    sigemptyset(&none)
    sigfillset(&all)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    posix_spawnattr_setpgroup(&attributes, 0)
    var flags = Int32(POSIX_SPAWN_SETSIGMASK) | Int32(POSIX_SPAWN_SETSIGDEF)
    if command.leadsGroup { flags |= Int32(POSIX_SPAWN_SETPGROUP) }
    // POSIX_SPAWN_SETSID, which the headers show to GNU sources only.
    if command.leadsSession { flags |= 0x80 }
    posix_spawnattr_setflags(&attributes, Int16(flags))

    let settings = environment(adding: command.environment).map { "\($0.key)=\($0.value)" }
    var pid: pid_t = -1
    let code = withCStrings([command.executable] + command.arguments) { arguments in
      withCStrings(settings) { posix_spawn(&pid, command.executable, &actions, &attributes, arguments, $0) }
    }
    guard code == 0 else {
      throw ServerFault(SystemError("start", command.executable, number: code), orElse: .childFailed)
    }
    return pid
  }

  /// Runs a child to its end and captures both its outputs, each up to a bound. Blocks the calling thread.
  ///
  /// - Parameter command: the program, its arguments and what it finds in its environment.
  /// - Parameter outputLimit: bytes of standard output to keep.
  /// - Parameter isCancelled: asked about twenty times a second; once true the child is ended and `.cancelled` thrown.
  package static func run(
    _ command: Command, outputLimit: Int = 64 << 10, isCancelled: () -> Bool = { false }
  ) throws(ServerFault) -> Outcome {
    var output: [UInt8] = []
    let (ending, errors) = try stream(
      command,
      take: { bytes in
        output += bytes.prefix(outputLimit - output.count)
        return true
      }, isCancelled: isCancelled)
    return Outcome(ending: ending, output: output, errors: errors)
  }

  /// The ending of a child, nil while it runs.
  static func reap(_ pid: pid_t) throws(ServerFault) -> Ending? {
    var status: Int32 = 0
    while true {
      let reaped = waitpid(pid, &status, WNOHANG)
      if reaped == pid { return Ending(waitStatus: status) }
      if reaped == 0 { return nil }
      if errno != EINTR { throw ServerFault(SystemError("wait for", "process \(pid)"), orElse: .childFailed) }
    }
  }

  /// The environment of every child: a short list of harmless settings of ours, a fixed locale, and `additions`.
  static func environment(adding additions: [String: String]) -> [String: String] {
    var environment: [String: String] = [:]
    for name in ["PATH", "HOME", "TMPDIR", "TZ", "LD_LIBRARY_PATH"] {
      if let value = getenv(name) { environment[name] = String(cString: value) }
    }
    environment["PATH"] = environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
    environment["LANG"] = "C.UTF-8"
    return environment.merging(additions) { $1 }
  }

  static func openDescriptors() -> [Int32] {
    do throws(SystemError) {
      return try FileSystem.entries("/proc/self/fd").compactMap { Int32($0) }
    } catch {
      return Array(3..<1_024)
    }
  }

  private static func withCStrings<Result>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> Result
  ) -> Result {
    let copies: [UnsafeMutablePointer<CChar>?] = strings.map { strdup($0) } + [nil]
    defer { for copy in copies { free(copy) } }
    return body(copies)
  }
}
