// A folder for backups that is gone at the end of the test, and PostgreSQL's own programs to fill it with.
import Glibc
import PostgresServer
import Shelflife
import ShelflifeAPI
import TestSupport

final class BackupsFolder {
  let path: String

  init() throws {
    var name = Array("/tmp/shelflife-backups-XXXXXX".utf8CString)
    guard mkdtemp(&name) != nil else { throw Unexpected("no folder") }
    path = String(decoding: name.dropLast().map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  /// Puts a file where the folder would be made, so that no backup can be taken, not even by root.
  func refuseBackups() throws {
    guard creat(path + "/backups", 0o600) >= 0 else { throw Unexpected("no file") }
  }

  var kept: Backups {
    Backups(folder: path + "/backups", programs: Self.programs, codec: .json, programVersion: "test")
  }

  private static let programs = ArchivePrograms(
    dump: { source, take, isCancelled in
      try ArchiveTools(programs: try Programs.find(in: nil)).dump(
        connection: source.environment, schema: source.schema, role: source.role, snapshot: source.snapshot, take: take,
        isCancelled: isCancelled)
    },
    text: { feed, take, isCancelled in
      try ArchiveTools(programs: try Programs.find(in: nil)).text(
        feed: { input in try feed { try input.write($0) } }, take: take, isCancelled: isCancelled)
    })

  var names: [String] {
    var found = glob_t()
    defer { globfree(&found) }
    guard glob(path + "/backups/*", 0, nil, &found) == 0 else { return [] }
    return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
  }

  var backups: [String] { names.filter { $0.hasSuffix(".tar") } }

  deinit {
    for name in names { unlink(name) }
    remove(path + "/backups")
    rmdir(path)
  }
}
