// A wall clock that a filling client moves while its tills run.
import Glibc

/// The offset that programs started under `scripts/fill.d/clock.c` add to the system's time.
struct MovedClock {
  private let offset: UnsafeMutablePointer<Int64>

  /// Keeps the offset in a file, which every program started from now on reads.
  init(library: String, file: String) {
    let opened = open(file, O_RDWR | O_CREAT, 0o644)
    guard opened >= 0, ftruncate(opened, 8) == 0,
      let page = mmap(nil, 8, PROT_READ | PROT_WRITE, MAP_SHARED, opened, 0), page != MAP_FAILED
    else { fail("\(file) cannot be made") }
    close(opened)
    offset = page.bindMemory(to: Int64.self, capacity: 1)
    setenv("SHELF_CLOCK", file, 1)
    setenv("LD_PRELOAD", library, 1)
  }

  /// Sets the programs' clocks to so many seconds after 1970; they run on from there.
  func set(to seconds: Int) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    offset.pointee = (Int64(seconds) - Int64(now.tv_sec)) * 1_000_000_000
  }
}
