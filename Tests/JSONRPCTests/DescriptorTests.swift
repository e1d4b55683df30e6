/// The same wire on what else stdin and stdout may be: sockets (Node's pipes are these) and files.

import Glibc
import JSONRPC
import Testing

private func makeSocketPair() -> (ours: Int32, theirs: Int32) {
  var ends: [Int32] = [-1, -1]
  precondition(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
  for end in ends { _ = fcntl(end, F_SETFD, FD_CLOEXEC) }
  return (ends[0], ends[1])
}

private func writeAll(_ descriptor: Int32, _ bytes: [UInt8]) {
  var done = 0
  while done < bytes.count {
    let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
    if count <= 0 { return }
    done += count
  }
}

private func readAll(_ descriptor: Int32) -> [String] {
  var bytes: [UInt8] = []
  var buffer = [UInt8](repeating: 0, count: 1 << 16)
  while true {
    let count = read(descriptor, &buffer, buffer.count)
    if count <= 0 { break }
    bytes += buffer[..<count]
  }
  return bytes.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
}

@Suite struct DescriptorTests {
  @Test func socketPairs() {
    signal(SIGPIPE, SIG_IGN)
    let (input, output) = (makeSocketPair(), makeSocketPair())
    let peer = Peer(input: input.theirs, output: output.theirs, handler: ScriptedHandler(), log: { _ in })
    WorkerThread.start(name: "reader") {
      peer.run()
      close(output.theirs)
    }
    var buffer = [UInt8](repeating: 0, count: 4_096)
    for number in 0..<200 {
      writeAll(input.ours, Array((request("\(number)", "ping") + "\n").utf8))
      let count = read(output.ours, &buffer, buffer.count)
      #expect(String(decoding: buffer[..<max(0, count)], as: UTF8.self) == result("\(number)", #"{"pong":true}"#) + "\n")
    }
    WorkerThread.start(name: "client") {
      for _ in 0..<500 { writeAll(input.ours, Array((request("null", "big", #"{"size":10000}"#) + "\n").utf8)) }
      shutdown(input.ours, Int32(SHUT_WR))
    }
    // Nobody reads for a while, so the socket fills up.
    usleep(50_000)
    let replies = readAll(output.ours)
    #expect(replies.count == 500)
    #expect(Set(replies).count == 1)
    for descriptor in [input.ours, input.theirs, output.ours] { close(descriptor) }
  }

  @Test func closedSocketCountsAsTheEnd() {
    signal(SIGPIPE, SIG_IGN)
    let (input, output) = (makeSocketPair(), makeSocketPair())
    let ended = Monitor(false)
    let peer = Peer(input: input.theirs, output: output.theirs, handler: ScriptedHandler(), log: { _ in })
    WorkerThread.start(name: "reader") {
      peer.run()
      ended.withLock { $0 = true }
      ended.signal()
    }
    close(output.ours)
    #expect(ended.wait(until: .now + .seconds(10)) { $0 ? true : nil } == true)
    for descriptor in [input.ours, input.theirs, output.theirs] { close(descriptor) }
  }

  @Test func files() {
    var paths = [Array("/tmp/shelflife-in-XXXXXX\0".utf8CString), Array("/tmp/shelflife-out-XXXXXX\0".utf8CString)]
    let (input, output) = (mkstemp(&paths[0]), mkstemp(&paths[1]))
    for path in paths { unlink(path) }
    writeAll(input, Array((0..<2_000).map { request("\($0)", "echo", #"{"n":\#($0)}"#) }.joined(separator: "\n").utf8))
    lseek(input, 0, SEEK_SET)
    Peer(input: input, output: output, handler: ScriptedHandler(), log: { _ in }).run()
    lseek(output, 0, SEEK_SET)
    #expect(readAll(output) == (0..<2_000).map { result("\($0)", #"{"n":\#($0)}"#) })
    close(input)
    close(output)
  }

  @Test func fullDisk() {
    let input = makePipe()
    let output = open("/dev/full", O_WRONLY | O_CLOEXEC)
    let log = Monitor<[WireLog]>([])
    writeAll(input.writing, Array((request("1", "ping") + "\n").utf8))
    Peer(input: input.reading, output: output, handler: ScriptedHandler(), log: { event in log.withLock { $0.append(event) } })
      .run()
    #expect(log.withLock { $0 } == [.outputClosed(errno: ENOSPC)])
    for descriptor in [input.reading, input.writing, output] { close(descriptor) }
  }
}
