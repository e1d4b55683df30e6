// A thread that empties a pipe, so that whoever writes there never waits for a test.
import Glibc
import JSONRPC

/// Everything that was read so far. Owns the descriptor. Safe from any thread.
final class Drain: Sendable {
  private struct State {
    var bytes: [UInt8] = []
    var isAtEnd = false
  }

  private let state = Monitor(State())

  /// - Parameter take: told about every piece, on the draining thread; empty at the end.
  init(_ descriptor: Int32, take: @escaping @Sendable (ArraySlice<UInt8>) -> Void = { _ in }) {
    WorkerThread.start(name: "drain") { [state] in
      var chunk = [UInt8](repeating: 0, count: 64 << 10)
      while true {
        let count = read(descriptor, &chunk, chunk.count)
        if count < 0 && errno == EINTR { continue }
        take(chunk[..<max(count, 0)])
        state.withLock { state in
          state.bytes += chunk[..<max(count, 0)]
          if count <= 0 { state.isAtEnd = true }
        }
        state.broadcast()
        if count <= 0 { break }
      }
      close(descriptor)
    }
  }

  /// What has been read until now.
  var text: String { String(decoding: bytes, as: UTF8.self) }
  var bytes: [UInt8] { state.withLock { $0.bytes } }

  /// What was read until the other side closed, or until the time was over.
  func text(within limit: Duration) -> String {
    _ = isAtEnd(within: limit)
    return text
  }

  func isAtEnd(within limit: Duration) -> Bool {
    state.wait(until: .now + limit) { $0.isAtEnd ? true : nil } ?? false
  }
}
