/// Section 2 of the contract over real pipes: order, places, ids, batches, cancellation, the end.

import Glibc
import JSONRPC
import Testing

private func cancel(_ id: String) -> String {
  #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"# + "\n"
}

private func cancelled(_ id: String) -> String {
  failure(
    id, -32800, "request-cancelled", "The request was cancelled before it changed anything.", retryable: true)
}

private func holds(_ range: Range<Int>, method: String = "hold") -> String {
  range.map { request("\($0)", method, #"{"n":\#($0)}"#) + "\n" }.joined()
}

private let pong = #"{"pong":true}"#

private func idInFlight(_ id: String) -> String {
  failure(id, -32600, "invalid-request", "A request with this id is still in flight.", retryable: true)
}

@Suite struct PeerTests {
  @Test func answersFromOtherThreads() {
    let piped = PipedPeer()
    piped.send((0..<200).map { request("\($0)", "later", #"{"n":\#($0)}"#) + "\n" }.joined())
    let replies = piped.finish()
    #expect(Set(replies) == Set((0..<200).map { result("\($0)", #"{"n":\#($0)}"#) }))
    #expect(replies.count == 200)
    #expect(piped.handler.accepted == (0..<200).map { "later-\($0)" })
    #expect(piped.waitForEnd())
  }

  @Test func atMost256CallsAreInFlightAndPingsOvertake() {
    let piped = PipedPeer()
    piped.send(holds(0..<1_000) + request(#""p""#, "ping") + "\n")
    #expect(piped.line() == result(#""p""#, pong))
    #expect(piped.handler.heldCount == 256)
    for released in stride(from: 0, to: 1_000, by: 50) {
      piped.handler.releaseHeld(50)
      #expect(piped.lines(50) == (released..<released + 50).map { result("\($0)", #"{"n":\#($0)}"#) })
    }
    #expect(piped.handler.accepted.filter { $0 != "ping" } == (0..<1_000).map { "hold-\($0)" })
    #expect(piped.handler.state.withLock { $0.overlaps } == 0)
  }

  @Test func waitingCallIsCancelledAtOnce() {
    let piped = PipedPeer()
    piped.send(holds(0..<300) + cancel("280") + cancel("299") + cancel("280") + cancel("4711"))
    #expect(piped.lines(2) == [cancelled("280"), cancelled("299")])
    // Its id is free again.
    piped.send(holds(280..<281) + request("300", "ping") + "\n")
    #expect(piped.line() == result("300", pong))
    while piped.handler.heldCount > 0 { piped.handler.releaseHeld() }
    let replies = piped.finish()
    #expect(Set(replies) == Set((0..<299).map { result("\($0)", #"{"n":\#($0)}"#) }))
    #expect(replies.count == 299)
  }

  @Test func callInFlightIsCancelledByItsHook() {
    let piped = PipedPeer()
    piped.send(holds(0..<3, method: "hold.cancellable") + holds(3..<4) + cancel("1") + cancel("3") + request("9", "ping") + "\n")
    #expect(piped.lines(2) == [cancelled("1"), result("9", pong)])
    // Without a hook the call only learns of it; it still owes its answer.
    let state = piped.handler.state.withLock { $0.held.map(\.isCancelled) }
    #expect(state == [false, true, false, true])
    let late = piped.handler.state.withLock { $0.held[3] }
    let wasCalled = Monitor(false)
    late.onCancel { wasCalled.withLock { $0 = true } }
    #expect(wasCalled.withLock { $0 })
    late.fail(.requestCancelled)
    piped.handler.releaseHeld()
    #expect(piped.finish() == [cancelled("3")] + [0, 2].map { result("\($0)", #"{"n":\#($0)}"#) })
  }

  @Test func idInFlightIsRefusedUntilItsReplyIsOut() {
    let piped = PipedPeer()
    piped.send(
      request("1", "hold") + "\n" + request(#""1""#, "echo") + "\n" + request("1", "ping") + "\n" + request("1", "echo", "[]")
        + "\n")
    #expect(piped.lines(3) == [result(#""1""#, "{}"), idInFlight("1"), idInFlight("1")])
    piped.handler.releaseHeld()
    #expect(piped.line() == result("1", "{}"))
    for _ in 0..<500 {
      piped.send(request("1", "later") + "\n")
      #expect(piped.line() == result("1", "{}"))
    }
    piped.send((0..<3).map { _ in request("null", "hold") + "\n" }.joined())
    #expect(eventually { piped.handler.heldCount == 3 })
    piped.handler.releaseHeld()
    #expect(piped.finish() == Array(repeating: result("null", "{}"), count: 3))
  }

  @Test func idsAreToldApartScalarForScalar() {
    let piped = PipedPeer()
    piped.send(request("\"é\"", "hold") + "\n" + request("\"e\u{301}\"", "echo") + "\n" + request(#""\u00e9""#, "echo") + "\n")
    #expect(piped.line()?.unicodeScalars.elementsEqual(result("\"e\u{301}\"", "{}").unicodeScalars) == true)
    #expect(piped.line() == idInFlight("\"é\""))
    piped.handler.releaseHeld()
    #expect(piped.finish() == [result("\"é\"", "{}")])
  }

  @Test func batchIsOneLineInTheOrderOfItsMembers() {
    let piped = PipedPeer()
    let members = [
      request("1", "hold", #"{"n":1}"#), request("2", "echo"), #"{"jsonrpc":"2.0","method":"hold"}"#, request("2", "ping"),
      request("3", "later"),
    ]
    piped.send("[" + members.joined(separator: ",") + "]\n" + request("3", "ping") + "\n")
    // The batch is not complete, so its ids are still in flight.
    #expect(piped.line() == idInFlight("3"))
    #expect(piped.isSilent())
    piped.handler.releaseHeld(1)
    let replies = [result("1", #"{"n":1}"#), result("2", "{}"), idInFlight("2"), result("3", "{}")]
    #expect(piped.line() == "[" + replies.joined(separator: ",") + "]")
    piped.send(request("2", "ping") + "\n")
    #expect(piped.line() == result("2", pong))
    // The notification in it still runs.
    #expect(piped.handler.heldCount == 1)
    piped.handler.releaseHeld()
    #expect(piped.finish() == [])
  }

  @Test func batchOf1000GoesThroughTheGate() {
    let piped = PipedPeer()
    piped.send("[" + (0..<1_000).map { request("\($0)", "hold", #"{"n":\#($0)}"#) }.joined(separator: ",") + "]\n")
    #expect(eventually { piped.handler.heldCount == 256 })
    piped.send(cancel("999") + cancel("998") + request(#""p""#, "ping") + "\n")
    #expect(piped.line() == result(#""p""#, pong))
    for _ in 0..<4 {
      #expect(eventually { piped.handler.heldCount > 0 })
      piped.handler.releaseHeld()
    }
    let replies = (0..<998).map { result("\($0)", #"{"n":\#($0)}"#) } + [cancelled("998"), cancelled("999")]
    #expect(piped.finish() == ["[" + replies.joined(separator: ",") + "]"])
  }

  @Test func notificationsTakePlacesAndGetNoReply() {
    var limits = WireLimits()
    limits.callsInFlight = 2
    let piped = PipedPeer(limits: limits)
    let notification = #"{"jsonrpc":"2.0","method":"hold"}"# + "\n"
    piped.send(notification + notification + #"{"jsonrpc":"2.0","method":"fail"}"# + "\n" + request("1", "echo") + "\n")
    #expect(eventually { piped.handler.heldCount == 2 })
    #expect(piped.isSilent())
    piped.handler.releaseHeld()
    #expect(piped.finish() == [result("1", "{}")])
    #expect(piped.handler.accepted == ["hold", "hold", "fail", "echo"])
  }

  @Test func whatIsLetGoOfIsAnsweredAllTheSame() {
    let piped = PipedPeer()
    piped.send(request("1", "drop") + "\n" + #"{"jsonrpc":"2.0","method":"drop"}"# + "\n")
    let replies = piped.finish()
    #expect(piped.waitForEnd())
    guard case .unanswered("drop", let incident)? = piped.logged.first else {
      Issue.record("logged \(piped.logged)")
      return
    }
    #expect(replies == [failure("1", -32603, "internal-error", "Internal error.", details: #"{"incident":"\#(incident)"}"#)])
    #expect(piped.logged.count == 2)
  }

  @Test func secondAnswerTraps() async {
    await #expect(processExitsWith: .failure) {
      let piped = PipedPeer()
      piped.send(request("1", "hold") + "\n")
      _ = eventually { piped.handler.heldCount == 1 }
      let call = piped.handler.state.withLock { $0.held[0] }
      call.reply(result: [0x31])
      call.reply(result: [0x31])
    }
  }

  @Test func tooLongLineIsRefusedOnceAndSkipped() {
    var limits = WireLimits()
    limits.lineBytes = 1_000
    let piped = PipedPeer(limits: limits)
    func padded(_ id: String, to size: Int) -> String {
      let line = request(id, "ping")
      return line + String(repeating: " ", count: size - line.utf8.count)
    }
    let tooLarge = failure("null", -32600, "message-too-large", "The line is longer than 1000 bytes.")
    piped.send(padded("1", to: 1_000) + "\n" + padded("2", to: 1_001) + "\n" + padded("3", to: 1_000) + "\r\n")
    #expect(piped.lines(3) == [result("1", pong), tooLarge, result("3", pong)])
    for _ in 0..<100 { piped.send(String(repeating: "x", count: 5_000)) }
    #expect(piped.line() == tooLarge)
    #expect(piped.isSilent())
    piped.send(padded("4", to: 1_000).dropLast(0) + "\n" + padded("5", to: 1_000) + "\r")
    usleep(20_000)
    piped.send("\n" + padded("6", to: 1_001))
    #expect(piped.finish() == [result("5", pong), tooLarge])
    #expect(piped.logged == [.lineTooLong, .lineTooLong, .lineTooLong])
  }

  @Test func lineOf8MiBIsServed() {
    let piped = PipedPeer()
    let frame = request("1", "echo", #"{"t":""}"#).utf8.count
    let text = String(repeating: "y", count: (8 << 20) - frame)
    piped.send(request("1", "echo", #"{"t":"\#(text)"}"#) + "\n")
    #expect(piped.line() == result("1", #"{"t":"\#(text)"}"#))
    #expect(piped.finish() == [])
  }

  @Test func everythingAcceptedIsAnsweredAfterTheEnd() {
    let piped = PipedPeer()
    piped.send(holds(0..<600) + request("600", "hold", #"{"n":600}"#))
    piped.closeInput()
    #expect(eventually { piped.handler.heldCount == 256 })
    WorkerThread.start(name: "releaser") { [handler = piped.handler] in
      for _ in 0..<601 {
        while handler.heldCount == 0 { usleep(100) }
        handler.releaseHeld(1)
      }
    }
    #expect(piped.finish() == (0...600).map { result("\($0)", #"{"n":\#($0)}"#) })
    #expect(piped.waitForEnd())
  }

  @Test func stopServesWhatWasReadAndNothingElse() {
    let piped = PipedPeer()
    piped.send(holds(0..<300) + request("300", "ping") + "\n" + #"{"jsonrpc""#)
    #expect(piped.line() == result("300", pong))
    piped.peer.stop()
    usleep(50_000)
    piped.send(#":"2.0","id":301,"method":"ping"}"# + "\n")
    for _ in 0..<2 { piped.handler.releaseHeld() }
    // The end comes although our end of the input is still open.
    #expect(piped.waitForEnd())
    #expect(piped.finish() == (0..<300).map { result("\($0)", #"{"n":\#($0)}"#) })
  }

  @Test func stopBeforeRunReturns() {
    let (input, output) = (makePipe(), makePipe())
    let peer = Peer(input: input.reading, output: output.writing, handler: ScriptedHandler(), log: { _ in })
    peer.stop()
    peer.run()
    for descriptor in [input.reading, input.writing, output.reading, output.writing] { close(descriptor) }
  }

  @Test func notificationsOfTheServerAreWholeLines() {
    let piped = PipedPeer()
    for number in 0..<100 {
      #expect(piped.peer.notify(method: "$/progress", params: Array(#"{"n":\#(number)}"#.utf8)))
    }
    #expect(piped.lines(100) == (0..<100).map { #"{"jsonrpc":"2.0","method":"$/progress","params":{"n":\#($0)}}"# })
    piped.send(request("1", "hold") + "\n")
    #expect(eventually { piped.handler.heldCount == 1 })
    #expect(piped.handler.state.withLock { $0.held[0] }.notify(method: "$/event", params: Array("{}".utf8)))
    piped.handler.releaseHeld()
    #expect(piped.finish() == [#"{"jsonrpc":"2.0","method":"$/event","params":{}}"#, result("1", "{}")])
  }
}
