// What /proc says of the processes that a shop is made of.
import Glibc

enum Processes {
  static var all: [pid_t] { entries(of: "/proc").compactMap { pid_t($0) } }

  /// True unless the process is gone or a zombie.
  static func isRunning(_ pid: pid_t) -> Bool {
    guard let text = contents(of: "/proc/\(pid)/stat"), let end = text.lastIndex(of: ")") else { return false }
    let state = text[text.index(after: end)...].first { $0 != " " }
    return state != "Z" && state != "X"
  }

  static func arguments(_ pid: pid_t) -> [String] {
    (contents(of: "/proc/\(pid)/cmdline") ?? "").split(separator: "\0").map(String.init)
  }

  static func children(of pid: pid_t) -> [pid_t] {
    (contents(of: "/proc/\(pid)/task/\(pid)/children") ?? "").split(separator: " ").compactMap { pid_t($0) }
  }

  static func descriptors(_ pid: pid_t) -> Int { entries(of: "/proc/\(pid)/fd").count }

  /// In KiB; `VmRSS:` of `status`, `Pss:` of `smaps_rollup`.
  static func memory(_ label: String, in file: String, _ pid: pid_t) -> Int {
    let line = (contents(of: "/proc/\(pid)/\(file)") ?? "").split(separator: "\n").first { $0.hasPrefix(label) }
    return line.flatMap { Int($0.filter(\.isNumber)) } ?? 0
  }
}

/// The processes behind a data directory.
struct ServerProcesses {
  let data: String

  var postmaster: pid_t? {
    guard let text = contents(of: data + "/postgres/postmaster.pid"),
      let pid = text.split(separator: "\n").first.flatMap({ pid_t($0) }),
      Processes.isRunning(pid)
    else { return nil }
    return pid
  }

  /// Those that serve a connection of the shop.
  func backends(of postmaster: pid_t) -> [pid_t] {
    Processes.children(of: postmaster).filter { Processes.arguments($0).first?.hasPrefix("postgres: shelflife_serve") ?? false }
  }

  var supervisors: [pid_t] {
    Processes.all.filter { pid in
      let arguments = Processes.arguments(pid)
      return arguments.dropFirst().first == "supervise" && arguments.contains(data) && Processes.isRunning(pid)
    }
  }

  /// Every PostgreSQL process that stands in the cluster.
  var servers: [pid_t] {
    Processes.all.filter { linkTarget("/proc/\($0)/cwd") == data + "/postgres" && Processes.isRunning($0) }
  }
}
