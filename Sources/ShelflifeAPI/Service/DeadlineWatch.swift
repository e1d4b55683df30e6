// The one thread that gives up calls whose time has run out.
import JSONRPC

/// Calls back at given instants. Safe from any thread; its thread starts with the first deadline.
final class DeadlineWatch: Sendable {
  fileprivate struct Alarm: Sendable {
    let at: ContinuousClock.Instant
    let ring: @Sendable () -> Void
  }

  fileprivate struct State {
    /// A binary heap, the earliest first.
    var alarms: [Alarm] = []
    var isRunning = false
  }

  private let monitor = Monitor(State())

  func add(_ instant: ContinuousClock.Instant, _ ring: @escaping @Sendable () -> Void) {
    let isFirst = monitor.withLock { state -> Bool in
      state.push(Alarm(at: instant, ring: ring))
      defer { state.isRunning = true }
      return !state.isRunning
    }
    if isFirst { WorkerThread.start(name: "deadlines") { self.run() } } else { monitor.signal() }
  }

  private func run() {
    while true {
      let next = monitor.withLock { $0.alarms.first?.at }
      let due = monitor.wait(until: next) { state -> Alarm?? in
        guard let first = state.alarms.first else { return nil }
        if first.at <= .now { return state.pop() }
        // An alarm that became the earliest ends the wait for the one that was.
        return first.at == next ? nil : .some(nil)
      }
      due??.ring()
    }
  }
}

extension DeadlineWatch.State {
  mutating func push(_ alarm: DeadlineWatch.Alarm) {
    alarms.append(alarm)
    var child = alarms.count - 1
    while child > 0, alarms[child].at < alarms[(child - 1) / 2].at {
      alarms.swapAt(child, (child - 1) / 2)
      child = (child - 1) / 2
    }
  }

  mutating func pop() -> DeadlineWatch.Alarm? {
    guard !alarms.isEmpty else { return nil }
    alarms.swapAt(0, alarms.count - 1)
    let top = alarms.removeLast()
    var parent = 0
    while true {
      var least = parent
      for child in [2 * parent + 1, 2 * parent + 2] where child < alarms.count && alarms[child].at < alarms[least].at {
        least = child
      }
      if least == parent { return top }
      alarms.swapAt(parent, least)
      parent = least
    }
  }
}
