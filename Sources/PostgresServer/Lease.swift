/// A held share of the running server: while any lease is open, the server runs.
import Glibc
import Synchronization

/// Ends with `release()`, with its last reference, or with the process, however that ends. Any thread may use it.
package final class Lease: Sendable {
  package enum State: Sendable, Equatable {
    case ready
    /// The server crashed and is being restarted; connections to it fail meanwhile.
    case restarting(ClusterProgress)
    /// The supervisor gave up, in words; acquire anew after a pause.
    case failed(ServerFault)
    /// The supervisor is gone. The server may still run: acquire anew at once, which adopts it.
    case lost
    case released
  }

  /// The folder of the server's socket: libpq's `host`.
  package let socketDirectory: String
  /// Part of the socket's name: libpq's `port`.
  package let port: Int
  package let superuser: String
  /// The folder of the programs that the server was started with; dump and restore with these.
  package let programDirectory: String
  /// Readable when `refresh()` has news. Only to be polled; it stays open as long as this object lives.
  package let descriptor: Int32

  private struct Contents {
    var state = State.ready
    var lines: LineBuffer
  }
  private let contents: Mutex<Contents>

  init(connection: Int32, address: ServerAddress, pending: LineBuffer) {
    descriptor = connection
    socketDirectory = address.socketDirectory
    port = address.port
    superuser = address.superuser
    programDirectory = address.programDirectory
    contents = Mutex(Contents(lines: pending))
  }

  deinit { close(descriptor) }

  /// Takes in what the supervisor has said and returns the newest state. Never blocks.
  package func refresh() -> State {
    contents.withLock { contents in
      var bytes = [UInt8](repeating: 0, count: 4_096)
      while contents.state.isOpen {
        let count = recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT))
        if count < 0 && errno == EINTR { continue }
        if count < 0 && errno == EAGAIN { break }
        contents.lines.append(bytes[..<max(count, 0)])
        while let line = contents.lines.next() { contents.state.take(LeaseMessage(line: line)) }
        if count <= 0 && contents.state.isOpen { contents.state = .lost }
      }
      if contents.state == .lost { SpawnedSupervisors.reap() }
      return contents.state
    }
  }

  /// Waits until the supervisor has news or the time is over, and returns the newest state.
  ///
  /// - Parameter timeout: milliseconds; negative waits for ever. `release()` by another thread ends the wait.
  package func waitForNews(timeout: Int32) -> State {
    var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
    _ = poll(&polled, 1, timeout)
    return refresh()
  }

  /// Gives the share back; if it was the last, the server is stopped. A second call does nothing.
  ///
  /// - Parameter milliseconds: how long to wait for the server's end at most, if this lease was the last one. With 0 the
  ///   supervisor ends it behind our back.
  package func release(waitingAtMost milliseconds: Int32 = 0) {
    let wasOpen = contents.withLock { contents in
      let wasOpen = contents.state.isOpen
      contents.state = .released
      return wasOpen
    }
    guard wasOpen else { return }
    shutdown(descriptor, Int32(SHUT_WR))
    let clock = ContinuousClock()
    let end = clock.now + .milliseconds(milliseconds)
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while milliseconds > 0, clock.now < end {
      var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 50) > 0 else { continue }
      if recv(descriptor, &bytes, bytes.count, Int32(MSG_DONTWAIT)) == 0 { break }
    }
    shutdown(descriptor, Int32(SHUT_RDWR))
    SpawnedSupervisors.reap()
  }
}

extension Lease.State {
  fileprivate var isOpen: Bool {
    switch self {
    case .ready, .restarting: true
    case .failed, .lost, .released: false
    }
  }

  fileprivate mutating func take(_ message: LeaseMessage?) {
    switch message {
    case .progress(let progress): self = .restarting(progress)
    case .ready: self = .ready
    case .failed(let fault): self = .failed(fault)
    case .busy, nil: break
    }
  }
}
