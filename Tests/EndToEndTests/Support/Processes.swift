// What /proc says of the processes that a shop is made of.
import Glibc

/// A file by what it is, not by its name.
struct FileIdentity: Hashable, Sendable {
  let device: UInt
  let inode: UInt

  private init(_ status: stat) {
    device = status.st_dev
    inode = status.st_ino
  }

  init?(descriptor: Int32) {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { return nil }
    self.init(status)
  }

  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    self.init(status)
  }
}

enum Processes {
  static var all: [pid_t] { entries("/proc").compactMap { pid_t($0) } }

  /// True unless the process is gone or a zombie.
  static func isRunning(_ pid: pid_t) -> Bool {
    guard let text = read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
    let state = text[text.index(after: end)...].first { $0 != " " }
    return state != "Z" && state != "X"
  }

  /// Its arguments.
  static func arguments(_ pid: pid_t) -> [String] {
    (read("/proc/\(pid)/cmdline") ?? "").split(separator: "\0").map(String.init)
  }

  /// Resident memory in kilobytes.
  static func residentKilobytes(_ pid: pid_t) -> Int {
    let line = (read("/proc/\(pid)/status") ?? "").split(separator: "\n").first { $0.hasPrefix("VmRSS:") }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }

  static func openFiles(_ pid: pid_t) -> Set<FileIdentity> {
    Set(entries("/proc/\(pid)/fd").compactMap { FileIdentity(path: "/proc/\(pid)/fd/\($0)") })
  }

  /// The inodes of its sockets, as the tables below `/proc/net` name them.
  static func sockets(_ pid: pid_t) -> Set<String> {
    Set(
      entries("/proc/\(pid)/fd").compactMap { name in
        guard let target = link("/proc/\(pid)/fd/\(name)"), target.hasPrefix("socket:[") else { return nil }
        return String(target.dropFirst(8).dropLast())
      })
  }

  /// The inodes of all sockets that listen on TCP.
  static var tcpListeners: Set<String> {
    var found: Set<String> = []
    for table in ["/proc/net/tcp", "/proc/net/tcp6"] {
      for line in (read(table) ?? "").split(separator: "\n").dropFirst() {
        let fields = line.split(separator: " ")
        if fields.count > 9, fields[3] == "0A" { found.insert(String(fields[9])) }
      }
    }
    return found
  }

  static func children(of parent: pid_t) -> [pid_t] {
    all.filter { pid in
      guard let text = read("/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
      return text[text.index(after: end)...].split(separator: " ").dropFirst().first.flatMap { pid_t($0) } == parent
    }
  }

  static func read(_ path: String) -> String? {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var chunk = [UInt8](repeating: 0, count: 64 << 10)
    while true {
      let count = Glibc.read(descriptor, &chunk, chunk.count)
      if count <= 0 { break }
      bytes += chunk[..<count]
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func link(_ path: String) -> String? {
    var buffer = [CChar](repeating: 0, count: 4_096)
    let length = readlink(path, &buffer, buffer.count)
    return length < 0 ? nil : String(decoding: buffer[..<length].map(UInt8.init(bitPattern:)), as: UTF8.self)
  }

  static func entries(_ path: String) -> [String] {
    guard let directory = opendir(path) else { return [] }
    defer { closedir(directory) }
    var names: [String] = []
    while let entry = readdir(directory) {
      let name = withUnsafePointer(to: &entry.pointee.d_name) {
        $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
      }
      if name != "." && name != ".." { names.append(name) }
    }
    return names
  }
}
