// The till's transaction: one sale, or the consecutive sales that wait together, planned against locked lots and written by sets.
import Postgres

/// A sale waiting to be made.
package struct SaleCall: Sendable {
  package var info: CallInfo
  package let request: SaleRequest

  package init(info: CallInfo, request: SaleRequest) {
    self.info = info
    self.request = request
  }
}

/// What became of one sale of a group: what is answered, made of the sale.
package enum SaleOutcome<Reply: Sendable>: Sendable {
  case done(WriteAnswer<Reply>, CallContext)
  case refused(Fault)
  /// The business day turned between two calls of the group: this one has not been looked at.
  case notYet
}

/// Lots that the first reading did not lock turned out to be needed: another till emptied those it did.
private struct NeedsAllLots: Error {}

/// Runs sales in one transaction: each is planned in its order, one that is refused costs the others nothing, and receipt numbers
/// are taken together and stay gap-free. Used on the write lane's thread only.
///
/// What the session remembers of its last sales may be enough to plan with: then it is one statement, proved by the audit's next link.
/// Locks, in the one order: keys (advisory), products (shared), lots (FEFO order), the day's counter, the audit head.
package struct SaleGroup<Reply: Sendable> {
  private let connection: Connection
  private let memory: SaleMemory
  private let till: TillName
  private let calls: [SaleCall]
  /// Of the call at a place and its sale.
  private let reply: (_ place: Int, Sale, CallContext) -> Reply

  /// Makes the sales; the outcomes stand in the order of the calls.
  ///
  /// `reply` may be called for a sale that is then made in another way.
  /// - Throws: `PostgresError` if the transaction failed as a whole: then nothing of the group has happened, unless the
  ///   connection was lost in the commit, which a repetition under the same keys finds out.
  static func run(
    _ calls: [SaleCall], at till: TillName, on connection: Connection, _ memory: SaleMemory,
    reply: @escaping (_ place: Int, Sale, CallContext) -> Reply
  ) throws -> [SaleOutcome<Reply>] {
    let group = SaleGroup(connection: connection, memory: memory, till: till, calls: calls, reply: reply)
    return try Transactions.retrying {
      do {
        return try group.attempt()
      } catch let error as PostgresError where error.state == .uniqueViolation && error.constraint != "idempotency_key_pkey" {
        // Another till sold under the same id while this one waited for its lots: which key says so is chance.
        group.giveUp()
        guard calls.count == 1, let id = calls[0].request.id else { throw error }
        return [.refused(.idTaken(id))]
      } catch {
        group.giveUp()
        throw error
      }
    }
  }

  private func giveUp() {
    connection.rollback()
    memory.forget()
  }

  /// Plans from memory, then against few locked lots, then against all there are, as long as deliveries keep coming in between.
  private func attempt() throws -> [SaleOutcome<Reply>] {
    if let outcomes = try attemptAtOnce() { return outcomes }
    for tried in 0..<ShopLimits.transactionAttempts {
      do { return try attempt(lockingAll: tried > 0) } catch is NeedsAllLots { connection.rollback() }
    }
    throw Fault.databaseUnavailable(reason: "the stock changes faster than it can be read")
  }

  /// One round trip, if all that the sales need is remembered; nil if it is not, or no longer true: then nothing has happened. Up to
  /// its end each call may be given up, which interrupts it. While the server works, the replies are made for the case that it agrees.
  private func attemptAtOnce() throws -> [SaleOutcome<Reply>]? {
    guard let reading = memory.reading(for: calls), let place = memory.place else { return nil }
    let plan = try GroupPlan(calls, with: reading, isFinal: false)
    guard plan.isWhole else { return nil }
    let group = SaleStatements.Group(till: till, sales: plan.sales, lots: reading.lots, day: reading.today)
    let known = SaleStatements.Known(group, after: place.lastNumber, place.head)
    var outcomes = Result<[SaleOutcome<Reply>], any Error>.success([])
    do {
      _ = try connection.run(SaleStatements.writeAtOnce, known) {
        memory.expects(known)
        outcomes = Result { try self.outcomes(of: plan, with: reading, numbers: known.numbers) }
      }
    } catch {
      guard error.isRefusal else { throw error }
      memory.missed()
      return nil
    }
    memory.hit()
    return try outcomes.get()
  }

  private func attempt(lockingAll: Bool) throws -> [SaleOutcome<Reply>] {
    let (reading, shelf, seen) = try read(lockingAll: lockingAll)
    let plan = try GroupPlan(calls, with: reading, isFinal: true)
    let refusals = try refusals(of: plan, with: reading)
    let sales = plan.sales
    guard !sales.isEmpty else {
      if plan.findsAny { try Idempotency.closeReplay(on: connection) } else { connection.rollback() }
      return try outcomes(of: plan, with: reading, refusals: refusals)
    }
    let group = SaleStatements.Group(till: till, sales: sales, lots: reading.lots, day: reading.today)
    let (last, head) = try write(group)
    memory.wrote(group, with: reading, and: shelf, calls: calls, seen: seen, head: head, last: last)
    let first = last - Int32(sales.count - 1)
    return try outcomes(of: plan, with: reading, numbers: Array(first...last), refusals: refusals)
  }

  /// - Returns: what was read, the shelf if it was read ahead, and the audit's last link before all of it.
  private func read(lockingAll: Bool) throws -> (SaleReading, ShelfReading?, seen: Int64) {
    var needs: [Identifier: Int64] = [:]
    for item in calls.flatMap(\.request.items) { needs[item.productID, default: 0] += Int64(item.qty.count) }
    let productIDs = needs.keys.sorted()
    let clientIDs = calls.compactMap(\.request.id)

    let opening = connection.pipeline()
    try opening.begin()
    let claims = try IdempotencyStatements.claim(calls.compactMap(\.info.key), in: opening)
    let head = try opening.send(ChangeStatements.head)
    let contexts = try opening.send(
      ContextStatements.read, calls.map { .init(now: $0.info.now, userID: $0.info.caller?.userID) })
    let taken = clientIDs.isEmpty ? nil : try opening.send(SaleStatements.existing, clientIDs)
    let products = try opening.send(ProductStatements.share, productIDs)
    let lots = try opening.send(
      SaleStatements.lockLots,
      .init(
        productIDs: productIDs, needs: productIDs.map { lockingAll ? Int64.max : needs[$0] ?? 0 }, now: calls[0].info.now))
    let ahead = memory.asksForShelf() ? try SaleStatements.sendShelf(at: calls[0].info.now, in: opening) : nil
    try opening.sync()

    let contextRows = try contexts.rows()
    guard let first = contextRows.first, let seen = try head.first() else { throw Fault.storeMissing }
    try first.check(calls[0].info)
    let reading = SaleReading(
      contexts: contextRows, found: Dictionary(uniqueKeysWithValues: try (claims?.rows() ?? []).map { ($0.key, $0) }),
      takenIDs: Set(try taken?.rows() ?? []),
      products: Dictionary(uniqueKeysWithValues: try products.rows().map { ($0.id, $0) }), lots: try lots.rows(),
      today: first.today)
    return (reading, try ahead?(), seen)
  }

  /// Why each short call is refused, by its place.
  private func refusals(of plan: GroupPlan, with reading: SaleReading) throws -> [Int: Fault] {
    var refusals: [Int: Fault] = [:]
    for (index, entry) in plan.entries.enumerated() {
      if case .short(let shortages) = entry { refusals[index] = try refusal(shortages, reading) }
    }
    return refusals
  }

  /// The refusal of a sale, with all that stands on the shelf of the short products; only now are unsellable lots read.
  private func refusal(_ shortages: [Shortage], _ reading: SaleReading) throws -> Fault {
    let short = shortages.map(\.productID)
    let lots = try connection.run(SaleStatements.allLots, short)
    let all = Shelf(lots: lots.map(\.shelf), today: reading.today)
    let locked = Shelf(lots: reading.lots.map(\.shelf), today: reading.today)
    if short.contains(where: { all.available(of: $0) > locked.available(of: $0) }) { throw NeedsAllLots() }
    let skipped = all.skippedLots(of: short)
    return Fault.stockTooLow(
      shortages.map { shortage in
        ShortProduct(
          productID: shortage.productID, productName: reading.products[shortage.productID]?.name ?? "",
          requested: shortage.requested, available: shortage.available,
          skippedLots: (skipped[shortage.productID] ?? []).map { $0.described(by: lots) })
      })
  }

  /// The second round trip: lots, numbers, receipts, allocations, keys, audit, commit.
  ///
  /// - Returns: the last number of the group, and the link it made.
  private func write(_ group: SaleStatements.Group) throws -> (last: Int32, head: AuditHead) {
    let writing = connection.pipeline()
    let counted = try writing.send(SaleStatements.write, group)
    let linked = try writing.send(SaleStatements.audit, group)
    try writing.commit()
    try writing.sync()
    guard let last = try counted.first(), let head = try linked.first() else { throw Self.noNumber }
    return (last, head)
  }

  private static var noNumber: Fault { .databaseUnavailable(reason: "the day's counter gave no number") }

  private func outcomes(
    of plan: GroupPlan, with reading: SaleReading, numbers: [Int32] = [], refusals: [Int: Fault] = [:]
  ) throws -> [SaleOutcome<Reply>] {
    var outcomes: [SaleOutcome<Reply>] = []
    var numbers = numbers[...]
    for (index, entry) in plan.entries.enumerated() {
      switch entry {
      case .planned(let sale):
        guard let number = numbers.popFirst().flatMap({ DocumentNumber(.receipt, day: reading.today, number: $0) }) else {
          throw Self.noNumber
        }
        let made = sale.sale(number: number, till: till, lots: reading.lots)
        outcomes.append(.done(.done(reply(index, made, reading.contexts[index])), reading.contexts[index]))
      case .refused(let fault): outcomes.append(.refused(fault))
      case .short: outcomes.append(refusals[index].map { .refused($0) } ?? .notYet)
      case .found(let stored): outcomes.append(.done(.replayed(stored), reading.contexts[index]))
      case .repeats(let first):
        guard case .planned(let sale) = plan.entries[first] else { throw Self.noNumber }
        outcomes.append(.done(.replayed(.sale(sale.id)), reading.contexts[first]))
      case .otherDay: outcomes.append(.notYet)
      }
    }
    return outcomes
  }
}
