/// What `/proc` says of other processes: how a server is recognised by more than a number in a file.
import Glibc

/// One process, told apart from a later one with the same number by its start time.
struct ProcessIdentity: Equatable {
  let pid: pid_t
  /// Clock ticks since boot.
  let startTime: UInt64
}

enum ProcessTable {
  /// The process `pid`, nil if there is none or only its unreaped remains are left.
  static func identity(_ pid: pid_t) -> ProcessIdentity? {
    guard pid > 0, let bytes = FileSystem.read("/proc/\(pid)/stat", limit: 2_048),
      let closing = bytes.lastIndex(of: UInt8(ascii: ")"))
    else { return nil }
    // The command before the last parenthesis may itself hold spaces and parentheses.
    let fields = bytes[(closing + 1)...].split(separator: UInt8(ascii: " "))
    guard fields.count > 19, let state = fields[0].first, state != UInt8(ascii: "Z"), state != UInt8(ascii: "X"),
      let startTime = UInt64(String(decoding: fields[19], as: UTF8.self))
    else { return nil }
    return ProcessIdentity(pid: pid, startTime: startTime)
  }

  /// What the process list shows, such as `postgres: checkpointer performing shutdown checkpoint`.
  static func title(_ pid: pid_t) -> String {
    String(decoding: FileSystem.read("/proc/\(pid)/cmdline", limit: 256) ?? [], as: UTF8.self)
  }

  static func isAlive(_ process: ProcessIdentity) -> Bool { identity(process.pid) == process }

  /// Whether `pid` is a PostgreSQL process of `owner` that works in the given cluster directory.
  static func isServer(_ pid: pid_t, of owner: uid_t, cluster: FileIdentity) -> Bool {
    let directory = "/proc/\(pid)"
    guard FileSystem.status(directory)?.st_uid == owner, let executable = FileSystem.linkTarget(directory + "/exe"),
      let workplace = FileSystem.status(directory + "/cwd")
    else { return false }
    var name = executable[...]
    if name.hasSuffix(" (deleted)") { name = name.dropLast(" (deleted)".count) }
    name = name[(name.lastIndex(of: "/").map { name.index(after: $0) } ?? name.startIndex)...]
    return (name == "postgres" || name == "postmaster") && FileIdentity(workplace) == cluster
  }

  /// Every PostgreSQL process of `owner` that works in the given cluster directory.
  static func servers(of owner: uid_t, cluster: FileIdentity) throws(SystemError) -> [ProcessIdentity] {
    try FileSystem.entries("/proc").compactMap { name in
      guard let pid = pid_t(name), isServer(pid, of: owner, cluster: cluster) else { return nil }
      return identity(pid)
    }
  }
}

/// The contents of `postmaster.pid`.
struct PostmasterFile: Equatable {
  enum Status: Equatable { case starting, ready, stopping, unknown }

  let pid: pid_t
  let socketDirectory: String?
  let status: Status

  /// Nil when the file is missing, empty or holds no number.
  static func read(cluster: String) -> PostmasterFile? {
    guard let bytes = FileSystem.read(cluster + "/postmaster.pid", limit: 8_192) else { return nil }
    return PostmasterFile(String(decoding: bytes, as: UTF8.self))
  }

  init?(_ text: String) {
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard let first = lines.first, let pid = pid_t(first), pid > 0 else { return nil }
    self.pid = pid
    guard lines.count >= 8 else {
      socketDirectory = nil
      status = .starting
      return
    }
    socketDirectory = String(lines[4])
    let word = lines[7].split(separator: " ").first ?? ""
    status =
      switch word {
      case "starting": .starting
      case "ready", "standby": .ready
      case "stopping": .stopping
      default: .unknown
      }
  }
}
