/// Shared state behind a lock with a condition: what every thread of the process waits on.

import Glibc

/// A value that threads change under one lock and may wait on until it meets a condition.
///
/// Not recursive: calling any method of the same monitor from inside one of its closures deadlocks.
package final class Monitor<State>: @unchecked Sendable {
  // Allowed: @unchecked, because `state` is only touched while `mutex` is held.
  private let state: UnsafeMutablePointer<State>
  private let mutex: UnsafeMutablePointer<pthread_mutex_t>
  private let condition: UnsafeMutablePointer<pthread_cond_t>

  package init(_ initial: sending State) {
    state = .allocate(capacity: 1)
    state.initialize(to: initial)
    mutex = .allocate(capacity: 1)
    mutex.initialize(to: pthread_mutex_t())
    pthread_mutex_init(mutex, nil)
    condition = .allocate(capacity: 1)
    condition.initialize(to: pthread_cond_t())
    var attributes = pthread_condattr_t()
    pthread_condattr_init(&attributes)
    // Waits are measured on a clock that nobody can set back.
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
    pthread_cond_init(condition, &attributes)
    pthread_condattr_destroy(&attributes)
  }

  deinit {
    pthread_cond_destroy(condition)
    pthread_mutex_destroy(mutex)
    state.deinitialize(count: 1)
    state.deallocate()
    mutex.deallocate()
    condition.deallocate()
  }

  /// Runs `body` with the state locked. Wakes nobody: call `signal` or `broadcast` if a waiter may now go on.
  package func withLock<Result, Failure: Error>(_ body: (inout State) throws(Failure) -> sending Result) throws(Failure)
    -> sending Result
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    return try body(&state.pointee)
  }

  /// Runs `ready` with the state locked, again after every wake, until it returns a value.
  ///
  /// - Parameters:
  ///   - deadline: the latest moment to wait for; without one the wait has no end.
  ///   - ready: looks at the state, and may change it; nil goes on waiting.
  /// - Returns: what `ready` returned, or nil when the deadline passed first.
  package func wait<Result>(until deadline: ContinuousClock.Instant? = nil, _ ready: (inout State) -> sending Result?)
    -> sending Result?
  {
    pthread_mutex_lock(mutex)
    defer { pthread_mutex_unlock(mutex) }
    while true {
      if let result = ready(&state.pointee) { return result }
      guard let deadline else {
        pthread_cond_wait(condition, mutex)
        continue
      }
      let remaining = deadline - ContinuousClock.now
      guard remaining > .zero else { return nil }
      var moment = Self.monotonicTime(after: remaining)
      pthread_cond_timedwait(condition, mutex, &moment)
    }
  }

  /// Wakes one waiter.
  package func signal() {
    pthread_cond_signal(condition)
  }

  /// Wakes every waiter.
  package func broadcast() {
    pthread_cond_broadcast(condition)
  }

  private static func monotonicTime(after duration: Duration) -> timespec {
    var now = timespec()
    clock_gettime(CLOCK_MONOTONIC, &now)
    // A wait ends at the latest after a day and then looks again, so that no sum can overflow.
    let (seconds, attoseconds) = min(duration, .seconds(86_400)).components
    let nanoseconds = now.tv_nsec + Int(attoseconds / 1_000_000_000)
    return timespec(tv_sec: now.tv_sec + Int(seconds) + nanoseconds / 1_000_000_000, tv_nsec: nanoseconds % 1_000_000_000)
  }
}
