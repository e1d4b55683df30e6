/// Gathers the replies to one batch until its one line is complete.

import Synchronization

/// The members that must be answered, in their order. Complete once each has been filled.
final class Batch: Sendable {
  private struct State {
    var replies: [[UInt8]?]
    var missing: Int
    var ids: [RequestID] = []
  }

  private let state: Mutex<State>

  /// - Parameters:
  ///   - members: how many members the batch has.
  ///   - answered: how many of them get a reply.
  init(members: Int, answered: Int) {
    state = Mutex(State(replies: Array(repeating: nil, count: members), missing: answered))
  }

  /// Remembers an id that stays in flight until the line is complete. Called before the member can be answered.
  func hold(_ id: RequestID) {
    state.withLock { $0.ids.append(id) }
  }

  /// Puts the reply of a member in its place.
  /// - Returns: all replies in the order of the members, and the ids held, if this was the last one missing.
  func fill(_ member: Int, _ reply: [UInt8]) -> (replies: [[UInt8]], ids: [RequestID])? {
    state.withLock { state in
      state.replies[member] = reply
      state.missing -= 1
      if state.missing > 0 { return nil }
      defer { state.replies = [] }
      return (state.replies.compactMap { $0 }, state.ids)
    }
  }
}
