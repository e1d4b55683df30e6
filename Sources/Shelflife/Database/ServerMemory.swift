// What is remembered of the servers that have served a shop, so that one which was replaced cannot come back unnoticed.
import Glibc
import Synchronization

/// The highest timeline on which each server, and its copies, was seen to take writes. A promotion begins a new timeline, so a server that
/// takes writes on a lower one has been replaced. Safe from any thread.
///
/// It is kept in the file of the data directory too, a line each: a process that is started anew knows what the one before it knew. Only
/// timelines from 2 on are written down: there is nothing to know before the first promotion.
package final class ServerMemory: Sendable {
  private struct State {
    var timelines: [Int64: Int] = [:]
    /// The one that this process has served.
    var system: Int64?
    var isRead = false
  }

  /// Nil where nothing is kept.
  package let file: String?
  private let state = Mutex(State())

  /// - Parameter file: made, with its folder, once there is something to keep; nil for the memory of this process alone.
  package init(file: String?) { self.file = file }

  /// The highest timeline that was seen of a server and its copies; 0 for one that is not known.
  func timeline(of system: Int64) -> Int {
    state.withLock { state in
      load(&state)
      return state.timelines[system] ?? 0
    }
  }

  /// The server, or one of its copies, that this process has served; nil before the first.
  var servedSystem: Int64? { state.withLock { $0.system } }

  /// Sets down that a server takes the shop's writes on a timeline.
  ///
  /// - Returns: why it could not be written down, in words.
  func note(_ system: Int64, timeline: Int) -> String? {
    state.withLock { state in
      load(&state)
      state.system = system
      guard timeline > state.timelines[system] ?? 0 else { return nil }
      state.timelines[system] = timeline
      guard let file, timeline > 1 else { return nil }
      return Self.append("\(system) \(timeline)\n", to: file)
    }
  }

  private func load(_ state: inout State) {
    guard !state.isRead else { return }
    state.isRead = true
    guard let file else { return }
    for line in Self.lines(of: file) {
      let words = line.split(separator: " ")
      guard words.count == 2, let system = Int64(words[0]), let timeline = Int(words[1]) else { continue }
      state.timelines[system] = max(timeline, state.timelines[system] ?? 0)
    }
  }

  /// Whole lines only: the last one may be half written.
  private static func lines(of file: String) -> [Substring] {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return [] }
    defer { close(descriptor) }
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(descriptor, &piece, piece.count)
      guard count > 0 else { break }
      bytes += piece[..<count]
    }
    guard let end = bytes.lastIndex(of: 0x0A) else { return [] }
    return String(decoding: bytes[..<end], as: UTF8.self).split(separator: "\n")
  }

  /// Appending keeps what another process writes at the same time.
  private static func append(_ line: String, to file: String) -> String? {
    let folder = String(file[..<(file.lastIndex(of: "/") ?? file.startIndex)])
    if !folder.isEmpty { PrivateFolder.make(folder) }
    let descriptor = open(file, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { return "\(file) could not be opened: \(String(cString: strerror(errno)))" }
    defer { close(descriptor) }
    PrivateFolder.handOver(file, descriptor)
    // Behind a line that was cut off, a new one begins.
    let bytes = Array((isCutOff(file) ? "\n" + line : line).utf8)
    guard write(descriptor, bytes, bytes.count) == bytes.count, fsync(descriptor) == 0 else {
      return "\(file) could not be written: \(String(cString: strerror(errno)))"
    }
    return nil
  }

  private static func isCutOff(_ file: String) -> Bool {
    let descriptor = open(file, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return false }
    defer { close(descriptor) }
    let size = lseek(descriptor, 0, SEEK_END)
    var last: UInt8 = 0x0A
    return size > 0 && pread(descriptor, &last, 1, size - 1) == 1 && last != 0x0A
  }
}

/// A folder for its owner only.
enum PrivateFolder {
  /// Makes it where it is not there; false if it cannot be made, with the reason in `errno`. What root makes belongs to whom the folder
  /// above belongs to.
  @discardableResult
  static func make(_ path: String) -> Bool {
    guard mkdir(path, 0o700) == 0 else { return errno == EEXIST }
    if let owner = ownerAbove(path) { _ = chown(path, owner.uid, owner.gid) }
    return true
  }

  /// What root makes in somebody's folder is theirs, or they could not read it.
  static func handOver(_ path: String, _ descriptor: Int32) {
    if let owner = ownerAbove(path) { _ = fchown(descriptor, owner.uid, owner.gid) }
  }

  /// Whom the folder above belongs to, where this process is root.
  private static func ownerAbove(_ path: String) -> (uid: uid_t, gid: gid_t)? {
    guard geteuid() == 0, let slash = path.lastIndex(of: "/") else { return nil }
    var status = stat()
    return stat(String(path[..<slash]), &status) == 0 ? (status.st_uid, status.st_gid) : nil
  }
}
