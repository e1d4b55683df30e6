/// Who reads: one thread at a time, which may do a call's work itself and pass the duty on meanwhile.

import Glibc
import Synchronization

/// What a handler leaves to the thread that has read a call.
package typealias ReadersWork = @Sendable (ReadingDuty) -> Void

/// The duty to read, held by a thread that does a call's work itself: while it works, nobody reads until it passes the duty on.
package final class ReadingDuty: Sendable {
  /// What tells that there may be something to read, as `poll` takes it.
  package let watched: [pollfd]
  private let isHeld = Atomic<Bool>(true)
  private let turn: ReadingTurn

  init(watched: [pollfd], turn: ReadingTurn) {
    self.watched = watched
    self.turn = turn
  }

  /// Has another thread read: once one of `watched` is ready, and before anything that may last without watching them. Any further
  /// time it does nothing.
  package func pass() {
    if giveUp() { turn.pass() }
  }

  /// - Returns: false if it was passed on or given up before.
  func giveUp() -> Bool { isHeld.exchange(false, ordering: .acquiringAndReleasing) }
}

/// The turn of a peer's two readers.
final class ReadingTurn: Sendable {
  private struct State {
    var isTaken = false
    var isOver = false
    /// A reader has passed the turn on and still works.
    var isOneAway = false
  }

  private let state = Monitor(State())

  /// Waits for the turn; false once there is nothing more to read.
  func take() -> Bool {
    state.wait { state -> Bool? in
      if state.isOver { return false }
      if state.isTaken { return nil }
      state.isTaken = true
      return true
    } ?? false
  }

  /// Whether whoever has the turn may work itself: there is another to pass it on to.
  var hasSpare: Bool { state.withLock { !$0.isOneAway } }

  /// Leaves the turn to the other reader.
  func pass() {
    state.withLock { state in
      state.isTaken = false
      state.isOneAway = true
    }
    state.signal()
  }

  /// The reader that has passed the turn on is through with its work.
  func comeBack() { state.withLock { $0.isOneAway = false } }

  func end() {
    state.withLock { $0.isOver = true }
    state.broadcast()
  }
}
