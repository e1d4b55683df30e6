/// What flows between us and a child while it runs: its two outputs to the calling thread, its input from a thread of its own.
import Glibc
import Synchronization

extension ChildProcess {
  /// Runs a child to its end, hands over what it writes piece by piece, and feeds it. Blocks the calling thread; returns how the
  /// child ended and the last bytes of its standard error.
  ///
  /// However this returns, the child has ended and is reaped, and `feed` has returned. Memory stays bounded: a child whose output
  /// is not taken waits, and so does `feed` when the child does not read.
  ///
  /// - Parameter feed: called on a thread of its own with the child's standard input, which ends when it returns; without it
  ///   `command.input` counts.
  /// - Parameter take: called on the calling thread with each piece of standard output; false ends the child, as if cancelled.
  /// - Parameter isCancelled: asked about twenty times a second; once true the child is ended and `.cancelled` thrown.
  static func stream(
    _ command: Command, feed: (@Sendable (ChildInput) -> Void)? = nil, take: (UnsafeRawBufferPointer) -> Bool,
    isCancelled: () -> Bool
  ) throws(ServerFault) -> (ending: Ending, errors: [UInt8]) {
    var command = command
    let output = try ChildChannel()
    let errors = try ChildChannel()
    command.output = .descriptor(output.theirs)
    command.errors = .descriptor(errors.theirs)
    var input: ChildInput?
    if feed != nil {
      let channel = try ChildChannel()
      command.input = .descriptor(channel.theirs)
      input = ChildInput(channel)
    }
    let pid = try start(command)
    for channel in [output, errors, input?.channel] { channel?.closeTheirs() }
    var feeder: ChildFeeder?
    // In this order: a child that is gone takes nothing more, so that the feeder comes to its end.
    var ending: Ending?
    defer { feeder?.join() }
    do throws(ServerFault) {
      if let feed, let input { feeder = try ChildFeeder(input, feed) }
      var pump = ChildPump(output: output.ours, errors: errors.ours)
      while ending == nil || !pump.isAtEnd || feeder?.isDone == false {
        if isCancelled() {
          throw ServerFault(.cancelled, "\(command.executable) was stopped because nobody wanted its result any more.")
        }
        let isQuiet = try pump.turn(take, command.executable)
        if ending == nil {
          ending = try reap(pid)
          // A failed child makes the rest of its input worthless; what a contented one leaves unread is dropped.
          if let ending { ending == .exited(0) ? input?.drop() : input?.stop() }
        } else if isQuiet {
          pump.abandon()  // A descendant of the child keeps the pipe open.
        }
      }
      guard let ending else { throw ServerFault(.childFailed, "The outcome of \(command.executable) was lost.") }
      return (ending, pump.lastErrors)
    } catch {
      input?.stop()
      if ending == nil { end(pid) }
      throw error
    }
  }

  /// Ends a child that nobody wants any more and reaps it: politely, and after two seconds by force. Any thread may call it; does
  /// nothing to a process that is no child of ours.
  package static func end(_ pid: pid_t) {
    var status: Int32 = 0
    func isGone(_ options: Int32) -> Bool {
      while true {
        let reaped = waitpid(pid, &status, options)
        if reaped >= 0 || errno != EINTR { return reaped != 0 }
      }
    }
    if isGone(WNOHANG) { return }
    kill(pid, SIGTERM)
    for _ in 0..<200 {
      if isGone(WNOHANG) { return }
      usleep(10_000)
    }
    kill(pid, SIGKILL)
    _ = isGone(0)
  }
}

/// A connected pair between us and a child. A socket, so that a thread that waits in it can be let go.
final class ChildChannel: Sendable {
  let ours: Int32
  let theirs: Int32
  private let theirsIsOpen = Atomic<Bool>(true)

  init() throws(ServerFault) {
    (ours, theirs) = try ServerFault.translating(orElse: .childFailed) { () throws(SystemError) in try UnixSocket.pair() }
  }

  func closeTheirs() {
    if theirsIsOpen.exchange(false, ordering: .relaxed) { close(theirs) }
  }

  deinit {
    closeTheirs()
    close(ours)
  }
}

/// Reads both outputs of a child as they come.
private struct ChildPump {
  private var polled: [pollfd]
  private var chunk = [UInt8](repeating: 0, count: 64 << 10)
  private(set) var lastErrors: [UInt8] = []

  init(output: Int32, errors: Int32) {
    polled = [output, errors].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
  }

  var isAtEnd: Bool { polled.allSatisfy { $0.fd < 0 } }

  mutating func abandon() {
    for index in polled.indices { polled[index].fd = -1 }
  }

  /// Waits at most 50 ms, then reads once from each output; whether there was nothing.
  mutating func turn(_ take: (UnsafeRawBufferPointer) -> Bool, _ program: String) throws(ServerFault) -> Bool {
    let ready = poll(&polled, nfds_t(polled.count), isAtEnd ? 5 : 50)
    for index in polled.indices where ready > 0 && polled[index].revents != 0 {
      let count = read(polled[index].fd, &chunk, chunk.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else {
        polled[index].fd = -1
        continue
      }
      if index == 1 {
        lastErrors = (lastErrors + chunk[..<count]).suffix(ServerLimits.childErrorBytes)
      } else if !chunk.withUnsafeBytes({ take(UnsafeRawBufferPointer(rebasing: $0[..<count])) }) {
        throw ServerFault(.cancelled, "\(program) was stopped because its output was not wanted any more.")
      }
    }
    return ready == 0
  }
}

/// The standard input of a child, for one thread that writes it.
package final class ChildInput: Sendable {
  private enum State: Int { case open, dropping, stopped }

  let channel: ChildChannel
  private let state = Atomic<Int>(State.open.rawValue)

  init(_ channel: ChildChannel) { self.channel = channel }

  /// Writes all of `bytes`, waiting while the child does not read. What a child no longer wants to read is dropped, without an
  /// error. Throws `.cancelled` once the child has failed or was ended.
  package func write(_ bytes: UnsafeRawBufferPointer) throws(ServerFault) {
    var rest = bytes
    while !rest.isEmpty {
      if state.load(ordering: .acquiring) == State.stopped.rawValue {
        throw ServerFault(.cancelled, "The program that was fed has ended.")
      }
      let count = send(channel.ours, rest.baseAddress, rest.count, Int32(MSG_NOSIGNAL))
      if count > 0 {
        rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
      } else if errno == EPIPE || errno == ECONNRESET {
        if state.load(ordering: .acquiring) != State.stopped.rawValue { return }
      } else if errno != EINTR {
        throw ServerFault(SystemError("write", "to a program"), orElse: .childFailed)
      }
    }
  }

  /// Ends the input, as the child sees it.
  func finish() { shutdown(channel.ours, Int32(SHUT_WR)) }

  /// Lets go of whoever writes: the rest is dropped.
  func drop() {
    _ = state.compareExchange(expected: State.open.rawValue, desired: State.dropping.rawValue, ordering: .acquiringAndReleasing)
    shutdown(channel.ours, Int32(SHUT_RDWR))
  }

  /// Lets go of whoever writes, by an error.
  func stop() {
    state.store(State.stopped.rawValue, ordering: .releasing)
    shutdown(channel.ours, Int32(SHUT_RDWR))
  }
}

/// The thread that feeds a child.
private final class ChildFeeder {
  private final class Job: Sendable {
    let input: ChildInput
    let feed: @Sendable (ChildInput) -> Void
    let isDone = Atomic<Bool>(false)

    init(_ input: ChildInput, _ feed: @escaping @Sendable (ChildInput) -> Void) {
      self.input = input
      self.feed = feed
    }

    func run() {
      feed(input)
      input.finish()
      isDone.store(true, ordering: .releasing)
    }
  }

  private let job: Job
  private let thread: pthread_t

  init(_ input: ChildInput, _ feed: @escaping @Sendable (ChildInput) -> Void) throws(ServerFault) {
    job = Job(input, feed)
    let passed = Unmanaged.passRetained(job)
    var thread = pthread_t()
    let failure = pthread_create(
      &thread, nil,
      { argument in
        if let argument { Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().run() }
        return nil
      }, passed.toOpaque())
    guard failure == 0 else {
      passed.release()
      throw ServerFault(SystemError("start", "a thread", number: failure), orElse: .childFailed)
    }
    self.thread = thread
  }

  var isDone: Bool { job.isDone.load(ordering: .acquiring) }

  /// Waits for the thread's end. To be called once.
  func join() { pthread_join(thread, nil) }
}
