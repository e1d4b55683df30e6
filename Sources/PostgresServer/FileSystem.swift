/// Files and directories by system call: the few things that the supervisor and its clients need, without Foundation.
import Glibc

/// A system call that failed; `action` and `path` complete the sentence "cannot …".
struct SystemError: Error, Sendable {
  let action: String
  let path: String
  let number: Int32

  init(_ action: String, _ path: String, number: Int32 = errno) {
    self.action = action
    self.path = path
    self.number = number
  }

  var reason: String { String(cString: strerror(number)) }
}

/// Which file it is, whatever its path.
struct FileIdentity: Equatable {
  let device: UInt
  let inode: UInt

  init(_ status: stat) {
    device = status.st_dev
    inode = status.st_ino
  }
}

extension stat {
  var kind: mode_t { st_mode & S_IFMT }
  var isDirectory: Bool { kind == S_IFDIR }
  /// Open to nobody but its owner.
  var isPrivate: Bool { st_mode & 0o077 == 0 }
}

enum FileSystem {
  /// The status of what is at `path`; nil when it cannot be had.
  static func status(_ path: String, followingLinks: Bool = true) -> stat? {
    var status = stat()
    let code = followingLinks ? stat(path, &status) : lstat(path, &status)
    return code == 0 ? status : nil
  }

  static func linkTarget(_ path: String) -> String? {
    var buffer = [UInt8](repeating: 0, count: 4_096)
    let count = buffer.withUnsafeMutableBytes { readlink(path, $0.baseAddress!.assumingMemoryBound(to: CChar.self), $0.count) }
    return count > 0 && count < buffer.count ? String(decoding: buffer[..<count], as: UTF8.self) : nil
  }

  /// The first `limit` bytes of a file; nil when it cannot be read.
  static func read(_ path: String, limit: Int, from offset: off_t = 0) -> [UInt8]? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: limit)
    var filled = 0
    while filled < limit {
      let count = bytes.withUnsafeMutableBytes {
        pread(descriptor, $0.baseAddress! + filled, limit - filled, offset + off_t(filled))
      }
      if count < 0 && errno == EINTR { continue }
      guard count >= 0 else { return nil }
      if count == 0 { break }
      filled += count
    }
    bytes.removeSubrange(filled...)
    return bytes
  }

  /// Puts `bytes` into place whole or not at all, durable; does nothing when the file already reads so.
  static func replace(_ path: String, with bytes: [UInt8]) throws(SystemError) {
    if read(path, limit: bytes.count + 1) == bytes { return }
    let temporary = path + ".new"
    let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw SystemError("write", temporary) }
    defer { close(descriptor) }
    guard write(descriptor, bytes), fsync(descriptor) == 0, rename(temporary, path) == 0 else {
      throw SystemError("write", path)
    }
  }

  /// Writes all of `bytes`; false leaves the reason in `errno`.
  static func write(_ descriptor: Int32, _ bytes: [UInt8]) -> Bool {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress! + written, bytes.count - written) }
      if count < 0 && errno == EINTR { continue }
      guard count > 0 else { return false }
      written += count
    }
    return true
  }

  /// The names in a directory, without `.` and `..`.
  static func entries(_ path: String) throws(SystemError) -> [String] {
    guard let stream = opendir(path) else { throw SystemError("read the directory", path) }
    defer { closedir(stream) }
    return names(stream)
  }

  static func makeDirectory(_ path: String, mode: mode_t) throws(SystemError) {
    guard mkdir(path, mode) == 0 || errno == EEXIST else { throw SystemError("make the directory", path) }
  }

  /// Makes a rename or a new name in the directory durable.
  static func syncDirectory(_ path: String) throws(SystemError) {
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw SystemError("open", path) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw SystemError("sync", path) }
  }

  /// Points `path` at `target` in one step, whether or not it pointed elsewhere before.
  static func replaceLink(_ path: String, target: String) throws(SystemError) {
    let temporary = path + ".new"
    unlink(temporary)
    guard symlink(target, temporary) == 0, rename(temporary, path) == 0 else { throw SystemError("write", path) }
  }

  /// Removes `name` below the open directory `parent` with all it holds, never through a symbolic link.
  /// What cannot be removed stays.
  static func removeTree(_ name: String, in parent: Int32) {
    let descriptor = openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
    guard descriptor >= 0 else {
      unlinkat(parent, name, 0)
      return
    }
    guard let stream = fdopendir(descriptor) else {
      close(descriptor)
      return
    }
    for entry in names(stream) { removeTree(entry, in: descriptor) }
    closedir(stream)
    unlinkat(parent, name, AT_REMOVEDIR)
  }

  private static func names(_ stream: OpaquePointer) -> [String] {
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
