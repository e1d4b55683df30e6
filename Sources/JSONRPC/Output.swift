/// The way out: whole lines, in the order of `send`, written at once when that cannot block and by a writer thread otherwise.

import Glibc
import Synchronization

/// One output descriptor and what still has to go there. Every method may be called from any thread and returns without waiting
/// for the client, except `flush`.
final class Output: Sendable {
  /// A pipe or socket that polls writable takes this much without blocking (PIPE_BUF; a quarter of a socket's buffer is more).
  private static let safeWrite = 4_096
  private static let newline: UInt8 = 0x0A
  /// More than this is left to the writer thread.
  private static let directBytes = 16 << 10
  /// Of a long line, the writer tells after so many bytes that they are gone.
  private static let writerPiece = 256 << 10
  /// A buffer that has grown beyond this is given back.
  private static let keptCapacity = 1 << 20

  private struct State {
    var pending: [UInt8] = []
    /// What the writer has taken and not yet written.
    var beingWritten = 0
    var isWriterStarted = false
    /// From the moment the writer has work until it finds none: all that time others only append.
    var isWriterActive = false
    var corkedBy: pthread_t?
    var isClosed = false
    var isAbandoned = false
  }

  private enum Outcome {
    case done
    case failed(Int32)
  }

  private let descriptor: Int32
  private let takesDirectWrites: Bool
  private let lowBytes: Int
  private let trace: WireTrace?
  private let state = Monitor(State())
  private let unsentBytes = Atomic<Int>(0)
  private let abandoned = Atomic<Bool>(false)
  private let onRelief: @Sendable () -> Void
  private let onClosed: @Sendable (Int32) -> Void

  /// - Parameters:
  ///   - onRelief: called without a lock when the unsent bytes have fallen to `lowBytes`.
  ///   - onClosed: called without a lock, once, with the error that ended the output.
  init(
    descriptor: Int32, lowBytes: Int, trace: WireTrace? = nil, onRelief: @escaping @Sendable () -> Void,
    onClosed: @escaping @Sendable (Int32) -> Void
  ) {
    self.descriptor = descriptor
    self.lowBytes = lowBytes
    self.trace = trace
    self.onRelief = onRelief
    self.onClosed = onClosed
    var status = stat()
    let kind = fstat(descriptor, &status) == 0 ? status.st_mode & S_IFMT : 0
    // A terminal may poll writable and still block.
    takesDirectWrites = kind == S_IFIFO || kind == S_IFSOCK || kind == S_IFREG
  }

  /// Bytes that the client has not yet taken.
  var unsent: Int { unsentBytes.load(ordering: .sequentiallyConsistent) }

  /// True once nothing more will be written.
  var isAbandoned: Bool { abandoned.load(ordering: .sequentiallyConsistent) }

  /// Sends one line; the newline is added here.
  func send(_ line: [UInt8]) {
    let outcome = state.withLock { state -> Outcome in
      if state.isAbandoned || state.isClosed { return .done }
      // Under the lock, so that lines are seen in the order in which they are sent.
      if let trace { line.withUnsafeBytes { trace(.sent, $0) } }
      state.pending.append(contentsOf: line)
      state.pending.append(Self.newline)
      defer { publish(state) }
      if state.isWriterActive { return .done }
      if state.corkedBy == pthread_self(), state.pending.count < Self.directBytes { return .done }
      return writeDirectly(&state)
    }
    settle(outcome)
  }

  /// Lets lines that the calling thread sends gather until `uncork`, so that a burst costs few writes.
  func cork() {
    state.withLock { if $0.corkedBy == nil { $0.corkedBy = pthread_self() } }
  }

  func uncork() {
    let outcome = state.withLock { state -> Outcome in
      if state.corkedBy == pthread_self() { state.corkedBy = nil }
      if state.isWriterActive || state.pending.isEmpty { return .done }
      defer { publish(state) }
      return writeDirectly(&state)
    }
    settle(outcome)
  }

  /// Waits until everything is written or given up.
  func flush() {
    state.wait { state -> Void? in
      state.corkedBy = nil
      if state.isAbandoned || state.pending.isEmpty && !state.isWriterActive { return () }
      if !state.isWriterActive { activateWriter(&state) }
      return nil
    }
  }

  /// Takes no more lines; what has been sent is still written.
  func close() {
    state.withLock { $0.isClosed = true }
    state.broadcast()
  }

  /// Drops what is unsent and everything that is sent from now on. A writer that hangs in `write` is left behind.
  func abandon() {
    state.withLock { state in
      state.isAbandoned = true
      state.pending = []
      abandoned.store(true, ordering: .sequentiallyConsistent)
      publish(state)
    }
    state.broadcast()
  }

  private func publish(_ state: borrowing State) {
    let unsent = state.isAbandoned ? 0 : state.pending.count + state.beingWritten
    unsentBytes.store(unsent, ordering: .sequentiallyConsistent)
  }

  private func settle(_ outcome: Outcome) {
    guard case .failed(let error) = outcome else { return }
    let isFirst = state.withLock { !$0.isAbandoned }
    abandon()
    if isFirst { onClosed(error) }
  }

  /// Writes what is pending as far as that cannot block and leaves the rest to the writer. Called with the lock held.
  private func writeDirectly(_ state: inout State) -> Outcome {
    var written = 0
    let total = state.pending.count
    if takesDirectWrites, total <= Self.directBytes {
      while written < total, canWriteNow() {
        let count = state.pending.withUnsafeBytes { bytes in
          let rest = UnsafeRawBufferPointer(rebasing: bytes[written...])
          return write(descriptor, rest.baseAddress, Self.wholeLines(rest) ?? Self.safeWrite)
        }
        if count < 0 {
          if errno == EINTR { continue }
          if errno == EAGAIN { break }
          return .failed(errno)
        }
        written += count
      }
    }
    if written == total {
      state.pending.removeAll(keepingCapacity: total <= Self.keptCapacity)
    } else {
      state.pending.removeFirst(written)
      activateWriter(&state)
    }
    return .done
  }

  /// How many bytes at the start of `rest` are whole lines that a pipe takes together or not at all; nil where the first is too long.
  ///
  /// A process that is killed while it waits in a longer write leaves half a line in the pipe.
  private static func wholeLines(_ rest: UnsafeRawBufferPointer) -> Int? {
    if rest.count <= safeWrite { return rest.count }
    return rest.prefix(safeWrite).lastIndex(of: newline).map { $0 + 1 }
  }

  /// How many bytes at the start of `rest` belong to its first line, as far as they are written at once.
  private static func longLine(_ rest: UnsafeRawBufferPointer) -> Int {
    let most = min(rest.count, writerPiece)
    guard let start = rest.baseAddress, let end = memchr(start, Int32(newline), most) else { return most }
    return UnsafeRawPointer(end) - start + 1
  }

  private func canWriteNow() -> Bool {
    var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
    // An error condition counts too: the write then says which.
    return poll(&entry, 1, 0) == 1
  }

  private func activateWriter(_ state: inout State) {
    state.isWriterActive = true
    if state.isWriterStarted {
      self.state.broadcast()
    } else {
      state.isWriterStarted = true
      WorkerThread.start(name: "wire-writer") { self.runWriter() }
    }
  }

  private func runWriter() {
    var buffer: [UInt8] = []
    while true {
      buffer.removeAll(keepingCapacity: buffer.capacity <= Self.keptCapacity)
      let hasWork = state.wait { state -> Bool? in
        if state.isAbandoned { return false }
        if !state.pending.isEmpty, state.isWriterActive {
          swap(&state.pending, &buffer)
          state.beingWritten = buffer.count
          return true
        }
        if state.isWriterActive {
          state.isWriterActive = false
          self.state.broadcast()
        }
        return state.isClosed ? false : nil
      }
      guard hasWork == true else { return }
      let outcome = writeAll(buffer)
      settle(outcome)
      if case .failed = outcome { return }
    }
  }

  /// Blocks until all of it is written, or dropped because the output was abandoned meanwhile.
  private func writeAll(_ bytes: [UInt8]) -> Outcome {
    bytes.withUnsafeBytes { bytes in
      var rest = bytes
      while !rest.isEmpty, !isAbandoned {
        let length = Self.wholeLines(rest) ?? Self.longLine(rest)
        let count = write(descriptor, rest.baseAddress, length)
        if count >= 0 {
          rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
          tookAway(count)
        } else if errno == EAGAIN {
          // Someone who shares the descriptor has made it non-blocking.
          var entry = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          poll(&entry, 1, -1)
        } else if errno != EINTR {
          return .failed(errno)
        }
      }
      return .done
    }
  }

  private func tookAway(_ count: Int) {
    let isRelieved = state.withLock { state in
      let before = unsent
      state.beingWritten -= count
      publish(state)
      return before > lowBytes && unsent <= lowBytes
    }
    if isRelieved { onRelief() }
  }
}
