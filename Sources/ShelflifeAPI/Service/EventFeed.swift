// The pipe's subscription to events, and the thread that serves it.
import JSONRPC
import Shelflife

/// What a client asked to be told, and from where.
struct Subscription: Sendable {
  let kinds: Set<EventKind>
  /// Whose rights decide what is told; their session's end is the subscription's.
  let caller: Caller
  let position: ChangePosition
  let watch: StockWatch?
  /// The call that subscribed: leads to its client.
  let call: Call
}

/// Holds the one subscription of a pipe. Its session with the database is there only while there is one, its thread from the
/// first one on. Safe from any thread.
final class EventFeed: Sendable {
  private struct State {
    /// The one that is served, then those that wait until it has told what was written before them. One without kinds tells
    /// nothing and ends what was before it.
    var subscriptions: [Subscription] = []
    var isStopped = false
    var isThreadGone = true
  }

  /// How long a process that ends waits for the thread to let go.
  private static let stopPatience = Duration.seconds(5)

  private let monitor = Monitor(State())
  private let interrupt = SessionInterrupt()

  /// Puts a subscription in place of the present one, which still tells what was written before.
  func subscribe(_ subscription: Subscription, to service: Service) {
    let needsThread = monitor.withLock { state -> Bool in
      if state.isStopped { return false }
      state.subscriptions.append(subscription)
      interrupt.raise()
      defer { state.isThreadGone = false }
      return state.isThreadGone
    }
    monitor.broadcast()
    if needsThread { WorkerThread.start(name: "events") { self.work(service) } }
  }

  /// Ends the subscription and returns once its session is closed.
  func stop() {
    monitor.withLock { state in
      state.isStopped = true
      // They lead to the client, and from there back to here.
      state.subscriptions = []
      interrupt.raise()
    }
    monitor.broadcast()
    _ = monitor.wait(until: .now + Self.stopPatience) { $0.isThreadGone ? true : nil }
  }

  private func work(_ service: Service) {
    while let subscription = next() {
      if !subscription.kinds.isEmpty { EventListener(subscription, service: service, interrupt: interrupt, feed: self).run() }
      monitor.withLock { if !$0.subscriptions.isEmpty { $0.subscriptions.removeFirst() } }
    }
    monitor.withLock { $0.isThreadGone = true }
    monitor.broadcast()
  }

  private func next() -> Subscription? {
    let next = monitor.wait { state -> Subscription?? in
      if state.isStopped { return .some(nil) }
      return state.subscriptions.first.map { .some($0) }
    }
    return next ?? nil
  }

  /// How far the subscription that is served is to be served.
  enum Extent {
    case open
    case until(ChangePosition)
    case over
  }

  /// Looks at how things stand; an interrupt that was raised for it is taken back.
  var extent: Extent {
    monitor.withLock { state in
      if state.isStopped { return .over }
      interrupt.reset()
      return state.subscriptions.count > 1 ? .until(state.subscriptions[1].position) : .open
    }
  }

  /// Rests; false at once when the process is about to end.
  func rest(_ pause: Duration) -> Bool {
    monitor.wait(until: .now + pause) { $0.isStopped ? false : nil } ?? true
  }
}
