/// What the wire tests share: a peer on real pipes, its handler, a seeded generator.

import Glibc
import JSONRPC
import Testing

/// Deterministic from its seed. Set SHELFLIFE_TEST_SEED to repeat a run.
struct SeededGenerator: RandomNumberGenerator {
  let seed: UInt64
  private var state: UInt64

  init() {
    let fixed = getenv("SHELFLIFE_TEST_SEED").flatMap { UInt64(String(cString: $0)) }
    seed = fixed ?? UInt64.random(in: .min ... .max)
    state = seed
    print("SHELFLIFE_TEST_SEED=\(seed)")
  }

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }

  mutating func chance(_ one: Int, in many: Int) -> Bool {
    Int.random(in: 0..<many, using: &self) < one
  }
}

/// A pipe that no child inherits: an end held open elsewhere would hide the end of the input.
func makePipe() -> (reading: Int32, writing: Int32) {
  var ends: [Int32] = [-1, -1]
  precondition(pipe(&ends) == 0)
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}

/// Waits up to ten seconds for something that another thread brings about.
func eventually(_ condition: () -> Bool) -> Bool {
  for _ in 0..<10_000 {
    if condition() { return true }
    usleep(1_000)
  }
  return condition()
}

/// A handler with one method for each way of answering.
final class ScriptedHandler: CallHandler {
  struct State {
    var accepted: [String] = []
    var held: [Call] = []
    var isAccepting = false
    var overlaps = 0
    var cancelled: [String] = []
  }

  let state = Monitor(State())

  var accepted: [String] { state.withLock { $0.accepted } }
  var heldCount: Int { state.withLock { $0.held.count } }

  func isImmediate(_ method: String) -> Bool { method == "ping" }

  func accept(_ call: Call) {
    state.withLock { state in
      if state.isAccepting { state.overlaps += 1 }
      state.isAccepting = true
      state.accepted.append(call.method + (call.params["n"].map { "-\(Self.text($0))" } ?? ""))
    }
    switch call.method {
    case "ping": call.reply(result: Array(#"{"pong":true}"#.utf8))
    case "echo": call.reply(result: Array(Self.text(.object(call.params)).utf8))
    case "later": WorkerThread.start(name: "later") { call.reply(result: Array(Self.text(.object(call.params)).utf8)) }
    case "big":
      guard case .number(let number)? = call.params["size"], let size = number.int64 else { return }
      call.reply(result: Array("\"\(String(repeating: "x", count: Int(size)))\"".utf8))
    case "hold": state.withLock { $0.held.append(call) }
    case "hold.cancellable":
      call.onCancel { [weak call] in call?.fail(.requestCancelled) }
      state.withLock { $0.held.append(call) }
    case "work", "work.brief": call.reply(result: Array(#""by another""#.utf8))
    case "drop": break
    case "fail":
      let details = Array(#"{"n":1}"#.utf8)
      call.fail(RPCError(code: 409, message: "No \"luck\".", dataCode: "no-luck", details: details, retryable: true))
    default: call.fail(.methodNotFound)
    }
    state.withLock { $0.isAccepting = false }
  }

  /// `work.brief` is answered by the reader, which then reads on; `work` waits there until something is to be read, and is held from
  /// then on, with its thread.
  func acceptLast(_ call: Call) -> ReadersWork? {
    guard call.method.hasPrefix("work") else {
      accept(call)
      return nil
    }
    state.withLock { $0.accepted.append(call.method) }
    return { duty in
      if call.method == "work" {
        var entries = duty.watched
        poll(&entries, nfds_t(entries.count), -1)
        duty.pass()
        duty.pass()
        self.state.withLock { $0.held.append(call) }
        while self.state.withLock({ $0.held.contains { $0 === call } }) { usleep(1_000) }
      } else {
        call.reply(result: Array(#""by the reader""#.utf8))
      }
    }
  }

  /// Answers the held calls with their params, oldest first, on the calling thread.
  func releaseHeld(_ count: Int = .max) {
    let calls = state.withLock { state in
      let calls = Array(state.held.prefix(count))
      state.held.removeFirst(calls.count)
      return calls
    }
    for call in calls where !call.isCancelled { call.reply(result: Array(Self.text(.object(call.params)).utf8)) }
  }

  /// Lets go of the held calls. A call holds its peer and that its handler, so those that stay held would keep all three for ever.
  func forgetHeld() {
    // Outside of the lock: a call that nobody answered is answered when it goes.
    _ = state.withLock { state in
      defer { state.held = [] }
      return state.held
    }
  }

  static func text(_ value: JSON) -> String {
    var writer = JSONWriter()
    writer.value(value)
    return String(decoding: writer.bytes, as: UTF8.self)
  }
}

/// A peer that runs on its own thread between two pipes, and the client's ends of them.
final class PipedPeer {
  let handler = ScriptedHandler()
  let peer: Peer
  let log = Monitor<[WireLog]>([])
  private let ended = Monitor(false)
  private let request = makePipe()
  private let reply = makePipe()
  private var received: [UInt8] = []
  private var served = 0
  private var isInputOpen = true
  private var isOutputOpen = true

  init(limits: WireLimits = WireLimits()) {
    signal(SIGPIPE, SIG_IGN)
    let log = log
    peer = Peer(input: request.reading, output: reply.writing, limits: limits, handler: handler) { event in
      log.withLock { $0.append(event) }
    }
    let (peer, ended, descriptors) = (peer, ended, [request.reading, reply.writing])
    WorkerThread.start(name: "reader") {
      peer.run()
      for descriptor in descriptors { close(descriptor) }
      ended.withLock { $0 = true }
      ended.broadcast()
    }
  }

  deinit {
    closeInput()
    closeOutput()
    handler.forgetHeld()
  }

  var inputDescriptor: Int32 { request.writing }
  var logged: [WireLog] { log.withLock { $0 } }

  func send(_ text: String) {
    send(Array(text.utf8))
  }

  func send(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(request.writing, $0.baseAddress! + done, bytes.count - done) }
      if count <= 0 { return }
      done += count
    }
  }

  /// Writes without blocking, until the peer has taken nothing for a while.
  /// - Returns: how many bytes it took.
  func flood(_ line: String, upTo limit: Int) -> Int {
    _ = fcntl(request.writing, F_SETFL, O_NONBLOCK)
    // Pieces of whole lines within PIPE_BUF are written whole or not at all.
    let piece = Array(String(repeating: line + "\n", count: max(1, 4_096 / (line.utf8.count + 1))).utf8)
    var taken = 0
    var idle = 0
    while taken < limit, idle < 30 {
      let count = write(request.writing, piece, piece.count)
      if count > 0 {
        taken += count
        idle = 0
      } else {
        usleep(10_000)
        idle += 1
      }
    }
    _ = fcntl(request.writing, F_SETFL, 0)
    return taken
  }

  func closeInput() {
    if isInputOpen { close(request.writing) }
    isInputOpen = false
  }

  func closeOutput() {
    if isOutputOpen { close(reply.reading) }
    isOutputOpen = false
  }

  /// The next reply without its newline, or nil at the end of the output or after ten seconds.
  func line() -> String? {
    var scanned = served
    while true {
      if let newline = received[scanned...].firstIndex(of: 0x0A) {
        defer { served = newline + 1 }
        return String(decoding: received[served..<newline], as: UTF8.self)
      }
      received.removeFirst(served)
      served = 0
      scanned = received.count
      if !readMore(timeoutMilliseconds: 10_000) { return nil }
    }
  }

  func lines(_ count: Int) -> [String] {
    (0..<count).compactMap { _ in line() }
  }

  /// Everything up to the end of the output; closes the input first.
  func finish() -> [String] {
    closeInput()
    while readMore(timeoutMilliseconds: 10_000) {}
    defer {
      received = []
      served = 0
    }
    return received[served...].split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
  }

  /// Whether nothing comes for a moment.
  func isSilent() -> Bool {
    served == received.count && !readMore(timeoutMilliseconds: 50)
  }

  func waitForEnd() -> Bool {
    ended.wait(until: .now + .seconds(10)) { $0 ? true : nil } ?? false
  }

  private func readMore(timeoutMilliseconds: Int32) -> Bool {
    var entry = pollfd(fd: reply.reading, events: Int16(POLLIN), revents: 0)
    guard poll(&entry, 1, timeoutMilliseconds) == 1 else { return false }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let count = read(reply.reading, &buffer, buffer.count)
    if count > 0 { received += buffer[..<count] }
    return count > 0
  }
}

/// A request line.
func request(_ id: String, _ method: String, _ params: String = "{}") -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
}

/// The reply with a result.
func result(_ id: String, _ result: String) -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"result":\#(result)}"#
}

/// The reply with an error, as the contract spells it.
func failure(_ id: String, _ code: Int, _ name: String, _ message: String, details: String = "null", retryable: Bool = false)
  -> String
{
  let text = ScriptedHandler.text(.string(message))
  return
    #"{"jsonrpc":"2.0","id":\#(id),"error":{"code":\#(code),"message":\#(text),"data":{"code":"\#(name)","message":\#(text),"#
    + #""details":\#(details),"retryable":\#(retryable)}}}"#
}

func invalid(_ id: String, _ message: String) -> String {
  failure(id, -32600, "invalid-request", message)
}

func parseError(_ offset: Int, _ reason: String) -> String {
  failure("null", -32700, "parse-error", "The line is not valid JSON.", details: #"{"offset":\#(offset),"reason":"\#(reason)"}"#)
}
