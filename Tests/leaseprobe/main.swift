/// A client and a supervisor in one small binary, for tests and measurements of the embedded server.
import Glibc
import PostgresServer

/// `supervise …`: what `shelflife supervise …` does. `hold DIR [--pg-bin DIR]`: holds a lease and prints each state as a
/// line until standard input ends, recovering whenever the lease is lost. `peek SOCKET`: what a stranger is told.
let arguments = Array(CommandLine.arguments.dropFirst())

func say(_ line: String) {
  let bytes = Array((line + "\n").utf8)
  _ = bytes.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
}

func inputEnded() -> Bool {
  var polled = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
  guard poll(&polled, 1, 0) > 0 else { return false }
  var byte: UInt8 = 0
  return read(STDIN_FILENO, &byte, 1) == 0
}

func hold(_ directory: String, programs: String?) throws(ServerFault) {
  let cluster = try EmbeddedCluster(dataDirectory: directory, programDirectory: programs, roles: ["shop"])
  let clock = ContinuousClock()
  while true {
    let started = clock.now
    let lease = try cluster.acquire(
      progress: { say("progress \($0.stage.rawValue) \($0.percentage) \($0.message)") }, isCancelled: inputEnded)
    let (seconds, attoseconds) = (clock.now - started).components
    let microseconds = seconds * 1_000_000 + attoseconds / 1_000_000_000_000
    say("ready \(lease.socketDirectory) \(lease.port) \(lease.superuser) \(lease.programDirectory) \(microseconds)")
    var state = Lease.State.ready
    while state != .lost {
      var polled = [
        pollfd(fd: lease.descriptor, events: Int16(POLLIN), revents: 0),
        pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      ]
      _ = poll(&polled, 2, -1)
      if polled[1].revents != 0 && inputEnded() {
        lease.release(waitingAtMost: 10_000)
        say("released")
        return
      }
      let next = lease.refresh()
      if next != state {
        state = next
        switch state {
        case .ready: say("again")
        case .restarting(let progress): say("restarting \(progress.message)")
        case .failed(let fault): throw fault
        case .lost: say("lost")
        case .released: return
        }
      }
    }
  }
}

/// Connects without asking who may and tells how many bytes it is told.
func peek(_ path: String) {
  let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
  var address = sockaddr_un()
  address.sun_family = sa_family_t(AF_UNIX)
  withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
  let connected = withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
  }
  guard connected == 0 else { return say("refused") }
  var bytes = [UInt8](repeating: 0, count: 99)
  say("peeked \(max(0, read(descriptor, &bytes, bytes.count)))")
}

switch arguments.first {
case "peek" where arguments.count == 2: peek(arguments[1])
case "supervise":
  exit(Supervisor.run(arguments: Array(arguments.dropFirst())))
case "hold" where arguments.count >= 2:
  signal(SIGPIPE, SIG_IGN)
  do throws(ServerFault) {
    try hold(arguments[1], programs: arguments.count > 3 ? arguments[3] : nil)
  } catch {
    say("failed \(error.code.rawValue) \(error.isRetryable) \(error.message)")
    exit(70)
  }
default:
  say("usage: leaseprobe hold DATA_DIR [--pg-bin DIR]")
  exit(64)
}
