// One spawned process on real pipes, and the calls it owes an answer.
import Glibc

/// What is owed: exactly one reply.
struct Call {
  let id: Int
  /// For people, where the answer is wrong or does not come.
  let label: String
  let sentAt: Int
  let answer: (JSON) -> Void
}

final class Till {
  let name: String
  let pid: pid_t
  let startedAt = nanoseconds()
  private var input: Int32
  private let output: Int32
  private var unsent: [UInt8] = []
  private var partial: [UInt8] = []
  private(set) var isAtEnd = false
  private var status: Int32?
  /// False while this client plays one that has stopped reading.
  var isRead = true
  /// Whether sellers may hand in calls.
  var isOpen = true
  var isSignedIn = false
  var calls: [Int: Call] = [:]
  /// The ids of each batch that is not answered yet, in the order of its members.
  var batches: [[Int]] = []
  /// When it first acknowledged a sale.
  var firstSaleAt: Int?
  /// When it first acknowledged a sale that was handed in well after the last kill.
  var backAt: Int?
  /// Replies under a null id that are expected, since a line was cut in the middle.
  var owedUnderNull = 0

  init(_ name: String, _ binary: String, _ arguments: [String], errors: String) {
    self.name = name
    var toChild: [Int32] = [0, 0]
    var fromChild: [Int32] = [0, 0]
    guard pipe(&toChild) == 0, pipe(&fromChild) == 0 else { fail("no pipe") }
    // Closed in children, or one that starts later would keep this one's input open.
    for end in toChild + fromChild { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_adddup2(&actions, toChild[0], 0)
    posix_spawn_file_actions_adddup2(&actions, fromChild[1], 1)
    posix_spawn_file_actions_addopen(&actions, 2, errors, O_WRONLY | O_CREAT | O_APPEND, 0o600)
    let words = [binary] + arguments
    let variables = ["PATH", "HOME", "LANG", "SHELFLIFE_PG_BIN", "SHELFLIFE_MUTANT"].compactMap { (name: String) -> String? in
      getenv(name).map { "\(name)=" + String(cString: $0) }
    }
    var argv: [UnsafeMutablePointer<CChar>?] = words.map { strdup($0) }
    var environment: [UnsafeMutablePointer<CChar>?] = variables.map { strdup($0) }
    argv.append(nil)
    environment.append(nil)
    defer { for text in argv + environment { free(text) } }
    var child: pid_t = 0
    guard posix_spawn(&child, binary, &actions, nil, &argv, &environment) == 0 else { fail("cannot start \(binary)") }
    pid = child
    close(toChild[0])
    close(fromChild[1])
    input = toChild[1]
    output = fromChild[0]
    for end in [input, output] { _ = fcntl(end, F_SETFL, fcntl(end, F_GETFL) | O_NONBLOCK) }
  }

  deinit {
    closeInput()
    close(output)
  }

  // MARK: - Sending

  /// Hands in a line; what the pipe does not take now goes with the next turns.
  func send(_ line: String, newline: Bool = true) {
    unsent += line.utf8
    if newline { unsent.append(0x0A) }
    flush()
  }

  func flush() {
    while !unsent.isEmpty, input >= 0 {
      let count = unsent.withUnsafeBytes { write(input, $0.baseAddress, $0.count) }
      guard count > 0 else { return }
      unsent.removeFirst(count)
    }
  }

  var hasUnsent: Bool { !unsent.isEmpty }

  func closeInput() {
    if input >= 0 { close(input) }
    input = -1
  }

  // MARK: - Receiving

  /// What to wait for on its pipes.
  var polls: [pollfd] {
    var wanted: [pollfd] = []
    if isRead && !isAtEnd { wanted.append(pollfd(fd: output, events: Int16(POLLIN), revents: 0)) }
    if !unsent.isEmpty && input >= 0 { wanted.append(pollfd(fd: input, events: Int16(POLLOUT), revents: 0)) }
    return wanted
  }

  /// The whole lines that have come in.
  func lines() -> [[UInt8]] {
    guard isRead, !isAtEnd else { return [] }
    var found: [[UInt8]] = []
    var chunk = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(output, &chunk, chunk.count)
      if count == 0 { isAtEnd = true }
      guard count > 0 else { return found }
      var start = 0
      while let end = chunk[start..<count].firstIndex(of: 0x0A) {
        found.append(partial + chunk[start..<end])
        partial = []
        start = end + 1
      }
      partial += chunk[start..<count]
    }
  }

  /// What stands behind the last newline, once the process has ended.
  var brokenLine: String? { isAtEnd && !partial.isEmpty ? String(decoding: partial, as: UTF8.self) : nil }

  // MARK: - The end

  func signal(_ number: Int32) { if status == nil { kill(pid, number) } }

  /// The status as `waitpid` tells it; nil while it runs.
  func ending() -> Int32? {
    if status == nil {
      var found: Int32 = 0
      if waitpid(pid, &found, WNOHANG) == pid { status = found }
    }
    return status
  }

  /// Waits for the end of a process that was killed.
  func reap() {
    var found: Int32 = 0
    if status == nil, waitpid(pid, &found, 0) == pid { status = found }
  }
}

extension Till {
  /// Closes its input once all that was handed in is in the pipe.
  func closeInputWhenSent(in market: Market) {
    market.wait(within: 30 * second) { !hasUnsent || isAtEnd }
    closeInput()
  }
}
