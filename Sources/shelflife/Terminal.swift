// What a command says: its result on stdout, everything else on stderr.
import Glibc
import JSONRPC
import Synchronization

/// Bytes to a descriptor, all of them, unless nobody reads there any more.
enum Terminal {
  /// Blocks until all is written.
  ///
  /// - Returns: the error that ended it, or nil.
  @discardableResult
  static func write(_ bytes: [UInt8], to descriptor: Int32) -> Int32? {
    var written = 0
    while written < bytes.count {
      let count = bytes.withUnsafeBytes {
        Glibc.write(descriptor, $0.baseAddress?.advanced(by: written), bytes.count - written)
      }
      if count < 0 && errno == EINTR { continue }
      if count <= 0 { return count < 0 ? errno : EIO }
      written += count
    }
    return nil
  }

  static func write(_ text: String, to descriptor: Int32) { write(Array(text.utf8), to: descriptor) }

  /// The next line that is typed, without its newline; nil at the end of input, or once `isGivenUp`.
  static func readLine(_ descriptor: Int32, isGivenUp: () -> Bool) -> String? {
    var line: [UInt8] = []
    while !isGivenUp() {
      var polled = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 100) > 0 else { continue }
      var byte: UInt8 = 0
      let count = read(descriptor, &byte, 1)
      if count < 0 && errno == EINTR { continue }
      guard count == 1 else { return line.isEmpty ? nil : String(decoding: line, as: UTF8.self) }
      if byte == UInt8(ascii: "\n") { return String(decoding: line, as: UTF8.self) }
      if line.count < 1_000 { line.append(byte) }
    }
    return nil
  }

  /// Text from outside, fit for one line of a terminal.
  static func plain(_ text: String) -> String {
    String(String.UnicodeScalarView(text.unicodeScalars.map { $0.value < 32 || (127...159).contains($0.value) ? " " : $0 }))
  }

  /// A number of bytes for people.
  static func size(_ bytes: Int64) -> String {
    for (unit, name) in [(Int64(1) << 30, "GiB"), (1 << 20, "MiB"), (1 << 10, "KiB")] where bytes >= unit {
      return "\(bytes / unit).\(bytes % unit * 10 / unit) \(name)"
    }
    return "\(bytes) bytes"
  }
}

/// How far the work is, on stderr: one line that changes on a terminal, a line for each step elsewhere. Safe from any thread.
final class ProgressLine: Sendable {
  private struct State {
    var last = ""
    var isShown = false
  }

  private let isWanted: Bool
  private let isTerminal = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  /// - Parameter isWanted: whether it is told although nobody sits at a terminal.
  init(isWanted: Bool) {
    self.isWanted = isWanted || isatty(STDERR_FILENO) == 1
  }

  func tell(_ percentage: Int, _ message: String) {
    guard isWanted else { return }
    state.withLock { state in
      let text = "\(percentage) % \(Terminal.plain(message))"
      let key = isTerminal ? text : message
      guard key != state.last else { return }
      state.last = key
      state.isShown = isTerminal
      Terminal.write(isTerminal ? "\r\u{1B}[K\(text)" : text + "\n", to: STDERR_FILENO)
    }
  }

  /// Makes room for something else.
  func clear() {
    state.withLock { state in
      if state.isShown { Terminal.write("\r\u{1B}[K", to: STDERR_FILENO) }
      state.isShown = false
      state.last = ""
    }
  }
}
