/// Interrupts a `poll`: how other threads get the reader's attention while it waits for input.

import Glibc

/// A pipe to ourselves.
final class Wake: Sendable {
  /// Readable after `raise`, until `clear`.
  let descriptor: Int32
  private let raising: Int32

  init() {
    var ends: [Int32] = [-1, -1]
    let result = pipe(&ends)
    // It is made once, at the start, with hardly a descriptor in use; without it a stop could not be heard.
    precondition(result == 0, "pipe failed: error \(errno)")
    for end in ends {
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
    }
    descriptor = ends[0]
    raising = ends[1]
  }

  deinit {
    close(descriptor)
    close(raising)
  }

  /// From any thread. A full pipe is as good as one more byte.
  func raise() {
    var byte: UInt8 = 1
    _ = write(raising, &byte, 1)
  }

  func clear() {
    var bytes: (UInt64, UInt64) = (0, 0)
    while read(descriptor, &bytes, MemoryLayout.size(ofValue: bytes)) > 0 {}
  }
}
