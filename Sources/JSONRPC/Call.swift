/// One request or notification on its way through the handler, answered exactly once.

import Synchronization

/// What the peer hands to the handler. Every call, a notification too, must be answered once with `reply` or `fail`, from any
/// thread: that frees its place. The answer to a notification goes nowhere.
///
/// A call that its handler lets go of unanswered is answered with an internal error when it is freed.
package final class Call: Sendable {
  /// Nil for a notification.
  package let id: RequestID?
  package let method: String
  package let params: JSONObject
  /// When the end of its line was read: deadlines count from here, also if it had to wait for a place.
  package let receivedAt: ContinuousClock.Instant

  /// Answered on the reader thread and not counted in flight.
  let isImmediate: Bool
  /// Its share of the line, which the waiting room counts.
  let lineBytes: Int
  let place: BatchPlace?
  let cancellation = Cancellation()
  private let peer: Peer

  struct BatchPlace: Sendable {
    let batch: Batch
    let member: Int
  }

  init(
    id: RequestID?, method: String, params: JSONObject, receivedAt: ContinuousClock.Instant, isImmediate: Bool, lineBytes: Int,
    place: BatchPlace?, peer: Peer
  ) {
    self.id = id
    self.method = method
    self.params = params
    self.receivedAt = receivedAt
    self.isImmediate = isImmediate
    self.lineBytes = lineBytes
    self.place = place
    self.peer = peer
  }

  deinit {
    guard cancellation.close() else { return }
    let incident = String(UInt64.random(in: .min ... .max), radix: 16)
    peer.report(.unanswered(method: WireLog.shortened(method), incident: incident))
    peer.finish(id: id, place: place, holdsPlace: !isImmediate, answer: .failure(.unanswered(incident: incident)))
  }

  package var isNotification: Bool { id == nil }

  /// Whether `$/cancelRequest` has named it.
  package var isCancelled: Bool { cancellation.isCancelled }

  /// Answers with a result: JSON text without raw newlines, as `JSONWriter` makes it. Never blocks.
  package func reply(result: [UInt8]) {
    assert(!result.contains(0x0A), "a result must stand on one line")
    answer(.success(result))
  }

  /// Answers with an error. Never blocks.
  package func fail(_ error: RPCError) {
    answer(.failure(error))
  }

  /// What `body` answers, on this thread, goes out together.
  package func together(_ body: () -> Void) {
    peer.together(body)
  }

  /// Has `hook` called when `$/cancelRequest` names this call, on the reader thread; at once if that has happened already. Only
  /// the latest hook is kept, and none after the answer. It must not block; it may answer the call. Let it not hold the call.
  package func onCancel(_ hook: @escaping @Sendable () -> Void) {
    cancellation.register(hook)
  }

  /// Sends a notification to the client that made this call.
  ///
  /// - Parameters:
  ///   - method: its name.
  ///   - params: a JSON object as text without raw newlines.
  ///   - mayDrop: false for what must come however much is unread; whoever sends it then looks at `unsentBytes` itself.
  @discardableResult
  package func notify(method: String, params: [UInt8], mayDrop: Bool = true) -> Bool {
    peer.notify(method: method, params: params, mayDrop: mayDrop)
  }

  /// Bytes that the client which made this call has not yet taken.
  package var unsentBytes: Int { peer.unsentBytes }

  /// Answers a call that the handler has not seen.
  func refuse(_ error: RPCError) {
    guard cancellation.close() else { return }
    peer.finish(id: id, place: place, holdsPlace: false, answer: .failure(error))
  }

  /// Lets go of a call that was never booked.
  func dismiss() {
    _ = cancellation.close()
  }

  private func answer(_ answer: Result<[UInt8], RPCError>) {
    guard cancellation.close() else {
      assertionFailure("\(method) was answered twice")
      peer.report(.answeredTwice(method: WireLog.shortened(method)))
      return
    }
    peer.finish(id: id, place: place, holdsPlace: !isImmediate, answer: answer)
  }
}

/// Whether a call is cancelled or answered, and whom a cancellation concerns.
final class Cancellation: Sendable {
  private struct State {
    var isCancelled = false
    var isClosed = false
    var hook: (@Sendable () -> Void)?
  }

  private let state = Mutex(State())

  var isCancelled: Bool { state.withLock { $0.isCancelled } }

  func register(_ hook: @escaping @Sendable () -> Void) {
    let isLate = state.withLock { state in
      if state.isClosed { return false }
      if state.isCancelled { return true }
      state.hook = hook
      return false
    }
    if isLate { hook() }
  }

  func cancel() {
    let hook = state.withLock { state in
      if state.isClosed { return nil as (@Sendable () -> Void)? }
      state.isCancelled = true
      return state.hook.take()
    }
    hook?()
  }

  /// Marks the call as answered.
  /// - Returns: false if it was already.
  func close() -> Bool {
    // The hook is let go of outside the lock: what it holds may end with it.
    let (isFirst, hook) = state.withLock { state in
      defer { state.isClosed = true }
      return (!state.isClosed, state.hook.take())
    }
    _ = hook
    return isFirst
  }
}

/// Serves the calls of a peer.
package protocol CallHandler: Sendable {
  /// Whether calls of this method are answered at once inside `accept`, also while all places are taken.
  func isImmediate(_ method: String) -> Bool

  /// Takes a call over. Never called concurrently, always in arrival order (an immediate call overtakes those that wait for a
  /// place), on the reader thread or on one that has just answered another call. Must not block, and may answer inside.
  func accept(_ call: Call)

  /// Takes a call over on the reader thread, which has read nothing more behind it. Like `accept`, but what this returns the reader does
  /// itself, at once and instead of reading: it may block there as long as it watches what the duty says.
  func acceptLast(_ call: Call) -> ReadersWork?
}

extension CallHandler {
  package func acceptLast(_ call: Call) -> ReadersWork? {
    accept(call)
    return nil
  }
}
