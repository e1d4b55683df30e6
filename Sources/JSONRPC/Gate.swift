/// Which calls run, which wait and which ids are taken: the peer's books, kept under one lock. Calls nobody itself.

/// A value behind the peer's monitor; no method blocks.
struct Gate {
  /// Whoever hands calls to the handler holds this, so that calls arrive there one by one and in order.
  private(set) var isHanding = false
  /// The reader wants to hand over; others leave it the turn.
  var readerWantsTurn = false
  /// The reader waits for a change here and must be signalled.
  var readerWaits = false

  private let limits: WireLimits
  private var inFlight = 0
  private var waiting = WaitingRoom()
  private var cancellations: [RequestID: Cancellation] = [:]

  init(limits: WireLimits) {
    self.limits = limits
  }

  var hasWaiting: Bool { waiting.count > 0 }

  /// The reader must stop before the next line.
  var isFull: Bool { waiting.count >= limits.waitingCalls || waiting.bytes >= limits.waitingBytes }

  /// The reader may go on once it had to stop.
  var hasRoom: Bool { waiting.count <= limits.waitingCalls / 2 && waiting.bytes <= limits.waitingBytes / 2 }

  /// Whether the next waiting call could be handed over by whoever takes the turn.
  func canHandOver(isCongested: Bool) -> Bool {
    !isHanding && !isCongested && hasWaiting && inFlight < limits.callsInFlight
  }

  func isInFlight(_ id: RequestID) -> Bool {
    cancellations[id] != nil
  }

  /// Takes the id for the call. Null and no id at all are never taken.
  /// - Returns: false if the id is in flight.
  mutating func claim(_ call: Call) -> Bool {
    guard let id = call.id, id != .null else { return true }
    if let earlier = cancellations.updateValue(call.cancellation, forKey: id) {
      cancellations[id] = earlier
      return false
    }
    call.place?.batch.hold(id)
    return true
  }

  mutating func release(_ id: RequestID) {
    cancellations[id] = nil
  }

  mutating func enqueue(_ call: Call) {
    waiting.append(call)
  }

  mutating func leavePlace() {
    inFlight -= 1
  }

  mutating func takeTurn() {
    isHanding = true
  }

  mutating func leaveTurn() {
    isHanding = false
  }

  /// The next call to hand over, now counted as in flight, or nil if there is none or no place for it.
  mutating func next(isCongested: Bool) -> Call? {
    guard !isCongested, inFlight < limits.callsInFlight, let call = waiting.popFirst() else { return nil }
    inFlight += 1
    return call
  }

  mutating func nextOrLeaveTurn(isCongested: Bool) -> Call? {
    let call = next(isCongested: isCongested)
    if call == nil { leaveTurn() }
    return call
  }

  enum Cancelled {
    /// It waited and does so no longer; it can be answered at once.
    case waiting(Call)
    case inFlight(Cancellation)
    case unknown
  }

  mutating func cancel(_ id: RequestID) -> Cancelled {
    guard let cancellation = cancellations[id] else { return .unknown }
    if let call = waiting.remove(cancellation) { return .waiting(call) }
    return .inFlight(cancellation)
  }
}

/// Calls in arrival order. Bounded by the reader, so that looking through all of it is cheap.
private struct WaitingRoom {
  private var calls: [Call?] = []
  private var head = 0
  private(set) var bytes = 0

  var count: Int { calls.count - head }

  mutating func append(_ call: Call) {
    calls.append(call)
    bytes += call.lineBytes
  }

  mutating func popFirst() -> Call? {
    guard head < calls.count, let call = calls[head] else { return nil }
    calls[head] = nil
    head += 1
    bytes -= call.lineBytes
    if head == calls.count || head >= 1_024 {
      calls.removeFirst(head)
      head = 0
    }
    return call
  }

  mutating func remove(_ cancellation: Cancellation) -> Call? {
    guard let index = calls[head...].firstIndex(where: { $0?.cancellation === cancellation }), let call = calls[index] else {
      return nil
    }
    calls.remove(at: index)
    bytes -= call.lineBytes
    return call
  }
}
