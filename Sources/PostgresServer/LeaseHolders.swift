/// Those who hold the supervisor's lease: their connections, and what they were last told.
import Glibc

final class LeaseHolders {
  private(set) var listener: Int32
  /// The connections that count.
  private(set) var present: [Int32]
  /// Ended by their holders, but not yet closed here: a holder may wait for the server's end.
  private var leaving: [Int32] = []
  private var latest: LeaseMessage?
  private let permitted: Set<uid_t>

  init(listener: Int32, first: Int32, permitted: Set<uid_t>) {
    self.listener = listener
    present = [first]
    self.permitted = permitted
    UnixSocket.setNonBlocking(first)
  }

  /// Takes in all who wait and lets go of all who left.
  func refresh() {
    while listener >= 0, let descriptor = UnixSocket.accept(listener) {
      guard let peer = UnixSocket.peer(descriptor), permitted.contains(peer.user) else {
        close(descriptor)
        continue
      }
      present.append(descriptor)
      if let latest { send(latest, to: descriptor) }
    }
    var staying: [Int32] = []
    for descriptor in present {
      if isGone(descriptor) { leaving.append(descriptor) } else { staying.append(descriptor) }
    }
    present = staying
    if !present.isEmpty { dismissLeaving() }
  }

  /// Tells all present holders, and all who come later, unless they know.
  func tell(_ message: LeaseMessage) {
    guard message != latest else { return }
    latest = message
    for descriptor in present { send(message, to: descriptor) }
  }

  private func dismissLeaving() {
    for descriptor in leaving { close(descriptor) }
    leaving.removeAll()
  }

  func dismissAll() {
    for descriptor in present { close(descriptor) }
    present.removeAll()
  }

  /// Takes nobody in any more: who comes now finds no supervisor.
  func stopListening() {
    if listener >= 0 { close(listener) }
    listener = -1
  }

  private func isGone(_ descriptor: Int32) -> Bool {
    // Holders have nothing to say; a newer version's words are ignored, a flood of them ends the lease.
    var bytes = [UInt8](repeating: 0, count: 1_024)
    for _ in 0..<16 {
      let count = recv(descriptor, &bytes, bytes.count, 0)
      if count == 0 { return true }
      if count < 0 { return errno != EAGAIN && errno != EINTR }
    }
    return true
  }

  private func send(_ message: LeaseMessage, to descriptor: Int32) {
    let line = message.line
    // A holder that does not read for that long misses a line rather than stop the others.
    _ = Glibc.send(descriptor, line, line.count, Int32(MSG_NOSIGNAL))
  }
}
