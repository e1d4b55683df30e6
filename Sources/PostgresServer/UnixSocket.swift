/// Local stream sockets between the supervisor and those who hold its lease.
import Glibc

enum UnixSocket {
  /// A connected pair, both ends close-on-exec.
  static func pair() throws(SystemError) -> (Int32, Int32) {
    var ends: [Int32] = [-1, -1]
    guard socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0, &ends) == 0 else {
      throw SystemError("make", "a socket pair")
    }
    return (ends[0], ends[1])
  }

  /// Listens at `path`, replacing what an earlier owner left there. The socket is non-blocking and close-on-exec.
  static func listen(at path: String) throws(SystemError) -> Int32 {
    unlink(path)
    return try make(path, "listen at") { descriptor, address, length in
      bind(descriptor, address, length) == 0 && Glibc.listen(descriptor, 64) == 0
    }
  }

  /// Connects without waiting; nil when nobody listens there or the queue is full.
  static func connect(to path: String) -> Int32? {
    do throws(SystemError) {
      return try make(path, "connect to") { Glibc.connect($0, $1, $2) == 0 }
    } catch {
      return nil
    }
  }

  private static func make(
    _ path: String, _ action: String, _ use: (Int32, UnsafePointer<sockaddr>, socklen_t) -> Bool
  ) throws(SystemError) -> Int32 {
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    guard bytes.count <= ServerLimits.longestSocketPath else { throw SystemError(action, path, number: ENAMETOOLONG) }
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: bytes) }
    let kind = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
    let descriptor = socket(AF_UNIX, kind, 0)
    guard descriptor >= 0 else { throw SystemError(action, path) }
    let succeeded = withUnsafePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        use(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    guard succeeded else {
      let error = SystemError(action, path)
      close(descriptor)
      throw error
    }
    return descriptor
  }

  /// The next waiting connection, non-blocking and close-on-exec.
  static func accept(_ listener: Int32) -> Int32? {
    let descriptor = Glibc.accept(listener, nil, nil)
    guard descriptor >= 0 else { return nil }
    setCloseOnExec(descriptor)
    setNonBlocking(descriptor)
    return descriptor
  }

  /// The user and process at the other end: for a connecting client that is whoever called `listen`.
  static func peer(_ descriptor: Int32) -> (pid: pid_t, user: uid_t)? {
    // `struct ucred`: pid, uid, gid.
    var credentials: [UInt32] = [0, 0, 0]
    var length = socklen_t(12)
    guard getsockopt(descriptor, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0, length == 12 else { return nil }
    return (pid_t(bitPattern: credentials[0]), credentials[1])
  }

  static func setNonBlocking(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
  }

  static func setCloseOnExec(_ descriptor: Int32) {
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
  }
}
