// The log: JSON lines on stderr, written by a thread of their own so that nobody's call waits for whoever reads them.
import Glibc
import JSONRPC
import Shelflife
import ShelflifeAPI

/// Takes entries from any thread without blocking. When nobody drains stderr, entries are dropped and counted.
final class StderrLog: Sendable {
  private struct State {
    var pending: [UInt8] = []
    var dropped = 0
    var isWriting = false
  }

  private static let capacity = 256 << 10

  private let level: LogLevel
  private let monitor = Monitor(State())

  init(level: LogLevel) {
    self.level = level
    WorkerThread.start(name: "log") { self.run() }
  }

  func write(_ level: LogLevel, _ message: String, _ fields: [String: String]) {
    guard level >= self.level else { return }
    append { Self.line(level, message, dropped: $0) { $0.add(fields) } }
  }

  func write(_ level: LogLevel, _ call: CallRecord) {
    guard level >= self.level else { return }
    append { Self.line(level, "call", dropped: $0) { $0.add(call) } }
  }

  private func append(_ line: (_ dropped: Int) -> [UInt8]) {
    monitor.withLock { state in
      guard state.pending.count < Self.capacity else {
        state.dropped += 1
        return
      }
      state.pending += line(state.dropped)
      state.dropped = 0
    }
    monitor.signal()
  }

  /// Waits a moment for what is pending to be written.
  func flush() {
    let end = ContinuousClock.now + .milliseconds(300)
    while ContinuousClock.now < end {
      if monitor.withLock({ $0.pending.isEmpty && !$0.isWriting }) { return }
      WorkerThread.sleep(for: .milliseconds(5))
    }
  }

  private func run() {
    while true {
      let bytes = monitor.wait { state -> [UInt8]? in
        state.isWriting = false
        if state.pending.isEmpty { return nil }
        state.isWriting = true
        defer { state.pending = [] }
        return state.pending
      }
      if let bytes { Terminal.write(bytes, to: STDERR_FILENO) }
    }
  }

  private static func line(
    _ level: LogLevel, _ message: String, dropped: Int, _ addFields: (inout JSONWriter) -> Void
  ) -> [UInt8] {
    var line = JSONWriter()
    line.beginObject()
    line.name("at")
    line.string(Clock.system.now().text)
    line.name("level")
    line.string(level.rawValue)
    line.name("message")
    line.string(message)
    addFields(&line)
    if dropped > 0 {
      line.name("dropped")
      line.int(dropped)
    }
    line.endObject()
    return line.bytes + [0x0A]
  }
}

extension JSONWriter {
  fileprivate mutating func add(_ fields: [String: String]) {
    for (name, value) in fields.sorted(by: { $0.key < $1.key }) {
      self.name(name)
      string(value)
    }
  }

  fileprivate mutating func add(_ call: CallRecord) {
    name("method")
    string(call.method)
    if let id = call.id {
      name("id")
      string(id)
    }
    if let code = call.code {
      name("code")
      string(code)
    }
    name("micros")
    int(call.microseconds)
    if let waited = call.waitedMicroseconds {
      name("waitedMicros")
      int(waited)
    }
  }
}
