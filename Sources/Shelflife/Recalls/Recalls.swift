// Recalls: started, looked into and ended. One advisory lock keeps their beginnings and ends apart from deliveries of batches.
import Postgres

package enum Recalls {
  private static let lock = WriteKey.lock(of: "recalls")

  /// Blocks a batch: every lot of it becomes recalled, whatever it was and held, and so do those of deliveries to come. Owner only.
  ///
  /// Locks the recalls, the product (shared), the lots of the batch. A sale that waits for them goes on without them.
  /// - Throws: `productNotFound`, `recallExists`, `idTaken`.
  package static func start(_ new: NewRecall, in transaction: WriteTransaction) throws -> RecallReport {
    let starter = try transaction.actor()
    _ = try transaction.run(IdempotencyStatements.lock, [lock])
    let product = try new.productID.map { try shared($0, in: transaction) }
    let now = transaction.info.now
    let id = new.id ?? IdentifierMaker.shared.make(at: now)
    let recall = Recall(
      id: id, batchNo: new.batchNo, productID: new.productID, productName: product?.name, reason: new.reason, startedAt: now,
      startedBy: starter, ended: nil)
    do {
      _ = try transaction.run(RecallStatements.insert, .init(recall: recall, day: transaction.context.today))
    } catch let error as PostgresError where error.violates("recall_single_open") {
      throw Fault.recallExists
    } catch let error as PostgresError where error.violates("recall_pkey") {
      throw Fault.idTaken(id)
    }

    // What customers bring back meanwhile may make another lot, until the lot they had is locked.
    let lots = try transaction.holdAll { try transaction.run(RecallStatements.lots, recall) }.filter { $0.status != .recalled }
    if !lots.isEmpty {
      _ = try transaction.run(LotBookStatements.setStatus, .init(ids: lots.map(\.id), status: .recalled))
    }
    transaction.audit(.recall, id)
    for lot in lots { transaction.audit(.lot, lot.id) }
    transaction.changes = [
      .made("batchNo", recall.batchNo), .made("productName", recall.productName), .made("reason", recall.reason),
      .made("lots", String(lots.count)),
    ].compactMap(\.self)
    return try report(
      recall, limit: ShopLimits.pageDefault, after: nil, today: transaction.context.today, on: transaction.connection)
  }

  private static func shared(_ id: Identifier, in transaction: WriteTransaction) throws -> Product {
    guard let product = try transaction.run(ProductStatements.share, [id]).first else { throw Fault.productNotFound([id]) }
    return product
  }

  /// Ends a recall. Its lots stay recalled until somebody says otherwise; deliveries to come are not blocked any more. Owner only.
  ///
  /// Locks the recalls.
  /// - Throws: `recallNotFound`, `recallEnded`.
  package static func end(_ id: Identifier, reason: String, in transaction: WriteTransaction) throws -> Recall {
    let end = Ending(at: transaction.info.now, by: try transaction.actor(), reason: reason)
    _ = try transaction.run(IdempotencyStatements.lock, [lock])
    guard let recall = try transaction.run(RecallStatements.get, id).first else { throw Fault.recallNotFound }
    guard recall.ended == nil else { throw Fault.recallEnded }
    _ = try transaction.run(RecallStatements.end, .init(id: id, end: end))
    transaction.audit(.recall, id)
    transaction.changes = [.made("batchNo", recall.batchNo), .made("reason", reason)].compactMap(\.self)
    return Recall(
      id: recall.id, batchNo: recall.batchNo, productID: recall.productID, productName: recall.productName, reason: recall.reason,
      startedAt: recall.startedAt, startedBy: recall.startedBy, ended: end)
  }

  /// Recalls, newest first. Any signed-in user.
  package static func list(_ filter: RecallFilter, in read: ReadTransaction) throws -> KeyedPage<Recall, MomentKey> {
    KeyedPage(try read.run(RecallStatements.list, filter), limit: filter.limit) {
      MomentKey(at: $0.startedAt, id: $0.id)
    }
  }

  /// What a recall has come to, with a page of the receipts that took from its lots. Owner only.
  ///
  /// - Throws: `recallNotFound`.
  package static func report(
    _ id: Identifier, limit: Int, after: LotReceiptKey?, in read: ReadTransaction
  ) throws -> RecallReport {
    guard let recall = try read.run(RecallStatements.get, id).first else { throw Fault.recallNotFound }
    return try report(recall, limit: limit, after: after, today: read.context.today, on: read.connection)
  }

  private static func report(
    _ recall: Recall, limit: Int, after: LotReceiptKey?, today: Day, on connection: Connection
  ) throws -> RecallReport {
    let ids = try connection.run(RecallStatements.lots, recall)
    let reading = connection.pipeline()
    let lotRows = try reading.send(LotBookStatements.reckoned, .init(ids: ids, today: today))
    let receipts = try reading.send(LotBookStatements.receipts, .init(lotIDs: ids, limit: limit, after: after))
    try reading.sync()
    let lots = try lotRows.rows()
    return RecallReport(
      recall: recall, lots: lots, figures: RecallFigures(of: lots),
      receipts: KeyedPage(try receipts.rows(), limit: limit, key: \.key))
  }

  // MARK: - What brings a batch in

  /// Keeps recalls from starting and ending until the transaction ends. Taken before products and lots are locked, by whatever gives a lot
  /// its batch.
  static func shareOpen(in transaction: WriteTransaction) throws {
    _ = try transaction.run(RecallStatements.share, lock)
  }

  /// Whether a batch of a product is being recalled. To be asked once the recalls are locked.
  static func blocks(_ batchNo: String, of productID: Identifier, in transaction: WriteTransaction) throws -> Bool {
    try !blocked([BatchOfProduct(batchNo: batchNo, productID: productID)], in: transaction).isEmpty
  }

  /// The places, from 0, of those batches that are being recalled. To be asked once the recalls are locked.
  static func blocked(_ batches: [BatchOfProduct], in transaction: WriteTransaction) throws -> Set<Int> {
    Set(try transaction.run(RecallStatements.blocked, batches))
  }
}

/// A batch that a lot is to have; nil for none.
struct BatchOfProduct: Sendable {
  let batchNo: String?
  let productID: Identifier
}
