/// Makes a cluster beside its future place and moves it there in one step.
import Glibc

/// One run of `initdb`, watched by the supervisor's loop.
final class ClusterCreation {
  /// The child, to be reaped by the loop.
  let pid: pid_t
  /// Its output, to be polled by the loop.
  let output: Int32

  private let data: DataDirectory
  private let settings: ClusterSettings
  private let name: String
  private var text: [UInt8] = []
  private var percentage = 0

  /// Clears away what earlier attempts left and starts `initdb`.
  init(data: DataDirectory, programs: Programs, settings: ClusterSettings) throws(ServerFault) {
    Self.clearLeftovers(in: data)
    var space = statvfs()
    if statvfs(data.path, &space) == 0, UInt64(space.f_bavail) * UInt64(space.f_frsize) < ServerLimits.leastFreeBytes {
      throw ServerFault(
        .diskFull,
        "No space is left on the disk: a new database needs \(ServerLimits.leastFreeBytes >> 20) MB free below \(data.path).")
    }
    var template = (data.path + "/" + DataDirectory.creatingPrefix + "XXXXXX").utf8CString
    guard template.withUnsafeMutableBufferPointer({ mkdtemp($0.baseAddress!) }) != nil else {
      throw ServerFault(SystemError("make a directory in", data.path))
    }
    let path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    name = String(path[path.index(after: path.lastIndex(of: "/")!)...])
    self.data = data
    self.settings = settings

    let ends = try ServerFault.translating { () throws(SystemError) in try UnixSocket.pair() }
    defer { close(ends.1) }
    output = ends.0
    UnixSocket.setNonBlocking(output)
    do throws(ServerFault) {
      pid = try ChildProcess.start(
        ChildProcess.Command(
          try programs.path(.initdb),
          [
            "-k", "-E", "UTF8", "--locale=C.UTF-8", "-A", "peer", "-U", ClusterSettings.superuser, "--no-instructions", "-D",
            path,
          ], output: .descriptor(ends.1), errors: .descriptor(ends.1), leadsGroup: true))
    } catch {
      close(output)
      Self.clearLeftovers(in: data)
      throw error
    }
  }

  /// Reads what `initdb` has printed; its steps tell how far it is.
  func progress() -> ClusterProgress {
    var chunk = [UInt8](repeating: 0, count: 4_096)
    while true {
      let count = read(output, &chunk, chunk.count)
      guard count > 0 else { break }
      text = (text + chunk[..<count]).suffix(ServerLimits.childErrorBytes)
    }
    let printed = String(decoding: text, as: UTF8.self)
    for (step, reached) in [
      ("creating subdirectories", 5), ("running bootstrap", 20), ("performing post-bootstrap", 40), ("syncing data", 65),
    ] where printed.split(separator: "\n").contains(where: { $0.hasPrefix(step) }) {
      percentage = max(percentage, reached)
    }
    return ClusterProgress(stage: .creating, percentage: percentage, message: "Creating the database")
  }

  /// Writes the settings and moves the cluster into its place. Call it once the child is reaped.
  func finish(_ ending: ChildProcess.Ending) throws(ServerFault) {
    _ = progress()
    close(output)
    guard ending == .exited(0) else {
      Self.clearLeftovers(in: data)
      throw ServerFault(
        lastWords: Glossary.reason(in: text), orElse: .createFailed, "The database could not be created in \(data.path).")
    }
    let path = data.path + "/" + name
    try settings.write(to: path)
    try ServerFault.translating(orElse: .createFailed) { () throws(SystemError) in
      try FileSystem.syncDirectory(path)
      guard rename(path, data.cluster) == 0 else { throw SystemError("move the new cluster to", data.cluster) }
      try FileSystem.syncDirectory(data.path)
    }
  }

  /// Ends `initdb` and removes what it made.
  func abandon() {
    kill(-pid, SIGTERM)
    for attempt in 0..<300 {
      do throws(ServerFault) {
        if try ChildProcess.reap(pid) != nil { break }
      } catch { break }
      if attempt == 200 { kill(-pid, SIGKILL) }
      usleep(10_000)
    }
    close(output)
    Self.clearLeftovers(in: data)
  }

  /// An orphaned `initdb` fails on its own once its directory is gone.
  static func clearLeftovers(in data: DataDirectory) {
    let descriptor = open(data.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    do throws(SystemError) {
      for name in try FileSystem.entries(data.path) where name.hasPrefix(DataDirectory.creatingPrefix) {
        FileSystem.removeTree(name, in: descriptor)
      }
    } catch {
      // Leftovers only take space; the next start tries again.
    }
  }
}
