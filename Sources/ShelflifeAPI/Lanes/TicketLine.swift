/// Lanes: one queue of tickets, from which any may be taken out.

/// Tickets in rising order. Its first is always known at once; taking one out of the middle leaves a gap that is closed when gaps
/// are most of the line, so that every call costs O(1) on average and memory follows what waits.
struct TicketLine {
  private var slots: [Ticket] = []
  private var start = 0
  private var gaps: Set<Ticket> = []

  var count: Int { slots.count - start - gaps.count }

  var first: Ticket? { start < slots.count ? slots[start] : nil }

  mutating func append(_ ticket: Ticket) {
    slots.append(ticket)
  }

  mutating func removeFirst() {
    start += 1
    closeGaps()
  }

  /// Takes out `ticket`, which is in the line.
  mutating func remove(_ ticket: Ticket) {
    if ticket == first {
      removeFirst()
    } else {
      gaps.insert(ticket)
      if gaps.count > (slots.count - start) / 2 { compact() }
    }
  }

  /// The tickets from the first on, until `visit` answers false.
  func walk(_ visit: (Ticket) -> Bool) {
    for index in start..<slots.count {
      let ticket = slots[index]
      if !gaps.isEmpty && gaps.contains(ticket) { continue }
      if !visit(ticket) { return }
    }
  }

  private mutating func closeGaps() {
    while !gaps.isEmpty, let first, gaps.remove(first) != nil { start += 1 }
    if start == slots.count {
      slots.removeAll(keepingCapacity: start <= 1_024)
      start = 0
    } else if start > slots.count / 2 {
      compact()
    }
  }

  private mutating func compact() {
    slots = slots[start...].filter { !gaps.contains($0) }
    gaps.removeAll()
    start = 0
  }
}
