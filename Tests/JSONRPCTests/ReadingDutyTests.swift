/// Calls whose work the reader does itself: it reads on afterwards, or another reads meanwhile.

import Glibc
import JSONRPC
import Testing

@Suite struct ReadingDutyTests {
  private static let pong = #"{"pong":true}"#
  private static let byTheReader = #""by the reader""#

  /// Whether both readers are there to read again.
  private func isRelieved(_ piped: PipedPeer) -> Bool {
    piped.send(request("null", "work.brief") + "\n")
    return piped.line() == result("null", Self.byTheReader)
  }

  @Test func theReaderWorksAndReadsOn() {
    let piped = PipedPeer()
    for id in 0..<200 {
      piped.send(request("\(id)", "work.brief") + "\n")
      #expect(piped.line() == result("\(id)", Self.byTheReader))
    }
    #expect(piped.finish() == [])
    #expect(piped.waitForEnd())
  }

  /// Time and again, with one thread's work on the other's heels.
  @Test func anotherReadsMeanwhile() {
    let piped = PipedPeer()
    for id in 0..<100 {
      piped.send(request("\(id)", "work", #"{"n":\#(id)}"#) + "\n")
      #expect(eventually { piped.handler.accepted.last == "work" })
      piped.send(request("null", "ping") + "\n")
      #expect(piped.line() == result("null", Self.pong), "read while the other works")
      #expect(eventually { piped.handler.heldCount == 1 })
      piped.handler.releaseHeld()
      #expect(piped.line() == result("\(id)", #"{"n":\#(id)}"#))
      #expect(eventually { isRelieved(piped) })
    }
    #expect(piped.finish() == [])
    #expect(piped.waitForEnd())
  }

  /// Where one reader works already, the other leaves work to others: nobody would be left to read.
  @Test func oneAlwaysReads() {
    let piped = PipedPeer()
    for _ in 0..<20 {
      piped.send(request("1", "work") + "\n")
      #expect(eventually { piped.handler.accepted.last == "work" })
      for id in ["2", "3"] {
        piped.send(request(id, "work") + "\n")
        #expect(piped.line() == result(id, #""by another""#))
      }
      piped.send(request("4", "ping") + "\n")
      #expect(piped.line() == result("4", Self.pong))
      #expect(eventually { piped.handler.heldCount == 1 })
      piped.handler.releaseHeld()
      #expect(piped.line() == result("1", "{}"))
      #expect(eventually { isRelieved(piped) })
    }
    #expect(piped.finish() == [])
  }

  @Test func whatComesWithMoreIsLeftToOthers() {
    let piped = PipedPeer()
    piped.send(["1", "2", "3"].map { request($0, "work.brief") + "\n" }.joined())
    #expect(piped.lines(3) == ["1", "2"].map { result($0, #""by another""#) } + [result("3", Self.byTheReader)])
    piped.send("[" + request("4", "work.brief") + "]\n")
    #expect(piped.line() == "[" + result("4", #""by another""#) + "]")
    #expect(piped.finish() == [])
  }

  @Test func theInputEndsWhileTheReaderWorks() {
    for _ in 0..<20 {
      let piped = PipedPeer()
      piped.send(request("1", "work") + "\n")
      #expect(eventually { piped.handler.accepted == ["work"] })
      piped.closeInput()
      #expect(eventually { piped.handler.heldCount == 1 })
      #expect(piped.isSilent())
      piped.handler.releaseHeld()
      #expect(piped.finish() == [result("1", "{}")], "answered before the end")
      #expect(piped.waitForEnd())
    }
  }

  @Test func stopAndAClosedOutputAreNoticedWhileTheReaderWorks() {
    for isStop in [true, false] {
      let piped = PipedPeer()
      piped.send(request("1", "work") + "\n")
      #expect(eventually { piped.handler.accepted == ["work"] })
      if isStop { piped.peer.stop() } else { piped.closeOutput() }
      #expect(eventually { piped.handler.heldCount == 1 })
      piped.handler.releaseHeld()
      #expect(piped.waitForEnd())
    }
  }
}
