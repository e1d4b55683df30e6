// Once the last process has ended: nobody and nothing may be left of it.
import Glibc

struct Aftermath {
  private let shop: Shop
  private let socketFolder: String?

  init(_ shop: Shop) {
    self.shop = shop
    socketFolder = linkTarget(shop.data + "/run")
  }

  /// What is still there after so long, in words; empty where all is gone.
  func rest(within limit: Int) -> [String] {
    let end = nanoseconds() + limit
    while !all.isEmpty, nanoseconds() < end { usleep(50_000) }
    return all
  }

  private var all: [String] {
    let processes = shop.processes
    var found = (processes.supervisors + processes.servers).map {
      "process \($0): \(Processes.arguments($0).joined(separator: " "))"
    }
    found += Processes.all.filter { Processes.arguments($0).contains(shop.data) && Processes.isRunning($0) && $0 != getpid() }
      .map { "process \($0) on the data directory" }
    for path in [shop.data + "/postgres/postmaster.pid", shop.data + "/run"] where exists(path) { found.append(path) }
    return found + socketFolders + heldLock
  }

  private func exists(_ path: String) -> Bool {
    var status = stat()
    return lstat(path, &status) == 0
  }

  /// Its own, and forgotten ones that carry the data directory's identity in their name.
  private var socketFolders: [String] {
    var status = stat()
    guard stat(shop.data, &status) == 0 else { return ["no data directory"] }
    let name = "shelflife-\(String(status.st_dev, radix: 16))-\(String(status.st_ino, radix: 16))-"
    let own = socketFolder.map { exists($0) ? [$0] : [] } ?? []
    let places = ["/tmp", "/run", "/run/user/\(geteuid())"]
    return Array(Set(own + places.flatMap { place in entries(of: place).filter { $0.hasPrefix(name) }.map { place + "/" + $0 } }))
  }

  /// The lock's file stays, since it marks the directory; nobody may hold it.
  private var heldLock: [String] {
    let path = shop.data + "/supervisor.lock"
    var status = stat()
    guard stat(path, &status) == 0 else { return [] }
    let inode = ":\(status.st_ino) "
    return (contents(of: "/proc/locks") ?? "").split(separator: "\n").filter { $0.contains(inode) }.map {
      "a lock on \(path): \($0)"
    }
  }
}
