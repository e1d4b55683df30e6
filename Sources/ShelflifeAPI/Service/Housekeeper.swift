// What a process does beside its calls: chores, one at a time on a thread of their own, never in the way of a call.
import JSONRPC
import Shelflife

/// A piece of work that nobody asks for.
struct Chore: Sendable {
  /// What a chore's turn is judged by.
  struct Moment: Sendable {
    /// The service's clock.
    let now: Instant
    /// A clock that nobody sets.
    let uptime: ContinuousClock.Instant
    /// When the housekeeper began, by the same clock.
    let startedAt: ContinuousClock.Instant
    /// When the chore last began to run; nil if it never has.
    let lastRun: ContinuousClock.Instant?
    /// Sales that this process has made so far.
    let sales: Int
  }

  /// What a chore works with.
  struct Tools: Sendable {
    let service: Service
    let moment: Moment
    /// A session of the chore's own, which the chore closes. Throws `databaseUnavailable` while the database is away.
    let openSession: @Sendable () throws -> ShopSession
    /// Rests; false once the process is about to end.
    let rest: @Sendable (Duration) -> Bool
    /// Raised once the process is about to end.
    let interrupt: SessionInterrupt
    let isStopped: @Sendable () -> Bool
  }

  let name: String
  /// Asked about once a second, and whenever sales have come; must be quick and ask nobody.
  let isDue: @Sendable (Moment) -> Bool
  /// Runs on the housekeeper's thread. What it throws is logged, and the chore is left alone for a while.
  let run: @Sendable (Tools) throws -> Void
}

/// Runs the chores of a process. Safe from any thread.
final class Housekeeper: Sendable {
  private struct State {
    /// Sales that this process has made, ever.
    var sales = 0
    var isNudged = false
    var isStopped = false
    var isThreadGone = true
  }

  /// What is remembered of a chore. Belongs to the housekeeper's thread.
  private struct Memory {
    var lastRun: ContinuousClock.Instant?
    var restsUntil: ContinuousClock.Instant?
  }

  private static let interval = Duration.seconds(1)
  /// So many sales between two looks at the chores, when sales come fast.
  private static let salesPerLook = 100
  /// How long a chore that failed is left alone.
  private static let pauseAfterFailure = Duration.seconds(60)
  /// How long a process that ends waits for a chore to let go.
  private static let stopPatience = Duration.seconds(5)

  private let chores: [Chore]
  private let monitor = Monitor(State())
  private let interrupt = SessionInterrupt()

  init(_ chores: [Chore]) {
    self.chores = chores
  }

  func start(_ service: Service) {
    monitor.withLock { $0.isThreadGone = false }
    WorkerThread.start(name: "housekeeper") { self.work(service) }
  }

  /// Ends the chore that is running, if any, and returns once its session is closed.
  func stop() {
    monitor.withLock { $0.isStopped = true }
    interrupt.raise()
    monitor.broadcast()
    _ = monitor.wait(until: .now + Self.stopPatience) { $0.isThreadGone ? true : nil }
  }

  /// Says that this process has made so many sales more.
  func salesMade(_ count: Int) {
    let isNews = monitor.withLock { state -> Bool in
      defer { state.sales += count }
      state.isNudged = state.sales / Self.salesPerLook != (state.sales + count) / Self.salesPerLook
      return state.isNudged
    }
    if isNews { monitor.broadcast() }
  }

  private func work(_ service: Service) {
    let startedAt = ContinuousClock.now
    let presence = Presence(service.ownTill)
    var memories = [Memory](repeating: Memory(), count: chores.count)
    while rest(Self.interval, endsWithSales: true) {
      // Where there is no database there is nothing to look after.
      guard service.keeper.standing.condition == .ready else { continue }
      announce(presence, service)
      let sales = monitor.withLock { $0.sales }
      for (index, chore) in chores.enumerated() where !isStopped {
        let moment = Chore.Moment(
          now: service.clock.now(), uptime: .now, startedAt: startedAt, lastRun: memories[index].lastRun, sales: sales)
        if let rested = memories[index].restsUntil, moment.uptime < rested { continue }
        guard chore.isDue(moment) else { continue }
        memories[index].lastRun = moment.uptime
        memories[index].restsUntil = run(chore, at: moment, service) ? nil : .now + Self.pauseAfterFailure
      }
    }
    presence.end()
    monitor.withLock { $0.isThreadGone = true }
    monitor.broadcast()
  }

  /// Tells the other tills that this one is there.
  private func announce(_ presence: Presence, _ service: Service) {
    do {
      try presence.look(service.keeper, interrupt: interrupt)
    } catch {
      if isStopped { return }
      service.log.write(.debug, "the till could not be announced", ["cause": ShopFailure(error).logText])
    }
  }

  /// Runs a chore once; false if it failed.
  private func run(_ chore: Chore, at moment: Chore.Moment, _ service: Service) -> Bool {
    let tools = Chore.Tools(
      service: service, moment: moment,
      openSession: { [interrupt] in
        guard let database = service.keeper.present else { throw Fault.databaseUnavailable(reason: "it is away") }
        return try ShopSession(database, interrupt: interrupt, deadline: nil)
      }, rest: { self.rest($0) }, interrupt: interrupt, isStopped: { self.isStopped })
    do {
      try chore.run(tools)
      return true
    } catch {
      if isStopped { return false }
      let failure = ShopFailure(error)
      // Calls find out by themselves that the database is gone, and say so.
      let level: LogLevel =
        switch failure {
        case .connectionLost, .fault(.databaseUnavailable): .debug
        default: .warning
        }
      service.log.write(level, "a chore failed", ["chore": chore.name, "cause": failure.logText])
      return false
    }
  }

  private var isStopped: Bool { monitor.withLock { $0.isStopped } }

  /// Returns after a while, or early for news of sales if that is wanted; false once the process is about to end.
  private func rest(_ duration: Duration, endsWithSales: Bool = false) -> Bool {
    let goesOn = monitor.wait(until: .now + duration) { state -> Bool? in
      if state.isStopped { return false }
      guard endsWithSales, state.isNudged else { return nil }
      state.isNudged = false
      return true
    }
    return goesOn ?? true
  }
}
