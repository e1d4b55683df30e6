// The load of the HTTP server: connections that are kept, one request at a time on each.
import Glibc

/// For one thread.
final class HTTPLoad {
  private let sockets: [Int32]
  private let requests: [[UInt8]]
  private var next = 0
  private var received: [[UInt8]]
  private var sentAt: [Int]

  /// Each body is posted to `path` in turn.
  init(port: Int, path: String, token: String, bodies: [String], connections: Int) {
    requests = bodies.map { body in
      Array(
        ("POST \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer \(token)\r\nContent-Type: application/json\r\n"
          + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)").utf8)
    }
    received = Array(repeating: [], count: connections)
    sentAt = Array(repeating: 0, count: connections)
    sockets = (0..<connections).map { _ in
      let made = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      var address = sockaddr_in()
      address.sin_family = sa_family_t(AF_INET)
      address.sin_port = in_port_t(port).bigEndian
      address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
      let connected = withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { connect(made, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
      }
      guard made >= 0, connected == 0 else { fail("cannot connect to the HTTP server") }
      var on: Int32 = 1
      setsockopt(made, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
      return made
    }
  }

  deinit { for socket in sockets { close(socket) } }

  private func send(on index: Int) {
    let request = requests[next]
    next = (next + 1) % requests.count
    sentAt[index] = nanoseconds()
    guard write(sockets[index], request, request.count) == request.count else { fail("the HTTP server is gone") }
  }

  /// Reads what is there. Whether the answer is whole.
  private func receive(on index: Int) -> Bool {
    var chunk = [UInt8](repeating: 0, count: 16_384)
    let count = read(sockets[index], &chunk, chunk.count)
    guard count > 0 else { fail("the HTTP server closed a connection") }
    received[index] += chunk[..<count]
    guard let length = Self.wholeLength(received[index]) else { return false }
    guard received[index].starts(with: "HTTP/1.1 201".utf8), received[index].count == length else {
      fail("the HTTP server answered: " + String(decoding: received[index].prefix(2_000), as: UTF8.self))
    }
    received[index].removeAll(keepingCapacity: true)
    return true
  }

  /// The length of a whole answer, head and body; nil while something is missing.
  private static func wholeLength(_ bytes: [UInt8]) -> Int? {
    guard let head = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    guard let label = bytes[..<head.lowerBound].firstRange(of: Array("Content-Length: ".utf8)) else {
      fail("an answer without a length")
    }
    let digits = bytes[label.upperBound...].prefix { $0 >= 0x30 && $0 <= 0x39 }
    let length = head.upperBound + digits.reduce(0) { $0 * 10 + Int($1 - 0x30) }
    return bytes.count >= length ? length : nil
  }

  /// Keeps a request in flight on each connection for a time, in nanoseconds, and then waits for the last answer.
  func load(for duration: Int) -> Sample {
    var sample = Sample()
    var latencies = Latencies.ofLatencies()
    let start = nanoseconds()
    for index in sockets.indices { send(on: index) }
    var waiting = sockets.count
    var polled = sockets.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    while waiting > 0 {
      if polled.count > 1 { guard poll(&polled, nfds_t(polled.count), -1) > 0 else { fail("poll failed") } }
      for index in polled.indices where polled.count == 1 || polled[index].revents != 0 {
        guard receive(on: index) else { continue }
        let now = nanoseconds()
        latencies.record(UInt64(now - sentAt[index]))
        sample.count += 1
        if now < start + duration { send(on: index) } else { waiting -= 1 }
      }
    }
    if sockets.count == 1 { sample.latencies = latencies }
    sample.nanoseconds = nanoseconds() - start
    return sample
  }
}
