/// The two logs in the data directory, neither of which grows without end.
import Glibc

/// The supervisor's own log; its standard error points there too.
final class SupervisorLog {
  private let path: String
  private var size: off_t = 0

  init(path: String) {
    self.path = path
    reopen()
  }

  func write(_ text: String) {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    var parts = tm()
    gmtime_r(&now.tv_sec, &parts)
    var stamp = [CChar](repeating: 0, count: 32)
    let length = strftime(&stamp, stamp.count, "%Y-%m-%dT%H:%M:%SZ", &parts)
    let time = String(decoding: stamp[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let line = "\(time) [\(getpid())] \(oneLine(text, limit: 1_000))\n"
    // A failed write is passed over: a full disk must not end the supervisor.
    _ = FileSystem.write(STDERR_FILENO, Array(line.utf8))
    size += off_t(line.utf8.count)
    if size > ServerLimits.supervisorLogBytes {
      rename(path, path + ".1")
      reopen()
    }
  }

  private func reopen() {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    var status = stat()
    if fstat(descriptor, &status) == 0 { size = status.st_size }
    dup2(descriptor, STDERR_FILENO)
    close(descriptor)
  }
}

/// PostgreSQL's standard output and error. The server writes to it directly, so that it outlives the supervisor.
struct ServerLog {
  let path: String

  var size: off_t { FileSystem.status(path)?.st_size ?? 0 }

  /// For the server to append to; close it once the server has its copy.
  func openForServer() throws(ServerFault) -> Int32 {
    let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { throw ServerFault(SystemError("write", path)) }
    return descriptor
  }

  /// Keeps the newest part aside and empties the file in place, since the server goes on writing to it.
  func trim() {
    let size = size
    guard size > ServerLimits.serverLogBytes else { return }
    let kept = off_t(ServerLimits.serverLogKeptBytes)
    guard let newest = FileSystem.read(path, limit: Int(kept), from: size - kept) else { return }
    do throws(SystemError) {
      try FileSystem.replace(path + ".1", with: newest)
    } catch {
      // Bounding the log matters more than keeping its past.
    }
    truncate(path, 0)
  }

  /// The reason that the server gave since `offset`, without time and process number.
  func lastWords(since offset: off_t) -> String {
    let start = max(offset, size - 16_384)
    return Glossary.reason(in: FileSystem.read(path, limit: 16_384, from: start) ?? [])
  }
}

/// Finds the telling line in what a PostgreSQL program printed.
enum Glossary {
  static func reason(in output: [UInt8]) -> String {
    let lines = String(decoding: output, as: UTF8.self).split(separator: "\n")
    for mark in ["PANIC:", "FATAL:", "error:"] {
      for line in lines {
        if let range = position(of: mark, in: line) { return oneLine(String(line[range...]), limit: 300) }
      }
    }
    return oneLine(String(lines.last ?? ""), limit: 300)
  }

  private static func position(of mark: String, in line: Substring) -> Substring.Index? {
    line.indices.first { line[$0...].hasPrefix(mark) }
  }
}

/// Text without line breaks and control characters, cut to `limit` characters.
func oneLine(_ text: String, limit: Int) -> String {
  var line = ""
  for scalar in text.unicodeScalars { line.unicodeScalars.append(scalar.value < 32 || scalar.value == 127 ? " " : scalar) }
  return String(line.prefix(limit))
}
