// A file that gets its name only once it is whole and safely on the disk.
import Glibc

/// A file in the making, under a hidden name that nobody else uses, locked by its maker. Dropped before `publish`, it is removed.
final class PartialFile {
  private static let prefix = ".shelflife-"
  private static let suffix = ".partial"

  let descriptor: Int32
  private let directory: Int32
  private let name: String
  private var isPublished = false

  /// Makes the file in an open directory, readable by nobody else; for root, in the name of the directory's owner.
  init(in directory: Int32) throws(BackupFileError) {
    let own = fcntl(directory, F_DUPFD_CLOEXEC, 0)
    guard own >= 0 else { throw BackupFileError("use the folder") }
    do throws(BackupFileError) {
      (descriptor, name) = try Self.make(in: own)
    } catch {
      close(own)
      throw error
    }
    self.directory = own
    var status = stat()
    // A file system without owners keeps its own.
    if geteuid() == 0 && fstat(own, &status) == 0 { _ = fchown(descriptor, status.st_uid, status.st_gid) }
  }

  deinit {
    if !isPublished { unlinkat(directory, name, 0) }
    close(descriptor)
    close(directory)
  }

  private static func make(in directory: Int32) throws(BackupFileError) -> (Int32, String) {
    while true {
      let name = prefix + Random.hex(16) + suffix
      let descriptor = openat(directory, name, O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
      guard descriptor >= 0 else {
        if errno == EEXIST { continue }
        throw BackupFileError("make a file")
      }
      // Whoever clears leftovers may have been quicker than the lock.
      var status = stat()
      let isLocked = flock(descriptor, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK
      if isLocked && fstat(descriptor, &status) == 0 && status.st_nlink == 1 { return (descriptor, name) }
      unlinkat(directory, name, 0)
      close(descriptor)
    }
  }

  /// Appends.
  func write(_ bytes: UnsafeRawBufferPointer) throws(BackupFileError) {
    var rest = bytes
    while !rest.isEmpty {
      let count = Glibc.write(descriptor, rest.baseAddress, rest.count)
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { throw BackupFileError("write the backup") }
      rest = UnsafeRawBufferPointer(rebasing: rest.dropFirst(count))
    }
  }

  func write(_ bytes: [UInt8]) throws(BackupFileError) {
    var failure: BackupFileError?
    bytes.withUnsafeBytes { buffer in
      do throws(BackupFileError) { try write(buffer) } catch { failure = error }
    }
    if let failure { throw failure }
  }

  /// Overwrites the file's beginning; from then on nothing may be appended.
  func writeHead(_ bytes: [UInt8]) throws(BackupFileError) {
    guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw BackupFileError("write the backup") }
    try write(bytes)
  }

  /// Sees to it that all of it is on the disk, and that what is read from now on comes from there.
  func sync() throws(BackupFileError) {
    guard fsync(descriptor) == 0 else { throw BackupFileError("write the backup") }
    posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED)
  }

  /// Gives the file its name, never that of another; durable when this returns. Call `sync` before.
  func publish(as final: String) throws(BackupFileError) {
    guard !final.isEmpty, final != ".", final != "..", !final.utf8.contains(where: { $0 == 0 || $0 == UInt8(ascii: "/") }) else {
      throw .system("name a file so")
    }
    guard Self.rename(in: directory, name, to: final) else { throw BackupFileError("name the backup") }
    isPublished = true
    guard fsync(directory) == 0 else { throw BackupFileError("write the folder of the backup") }
  }

  private typealias Renaming = @convention(c) (Int32, UnsafePointer<CChar>, Int32, UnsafePointer<CChar>, UInt32) -> Int32

  /// `renameat2`, which the headers show to GNU sources only.
  private static let exclusiveRename = dlsym(nil, "renameat2").map { unsafeBitCast($0, to: Renaming.self) }

  /// False leaves the reason in `errno`. `byLink` is for file systems that cannot rename exclusively, such as NFS.
  static func rename(in directory: Int32, _ name: String, to final: String, byLink: Bool = false) -> Bool {
    let noReplace: UInt32 = 1
    if !byLink, let exclusiveRename {
      if exclusiveRename(directory, name, directory, final, noReplace) == 0 { return true }
      if errno != EINVAL && errno != ENOSYS { return false }
    }
    guard linkat(directory, name, directory, final, 0) == 0 else { return false }
    unlinkat(directory, name, 0)
    return true
  }

  /// Removes what dead makers left in an open directory before `instant`, and nothing else; returns how many there were.
  static func clearLeftovers(in directory: Int32, olderThan instant: Instant) -> Int {
    let own = openat(directory, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard own >= 0 else { return 0 }
    guard let stream = fdopendir(own) else {
      close(own)
      return 0
    }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      let isOurs =
        name.hasPrefix(prefix) && name.hasSuffix(suffix) && name.utf8.count == prefix.utf8.count + 16 + suffix.utf8.count
      if isOurs { names.append(name) }
    }
    return names.count { clear($0, in: directory, olderThan: instant) }
  }

  private static func clear(_ name: String, in directory: Int32, olderThan instant: Instant) -> Bool {
    let descriptor = openat(directory, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG,
      Instant(unixSeconds: Int64(status.st_mtim.tv_sec), nanoseconds: Int64(status.st_mtim.tv_nsec)) < instant,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return false }
    // The maker may have given it its name meanwhile.
    var there = stat()
    guard fstatat(directory, name, &there, AT_SYMLINK_NOFOLLOW) == 0, there.st_ino == status.st_ino, there.st_dev == status.st_dev
    else { return false }
    return unlinkat(directory, name, 0) == 0
  }
}
