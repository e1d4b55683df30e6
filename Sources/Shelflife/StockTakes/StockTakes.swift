// Stock takes: started, listed, reviewed and cancelled. Counting in them and applying them are files of their own.
import Postgres

package enum StockTakes {
  /// Starts a stock take beside those that are open already. Owner only.
  ///
  /// - Throws: `validation` (a product twice), `productNotFound` (every unknown one), `idTaken`.
  package static func start(_ new: NewStockTake, in transaction: WriteTransaction) throws -> StockTake {
    let starter = try transaction.actor()
    if let ids = new.productIDs { try check(ids, in: transaction) }
    let now = transaction.info.now
    let id = new.id ?? IdentifierMaker.shared.make(at: now)
    let started = StockTakeStatements.Started(
      id: id, new: new, by: starter, at: now,
      day: transaction.context.today)
    do {
      try write(started, on: transaction.connection)
    } catch let error as PostgresError where error.violates("stock_take_pkey") {
      throw Fault.idTaken(id)
    }
    transaction.audit(.stockTake, id)
    transaction.changes = [
      .made("products", new.productIDs.map { String($0.count) } ?? "all"), .made("blind", new.isBlind ? "true" : nil),
      .made("tolerance", String(new.tolerance)), .made("note", new.note),
    ].compactMap(\.self)
    return StockTake(
      id: id, startedAt: now, startedBy: started.by, note: new.note, isBlind: new.isBlind, tolerance: new.tolerance,
      productIDs: new.productIDs?.sorted(), state: .open, ending: nil, entries: 0)
  }

  private static func write(_ started: StockTakeStatements.Started, on connection: Connection) throws {
    let writing = connection.pipeline()
    try writing.send(StockTakeStatements.insert, started)
    try writing.send(StockTakeStatements.insertProducts, started)
    try writing.sync()
  }

  private static func check(_ ids: [Identifier], in transaction: WriteTransaction) throws {
    var seen = Set<Identifier>()
    var issues: [ValidationIssue] = []
    for (index, id) in ids.enumerated() where !seen.insert(id).inserted {
      issues.append(.init(path: "productIds[\(index)]", code: "duplicate", message: "This product is named twice."))
    }
    if !issues.isEmpty { throw Fault.validation(issues) }
    let known = Set(try transaction.run(ProductStatements.get, ids).map(\.id))
    let missing = ids.filter { !known.contains($0) }
    if !missing.isEmpty { throw Fault.productNotFound(missing) }
  }

  /// Ends a stock take that changes nothing; what was counted stays on record. Owner only.
  ///
  /// Locks the stock take.
  /// - Throws: `stockTakeNotFound`, `stockTakeEnded`.
  package static func cancel(_ id: Identifier, reason: String, in transaction: WriteTransaction) throws -> StockTake {
    try end(try hold(id, in: transaction), as: .cancelled, reason: reason, in: transaction)
  }

  /// Stock takes, the last one started first. Any signed-in user: who counts must find what to count in.
  package static func list(_ filter: StockTakeFilter, in read: ReadTransaction) throws -> KeyedPage<StockTake, MomentKey> {
    KeyedPage(try read.run(StockTakeStatements.list, filter), limit: filter.limit) {
      MomentKey(at: $0.startedAt, id: $0.id)
    }
  }

  /// What was counted, held against the books; of an ended stock take too. Owner only.
  ///
  /// - Throws: `stockTakeNotFound`.
  package static func review(_ filter: ReviewFilter, in read: ReadTransaction) throws -> StockTakeReview {
    let reading = read.connection.pipeline()
    let takes = try reading.send(StockTakeStatements.get, filter.stockTakeID)
    let sums = try reading.send(StockTakeReviewStatements.totals, filter.stockTakeID)
    let lots = try reading.send(StockTakeReviewStatements.lots, filter)
    try reading.sync()
    guard let take = try takes.rows().first, let totals = try sums.rows().first else { throw Fault.stockTakeNotFound }
    return StockTakeReview(
      stockTake: take, totals: totals,
      page: KeyedPage(try lots.rows(), limit: filter.limit) { ReviewKey(number: $0.number, id: $0.lot.id) })
  }

  /// Locks a stock take that is open.
  ///
  /// - Throws: `stockTakeNotFound`, `stockTakeEnded`.
  static func hold(_ id: Identifier, in transaction: WriteTransaction) throws -> StockTake {
    guard let take = try transaction.run(StockTakeStatements.lock, id).first else { throw Fault.stockTakeNotFound }
    guard take.state == .open else { throw Fault.stockTakeEnded }
    return take
  }

  /// Ends a stock take that the transaction holds.
  static func end(
    _ take: StockTake, as state: StockTake.State, reason: String, in transaction: WriteTransaction
  ) throws -> StockTake {
    let ending = Ending(at: transaction.info.now, by: try transaction.actor(), reason: reason)
    _ = try transaction.run(StockTakeStatements.end, .init(id: take.id, state: state, ending: ending))
    transaction.audit(.stockTake, take.id)
    transaction.changes = [
      .changed("state", take.state.rawValue, state.rawValue), .made("reason", reason),
    ].compactMap(\.self)
    return StockTake(
      id: take.id, startedAt: take.startedAt, startedBy: take.startedBy, note: take.note, isBlind: take.isBlind,
      tolerance: take.tolerance, productIDs: take.productIDs, state: state, ending: ending, entries: take.entries)
  }
}
