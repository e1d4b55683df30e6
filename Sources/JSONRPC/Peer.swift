/// The server's end of the pipe: reads lines, hands calls over in order, sends replies. Section 2 of the contract lives here.

import Glibc
import Synchronization

/// Sees each line as it passes, without its newline; a line beyond the limit is not shown. Called on the thread that has the line.
package typealias WireTrace = @Sendable (WireDirection, UnsafeRawBufferPointer) -> Void

package enum WireDirection: Sendable {
  case received, sent
}

/// One client on one pair of descriptors, which it neither owns nor changes. SIGPIPE must be ignored (see `StandardStreams`).
package final class Peer: Sendable {
  private let input: Int32
  private let limits: WireLimits
  let handler: any CallHandler
  private let log: @Sendable (WireLog) -> Void
  private let trace: WireTrace?
  let output: Output
  let gate: Monitor<Gate>
  private let wake: Wake
  /// The input, the wake and the output's end, as the reader polls them.
  private let watched: [pollfd]
  private let lines: Mutex<LineReader>
  private let turn = ReadingTurn()
  private let isStopping = Atomic<Bool>(false)
  let isDraining = Atomic<Bool>(false)
  /// Calls taken from the wire whose answer has not yet been sent.
  let unanswered = Atomic<Int>(0)

  package init(
    input: Int32, output: Int32, limits: WireLimits = WireLimits(), handler: any CallHandler,
    trace: WireTrace? = nil, log: @escaping @Sendable (WireLog) -> Void
  ) {
    let gate = Monitor(Gate(limits: limits))
    let wake = Wake()
    self.input = input
    self.limits = limits
    self.handler = handler
    self.log = log
    self.trace = trace
    self.gate = gate
    self.wake = wake
    watched = [
      pollfd(fd: input, events: Int16(POLLIN), revents: 0), pollfd(fd: wake.descriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: output, events: 0, revents: 0),
    ]
    lines = Mutex(LineReader(limits: limits))
    self.output = Output(
      descriptor: output, lowBytes: limits.outputLowBytes, trace: trace,
      onRelief: { Self.alert(gate, wake) },
      onClosed: { error in
        log(.outputClosed(errno: error))
        Self.alert(gate, wake)
      })
  }

  deinit {
    output.close()
  }

  /// Serves the input on the calling thread. Returns after the input has ended (or `stop`), once every call taken is answered and
  /// every answer is written or given up. To be called once.
  package func run() {
    WorkerThread.start(name: "reader-2") { self.readInTurn() }
    readInTurn()
    drain()
  }

  /// Stops reading: what has been read in whole lines is still served. From any thread, also before `run`.
  package func stop() {
    isStopping.store(true, ordering: .sequentiallyConsistent)
    Self.alert(gate, wake)
  }

  /// Drops all output from now on and stops reading; calls already taken are still run to their end. For a parent that is gone.
  package func abandonOutput() {
    output.abandon()
    Self.alert(gate, wake)
  }

  /// Sends a notification to the client. From any thread, without waiting for the client.
  ///
  /// - Parameters:
  ///   - method: its name, such as `$/progress`.
  ///   - params: a JSON object as text without raw newlines.
  ///   - mayDrop: whether it is dropped where much is unread.
  /// - Returns: false if it was dropped because the client does not read or is gone.
  @discardableResult
  package func notify(method: String, params: [UInt8], mayDrop: Bool = true) -> Bool {
    if output.isAbandoned { return false }
    if mayDrop, output.unsent > limits.notificationBytes {
      log(.notificationDropped(method: method))
      return false
    }
    output.send(Outgoing.notification(method: method, params: params))
    return true
  }

  /// What `body` sends, on this thread, goes out with few writes.
  func together(_ body: () -> Void) {
    output.cork()
    body()
    output.uncork()
  }

  /// Reply bytes that the client has not yet taken.
  package var unsentBytes: Int { output.unsent }

  func report(_ event: WireLog) {
    log(event)
  }

  private static func alert(_ gate: Monitor<Gate>, _ wake: Wake) {
    wake.raise()
    // Through the lock: a reader that has just looked and not yet gone to sleep must not miss it.
    gate.withLock { _ in }
    gate.signal()
  }

  var isCongested: Bool { output.unsent > limits.outputHighBytes }
}

// The reader.
extension Peer {
  /// Reads whenever it is this thread's turn, and does what work is left to it, until there is nothing more to read.
  private func readInTurn() {
    while turn.take() {
      var duty: ReadingDuty
      repeat {
        guard let work = lines.withLock({ read(&$0) }) else {
          turn.end()
          return
        }
        duty = ReadingDuty(watched: watched, turn: turn)
        work(duty)
      } while duty.giveUp()
      turn.comeBack()
    }
  }

  /// - Returns: work for this thread, or nil when nothing more is to be read.
  private func read(_ lines: inout LineReader) -> ReadersWork? {
    var receivedAt = ContinuousClock.now
    var isCorked = false
    while true {
      while let event = lines.next() {
        if mustWaitForRoom() {
          output.uncork()
          isCorked = false
          waitForRoom()
        }
        if output.isAbandoned { return nil }
        if !isCorked, lines.hasMore {
          output.cork()
          isCorked = true
        }
        guard let work = serve(event, receivedAt: receivedAt, isLast: !lines.hasMore && turn.hasSpare) else { continue }
        if isCorked { output.uncork() }
        return work
      }
      if isCorked {
        output.uncork()
        isCorked = false
      }
      guard waitForInput() else { return nil }
      let count = lines.fill(from: input)
      receivedAt = ContinuousClock.now
      if count > 0 { continue }
      if count < 0 {
        if errno == EINTR || errno == EAGAIN { continue }
        log(.inputFailed(errno: errno))
      }
      if let event = lines.last() { _ = serve(event, receivedAt: receivedAt, isLast: false) }
      return nil
    }
  }

  /// - Returns: false when nothing more shall be read.
  private func waitForInput() -> Bool {
    while !isStopping.load(ordering: .sequentiallyConsistent), !output.isAbandoned {
      var entries = watched
      guard poll(&entries, nfds_t(entries.count), -1) > 0 else { continue }
      if entries[2].revents != 0 {
        log(.outputClosed(errno: EPIPE))
        abandonOutput()
        return false
      }
      if entries[1].revents != 0 {
        wake.clear()
        handOverAsReader()
      }
      if entries[0].revents != 0, !isStopping.load(ordering: .sequentiallyConsistent) { return true }
    }
    return false
  }

  private func mustWaitForRoom() -> Bool {
    isCongested || gate.withLock { $0.isFull }
  }

  private func waitForRoom() {
    var hasRoom = false
    while !hasRoom {
      handOverAsReader()
      hasRoom = waitAtGate { gate in
        if output.isAbandoned || gate.hasRoom && output.unsent <= limits.outputLowBytes { return true }
        return gate.canHandOver(isCongested: isCongested) ? false : nil
      }
    }
  }

  private func drain() {
    isDraining.store(true, ordering: .sequentiallyConsistent)
    var isDone = false
    while !isDone {
      handOverAsReader()
      isDone = waitAtGate { gate in
        if unanswered.load(ordering: .sequentiallyConsistent) == 0 { return true }
        return gate.canHandOver(isCongested: isCongested) ? false : nil
      }
    }
    output.flush()
    output.close()
  }

  /// Sleeps until `ready` has an answer; it is asked again after every change of the books, the output or the unanswered.
  private func waitAtGate(_ ready: (inout Gate) -> Bool?) -> Bool {
    gate.wait { gate -> Bool? in
      let answer = ready(&gate)
      gate.readerWaits = answer == nil
      return answer
    } ?? true
  }

  /// - Parameter isLast: whether nothing has been read behind it, and its work may be left to this thread.
  private func serve(_ event: LineReader.Event, receivedAt: ContinuousClock.Instant, isLast: Bool) -> ReadersWork? {
    guard case .line(let text) = event else {
      log(.lineTooLong)
      refuse(.messageTooLarge(limit: limits.lineBytes), id: .null, place: nil)
      return nil
    }
    trace?(.received, text)
    switch Line(text, limits: limits) {
    case .refused(let error):
      refuse(error, id: .null, place: nil)
    case .single(let message):
      return serve(message, place: nil, lineBytes: text.count, receivedAt: receivedAt, isLast: isLast)
    case .batch(let messages):
      let batch = Batch(members: messages.count, answered: messages.count { $0.expectsReply })
      let share = text.count / messages.count + 1
      for (member, message) in messages.enumerated() {
        let place = Call.BatchPlace(batch: batch, member: member)
        _ = serve(message, place: place, lineBytes: share, receivedAt: receivedAt, isLast: false)
      }
    }
    return nil
  }

  private func serve(
    _ message: Message, place: Call.BatchPlace?, lineBytes: Int, receivedAt: ContinuousClock.Instant, isLast: Bool
  ) -> ReadersWork? {
    switch message {
    case .call(let id, let method, let params):
      let call = Call(
        id: id, method: method, params: params, receivedAt: receivedAt, isImmediate: handler.isImmediate(method),
        lineBytes: lineBytes, place: place, peer: self)
      return submit(call, isLast: isLast)
    case .positional(nil, let method):
      log(.positionalNotification(method: WireLog.shortened(method)))
    case .positional(let id?, _):
      let isTaken = gate.withLock { $0.isInFlight(id) }
      refuse(isTaken ? .idInFlight : .positionalParams, id: id, place: place)
    case .cancellation(nil):
      log(.malformedCancellation)
    case .cancellation(let id?):
      cancel(id)
    case .invalid(let id, let error):
      refuse(error, id: id, place: place)
    }
    return nil
  }
}
