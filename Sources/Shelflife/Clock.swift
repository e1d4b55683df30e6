// The shop's only clock. A request reads it once and derives everything from that reading.
import Glibc

/// Tells the time: the system's, or a fixed start from which it runs on at the pace of the monotonic clock.
package struct Clock: Sendable {
  private enum Source {
    case system
    case fixed(start: Instant, monotonicStart: timespec)
  }

  private let source: Source

  package static let system = Clock(source: .system)

  /// Stands at `start` now.
  package static func starting(at start: Instant) -> Clock {
    Clock(source: .fixed(start: start, monotonicStart: read(CLOCK_MONOTONIC)))
  }

  /// May be called from any thread.
  package func now() -> Instant {
    switch source {
    case .system:
      let reading = Self.read(CLOCK_REALTIME)
      return Instant(unixSeconds: Int64(reading.tv_sec), nanoseconds: Int64(reading.tv_nsec))
    case .fixed(let start, let monotonicStart):
      let reading = Self.read(CLOCK_MONOTONIC)
      let seconds = Int64(reading.tv_sec - monotonicStart.tv_sec)
      return start.adding(milliseconds: seconds * 1000 + Int64(reading.tv_nsec - monotonicStart.tv_nsec) / 1_000_000)
    }
  }

  private static func read(_ clock: clockid_t) -> timespec {
    var reading = timespec()
    clock_gettime(clock, &reading)
    return reading
  }
}
