/// A short private directory for the sockets: a path below the data directory may be too long for one.
import Glibc

/// Made by `mkdtemp`, so a name planted by somebody else is never used; the data directory's link `run` remembers it.
/// Its name carries the data directory's identity: the link in a copied data directory does not lead to the original's server.
struct RuntimeDirectory: Equatable {
  static let port = 5_432
  static let serverSocket = ".s.PGSQL.\(port)"

  let path: String
  var leaseSocket: String { path + "/lease.sock" }

  /// The directory that the link names, provided that link and directory belong to the server's user and to no other shop.
  static func recorded(in data: DataDirectory, user: ServerUser) -> RuntimeDirectory? {
    guard FileSystem.status(data.runtimeLink, followingLinks: false)?.st_uid == user.uid,
      let target = FileSystem.linkTarget(data.runtimeLink), target.hasPrefix("/"), let identity = identity(of: data),
      target.contains("/" + identity), isOwn(target, user)
    else { return nil }
    return RuntimeDirectory(path: target)
  }

  /// The recorded directory, or a new one that is then recorded. Only for the holder of the lock.
  static func establish(for data: DataDirectory, user: ServerUser) throws(ServerFault) -> RuntimeDirectory {
    if let recorded = recorded(in: data, user: user) { return recorded }
    guard let identity = identity(of: data) else { throw ServerFault(SystemError("examine", data.path)) }
    let base = try base(for: user)
    clearForgotten(identity, in: base, user)
    let template = base + "/" + identity + "XXXXXX"
    var bytes = template.utf8CString
    guard bytes.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) != nil else {
      throw ServerFault(SystemError("make the directory", template))
    }
    let path = String(decoding: bytes.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    try ServerFault.translating { () throws(SystemError) in try FileSystem.replaceLink(data.runtimeLink, target: path) }
    return RuntimeDirectory(path: path)
  }

  /// Whether the sockets are still reachable here: somebody may tidy up `/tmp`, a logout removes `/run/user/…`.
  var isIntact: Bool { hasServerSocket && Self.isSocket(leaseSocket) }

  var hasServerSocket: Bool { Self.isSocket(path + "/" + Self.serverSocket) }

  /// Keeps those who tidy up by age away.
  func touch() {
    for name in [path, leaseSocket] { utimensat(AT_FDCWD, name, nil, AT_SYMLINK_NOFOLLOW) }
  }

  /// Removes what a killed server left. Only while none runs.
  func clearServerSocket() {
    unlink(path + "/" + Self.serverSocket)
    unlink(path + "/" + Self.serverSocket + ".lock")
  }

  func remove(from data: DataDirectory) {
    remove()
    unlink(data.runtimeLink)
  }

  private func remove() {
    unlink(leaseSocket)
    clearServerSocket()
    rmdir(path)
  }

  /// Removes what a supervisor left that was killed before the link was there. A server that still uses it is stopped
  /// later: its socket is not where the link leads.
  private static func clearForgotten(_ identity: String, in base: String, _ user: ServerUser) {
    do throws(SystemError) {
      for name in try FileSystem.entries(base) where name.hasPrefix(identity) && isOwn(base + "/" + name, user) {
        RuntimeDirectory(path: base + "/" + name).remove()
      }
    } catch {
      // A few empty folders do no harm.
    }
  }

  private static func identity(of data: DataDirectory) -> String? {
    guard let status = FileSystem.status(data.path) else { return nil }
    return "shelflife-\(String(status.st_dev, radix: 16))-\(String(status.st_ino, radix: 16))-"
  }

  private static func isSocket(_ path: String) -> Bool {
    FileSystem.status(path, followingLinks: false)?.kind == S_IFSOCK
  }

  private static func isOwn(_ path: String, _ user: ServerUser) -> Bool {
    guard let status = FileSystem.status(path, followingLinks: false) else { return false }
    return status.isDirectory && status.st_uid == user.uid && status.isPrivate
      && path.utf8.count + serverSocket.utf8.count + 1 <= ServerLimits.longestSocketPath
  }

  /// Where the sockets are, or would be made, and why that cannot be, in words. Changes nothing.
  static func place(for data: DataDirectory, user: ServerUser) throws(ServerFault) -> (path: String, complaint: String?) {
    if let recorded = recorded(in: data, user: user) { return (recorded.path, nil) }
    let base: String
    do throws(ServerFault) { base = try self.base(for: user) } catch { return ("/tmp", error.message) }
    let reason = try user.withRights {
      faccessat(AT_FDCWD, base, W_OK | X_OK, 0x200) == 0 ? nil : String(cString: strerror(errno))
    }
    return (base, reason.map { "The user \(user.name) cannot write to \(base): \($0)." })
  }

  /// Whether somebody listens where the link leads.
  static func isServed(_ data: DataDirectory, _ user: ServerUser) -> Bool {
    guard let runtime = recorded(in: data, user: user), let connection = UnixSocket.connect(to: runtime.leaseSocket) else {
      return false
    }
    defer { close(connection) }
    return UnixSocket.peer(connection)?.user == user.uid
  }

  private static func base(for user: ServerUser) throws(ServerFault) -> String {
    let session = "/run/user/\(user.uid)"
    if isOwn(session, user) { return session }
    // Where others may write, only the sticky bit keeps them from renaming what is ours.
    guard let status = FileSystem.status("/tmp"), status.isDirectory,
      status.st_mode & S_ISVTX != 0 || (status.st_mode & 0o022 == 0)
    else { throw ServerFault(.notPermitted, "/tmp is missing, or writable for all without the sticky bit.") }
    return "/tmp"
  }
}
