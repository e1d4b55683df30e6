/// Lanes: the scheduler. Decides which waiting call may start; runs nothing itself.

/// The calls that wait and run, in their lanes. A plain value: whoever shares it between threads guards it with a lock.
///
/// Every call is `submit`ted once, in order of arrival, handed out once by one of the `next…` functions, and reported `done` once
/// (a hashing write `hashed` before it is handed out a second time, by `nextWrites`). One that was not handed out may be
/// `abandon`ed instead. Every function takes O(1) on average.
package struct Lanes: Sendable {
  /// Which `next…` would answer now.
  package struct Startable: OptionSet, Sendable {
    package let rawValue: UInt8

    package init(rawValue: UInt8) {
      self.rawValue = rawValue
    }

    package static let read = Startable(rawValue: 1)
    package static let write = Startable(rawValue: 2)
    package static let password = Startable(rawValue: 4)
    package static let long = Startable(rawValue: 8)
    package static let exclusive = Startable(rawValue: 16)
  }

  private enum State {
    case waiting
    case hashing
    case hashed
    case running
  }

  private struct Entry {
    let lane: Lane
    let isBarrier: Bool
    let group: WriteGroup?
    var state = State.waiting
  }

  private var entries: [Ticket: Entry] = [:]
  private var newest: Ticket?

  // Each line holds what the comment says; all of them are in order of arrival.
  /// Waiting.
  private var reads = TicketLine()
  /// Plain writes, until they are done.
  private var writes = TicketLine()
  /// Hashing writes, until they are done.
  private var hashingWrites = TicketLine()
  /// Logins and hashing writes that wait for the password worker.
  private var passwords = TicketLine()
  /// Waiting.
  private var longs = TicketLine()
  /// Until they are done.
  private var barriers = TicketLine()

  private var runningReads = 0
  private var runningWrites = 0
  /// The ticket whose password the worker is busy with. It may have been abandoned meanwhile.
  private var runningPassword: Ticket?
  private var isLongRunning = false

  package init() {}

  /// Calls that are neither done nor abandoned.
  package var count: Int { entries.count }

  /// Plain writes that wait or run.
  package var plainWrites: Int { writes.count }

  /// Something has come that holds all behind it.
  package var hasBarrier: Bool { barriers.first != nil }

  /// Takes in a call. `ticket` is greater than every one before. `isBinding` marks a login that binds its session.
  package mutating func submit(_ ticket: Ticket, _ lane: Lane, isBinding: Bool = false, group: WriteGroup? = nil) {
    precondition(newest.map { $0 < ticket } ?? true, "tickets rise")
    precondition(lane != .immediate, "an immediate call is answered where it arrives")
    newest = ticket
    let isBarrier = lane == .exclusive || (lane == .password && isBinding)
    entries[ticket] = Entry(lane: lane, isBarrier: isBarrier, group: lane == .write ? group : nil)
    if isBarrier { barriers.append(ticket) }
    switch lane {
    case .read: reads.append(ticket)
    case .write: writes.append(ticket)
    case .hashingWrite:
      hashingWrites.append(ticket)
      passwords.append(ticket)
    case .password: passwords.append(ticket)
    case .long: longs.append(ticket)
    case .immediate, .exclusive: break
    }
  }

  /// The next read to run. Any number may run at once.
  package mutating func nextRead() -> Ticket? {
    guard let ticket = reads.first, isPastWritesAndBarriers(ticket) else { return nil }
    reads.removeFirst()
    entries[ticket]?.state = .running
    runningReads += 1
    return ticket
  }

  /// The next write to run, or up to `limit` that follow each other in the lane, belong to the same group and run together.
  /// Empty while a write runs.
  package mutating func nextWrites(limit: Int = 64) -> [Ticket] {
    if runningWrites > 0 { return [] }
    let tickets = startableWrites(limit: limit)
    for ticket in tickets { entries[ticket]?.state = .running }
    runningWrites = tickets.count
    return tickets
  }

  /// The next job for the password worker: a login, or a hashing write that is to be hashed. Nil while the worker is busy.
  package mutating func nextPassword() -> Ticket? {
    guard runningPassword == nil, let ticket = passwords.first, isPastWritesAndBarriers(ticket) else { return nil }
    passwords.removeFirst()
    runningPassword = ticket
    let isHashing = entries[ticket]?.lane == .hashingWrite
    entries[ticket]?.state = isHashing ? .hashing : .running
    return ticket
  }

  /// The next long call. Nil while one runs.
  package mutating func nextLong() -> Ticket? {
    guard !isLongRunning, let ticket = longs.first, isPastWritesAndBarriers(ticket) else { return nil }
    longs.removeFirst()
    isLongRunning = true
    entries[ticket]?.state = .running
    return ticket
  }

  /// The exclusive call whose turn it is, once all before it are done.
  package mutating func nextExclusive() -> Ticket? {
    guard let ticket = startableExclusive else { return nil }
    entries[ticket]?.state = .running
    return ticket
  }

  /// The password of a hashing write is hashed: the worker is free again. False if the write was abandoned meanwhile.
  package mutating func hashed(_ ticket: Ticket) -> Bool {
    precondition(runningPassword == ticket, "only the ticket at the worker is hashed")
    runningPassword = nil
    guard entries[ticket] != nil else { return false }
    entries[ticket]?.state = .hashed
    return true
  }

  /// A call that was handed out is done, however it ended.
  package mutating func done(_ ticket: Ticket) {
    guard let entry = entries.removeValue(forKey: ticket), entry.state == .running else {
      preconditionFailure("only a running call is done")
    }
    if entry.isBarrier { barriers.remove(ticket) }
    switch entry.lane {
    case .read: runningReads -= 1
    case .write:
      runningWrites -= 1
      writes.remove(ticket)
    case .hashingWrite:
      runningWrites -= 1
      hashingWrites.remove(ticket)
    case .password: runningPassword = nil
    case .long: isLongRunning = false
    case .immediate, .exclusive: break
    }
  }

  /// Takes out a call that has not begun, or a hashing write that was not yet handed out to write; the worker still reports one
  /// that is being hashed. False if the call runs, or is not there.
  package mutating func abandon(_ ticket: Ticket) -> Bool {
    guard let entry = entries[ticket], entry.state != .running else { return false }
    entries[ticket] = nil
    if entry.isBarrier { barriers.remove(ticket) }
    switch entry.lane {
    case .read: reads.remove(ticket)
    case .write: writes.remove(ticket)
    case .hashingWrite:
      hashingWrites.remove(ticket)
      if entry.state == .waiting { passwords.remove(ticket) }
    case .password: passwords.remove(ticket)
    case .long: longs.remove(ticket)
    case .immediate, .exclusive: break
    }
    return true
  }

  /// Which of the `next…` functions would hand something out.
  package var startable: Startable {
    var startable: Startable = []
    if let ticket = reads.first, isPastWritesAndBarriers(ticket) { startable.insert(.read) }
    if runningWrites == 0, !startableWrites(limit: 1).isEmpty { startable.insert(.write) }
    if runningPassword == nil, let ticket = passwords.first, isPastWritesAndBarriers(ticket) { startable.insert(.password) }
    if !isLongRunning, let ticket = longs.first, isPastWritesAndBarriers(ticket) { startable.insert(.long) }
    if startableExclusive != nil { startable.insert(.exclusive) }
    return startable
  }

  /// No earlier write and no earlier barrier is left. If this does not hold for the first of a line, it holds for none in it.
  private func isPastWritesAndBarriers(_ ticket: Ticket) -> Bool {
    isPastBarriers(ticket) && !isAfter(ticket, writes.first) && !isAfter(ticket, hashingWrites.first)
  }

  private func isPastBarriers(_ ticket: Ticket) -> Bool {
    !isAfter(ticket, barriers.first)
  }

  private func isAfter(_ ticket: Ticket, _ other: Ticket?) -> Bool {
    guard let other else { return false }
    return other < ticket
  }

  private func startableWrites(limit: Int) -> [Ticket] {
    // A hashed write began to hash when all earlier writes were done, so it is the earliest of all.
    if let ticket = hashingWrites.first, entries[ticket]?.state == .hashed { return [ticket] }
    guard let first = writes.first, isPastBarriers(first) else { return [] }
    guard let group = entries[first]?.group else { return [first] }
    var tickets: [Ticket] = []
    writes.walk { ticket in
      guard tickets.count < limit, isPastBarriers(ticket), entries[ticket]?.group == group else { return false }
      tickets.append(ticket)
      return true
    }
    return tickets
  }

  private var startableExclusive: Ticket? {
    guard let ticket = barriers.first, let entry = entries[ticket], entry.lane == .exclusive, entry.state == .waiting else {
      return nil
    }
    // What runs was let in before this barrier, so it is earlier; a line's first tells for the whole line.
    if runningReads > 0 || runningWrites > 0 || runningPassword != nil || isLongRunning { return nil }
    for line in [reads.first, writes.first, hashingWrites.first, passwords.first, longs.first] where isAfter(ticket, line) {
      return nil
    }
    return ticket
  }
}
