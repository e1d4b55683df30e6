// Commands beside `serve`, run to their end.
import Glibc

/// What a command left behind.
struct CommandResult: CustomStringConvertible {
  let ending: Ending
  let output: String
  let errors: String

  var status: Int32? { if case .exited(let status) = ending { status } else { nil } }
  /// What `--json` printed, if it was exactly one object on one line.
  var json: Value? {
    guard output.hasSuffix("\n"), output.dropLast().allSatisfy({ $0 != "\n" }), let value = Value.parse(output),
      case .object = value
    else { return nil }
    return value
  }
  var errorName: String? { json?["error"]?["code"]?.text }
  var description: String { "\(ending)\n\(output)\n\(errors)" }

  /// One of the doctor's findings.
  func finding(_ name: String) -> Value? { json?["findings"]?.items.first { $0["name"]?.text == name } }

  func status(of finding: String) -> String? { self.finding(finding)?["status"]?.text }
}

/// A command under way.
final class RunningCommand {
  let pid: pid_t
  private let output: Drain
  private let errors: Drain

  /// - Parameter input: what is on its standard input, which is no terminal.
  init(_ arguments: [String], environment: [String: String] = [:], input: String = "") throws {
    let streams = (input: try Spawning.pipe(), output: try Spawning.pipe(), errors: try Spawning.pipe())
    pid = try Spawning.start(
      [try Program.path] + arguments, environment: Spawning.environment.merging(environment) { $1 }, input: streams.input.read,
      output: streams.output.write, errors: streams.errors.write)
    for end in [streams.input.read, streams.output.write, streams.errors.write] { close(end) }
    output = Drain(streams.output.read)
    errors = Drain(streams.errors.read)
    let bytes = Array(input.utf8)
    _ = bytes.withUnsafeBytes { write(streams.input.write, $0.baseAddress, $0.count) }
    close(streams.input.write)
  }

  var errorText: String { errors.text }

  func ending(within limit: Duration = .seconds(60)) throws -> CommandResult {
    guard let ending = Spawning.wait(pid, within: limit) else {
      kill(pid, SIGKILL)
      _ = Spawning.wait(pid, within: .seconds(5))
      throw Failure("the command does not end\n\(errors.text)")
    }
    return CommandResult(
      ending: ending, output: output.text(within: .seconds(5)), errors: errors.text(within: .seconds(5)))
  }
}

enum Command {
  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) throws -> CommandResult {
    try RunningCommand(arguments, environment: environment, input: input).ending()
  }
}

extension Shop {
  /// Runs a command on this shop.
  func command(_ arguments: String..., environment: [String: String] = [:]) throws -> CommandResult {
    try Command.run(arguments + ["--data-dir", directory], environment: environment)
  }
}

/// A terminal that nobody looks at, with a command on it.
final class TerminalCommand {
  private let pid: pid_t
  private let keyboard: Int32
  private let screen: Drain

  init(_ arguments: [String]) throws {
    let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC)
    // TIOCSPTLCK and TIOCGPTN, which the headers show to GNU sources only.
    var (isLocked, number): (Int32, Int32) = (0, 0)
    guard master >= 0, ioctl(master, 0x4004_5431, &isLocked) == 0, ioctl(master, 0x8004_5430, &number) == 0 else {
      throw Failure("no terminal: error \(errno)")
    }
    let slave = open("/dev/pts/\(number)", O_RDWR | O_NOCTTY | O_CLOEXEC)
    guard slave >= 0 else { throw Failure("no terminal: error \(errno)") }
    defer { close(slave) }
    pid = try Spawning.start(
      [try Program.path] + arguments, environment: Spawning.environment, input: slave, output: slave, errors: slave)
    keyboard = fcntl(master, F_DUPFD_CLOEXEC, 3)
    screen = Drain(master)
  }

  deinit { close(keyboard) }

  var screenText: String { screen.text }

  func type(_ text: String) { _ = Array(text.utf8).withUnsafeBytes { write(keyboard, $0.baseAddress, $0.count) } }

  func interrupt() { kill(pid, SIGINT) }

  func ending(within limit: Duration = .seconds(60)) throws -> Ending {
    guard let ending = Spawning.wait(pid, within: limit) else {
      kill(pid, SIGKILL)
      _ = Spawning.wait(pid, within: .seconds(5))
      throw Failure("the command does not end\n\(screen.text)")
    }
    return ending
  }
}
