/// Clients that do not read, do not stop or are gone.

import Glibc
import JSONRPC
import Testing

@Suite struct BackPressureTests {
  private static func smallLimits() -> WireLimits {
    var limits = WireLimits()
    limits.outputHighBytes = 256 << 10
    limits.outputLowBytes = 64 << 10
    limits.notificationBytes = 512 << 10
    limits.waitingCalls = 100
    return limits
  }

  @Test func readingStopsWhenRepliesAreNotRead() {
    let piped = PipedPeer(limits: Self.smallLimits())
    let line = request("null", "big", #"{"size":1000}"#)
    let taken = piped.flood(line, upTo: 64 << 20)
    // What waits is bounded by the limit, one read, and the replies of the calls in flight.
    #expect(taken < 2 << 20)
    #expect(piped.peer.unsentBytes < 1 << 20)
    let count = taken / (line.utf8.count + 1)
    let reply = result("null", "\"" + String(repeating: "x", count: 1_000) + "\"")
    let replies = piped.finish()
    #expect(replies.count == count)
    #expect(replies.allSatisfy { $0 == reply })
    #expect(piped.waitForEnd())
  }

  /// Calls that wait for a place are not run while nobody reads what the others have answered.
  @Test func waitingCallsStayUntilTheClientReads() {
    var limits = Self.smallLimits()
    limits.callsInFlight = 1
    let piped = PipedPeer(limits: limits)
    piped.send(request("0", "hold") + "\n")
    piped.send((1...50).map { request("\($0)", "big", #"{"size":100000}"#) + "\n" }.joined())
    #expect(eventually { piped.handler.heldCount == 1 })
    usleep(50_000)
    piped.handler.releaseHeld()
    #expect(eventually { piped.peer.unsentBytes > limits.outputHighBytes })
    usleep(50_000)
    #expect(piped.handler.accepted.count < 10)
    let replies = piped.finish()
    #expect(replies.count == 51)
    #expect(piped.handler.accepted.count == 51)
  }

  @Test func readingStopsWhenTheWaitingRoomIsFull() {
    let piped = PipedPeer(limits: Self.smallLimits())
    let line = request("null", "hold")
    let taken = piped.flood(line, upTo: 64 << 20)
    #expect(taken / (line.utf8.count + 1) < 256 + 100 + 4_000)
    #expect(piped.handler.heldCount == 256)
    piped.closeInput()
    let handler = piped.handler
    let count = taken / (line.utf8.count + 1)
    WorkerThread.start(name: "releaser") {
      while handler.accepted.count < count || handler.heldCount > 0 { handler.releaseHeld() }
    }
    #expect(piped.finish().count == count)
    #expect(piped.waitForEnd())
  }

  @Test func cancellationsAreReadWhileThePlacesAreTaken() {
    let piped = PipedPeer()
    piped.send((0..<4_000).map { request("\($0)", "hold.cancellable") + "\n" }.joined())
    for id in (0..<4_000).reversed() {
      piped.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"# + "\n")
    }
    let replies = piped.finish()
    #expect(replies.count == 4_000)
    #expect(replies.allSatisfy { $0.contains("request-cancelled") })
    #expect(piped.handler.accepted.count == 256)
  }

  @Test func notificationsAreDroppedInsteadOfPilingUp() {
    let piped = PipedPeer(limits: Self.smallLimits())
    let params = Array(#"{"text":"\#(String(repeating: "e", count: 1_000))"}"#.utf8)
    var sent = 0
    while sent < 100_000, piped.peer.notify(method: "$/event", params: params) { sent += 1 }
    #expect(sent < 1_000)
    #expect(piped.logged.contains(.notificationDropped(method: "$/event")))
    #expect(piped.finish().count == sent)
  }

  @Test func closedOutputCountsAsTheEnd() {
    let piped = PipedPeer()
    piped.send(request("1", "hold") + "\n")
    #expect(eventually { piped.handler.heldCount == 1 })
    piped.closeOutput()
    #expect(eventually { piped.logged == [.outputClosed(errno: EPIPE)] })
    // The call that was taken is still run to its end.
    piped.handler.releaseHeld()
    #expect(piped.waitForEnd())
    #expect(!piped.peer.notify(method: "$/event", params: Array("{}".utf8)))
  }

  @Test func outputClosedUnderAWriterThatHangs() {
    let piped = PipedPeer(limits: Self.smallLimits())
    _ = piped.flood(request("null", "big", #"{"size":5000}"#), upTo: 16 << 20)
    #expect(piped.peer.unsentBytes > 0)
    piped.closeOutput()
    #expect(piped.waitForEnd())
    #expect(piped.logged == [.outputClosed(errno: EPIPE)])
    #expect(piped.peer.unsentBytes == 0)
  }

  /// Someone else may hold the pipe open when the parent dies: the writer hangs for ever and must be left behind.
  @Test func abandonedOutputHoldsNobodyUp() {
    let piped = PipedPeer(limits: Self.smallLimits())
    _ = piped.flood(request("null", "big", #"{"size":5000}"#), upTo: 16 << 20)
    piped.peer.abandonOutput()
    #expect(piped.waitForEnd())
  }

  @Test func nonBlockingDescriptorsAreServedToo() {
    let (input, output) = (makePipe(), makePipe())
    for descriptor in [input.reading, output.writing] { _ = fcntl(descriptor, F_SETFL, O_NONBLOCK) }
    let peer = Peer(input: input.reading, output: output.writing, handler: ScriptedHandler(), log: { _ in })
    WorkerThread.start(name: "reader") {
      peer.run()
      close(output.writing)
    }
    WorkerThread.start(name: "client") {
      let line = Array((request("null", "big", #"{"size":20000}"#) + "\n").utf8)
      for _ in 0..<500 { _ = line.withUnsafeBytes { write(input.writing, $0.baseAddress, $0.count) } }
      close(input.writing)
    }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var lines = 0
    while true {
      let count = read(output.reading, &buffer, buffer.count)
      if count <= 0 { break }
      lines += buffer[..<count].count { $0 == 0x0A }
    }
    #expect(lines == 500)
    close(output.reading)
    close(input.reading)
  }

  /// Many threads, small and large replies, pings and batches at once: every line whole, every id answered once.
  @Test func everyReplyIsOneWholeLine() {
    var random = SeededGenerator()
    let piped = PipedPeer()
    var script = ""
    var expected: [String: Int] = [:]
    for number in 0..<3_000 {
      switch Int.random(in: 0..<4, using: &random) {
      case 0:
        script += request("\(number)", "ping") + "\n"
        expected[result("\(number)", #"{"pong":true}"#), default: 0] += 1
      case 1:
        let size = random.chance(1, in: 20) ? 50_000 : 10
        script += request("\(number)", "big", #"{"size":\#(size)}"#) + "\n"
        expected[result("\(number)", "\"" + String(repeating: "x", count: size) + "\""), default: 0] += 1
      case 2:
        script += "[" + request("\(number)", "later") + "," + request("\"b\(number)\"", "ping") + "]\n"
        expected["[" + result("\(number)", "{}") + "," + result("\"b\(number)\"", #"{"pong":true}"#) + "]", default: 0] += 1
      default:
        script += request("\(number)", "later", #"{"n":\#(number)}"#) + "\n"
        expected[result("\(number)", #"{"n":\#(number)}"#), default: 0] += 1
      }
    }
    let bytes = Array(script.utf8)
    WorkerThread.start(name: "client") { [feeder = PipeFeeder(piped)] in feeder.send(bytes) }
    var received: [String: Int] = [:]
    for line in piped.lines(3_000) { received[line, default: 0] += 1 }
    #expect(received == expected, "seed \(random.seed)")
    #expect(piped.finish() == [])
    #expect(piped.handler.state.withLock { $0.overlaps } == 0)
  }
}

/// The sending half of a piped peer, for another thread.
private struct PipeFeeder: Sendable {
  let descriptor: Int32

  init(_ piped: PipedPeer) {
    descriptor = piped.inputDescriptor
  }

  func send(_ bytes: [UInt8]) {
    var done = 0
    while done < bytes.count {
      let count = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + done, bytes.count - done) }
      if count <= 0 { return }
      done += count
    }
  }
}
