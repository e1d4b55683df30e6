/// Room on the disk, kept for the day on which there is none left.
import Glibc

/// A file of real blocks in the data directory, which the supervisor gives up when the disk is full: a server that could not write
/// its log recovers in its place, and what is in it can be read and copied elsewhere. It is laid up anew where there is plenty of room.
package struct Ballast: Sendable {
  private let path: String

  package init(_ data: DataDirectory) {
    path = data.ballast
  }

  /// Whether a write may begin. The ballast counts as room as long as it lies there, so that giving it up does not invite the
  /// writes that would use it up. True where the system does not tell. A system call or two; any thread may ask.
  package var leavesRoom: Bool {
    guard let free else { return true }
    return free >= ServerLimits.leastWritableBytes || free + held >= ServerLimits.leastWritableBytes
  }

  /// Lays the ballast up where there is plenty of room, gives it up where there is none.
  ///
  /// - Returns: whether it was given up just now.
  func tend() -> Bool {
    guard let free else { return false }
    if free < ServerLimits.emptyDiskBytes { return giveUp() }
    if held < ServerLimits.ballastBytes && free >= ServerLimits.plentyBytes { layUp() }
    return false
  }

  /// - Returns: false when there was none.
  func giveUp() -> Bool {
    held > 0 && unlink(path) == 0
  }

  private var free: UInt64? { DiskSpace.free(at: path) }

  /// A copy of a data directory may hold the file without its blocks.
  private var held: UInt64 {
    guard let status = FileSystem.status(path, followingLinks: false), status.kind == S_IFREG else { return 0 }
    return min(UInt64(clamping: status.st_size), UInt64(clamping: status.st_blocks) * 512)
  }

  private func layUp() {
    unlink(path)
    let descriptor = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    if posix_fallocate(descriptor, 0, off_t(ServerLimits.ballastBytes)) != 0 { unlink(path) }
  }
}
