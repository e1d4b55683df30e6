/// As whom the server runs: never root.
import Glibc

package struct ServerUser: Sendable, Equatable {
  package let uid: uid_t
  package let gid: gid_t
  package let name: String
  let home: String

  /// The rule of the data directory: its owner if that is not root, else `postgres`; without root's rights only ourselves.
  ///
  /// - Parameters:
  ///   - dataDirectory: its path; there need be nothing there.
  ///   - name: a user named by the caller instead; only root may name another one.
  package static func choose(dataDirectory: String, name: String? = nil) throws(ServerFault) -> ServerUser {
    let own = geteuid()
    let owner = FileSystem.status(dataDirectory)?.st_uid
    let user: ServerUser
    if let name {
      user = try find(name: name)
    } else if own != 0 {
      user = try find(uid: own)
    } else if let owner, owner != 0 {
      user = try find(uid: owner)
    } else {
      user = try find(name: "postgres")
    }
    guard user.uid != 0 else { throw ServerFault(.userMissing, "PostgreSQL does not run as root; name another server user.") }
    guard own == 0 || own == user.uid else {
      throw ServerFault(.userMissing, "Only root may run the server as \(user.name).")
    }
    if let owner, owner != 0, owner != user.uid {
      throw ServerFault(
        .notPermitted,
        "The data directory \(dataDirectory) belongs to \(describe(owner)), not to \(user.name); start Shelflife as its owner.")
    }
    return user
  }

  /// The name of a user for a sentence.
  static func describe(_ uid: uid_t) -> String {
    do throws(ServerFault) {
      return try find(uid: uid).name
    } catch {
      return "user \(uid)"
    }
  }

  private static func find(uid: uid_t) throws(ServerFault) -> ServerUser {
    guard let user = look(up: { getpwuid_r(uid, $0, $1, $2, $3) }) else {
      throw ServerFault(.userMissing, "User \(uid) has no name in the system's user list, which PostgreSQL needs.")
    }
    return user
  }

  private static func find(name: String) throws(ServerFault) -> ServerUser {
    guard let user = look(up: { getpwnam_r(name, $0, $1, $2, $3) }) else {
      throw ServerFault(
        .userMissing,
        "PostgreSQL does not run as root, and there is no user \(name) to run it as. Create that user (installing "
          + "PostgreSQL does), or start Shelflife as an ordinary user.")
    }
    return user
  }

  private typealias Lookup = (
    UnsafeMutablePointer<passwd>, UnsafeMutablePointer<CChar>, Int, UnsafeMutablePointer<UnsafeMutablePointer<passwd>?>
  ) -> Int32

  private static func look(up lookup: Lookup) -> ServerUser? {
    var record = passwd()
    var found: UnsafeMutablePointer<passwd>?
    var buffer = [CChar](repeating: 0, count: 16 << 10)
    guard lookup(&record, &buffer, buffer.count, &found) == 0, found != nil else { return nil }
    return ServerUser(
      uid: record.pw_uid, gid: record.pw_gid, name: String(cString: record.pw_name), home: String(cString: record.pw_dir))
  }

  /// Gives up root for good. Call it before any thread exists.
  func become() throws(ServerFault) {
    guard geteuid() == 0 else { return }
    guard initgroups(name, gid) == 0, setgid(gid) == 0, setuid(uid) == 0, getuid() == uid, geteuid() == uid, setuid(0) != 0
    else { throw ServerFault(SystemError("become the user", name), orElse: .userMissing) }
    setenv("HOME", home, 1)
  }

  /// Calls `body` with this user's rights on files while the process is still root. Only for a process with one thread.
  func withRights<Result>(_ body: () -> Result) throws(ServerFault) -> Result {
    guard geteuid() == 0 else { return body() }
    guard initgroups(name, gid) == 0, setegid(gid) == 0, seteuid(uid) == 0 else {
      throw ServerFault(SystemError("borrow the rights of", name), orElse: .userMissing)
    }
    let result = body()
    guard seteuid(0) == 0, setegid(0) == 0 else {
      throw ServerFault(SystemError("return from the rights of", name), orElse: .userMissing)
    }
    return result
  }

  /// The shortest prefix of an absolute path that this user may not enter; nil when the way is free as far as it exists.
  func firstClosedDirectory(towards path: String) throws(ServerFault) -> String? {
    var prefixes = ["/"]
    for part in path.split(separator: "/") {
      prefixes.append((prefixes[prefixes.count - 1] == "/" ? "" : prefixes.last!) + "/" + part)
    }
    return try withRights {
      for prefix in prefixes {
        // AT_EACCESS, which the headers show to GNU sources only: judge by the effective user.
        if faccessat(AT_FDCWD, prefix, X_OK, 0x200) != 0 { return errno == EACCES ? prefix : nil }
      }
      return nil
    }
  }
}
