// The program as its parent sees it: one spawned process on three real pipes.
import Glibc
import JSONRPC

/// One line that the process answered.
struct Reply: Sendable {
  let line: String
  let value: Value

  var result: Value? { value["result"] }
  /// `error.data.code`.
  var errorName: String? { value["error"]?["data"]?["code"]?.text }
  var errorCode: Int? { value["error"]?["code"]?.int }
  var details: Value? { value["error"]?["data"]?["details"] }
}

/// A running `shelflife`. Every wait has an end; a process that is still there when this object goes is killed. Any thread may use it.
final class Sidecar: Sendable {
  struct Options: Sendable {
    var flags: [String] = []
    var environment: [String: String] = [:]
    var readsOutput = true
    var readsErrors = true
    /// What is put before the program, such as a shell that starts it.
    var launcher: [String] = []
  }

  fileprivate struct State {
    var input: Int32
    var unread: Int32?
    var replies: [Int: Reply] = [:]
    var lines: [String] = []
    /// Replies under id null and batches.
    var others: [Reply] = []
    var notifications: [Value] = []
    var badLines: [String] = []
    var rest: [UInt8] = []
    var isAtEnd = false
    var nextID = 1
    var ending: Ending?
  }

  /// How long a test waits for anything before it gives up.
  static let patience = Duration.seconds(30)

  let pid: pid_t
  /// The identities of the three pipes, as `/proc` shows them.
  let pipes: [FileIdentity]
  private let state: Monitor<State>
  private let errors: Drain?
  private let unreadErrors: Int32?

  init(_ options: Options) throws {
    let input = try Spawning.pipe()
    let output = try Spawning.pipe()
    let errors = try Spawning.pipe()
    _ = fcntl(input.write, F_SETFL, fcntl(input.write, F_GETFL) | O_NONBLOCK)
    pipes = [input.write, output.read, errors.read].compactMap(FileIdentity.init(descriptor:))
    pid = try Spawning.start(
      options.launcher + [try Program.path] + options.flags,
      environment: Spawning.environment.merging(options.environment) { $1 }, input: input.read, output: output.write,
      errors: errors.write)
    for end in [input.read, output.write, errors.write] { close(end) }
    state = Monitor(State(input: input.write, unread: output.read))
    self.errors = options.readsErrors ? Drain(errors.read) : nil
    unreadErrors = options.readsErrors ? nil : errors.read
    if options.readsOutput { startReading() }
  }

  deinit {
    closeInput()
    if state.withLock({ $0.ending }) == nil {
      kill(SIGKILL)
      _ = Spawning.wait(pid, within: .seconds(5))
    }
    if let unread = state.withLock({ $0.unread }) { close(unread) }
    if let unreadErrors { close(unreadErrors) }
  }

  // MARK: - Sending

  /// Writes bytes to the process's stdin.
  ///
  /// - Throws: `Failure`, when the process does not take them in time or has closed its end.
  func write(_ bytes: some Collection<UInt8>, within limit: Duration = patience) throws {
    let taken = try offer(bytes, until: .now + limit)
    if taken < bytes.count { throw Failure("the process reads no more: \(taken) of \(bytes.count) bytes taken\n\(errorTail)") }
  }

  /// Writes as much as the process takes until the deadline and says how much that was.
  func offer(_ bytes: some Collection<UInt8>, until deadline: ContinuousClock.Instant) throws -> Int {
    let bytes = Array(bytes)
    let input = state.withLock { $0.input }
    guard input >= 0 else { throw Failure("stdin is closed already") }
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(input, $0.baseAddress! + done, bytes.count - done) }
      if count > 0 {
        done += count
        continue
      }
      guard errno == EAGAIN || errno == EINTR else { throw Failure("stdin: error \(errno)\n\(errorTail)") }
      if ContinuousClock.now >= deadline { break }
      var entry = pollfd(fd: input, events: Int16(POLLOUT), revents: 0)
      poll(&entry, 1, 20)
    }
    return done
  }

  func send(_ line: String) throws { try write(Array((line + "\n").utf8)) }

  /// The next request as a line, under a new id.
  func request(_ method: String, _ params: String = "{}") -> (id: Int, line: String) {
    let id = state.withLock { state in
      defer { state.nextID += 1 }
      return state.nextID
    }
    return (id, #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#)
  }

  /// Sends a request and does not wait.
  @discardableResult
  func post(_ method: String, _ params: String = "{}") throws -> Int {
    let request = request(method, params)
    try send(request.line)
    return request.id
  }

  func closeInput() {
    let input = state.withLock { state in
      defer { state.input = -1 }
      return state.input
    }
    if input >= 0 { close(input) }
  }

  // MARK: - Receiving

  /// Begins to read stdout, where `readsOutput` was false.
  func startReading() {
    let descriptor = state.withLock { state in
      defer { state.unread = nil }
      return state.unread
    }
    guard let descriptor else { return }
    _ = Drain(descriptor) { [state] piece in
      state.withLock { $0.take(piece) }
      state.broadcast()
    }
  }

  func reply(_ id: Int, within limit: Duration = patience) throws -> Reply {
    let reply = state.wait(until: .now + limit) { state -> Reply?? in
      if let reply = state.replies[id] { return .some(reply) }
      return state.isAtEnd ? .some(nil) : nil
    }
    guard let reply = reply ?? nil else { throw Failure("no reply to \(id) within \(limit)\n\(errorTail)") }
    return reply
  }

  /// Sends a request and waits for its reply.
  func call(_ method: String, _ params: String = "{}", within limit: Duration = patience) throws -> Reply {
    try reply(try post(method, params), within: limit)
  }

  /// The result of a call that must succeed.
  @discardableResult
  func result(_ method: String, _ params: String = "{}", within limit: Duration = patience) throws -> Value {
    let reply = try call(method, params, within: limit)
    guard let result = reply.result else { throw Failure("\(method): \(reply.line)") }
    return result
  }

  /// Waits until `ready` has an answer for what has come in.
  func wait<Result: Sendable>(within limit: Duration = patience, _ ready: @Sendable (Received) -> Result?) -> Result? {
    state.wait(until: .now + limit) { ready(Received($0)) }
  }

  /// What has come in.
  struct Received: Sendable {
    let replies: [Int: Reply]
    let others: [Reply]
    let notifications: [Value]
    /// All lines, in their order.
    let lines: [String]
    /// Lines that are no JSON-RPC.
    let badLines: [String]
    let isAtEnd: Bool

    fileprivate init(_ state: State) {
      replies = state.replies
      others = state.others
      notifications = state.notifications
      lines = state.lines
      badLines = state.badLines + (state.isAtEnd && !state.rest.isEmpty ? [String(decoding: state.rest, as: UTF8.self)] : [])
      isAtEnd = state.isAtEnd
    }
  }

  var received: Received { state.withLock { Received($0) } }

  /// What the process wrote to stderr.
  var errorText: String { errors?.text ?? "" }

  var errorTail: String { "stderr: " + errorText.suffix(2_000) }

  // MARK: - The end

  func kill(_ signal: Int32) { _ = Glibc.kill(pid, signal) }

  /// Waits for the end of the process, and of its output where that is read.
  func ending(within limit: Duration = patience) throws -> Ending {
    if let ending = state.withLock({ $0.ending }) { return ending }
    guard let ending = Spawning.wait(pid, within: limit) else { throw Failure("the process does not end\n\(errorTail)") }
    state.withLock { $0.ending = ending }
    if state.withLock({ $0.unread }) == nil, wait(within: .seconds(5), { $0.isAtEnd ? true : nil }) == nil {
      throw Failure("the process has ended, but something else holds its stdout open")
    }
    _ = errors?.isAtEnd(within: .seconds(5))
    return ending
  }

  /// Closes stdin and waits for the end.
  @discardableResult
  func finish(within limit: Duration = patience) throws -> Ending {
    closeInput()
    return try ending(within: limit)
  }
}

extension Sidecar.State {
  fileprivate mutating func take(_ piece: ArraySlice<UInt8>) {
    if piece.isEmpty { isAtEnd = true }
    var start = piece.startIndex
    while let end = piece[start...].firstIndex(of: 0x0A) {
      take(line: rest + piece[start..<end])
      rest = []
      start = end + 1
    }
    rest += piece[start...]
  }

  private mutating func take(line bytes: [UInt8]) {
    let line = String(decoding: bytes, as: UTF8.self)
    lines.append(line)
    guard let value = Value.parse(bytes) else {
      badLines.append(line)
      return
    }
    let reply = Reply(line: line, value: value)
    if case .array(let members) = value, !members.isEmpty {
      others.append(reply)
    } else if value["jsonrpc"]?.text != "2.0" {
      badLines.append(line)
    } else if value["method"] != nil, value["id"] == nil {
      notifications.append(value)
    } else if let id = value["id"]?.int, (value["result"] == nil) != (value["error"] == nil) {
      if replies.updateValue(reply, forKey: id) != nil { badLines.append("answered twice: \(line)") }
    } else if value["id"] != nil, (value["result"] == nil) != (value["error"] == nil) {
      others.append(reply)
    } else {
      badLines.append(line)
    }
  }
}

/// Where the program under test is.
enum Program {
  /// `SHELFLIFE_BINARY`, else the one that was built beside the tests.
  static var path: String {
    get throws {
      if let chosen = getenv("SHELFLIFE_BINARY") { return String(cString: chosen) }
      var buffer = [CChar](repeating: 0, count: 4_096)
      let length = readlink("/proc/self/exe", &buffer, buffer.count)
      let candidates = [
        String(decoding: buffer[..<max(0, length)].map(UInt8.init(bitPattern:)), as: UTF8.self), CommandLine.arguments[0],
      ].map { $0[..<($0.lastIndex(of: "/") ?? $0.startIndex)] + "/shelflife" }
      guard let found = candidates.first(where: { access(String($0), X_OK) == 0 }) else {
        throw Failure("no shelflife beside the tests; build it, or name it in SHELFLIFE_BINARY")
      }
      return String(found)
    }
  }
}
