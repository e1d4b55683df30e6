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

/// What became of one sale of a group.
package enum SaleOutcome: Sendable {
  case done(WriteAnswer<Sale>, CallContext)
  case refused(Fault)
  /// The business day turned between two calls of the group: this one has not been looked at.
  case notYet
}

/// Runs sales in one transaction: each is planned in its order, one that is refused costs the others nothing, and receipt numbers
/// are taken together and stay gap-free. Used on the write lane's thread only.
///
/// Locks, in the one order: keys (advisory), products (shared), lots (FEFO order), the day's counter, the audit head.
package struct SaleGroup {
  private let connection: Connection
  private let calls: [SaleCall]

  /// Lots that the first reading did not lock turned out to be needed: another till emptied those it did.
  private struct NeedsAllLots: Error {}

  private init(_ calls: [SaleCall], on connection: Connection) {
    self.calls = calls
    self.connection = connection
  }

  /// Makes the sales; the outcomes stand in the order of the calls.
  ///
  /// - Throws: `PostgresError` if the transaction failed as a whole: then nothing of the group has happened, unless the
  ///   connection was lost in the commit, which a repetition under the same keys finds out.
  package static func run(_ calls: [SaleCall], on connection: Connection) throws -> [SaleOutcome] {
    let group = SaleGroup(calls, on: connection)
    return try Transactions.retrying {
      do {
        return try group.attempt()
      } catch let error as PostgresError where error.state == .uniqueViolation && error.constraint != "idempotency_key_pkey" {
        // Another till sold under the same id while this one waited for its lots: which key says so is chance.
        connection.rollback()
        guard calls.count == 1, let id = calls[0].request.id else { throw error }
        return [.refused(.idTaken(id))]
      } catch {
        connection.rollback()
        throw error
      }
    }
  }

  /// What the first round trip brings.
  private struct Reading {
    let contexts: [CallContext]
    let found: [String: FoundKey]
    let takenIDs: Set<Identifier>
    let products: [Identifier: Product]
    let lots: [StockedLot]
    let today: Day
  }

  /// Plans against few locked lots first, then against all there are, as long as deliveries keep coming in between.
  private func attempt() throws -> [SaleOutcome] {
    for tried in 0..<ShopLimits.transactionAttempts {
      do { return try attempt(lockingAll: tried > 0) } catch is NeedsAllLots { connection.rollback() }
    }
    throw Fault.databaseUnavailable(reason: "the stock changes faster than it can be read")
  }

  private func attempt(lockingAll: Bool) throws -> [SaleOutcome] {
    let reading = try read(lockingAll: lockingAll)
    var outcomes: [SaleOutcome] = []
    var planned: [(index: Int, sale: PlannedSale)] = []
    var shelf = Shelf(lots: reading.lots.map(\.shelf), today: reading.today)
    var firstUnderKey: [String: Int] = [:]
    var replays: [(index: Int, first: Int)] = []
    var newIDs = reading.takenIDs

    for (index, call) in calls.enumerated() {
      let context = reading.contexts[index]
      guard context.today == reading.today else {
        outcomes.append(.notYet)
        continue
      }
      do {
        try context.authorise(call.info.caller)
        if let key = call.info.key, let found = reading.found[key.text] {
          outcomes.append(.done(.replayed(try Idempotency.outcome(of: found, for: key)), context))
          continue
        }
        if let key = call.info.key, let first = firstUnderKey[key.text] {
          guard calls[first].info.key?.digest == key.digest else { throw Fault.idempotencyKeyReused }
          outcomes.append(.notYet)
          replays.append((index, first))
          continue
        }
        try context.checkClock()
        let sale = try plan(call, in: reading, context, taking: &shelf, newIDs: &newIDs)
        planned.append((index, sale))
        if let key = call.info.key { firstUnderKey[key.text] = index }
        outcomes.append(.notYet)
      } catch let fault as Fault {
        outcomes.append(.refused(fault))
      }
    }

    guard !planned.isEmpty else {
      connection.rollback()
      return outcomes
    }
    let numbers = try write(planned.map(\.sale), in: reading)
    for (position, entry) in planned.enumerated() {
      let sale = entry.sale.sale(number: numbers[position], lots: reading.lots)
      outcomes[entry.index] = .done(.done(sale), reading.contexts[entry.index])
    }
    for replay in replays {
      if case .done(.done(let sale), let context) = outcomes[replay.first] {
        outcomes[replay.index] = .done(.replayed(.sale(sale.id)), context)
      }
    }
    return outcomes
  }

  private func read(lockingAll: Bool) throws -> Reading {
    var needs: [Identifier: Int64] = [:]
    for item in calls.flatMap(\.request.items) { needs[item.productID, default: 0] += Int64(item.qty.count) }
    let productIDs = needs.keys.sorted()
    let clientIDs = calls.compactMap(\.request.id)

    let opening = connection.pipeline()
    try opening.begin()
    let claims = try IdempotencyStatements.claim(calls.compactMap(\.info.key), in: opening)
    let contexts = try opening.send(
      ContextStatements.read, calls.map { .init(now: $0.info.now, userID: $0.info.caller?.userID) })
    let taken = clientIDs.isEmpty ? nil : try opening.send(SaleStatements.existing, clientIDs)
    let products = try opening.send(ProductStatements.share, productIDs)
    let lots = try opening.send(
      SaleStatements.lockLots,
      .init(
        productIDs: productIDs, needs: productIDs.map { lockingAll ? Int64.max : needs[$0] ?? 0 }, now: calls[0].info.now))
    try opening.sync()

    let contextRows = try contexts.rows()
    guard let first = contextRows.first else { throw Fault.storeMissing }
    try first.check(calls[0].info)
    return Reading(
      contexts: contextRows, found: Dictionary(uniqueKeysWithValues: try (claims?.rows() ?? []).map { ($0.key, $0) }),
      takenIDs: Set(try taken?.rows() ?? []),
      products: Dictionary(uniqueKeysWithValues: try products.rows().map { ($0.id, $0) }), lots: try lots.rows(),
      today: first.today)
  }

  private func plan(
    _ call: SaleCall, in reading: Reading, _ context: CallContext, taking shelf: inout Shelf, newIDs: inout Set<Identifier>
  ) throws -> PlannedSale {
    guard let caller = call.info.caller else { throw Fault.authorizationRequired }
    if let id = call.request.id, newIDs.contains(id) { throw Fault.idTaken(id) }
    try SaleRules.check(call.request, against: reading.products)
    let totals = try SaleRules.totals(of: call.request, at: reading.products)
    guard call.info.mayCommit() else { throw Fault.requestCancelled }
    let allocations: [[Allocation]]
    switch shelf.take(call.request.lines) {
    case .taken(let taken): allocations = taken
    case .refused(let shortages): throw try refusal(shortages, shelf: shelf, reading)
    }
    let id = call.request.id ?? IdentifierMaker.shared.make(at: call.info.now)
    newIDs.insert(id)
    let lines = call.request.items.enumerated().compactMap { index, item -> PlannedLine? in
      guard let product = reading.products[item.productID] else { return nil }
      return PlannedLine(
        id: IdentifierMaker.shared.make(at: call.info.now), product: product, qty: item.qty, lineTotal: totals.lines[index],
        allocations: allocations[index])
    }
    return PlannedSale(
      id: id, info: call.info, seller: Actor(id: caller.userID, name: context.userName ?? ""),
      paymentMethod: call.request.paymentMethod, note: call.request.note, total: totals.total, lines: lines)
  }

  /// The refusal of a sale, with all that stands on the shelf of the short products; only now are unsellable lots read.
  private func refusal(_ shortages: [Shortage], shelf: Shelf, _ reading: Reading) throws -> any Error {
    let short = shortages.map(\.productID)
    let lots = try connection.run(SaleStatements.allLots, short)
    let all = Shelf(lots: lots.map(\.shelf), today: reading.today)
    let locked = Shelf(lots: reading.lots.map(\.shelf), today: reading.today)
    if short.contains(where: { all.available(of: $0) > locked.available(of: $0) }) { return NeedsAllLots() }
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
  private func write(_ sales: [PlannedSale], in reading: Reading) throws -> [DocumentNumber] {
    let writing = connection.pipeline()
    let group = SaleStatements.Group(sales: sales, lots: reading.lots, day: reading.today)
    let counted = try writing.send(SaleStatements.write, group)
    try writing.send(SaleStatements.audit, group)
    try writing.commit()
    try writing.sync()
    guard let last = try counted.rows().first else { throw Fault.databaseUnavailable(reason: "the day's counter gave no number") }
    return try sales.indices.map { index in
      guard let number = DocumentNumber(.receipt, day: reading.today, number: last - Int32(sales.count - 1 - index)) else {
        throw Fault.databaseUnavailable(reason: "the day's counter gave no number")
      }
      return number
    }
  }
}
