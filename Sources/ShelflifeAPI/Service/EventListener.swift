// Serving one subscription: hears of writes from the database, reads what they were, and tells the client as fast as it reads.
import JSONRPC
import Shelflife

/// Belongs to the feed's thread.
final class EventListener {
  /// How long nothing is looked at where nothing is heard: the day turns without a write, and word may get lost on its way
  /// through what stands between this process and its server.
  private static let longestSilence = Duration.seconds(5)
  private static let eventsPerRead = 200
  /// A client with more unread bytes than this is waited for, until it has left no more than the other.
  private static let slowBytes = 1 << 20
  private static let relievedBytes = 256 << 10
  private static let slowPause = Duration.milliseconds(50)
  /// A client that has fallen behind by more links than this is told to catch up by itself.
  private static let linksBehind: Int64 = 100
  /// The first pause after a failure, doubled with each further one up to the longest silence.
  private static let pauseAfterFailure = Duration.milliseconds(250)

  private let subscription: Subscription
  private let service: Service
  private let interrupt: SessionInterrupt
  private let feed: EventFeed
  private var position: ChangePosition
  private var watch: StockWatch?
  private var wasSlow = false
  private var hasToldOverdue: Bool
  /// How often in a row the books could not be read.
  private var failures = 0
  private var generation = 0

  init(_ subscription: Subscription, service: Service, interrupt: SessionInterrupt, feed: EventFeed) {
    self.subscription = subscription
    self.service = service
    self.interrupt = interrupt
    self.feed = feed
    position = subscription.position
    watch = subscription.watch
    hasToldOverdue = service.backupStatus?.isOverdue ?? false
  }

  /// Returns when the subscription is over.
  func run() {
    while feed.rest(.zero) {
      do {
        if try follow() { return }
      } catch {
        switch ShopFailure(error) {
        case .fault(.invalidToken): return end(.sessionEnded)
        case .fault(.tokenExpired): return end(.sessionExpired)
        case .fault(.shopReplaced), .fault(.changesLost):
          send(.replaced)
          return end(.shopReplaced)
        case .interrupted:
          _ = feed.extent
          continue
        case .currencyMoved(let scale): service.keeper.note(moneyScale: scale)
        case .connectionLost(_, let logText): service.keeper.lost(generation: generation, logText: logText)
        case .fault(.databaseUnavailable), .fault(.restoreInProgress), .fault(.requestCancelled): break
        case let failure:
          if failures == 0 { service.log.write(.warning, "events cannot be read", ["cause": failure.logText]) }
        }
        failures += 1
        _ = feed.rest(min(Self.pauseAfterFailure * (1 << min(failures - 1, 10)), Self.longestSilence))
      }
    }
  }

  /// Follows the books on a session of its own until the subscription is over. Hears first and reads then, so that nothing falls
  /// between the two.
  ///
  /// - Returns: false where the database has become another one: then it is to be followed anew.
  private func follow() throws -> Bool {
    guard let found = try service.keeper.database(isGivenUp: { !self.feed.rest(.zero) }) else { return true }
    generation = found.generation
    let session = try ShopSession(found.database, interrupt: interrupt, deadline: nil)
    defer { session.close() }
    try session.listenForChanges()
    while service.keeper.isCurrent(generation) {
      switch feed.extent {
      case .over: return true
      case .until(let place):
        while position.link < place.link, try readOn(session, until: place) {}
        return true
      case .open: while try readOn(session, until: nil) {}
      }
      tellOverdue()
      do { try session.awaitChanges(until: .now + Self.longestSilence) } catch {
        guard case .interrupted = ShopFailure(error) else { throw error }
      }
    }
    return false
  }

  /// Reads and tells once; true if there is more to read now.
  private func readOn(_ session: ShopSession, until place: ChangePosition?) throws -> Bool {
    guard try waitForClient(session) else { return false }
    let info = CallInfo(
      method: "events", now: service.clock.now(), caller: subscription.caller, key: nil,
      moneyScale: service.keeper.standing.moneyScale, mayCommit: { false })
    // The database is asked first: it knows whether the session ended because the shop was replaced.
    let (told, context) = try session.read(info) { try self.look(in: $0, until: place) }
    try service.sessions.check(subscription.caller.sessionID, at: info.now)
    // Only now: what was looked at in a transaction that failed is looked at again.
    (position, watch, wasSlow, failures) = (told.next, told.watch, false, 0)
    for event in told.events { tell(event, moneyScale: context.store.currency.minorDigits) }
    return told.hasMore
  }

  private struct Told {
    let events: [WireEvent]
    let next: ChangePosition
    let hasMore: Bool
    let watch: StockWatch?
  }

  private func look(in read: ReadTransaction, until place: ChangePosition?) throws -> Told {
    var events: [WireEvent] = []
    var from = position
    var watch = watch
    if wasSlow {
      let end = try place ?? Changes.end(in: read)
      if end.incarnation == from.incarnation, end.link - from.link > Self.linksBehind {
        events = [event(.missed(cursor: Cursor.text(from)), at: end)]
        from = end
        events += shown(try watch?.lookOver(in: read) ?? [], at: end)
      }
    }
    // Stock that runs low is seen by the stock of what was written.
    let kinds =
      subscription.kinds.contains(.stockLow) ? subscription.kinds.union([.stockChanged, .productChanged]) : subscription.kinds
    let page = try Changes.page(from: from, kinds: kinds, limit: Self.eventsPerRead, until: place, in: read)
    events += page.changes.filter { subscription.kinds.contains($0.event.kind) }.map(WireEvent.init)
    events += shown(watch?.note(page.products) ?? [], at: page.next)
    if watch?.isBehind(read.context.today) == true {
      events += shown(try watch?.lookOver(in: read) ?? [], at: page.next)
    }
    return Told(events: events, next: page.next, hasMore: page.hasMore, watch: watch)
  }

  private func shown(_ conditions: [ShopEvent], at place: ChangePosition) -> [WireEvent] {
    conditions.filter { subscription.kinds.contains($0.kind) }.map { event(.shop($0), at: place) }
  }

  private func event(_ content: WireEvent.Content, at place: ChangePosition) -> WireEvent {
    WireEvent(at: service.clock.now(), cursor: Cursor.text(place), data: content)
  }

  /// Waits while the client leaves too much unread, so that nothing gathers here; word of writes is taken in meanwhile, so that
  /// nothing gathers at the server either. False if the subscription is over.
  private func waitForClient(_ session: ShopSession) throws -> Bool {
    guard subscription.call.unsentBytes > Self.slowBytes else { return true }
    wasSlow = true
    while subscription.call.unsentBytes > Self.relievedBytes {
      guard feed.rest(Self.slowPause) else { return false }
      _ = feed.extent
      try session.awaitChanges(until: .now)
    }
    return true
  }

  private func tellOverdue() {
    guard subscription.kinds.contains(.backupOverdue), subscription.caller.role == .owner else { return }
    let status = service.backupStatus
    if let status, status.isOverdue, !hasToldOverdue { send(.backupOverdue(status)) }
    hasToldOverdue = status?.isOverdue ?? false
  }

  private func end(_ reason: WireEvent.EndReason) { send(.ended(reason)) }

  private func send(_ content: WireEvent.Content) {
    tell(event(content, at: position), moneyScale: service.keeper.standing.moneyScale)
  }

  /// Never dropped: how much may be unread is looked at before the books are read.
  private func tell(_ event: WireEvent, moneyScale: Int) {
    subscription.call.notify(method: "$/event", params: event.bytes(moneyScale: moneyScale), mayDrop: false)
  }
}
