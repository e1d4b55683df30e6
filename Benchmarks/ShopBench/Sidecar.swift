// A client of the real binary over real pipes, as thin as a client can be: what it measures is the process, not itself.
import Glibc

/// One spawned process. For one thread.
final class Sidecar {
  let pid: pid_t
  let input: Int32
  let output: Int32
  private var buffer: [UInt8] = []
  private var consumed = 0

  init(_ binary: String, _ arguments: [String]) {
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { fail("no pipe") }
    // Closed in children, or one that starts later would keep this one's input open.
    for descriptor in toChild + fromChild { _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    var argv: [UnsafeMutablePointer<CChar>?] = ([binary] + arguments).map { strdup($0) }
    argv.append(nil)
    var child: pid_t = 0
    guard posix_spawn(&child, binary, &actions, nil, argv, environ) == 0 else { fail("cannot start \(binary)") }
    pid = child
    close(toChild[0])
    close(fromChild[1])
    input = toChild[1]
    output = fromChild[0]
  }

  func send(_ line: String) {
    var bytes = Array(line.utf8)
    bytes.append(0x0A)
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { write(input, $0.baseAddress?.advanced(by: written), bytes.count - written) }
      guard count > 0 else { fail("the process is gone") }
      written += count
    }
  }

  func receive() -> String {
    while true {
      if let end = buffer[consumed...].firstIndex(of: 0x0A) {
        defer {
          consumed = end + 1
          if consumed == buffer.count {
            buffer.removeAll(keepingCapacity: true)
            consumed = 0
          }
        }
        return String(decoding: buffer[consumed..<end], as: UTF8.self)
      }
      var chunk = [UInt8](repeating: 0, count: 1 << 16)
      let count = read(output, &chunk, chunk.count)
      guard count > 0 else { fail("the process ended") }
      buffer += chunk[..<count]
    }
  }

  /// One call, one answer; it must be a result.
  @discardableResult
  func call(_ method: String, _ params: String = "{}") -> String {
    send(#"{"jsonrpc":"2.0","id":1,"method":"\#(method)","params":\#(params)}"#)
    let reply = receive()
    guard reply.contains(#""result":"#) else { fail("\(method): \(reply)") }
    return reply
  }

  /// Resident memory in KiB.
  var memory: Int { statusNumber("VmRSS:", in: contents(of: "/proc/\(pid)/status")) }

  /// The most resident memory it ever had, in KiB.
  var peakMemory: Int { statusNumber("VmHWM:", in: contents(of: "/proc/\(pid)/status")) }

  func end() {
    close(input)
    var status: Int32 = 0
    waitpid(pid, &status, 0)
    close(output)
    guard status == 0 else { fail("the process ended with status \(status)") }
  }
}

func fail(_ text: String) -> Never {
  fputs("bench: \(text)\n", stderr)
  exit(1)
}
