// The table of the lanes written down once more, slowly and without any structure: a list of calls, and for each question a look
// at all of them.
import ShelflifeAPI

struct LanesModel {
  enum State { case waiting, hashing, hashed, running }

  struct Call {
    let ticket: Ticket
    let lane: Lane
    let isBarrier: Bool
    let group: WriteGroup?
    var state = State.waiting
  }

  /// Everything that is not done, in order of arrival.
  private(set) var calls: [Call] = []
  /// Being hashed although nobody wants it any more.
  private(set) var abandonedAtWorker: Ticket?

  mutating func submit(_ ticket: Ticket, _ lane: Lane, isBinding: Bool, group: WriteGroup?) {
    calls.append(
      Call(ticket: ticket, lane: lane, isBarrier: lane == .exclusive || (lane == .password && isBinding), group: group))
  }

  private func earlier(_ call: Call) -> [Call] { calls.filter { $0.ticket < call.ticket } }
  private func isBlocked(_ call: Call) -> Bool { earlier(call).contains(where: \.isBarrier) }
  private func hasEarlierWrite(_ call: Call) -> Bool { earlier(call).contains(where: \.lane.isWrite) }
  private var isWorkerBusy: Bool {
    abandonedAtWorker != nil || calls.contains { $0.state == .hashing || ($0.lane == .password && $0.state == .running) }
  }

  private mutating func start(_ ticket: Ticket?, as state: State = .running) -> Ticket? {
    if let index = calls.firstIndex(where: { $0.ticket == ticket }) { calls[index].state = state }
    return ticket
  }

  mutating func nextRead() -> Ticket? {
    start(calls.first { $0.lane == .read && $0.state == .waiting && !isBlocked($0) && !hasEarlierWrite($0) }?.ticket)
  }

  mutating func nextLong() -> Ticket? {
    if calls.contains(where: { $0.lane == .long && $0.state == .running }) { return nil }
    return start(calls.first { $0.lane == .long && $0.state == .waiting && !isBlocked($0) && !hasEarlierWrite($0) }?.ticket)
  }

  mutating func nextPassword() -> Ticket? {
    if isWorkerBusy { return nil }
    let next = calls.first { ($0.lane == .password || $0.lane == .hashingWrite) && $0.state == .waiting }
    guard let next, !isBlocked(next), !hasEarlierWrite(next) else { return nil }
    return start(next.ticket, as: next.lane == .hashingWrite ? .hashing : .running)
  }

  mutating func nextExclusive() -> Ticket? {
    guard abandonedAtWorker == nil, let first = calls.first, first.lane == .exclusive, first.state == .waiting else { return nil }
    return start(first.ticket)
  }

  mutating func nextWrites(limit: Int) -> [Ticket] {
    if calls.contains(where: { $0.lane.isWrite && $0.state == .running }) { return [] }
    let turn = calls.filter { $0.lane == .write || ($0.lane == .hashingWrite && $0.state == .hashed) }
    guard let first = turn.first, !isBlocked(first) else { return [] }
    var tickets = [first.ticket]
    if first.lane == .write, let group = first.group {
      for call in turn.dropFirst() {
        guard tickets.count < limit, call.lane == .write, call.group == group, !isBlocked(call) else { break }
        tickets.append(call.ticket)
      }
    }
    for ticket in tickets { _ = start(ticket) }
    return tickets
  }

  mutating func hashed(_ ticket: Ticket) -> Bool {
    if abandonedAtWorker == ticket {
      abandonedAtWorker = nil
      return false
    }
    return start(ticket, as: .hashed) != nil
  }

  mutating func done(_ ticket: Ticket) {
    calls.removeAll { $0.ticket == ticket }
  }

  mutating func abandon(_ ticket: Ticket) -> Bool {
    guard let call = calls.first(where: { $0.ticket == ticket }), call.state != .running else { return false }
    if call.state == .hashing { abandonedAtWorker = ticket }
    calls.removeAll { $0.ticket == ticket }
    return true
  }
}
