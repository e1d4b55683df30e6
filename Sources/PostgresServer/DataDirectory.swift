/// The data directory: what lies where, whose it is, and what is never touched.
import Glibc

/// The layout of a shop's data directory. It is private to the server's user (0700), and so is all below it.
///
/// | name | what |
/// | --- | --- |
/// | `postgres/` | the cluster; put there whole by one rename, never removed, made anew or downgraded |
/// | `postgres.creating-…/` | a cluster that is being made; leftovers of it are the only thing ever removed |
/// | `backups/`, `exports/` | made empty here, filled by others |
/// | `servers` | which servers behind a database URL have served the shop, kept by others |
/// | `ballast` | room that is given up when the disk is full, see `Ballast` |
/// | `supervisor.lock` | locked by the living supervisor for its whole life; its presence marks the directory as ours |
/// | `run` | a link to the runtime directory with the sockets |
/// | `supervisor.log`, `postgres.log` | bounded; the one before in `….log.1` |
package struct DataDirectory: Sendable, Equatable {
  /// Absolute, without a slash at its end.
  package let path: String
  package var cluster: String { path + "/postgres" }
  package var backups: String { path + "/backups" }
  package var exports: String { path + "/exports" }
  package var servers: String { path + "/servers" }
  var ballast: String { path + "/ballast" }
  var lockFile: String { path + "/supervisor.lock" }
  var runtimeLink: String { path + "/run" }
  var supervisorLog: String { path + "/supervisor.log" }
  package var serverLog: String { path + "/postgres.log" }

  static let creatingPrefix = "postgres.creating-"
  private static let ours: Set<String> = [
    "postgres", "backups", "exports", "supervisor.lock", "run", "run.new", "supervisor.log", "supervisor.log.1",
    "postgres.log", "postgres.log.1", "ballast", "servers",
  ]

  /// A relative path is taken from the working directory.
  package init(_ path: String) throws(ServerFault) {
    var absolute = path
    if !path.hasPrefix("/") {
      guard let directory = getcwd(nil, 0) else { throw ServerFault(SystemError("find", "the working directory")) }
      defer { free(directory) }
      absolute = String(cString: directory) + "/" + path
    }
    while absolute.count > 1 && absolute.hasSuffix("/") { absolute.removeLast() }
    guard !path.isEmpty, absolute != "/", !absolute.unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw ServerFault(.foreignDirectory, "The data directory's path must name a folder and hold no control characters.")
    }
    guard absolute.utf8.count <= ServerLimits.longestDataDirectory else {
      throw ServerFault(
        .foreignDirectory,
        "The data directory's path is longer than the \(ServerLimits.longestDataDirectory) bytes that PostgreSQL can handle.")
    }
    self.path = absolute
  }

  /// Makes the directory, or takes an existing one that is empty or ours, for `user`. Called as root or as that user.
  func prepare(for user: ServerUser) throws(ServerFault) {
    let parent = String(path[..<path.lastIndex(of: "/")!])
    if let closed = try user.firstClosedDirectory(towards: parent) {
      throw ServerFault(
        .unreachable,
        "The user \(user.name), as whom PostgreSQL runs, may not enter \(closed), so the data directory \(path) cannot be used. "
          + "Choose another data directory, or let that user through (chmod o+x).")
    }
    try makeMissing()
    let descriptor = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { throw ServerFault(SystemError("open the data directory", path), orElse: .foreignDirectory) }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw ServerFault(SystemError("examine", path)) }
    if status.st_uid != user.uid && !(status.st_uid == 0 && geteuid() == 0) {
      throw ServerFault(
        .notPermitted, "The data directory \(path) belongs to \(ServerUser.describe(status.st_uid)), not to \(user.name).")
    }
    let names = try ServerFault.translating { () throws(SystemError) in try FileSystem.entries(path) }
    if let foreign = foreignEntry(among: names) {
      throw ServerFault(
        .foreignDirectory,
        "\(path) is not empty and not a Shelflife data directory (it holds “\(foreign)”); nothing was changed. "
          + "Choose an empty or new directory.")
    }
    guard status.st_uid == user.uid || fchown(descriptor, user.uid, user.gid) == 0,
      status.st_mode & 0o777 == 0o700 || fchmod(descriptor, 0o700) == 0
    else { throw ServerFault(SystemError("make private", path)) }
  }

  /// The folders that others fill. Called as the server's user.
  func makeFolders() throws(ServerFault) {
    try ServerFault.translating { () throws(SystemError) in
      try FileSystem.makeDirectory(backups, mode: 0o700)
      try FileSystem.makeDirectory(exports, mode: 0o700)
    }
  }

  /// The major version of the cluster; nil when there is none yet. Whatever else is in its place is refused.
  func clusterMajor(user: ServerUser) throws(ServerFault) -> Int? {
    guard FileSystem.status(cluster, followingLinks: false) != nil else { return nil }
    guard let status = FileSystem.status(cluster), status.isDirectory else {
      throw ServerFault(.foreignDirectory, "\(cluster) is not a directory; nothing was changed.")
    }
    guard status.st_uid == user.uid else {
      throw ServerFault(
        .notPermitted,
        "The cluster \(cluster) belongs to \(ServerUser.describe(status.st_uid)), but the server runs as \(user.name).")
    }
    if status.st_mode & 0o777 != 0o700 && chmod(cluster, 0o700) != 0 {
      throw ServerFault(SystemError("make private", cluster))
    }
    guard let text = FileSystem.read(cluster + "/PG_VERSION", limit: 32) else {
      let names = try ServerFault.translating { () throws(SystemError) in try FileSystem.entries(cluster) }
      if names.isEmpty { return nil }
      throw ServerFault(
        .foreignDirectory, "\(cluster) is not empty and not a PostgreSQL cluster; nothing was changed.")
    }
    guard let major = Int(String(decoding: text.prefix { $0 > 32 }, as: UTF8.self)) else {
      throw ServerFault(.foreignDirectory, "\(cluster)/PG_VERSION names no PostgreSQL version; nothing was changed.")
    }
    return major
  }

  private func makeMissing() throws(ServerFault) {
    guard FileSystem.status(path) == nil else { return }
    // What root makes on the way must let the server's user through; what a user makes is theirs alone.
    let mode: mode_t = geteuid() == 0 ? 0o755 : 0o700
    let mask = umask(0)
    defer { umask(mask) }
    try ServerFault.translating { () throws(SystemError) in
      var prefix = ""
      for part in path.split(separator: "/").dropLast() {
        prefix += "/" + part
        if FileSystem.status(prefix) == nil { try FileSystem.makeDirectory(prefix, mode: mode) }
      }
      try FileSystem.makeDirectory(path, mode: 0o700)
    }
  }

  /// A name that shows the directory to be somebody else's; nil when it is empty or ours.
  func foreignEntry(among names: [String]) -> String? {
    if names.contains("supervisor.lock") || FileSystem.status(cluster + "/PG_VERSION") != nil { return nil }
    // A file system's own root directory is never quite empty.
    return names.first { !Self.ours.contains($0) && !$0.hasPrefix(Self.creatingPrefix) && $0 != "lost+found" }
  }
}
