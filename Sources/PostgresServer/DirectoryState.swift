/// How a data directory lies there, looked at without touching anything: for telling a person what is wrong with it.
import Glibc

package struct DirectoryState: Sendable {
  package enum Contents: Sendable, Equatable {
    case missing
    /// There and empty, or prepared without a cluster: the first start makes one.
    case noCluster
    /// It holds this, which is not ours.
    case foreign(String)
    case notADirectory
    /// We may not look into it.
    case closed
    /// A cluster of this major version of PostgreSQL.
    case cluster(major: Int)
    /// What should be a cluster is none, in words.
    case broken(String)
  }

  package let contents: Contents
  /// The names of the folders that belong to somebody else than the server's user, the directory first, and whose they are.
  package let strangers: [(path: String, owner: String)]
  /// The folders that others than their owner may use.
  package let openFolders: [String]
  /// The first folder on the way to the directory that the server's user may not enter.
  package let closedFolder: String?
  /// Where the folder of the sockets is, or would be made.
  package let socketFolder: String
  /// Why it cannot be used, in words.
  package let socketComplaint: String?
  /// Whether a supervisor of it lives, so that nothing need be started.
  package let isServed: Bool
}

extension DirectoryState {
  /// Looks at a directory as its server's user would find it. Call it while no other thread of the process uses files.
  package static func look(at data: DataDirectory, for user: ServerUser) throws(ServerFault) -> DirectoryState {
    let parent = data.path[..<(data.path.lastIndex(of: "/") ?? data.path.startIndex)]
    let folders = [data.path, data.cluster, data.backups].compactMap { path in
      FileSystem.status(path).flatMap { $0.isDirectory ? (path: path, status: $0) : nil }
    }
    let sockets = try RuntimeDirectory.place(for: data, user: user)
    return DirectoryState(
      contents: contents(of: data),
      // A directory of root's that is to be the server's is handed over at the first start.
      strangers: folders.filter { $0.status.st_uid != user.uid && !($0.status.st_uid == 0 && geteuid() == 0) }.map {
        ($0.path, ServerUser.describe($0.status.st_uid))
      },
      openFolders: folders.filter { !$0.status.isPrivate }.map(\.path),
      closedFolder: try user.firstClosedDirectory(towards: String(parent)),
      socketFolder: sockets.path, socketComplaint: sockets.complaint, isServed: RuntimeDirectory.isServed(data, user))
  }

  private static func contents(of data: DataDirectory) -> Contents {
    guard let status = FileSystem.status(data.path) else { return errno == ENOENT ? .missing : .closed }
    guard status.isDirectory else { return .notADirectory }
    let names: [String]
    do throws(SystemError) { names = try FileSystem.entries(data.path) } catch { return .closed }
    if let foreign = data.foreignEntry(among: names) { return .foreign(oneLine(foreign, limit: 100)) }
    guard FileSystem.status(data.cluster, followingLinks: false) != nil else { return .noCluster }
    guard let text = FileSystem.read(data.cluster + "/PG_VERSION", limit: 32) else {
      if errno == EACCES { return .closed }
      do throws(SystemError) {
        return try FileSystem.entries(data.cluster).isEmpty ? .noCluster : .broken("\(data.cluster) holds no PostgreSQL cluster.")
      } catch { return .closed }
    }
    guard let major = Int(String(decoding: text.prefix { $0 > 32 }, as: UTF8.self)) else {
      return .broken("\(data.cluster)/PG_VERSION names no PostgreSQL version.")
    }
    return .cluster(major: major)
  }
}

/// How much room there is on a disk.
package enum DiskSpace {
  /// What this user may still write where `path` is, or would be; nil when it cannot be told.
  package static func free(at path: String) -> UInt64? {
    var place = path
    while true {
      var space = statvfs()
      if statvfs(place, &space) == 0 { return UInt64(space.f_bavail) * UInt64(space.f_frsize) }
      guard errno == ENOENT, let slash = place.lastIndex(of: "/"), place != "/" else { return nil }
      place = slash == place.startIndex ? "/" : String(place[..<slash])
    }
  }

  /// Whether both lie on one file system; nil when it cannot be told.
  package static func isShared(_ one: String, _ other: String) -> Bool? {
    guard let first = FileSystem.status(one), let second = FileSystem.status(other) else { return nil }
    return first.st_dev == second.st_dev
  }

  package static func exists(_ path: String) -> Bool { FileSystem.status(path) != nil }

  /// Why this process could not write files into a folder, in words; nil when it can.
  package static func complaint(aboutFolder path: String) -> String? {
    guard let status = FileSystem.status(path) else { return "cannot be reached (\(String(cString: strerror(errno))))" }
    guard status.isDirectory else { return "is not a folder" }
    if access(path, W_OK | X_OK) == 0 { return nil }
    return "cannot be written to (\(String(cString: strerror(errno))))"
  }

  /// Why this process could not read a folder that is there, in words; nil when it can, or when there is none.
  package static func complaint(aboutReading path: String) -> String? {
    if access(path, R_OK | X_OK) == 0 || errno == ENOENT { return nil }
    return "cannot be read (\(String(cString: strerror(errno))))"
  }
}
