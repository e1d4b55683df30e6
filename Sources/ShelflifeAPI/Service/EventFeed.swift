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

/// Holds the one subscription of a pipe. Its thread and its session with the database are there only while there is one. Safe from
/// any thread.
final class EventFeed: Sendable {
  private struct State {
    var subscription: Subscription?
    /// Rises with every subscription: a listener serves one of them.
    var number = 0
    var isStopped = false
    var isThreadStarted = false
    var isThreadGone = true
  }

  /// How long a process that ends waits for the thread to let go.
  private static let stopPatience = Duration.seconds(5)

  private let monitor = Monitor(State())
  private let interrupt = SessionInterrupt()

  /// Puts a subscription in place of the present one; nil ends it.
  func subscribe(_ subscription: Subscription?, to service: Service) {
    let needsThread = monitor.withLock { state -> Bool in
      if state.isStopped { return false }
      state.subscription = subscription
      state.number += 1
      // Raised under the lock, so that it never meets the listener of this subscription.
      interrupt.raise()
      if state.isThreadStarted || subscription == nil { return false }
      state.isThreadStarted = true
      state.isThreadGone = false
      return true
    }
    monitor.broadcast()
    if needsThread { WorkerThread.start(name: "events") { self.work(service) } }
  }

  /// Ends the subscription and returns once its session is closed.
  func stop() {
    monitor.withLock { state in
      state.isStopped = true
      state.number += 1
      interrupt.raise()
    }
    monitor.broadcast()
    _ = monitor.wait(until: .now + Self.stopPatience) { $0.isThreadGone ? true : nil }
  }

  private func work(_ service: Service) {
    while let (subscription, number) = next() {
      let listener = EventListener(subscription, service: service, interrupt: interrupt) { pause in
        self.rest(pause, while: number)
      }
      listener.run()
      monitor.withLock { if $0.number == number { $0.subscription = nil } }
    }
    monitor.withLock { $0.isThreadGone = true }
    monitor.broadcast()
  }

  private func next() -> (Subscription, Int)? {
    let next = monitor.wait { state -> (Subscription, Int)?? in
      if state.isStopped { return .some(nil) }
      guard let subscription = state.subscription else { return nil }
      interrupt.reset()
      return (subscription, state.number)
    }
    return next ?? nil
  }

  /// Rests; false at once when another subscription, or the end of the process, has come.
  private func rest(_ pause: Duration, while number: Int) -> Bool {
    monitor.wait(until: .now + pause) { $0.number == number ? nil : false } ?? true
  }
}
