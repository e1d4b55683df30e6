// Memory at rest: what a process that nobody calls gives back.
import CSystem
import Glibc

/// Watches how busy the process is and lets go of memory once it has come to rest. For one thread, which looks at fixed intervals.
///
/// What was freed goes back to the system. So do, once, the mapped pages of the program and of the libraries it was linked with, most of
/// which only the start needed: they stay in the system's cache, and what is run again is mapped again. Only once, since a till rests
/// between any two sales.
struct Thrift: Sendable {
  /// Memory of large replies is mapped by itself and goes back when it is freed.
  private static let mappedBytes: Int32 = 256 << 10
  /// At rest is who uses less than this from one look to the next.
  private static let restMicroseconds = 2_000
  private static let restfulLooks = 4
  /// It is not worth while for what less work than this may have used.
  private static let worthMicroseconds = 10_000

  /// Mapped code; empty once it was let go of.
  private var code: [Range<UInt>]
  private var usedAtLook = 0
  private var usedWhenGiven = 0
  private var looksAtRest = 0

  /// To be made while nothing is loaded but what the program is linked with: that is never unloaded.
  init() {
    mallopt(M_MMAP_THRESHOLD, Self.mappedBytes)
    mallopt(M_TRIM_THRESHOLD, Self.mappedBytes)
    code = Self.mappedCode()
  }

  mutating func look() {
    let used = Self.usedMicroseconds
    looksAtRest = used - usedAtLook < Self.restMicroseconds ? looksAtRest + 1 : 0
    usedAtLook = used
    guard looksAtRest >= Self.restfulLooks, used - usedWhenGiven >= Self.worthMicroseconds else { return }
    malloc_trim(0)
    for piece in code { madvise(UnsafeMutableRawPointer(bitPattern: piece.lowerBound), piece.count, MADV_DONTNEED) }
    code = []
    usedWhenGiven = Self.usedMicroseconds
  }

  /// Processor time of all threads so far.
  private static var usedMicroseconds: Int {
    var usage = rusage()
    getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1_000_000 + Int(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec)
  }

  /// Where code of files is mapped that nobody can have written to; empty where the system does not tell.
  private static func mappedCode() -> [Range<UInt>] {
    let file = open("/proc/self/maps", O_RDONLY | O_CLOEXEC)
    guard file >= 0 else { return [] }
    defer { close(file) }
    var text: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 16 << 10)
    while true {
      let count = read(file, &piece, piece.count)
      if count <= 0 { break }
      text += piece[..<count]
    }
    return String(decoding: text, as: UTF8.self).split(separator: "\n").compactMap { line in
      // 7f1c2a400000-7f1c2a600000 r-xp 00000000 fe:00 1234 /usr/lib/libc.so.6
      let fields = line.split(separator: " ", omittingEmptySubsequences: true)
      guard fields.count >= 6, fields[1] == "r-xp", fields[5].hasPrefix("/") else { return nil }
      let ends = fields[0].split(separator: "-").compactMap { UInt($0, radix: 16) }
      guard ends.count == 2, ends[0] < ends[1] else { return nil }
      return ends[0]..<ends[1]
    }
  }
}
