// `--trace-file`: what passed on the wire, in both directions, one JSON line for each line, secrets replaced.
import Glibc
import JSONRPC
import Shelflife
import ShelflifeAPI
import Synchronization

/// Appends to one file. A line is in the file before it goes on its way, so that a recording is whole up to a crash.
final class TraceFile: Sendable {
  private struct State {
    var mask = SecretMask()
    var hasFailed = false
  }

  private let descriptor: Int32
  private let clock: Clock
  private let onFailure: @Sendable (_ errno: Int32) -> Void
  private let state: Mutex<State>

  struct CannotOpen: Error, CustomStringConvertible {
    let path: String
    let reason: String

    var description: String { "the trace file \(path) cannot be opened: \(reason)" }
  }

  /// Opens or makes the file, for its owner only, and writes where a recording begins.
  ///
  /// - Parameters:
  ///   - path: the file; what it holds already stays before the new lines.
  ///   - clock: what the lines are stamped by.
  ///   - version: the program's, for the recording's first line.
  ///   - onFailure: called once when a line cannot be written; from then on nothing is.
  /// - Throws: `CannotOpen`.
  init(_ path: String, clock: Clock, version: String, onFailure: @escaping @Sendable (Int32) -> Void) throws {
    // Without waiting: what stands there may be a pipe that nobody reads.
    descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0o600)
    guard descriptor >= 0 else { throw CannotOpen(path: path, reason: String(cString: strerror(errno))) }
    var status = stat()
    let isOwnFile = fstat(descriptor, &status) == 0 && status.st_mode & S_IFMT == S_IFREG && status.st_uid == geteuid()
    guard isOwnFile, fchmod(descriptor, 0o600) == 0 else {
      close(descriptor)
      throw CannotOpen(path: path, reason: "it is no file of this user's own")
    }
    self.clock = clock
    self.onFailure = onFailure
    state = Mutex(State())
    var last: UInt8 = 0x0A
    // A recording that was cut off must not swallow the beginning of this one.
    if status.st_size > 0, pread(descriptor, &last, 1, status.st_size - 1) == 1, last != 0x0A {
      Terminal.write([0x0A], to: descriptor)
    }
    state.withLock { state in
      write(&state, "start") { line in
        line.name("version")
        line.string(version)
      }
    }
  }

  deinit { close(descriptor) }

  func record(_ direction: WireDirection, _ bytes: UnsafeRawBufferPointer) {
    state.withLock { state in
      if state.hasFailed { return }
      let message: JSON?
      do { message = try JSONReader.read(bytes) } catch { message = nil }
      let shown = message.map { direction == .received ? state.mask.received($0) : state.mask.sent($0) }
      write(&state, direction == .received ? "in" : "out") { line in
        if let shown {
          line.name("line")
          line.value(shown)
        } else {
          // What is no JSON may hold anything.
          line.name("bytes")
          line.int(bytes.count)
        }
      }
    }
  }

  private func write(_ state: inout State, _ direction: String, _ add: (inout JSONWriter) -> Void) {
    var line = JSONWriter()
    line.beginObject()
    line.name("at")
    line.string(clock.now().text)
    line.name("direction")
    line.string(direction)
    add(&line)
    line.endObject()
    guard let failure = Terminal.write(line.bytes + [0x0A], to: descriptor) else { return }
    state.hasFailed = true
    onFailure(failure)
  }
}
