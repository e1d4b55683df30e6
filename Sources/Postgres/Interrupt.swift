// The bell by which another thread stops what a connection's own thread waits for.
import CLibPQ
import Glibc
import Synchronization

/// A flag with a descriptor: raised by any thread, watched by the thread of one connection.
///
/// It stays raised until `reset()`. Raise it under the lock that says which call runs on the connection, else it may hit the next.
package final class Interrupt: Sendable {
  /// Negative when the process has no descriptor left: then only calls yet to begin are stopped.
  let descriptor: Int32
  private let flag = Atomic<Bool>(false)

  package init() {
    descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
  }

  deinit { if descriptor >= 0 { Glibc.close(descriptor) } }

  /// Ends the connection's current wait, and refuses its further calls, with `PostgresError.interrupted`.
  package func raise() {
    flag.store(true, ordering: .releasing)
    var one: UInt64 = 1
    _ = write(descriptor, &one, 8)
  }

  /// Makes the connection serve again. Called by the connection's own thread between two calls.
  package func reset() {
    flag.store(false, ordering: .relaxed)
    var count: UInt64 = 0
    _ = read(descriptor, &count, 8)
  }

  package var isRaised: Bool { flag.load(ordering: .acquiring) }
}

extension ContinuousClock.Instant? {
  /// The milliseconds from now until then as `poll` takes them: rounded up, 0 when it is past, -1 for never.
  var pollTimeout: Int32 {
    guard let instant = self else { return -1 }
    let left = (instant - ContinuousClock().now).components
    if left.seconds < 0 || left.attoseconds < 0 { return 0 }
    return Int32(min(left.seconds * 1000 + (left.attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000, 3_600_000))
  }
}
