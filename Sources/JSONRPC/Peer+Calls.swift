/// How the peer's calls travel: booked, handed over in order, answered, their places passed on.

import Synchronization

extension Peer {
  private enum Admission {
    case idInFlight
    /// The turn is taken; `next` is the first call to hand over, if any.
    case admitted(next: Call?)
  }

  /// Books a call from the wire and hands over all that can be handed over. On the reader thread.
  ///
  /// - Parameter isLast: whether nothing has been read behind it.
  /// - Returns: what the reader is to do itself.
  func submit(_ call: Call, isLast: Bool) -> ReadersWork? {
    unanswered.add(1, ordering: .sequentiallyConsistent)
    let admission = gate.wait { gate -> Admission? in
      gate.readerWantsTurn = gate.isHanding
      if gate.isHanding { return nil }
      if !gate.claim(call) { return .idInFlight }
      gate.takeTurn()
      if !call.isImmediate { gate.enqueue(call) }
      return .admitted(next: gate.next(isCongested: isCongested))
    }
    guard case .admitted(var next) = admission else {
      unanswered.subtract(1, ordering: .sequentiallyConsistent)
      call.dismiss()
      refuse(.idInFlight, id: call.id ?? .null, place: call.place)
      return nil
    }
    var work: ReadersWork?
    if call.isImmediate {
      while let waiting = next {
        handler.accept(waiting)
        next = gate.withLock { $0.next(isCongested: isCongested) }
      }
      handler.accept(call)
    } else if let next {
      if isLast { work = handler.acceptLast(next) } else { handler.accept(next) }
    }
    finishTurn()
    return work
  }

  /// Hands over what can be handed over, after waiting for the turn. On the reader thread.
  func handOverAsReader() {
    gate.wait { gate -> Void? in
      gate.readerWantsTurn = gate.isHanding
      if gate.isHanding { return nil }
      gate.takeTurn()
      return ()
    }
    finishTurn()
  }

  private func finishTurn() {
    while let call = gate.withLock({ $0.nextOrLeaveTurn(isCongested: isCongested) }) {
      handler.accept(call)
    }
  }

  /// Hands over what can be handed over, unless someone else is about it. On a thread that has answered a call.
  private func handOver() {
    let hasTurn = gate.withLock { gate in
      if gate.isHanding || gate.readerWantsTurn { return false }
      gate.takeTurn()
      return true
    }
    guard hasTurn else { return }
    while true {
      let (call, wakesReader) = gate.withLock { gate -> (Call?, Bool) in
        // The reader comes first: a worker that goes on handing over what a busy client sends would never get to its own work.
        let call = gate.readerWantsTurn ? nil : gate.nextOrLeaveTurn(isCongested: isCongested)
        if call == nil { gate.leaveTurn() }
        return (call, gate.readerWantsTurn || gate.readerWaits && gate.hasRoom)
      }
      if wakesReader { gate.signal() }
      guard let call else { return }
      handler.accept(call)
    }
  }

  /// Sends the answer to a call and passes its place on. From any thread, once a call.
  func finish(id: RequestID?, place: Call.BatchPlace?, holdsPlace: Bool, answer: Result<[UInt8], RPCError>) {
    var line: [UInt8]?
    var released: [RequestID] = []
    if let id {
      let reply =
        switch answer {
        case .success(let result): Outgoing.result(result, id: id)
        case .failure(let error): Outgoing.error(error, id: id)
        }
      if let place {
        if let complete = place.batch.fill(place.member, reply) {
          line = Outgoing.batch(complete.replies)
          released = complete.ids
        }
      } else {
        line = reply
      }
    }
    // The id is free before the client can see the answer: it may use it again at once.
    let hasWaiting = gate.withLock { gate in
      if let id, place == nil { gate.release(id) }
      for id in released { gate.release(id) }
      if holdsPlace { gate.leavePlace() }
      return gate.hasWaiting
    }
    if let line { output.send(line) }
    if unanswered.subtract(1, ordering: .sequentiallyConsistent).newValue == 0, isDraining.load(ordering: .sequentiallyConsistent)
    {
      gate.withLock { _ in }
      gate.signal()
    }
    if hasWaiting { handOver() }
  }

  /// Answers what is no call: nothing is booked for it.
  func refuse(_ error: RPCError, id: RequestID, place: Call.BatchPlace?) {
    if error.dataCode != RPCError.tooLargeCode { report(.refused(code: error.dataCode)) }
    let reply = Outgoing.error(error, id: id)
    guard let place else {
      output.send(reply)
      return
    }
    guard let complete = place.batch.fill(place.member, reply) else { return }
    gate.withLock { gate in
      for id in complete.ids { gate.release(id) }
    }
    output.send(Outgoing.batch(complete.replies))
  }

  /// `$/cancelRequest`, on the reader thread.
  func cancel(_ id: RequestID) {
    switch gate.withLock({ $0.cancel(id) }) {
    case .waiting(let call): call.refuse(.requestCancelled)
    case .inFlight(let cancellation): cancellation.cancel()
    case .unknown: break
    }
  }
}
