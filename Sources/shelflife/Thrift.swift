// Memory at rest: what a process that nobody calls gives back.
import CSystem
import Glibc

/// Watches how busy the process is and lets go of memory once it has come to rest. For one thread, which looks at fixed intervals.
///
/// What was freed goes back to the system. So do, once, the mapped pages of the program's code and of its libraries', most of which only
/// the start needed: they stay in the system's cache, and what is run again is mapped again. Only once, since a till rests between any
/// two sales.
struct Thrift {
  /// Memory of large replies is mapped by itself and goes back when it is freed.
  private static let mappedBytes: Int32 = 8 << 20
  /// At rest is who uses less than this from one look to the next.
  private static let restMicroseconds = 2_000
  private static let restfulLooks = 4
  /// It is not worth while for what less work than this may have used.
  private static let worthMicroseconds = 10_000

  private var usedAtLook = 0
  private var usedWhenGiven = 0
  private var looksAtRest = 0
  private var hasReleasedCode = false

  init() {
    csystem_set_heap_thresholds(Self.mappedBytes)
  }

  mutating func look() {
    let used = Self.usedMicroseconds
    looksAtRest = used - usedAtLook < Self.restMicroseconds ? looksAtRest + 1 : 0
    usedAtLook = used
    guard looksAtRest >= Self.restfulLooks, used - usedWhenGiven >= Self.worthMicroseconds else { return }
    csystem_trim_heap()
    if !hasReleasedCode { csystem_release_code() }
    hasReleasedCode = true
    usedWhenGiven = Self.usedMicroseconds
  }

  /// Processor time of all threads so far.
  private static var usedMicroseconds: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  }
}
