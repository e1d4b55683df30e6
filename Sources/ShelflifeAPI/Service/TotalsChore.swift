// The chore that keeps the days' totals close behind the sales, so that reports have little left to add up.
import Shelflife
import Synchronization

extension Chore {
  /// After so many sales they are worth a transaction.
  private static let salesPerAdvance = 500
  /// But not more often than this, however fast they come.
  private static let shortestInterval = Duration.seconds(2)
  /// What earlier runs left is looked for soon after the start.
  private static let firstLook = Duration.seconds(3)
  /// Days that are over are looked after about once a minute, as long as something may be left of them.
  private static let interval = Duration.seconds(60)
  /// The day that still runs is taken in this often when sales come slowly.
  private static let todaysInterval = Duration.seconds(180)

  /// What is known of the sales that no total holds.
  private struct Backlog {
    /// Whether there may be any beside those that are counted: what earlier runs and other processes left is not known.
    var mayExist = true
    /// Sales that this process had made when all was taken in, and when that was.
    var sales = 0
    var takenIn: ContinuousClock.Instant?
  }

  /// Advances the totals. Nothing is lost where it never runs: reports add up what no total holds.
  static func totals() -> Chore {
    let shared = Mutex(Backlog())
    return Chore(
      name: "totals",
      isDue: { moment in
        let backlog = shared.withLock { $0 }
        let waited = (moment.lastRun ?? moment.startedAt).duration(to: moment.uptime)
        if moment.sales - backlog.sales >= salesPerAdvance { return moment.lastRun == nil || waited >= shortestInterval }
        if moment.lastRun == nil { return waited >= firstLook }
        return waited >= interval && (backlog.mayExist || moment.sales > backlog.sales)
      },
      run: { tools in
        // What little room is left is for reading.
        guard tools.service.hasRoom() else { return }
        let moment = tools.moment
        let backlog = shared.withLock { $0 }
        let includesToday =
          moment.lastRun == nil || moment.sales - backlog.sales >= salesPerAdvance
          || (backlog.takenIn ?? moment.startedAt).duration(to: moment.uptime) >= todaysInterval
        let taken = try advance(tools, includingToday: includesToday)
        if taken > 0 { tools.service.log.write(.debug, "totals advanced", ["sales": String(taken)]) }
        guard includesToday else { return }
        shared.withLock { $0 = Backlog(mayExist: false, sales: moment.sales, takenIn: moment.uptime) }
      })
  }

  /// One bounded transaction after the other, with a rest as long as each took: tills come first.
  private static func advance(_ tools: Tools, includingToday: Bool) throws -> Int {
    let session = try tools.openSession()
    defer { session.close() }
    var taken = 0
    while true {
      let began = ContinuousClock.now
      let batch = try session.advanceTotals(now: tools.moment.now, includingToday: includingToday)
      taken += batch
      guard batch == ShopLimits.salesPerTotalling, tools.rest(began.duration(to: .now)) else { return taken }
    }
  }
}
