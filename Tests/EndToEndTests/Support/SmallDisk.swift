// A disk of its own for one shop, small enough to be filled. Only root can mount one.
import Glibc

final class SmallDisk {
  static var isPossible: Bool { getuid() == 0 }

  let path: String

  /// - Throws: `Failure` where mounting is not allowed.
  init(_ name: String, megabytes: Int) throws {
    path = Shop.folder + "/" + name
    mkdir(path, 0o755)
    try Spawning.run(["/bin/mount", "-t", "tmpfs", "-o", "size=\(megabytes)m,mode=755", "tmpfs", path])
  }

  deinit { _ = try? Spawning.run(["/bin/umount", "-l", path]) }

  /// A shop on it, with an owner.
  func shop() throws -> Shop {
    try Shop.fresh(String(path.dropFirst(Shop.folder.count + 1)) + "/shop")
  }

  var freeKilobytes: Int {
    var space = statvfs()
    return statvfs(path, &space) == 0 ? Int(space.f_bavail) * Int(space.f_frsize) >> 10 : -1
  }

  /// Leaves not a block.
  func fill() throws {
    try Spawning.run([
      "/bin/sh", "-c", "cd '\(path)' && { dd if=/dev/zero bs=256k; dd if=/dev/zero bs=4k; } >> filler 2> /dev/null || true",
    ])
    if freeKilobytes > 64 { throw Failure("\(freeKilobytes) KiB are left") }
  }

  func free() { unlink(path + "/filler") }
}

extension Shop {
  /// The blocks that its ballast holds, in KiB.
  var ballastKilobytes: Int {
    var status = stat()
    return stat(directory + "/ballast", &status) == 0 ? Int(status.st_blocks) / 2 : 0
  }

  /// Writes so much into the write-ahead log and nowhere else, whatever comes of it.
  func writeLog(megabytes: Int) {
    guard let socket = socketDirectory else { return }
    _ = try? Psql.run(
      "select pg_logical_emit_message(false, 'filler', repeat('x', 1048576)) from generate_series(1, \(megabytes))",
      socketDirectory: socket)
  }
}
