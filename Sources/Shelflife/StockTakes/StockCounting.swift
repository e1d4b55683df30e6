// Counting in a stock take: what somebody found on the shelf, beside what the books said at that instant.
import Postgres

extension StockTakes {
  /// Sets down what one person counted. Any signed-in user.
  ///
  /// Each count keeps where the lot's ledger stood at one instant, read once the stock take is locked: later sales and deliveries do
  /// not disturb it. Locks the stock take, then the products of lots that nobody knew (shared); the lots themselves only for the
  /// moment of the writing, by its foreign keys.
  /// - Throws: `stockTakeNotFound`, `stockTakeEnded`, `productNotFound`, `lotNotFound`, `validation` (a lot twice, a lot or product
  ///   that the stock take does not cover, expiry date against the product).
  package static func count(_ new: NewStockCount, in transaction: WriteTransaction) throws -> StockCount {
    let counter = try transaction.actor()
    try checkDistinct(new.items)
    let take = try hold(new.stockTakeID, in: transaction)
    let seen = try lots(of: new, covered: take.productIDs, in: transaction)

    let now = transaction.info.now
    let entry = StockTakeStatements.Entry(
      id: IdentifierMaker.shared.make(at: now), stockTakeID: take.id, number: take.entries + 1, at: now, by: counter,
      lines: seen.inLockOrder.map { index in
        let lot = seen.lots[index]
        return StockTakeStatements.Line(
          line: index + 1, lot: lot.lot, counted: new.items[index].qty, seen: lot.lot.isFound ? nil : lot)
      })
    let writing = transaction.connection.pipeline()
    try writing.send(StockTakeStatements.insertEntry, entry)
    try writing.send(StockTakeStatements.insertCounts, entry)
    try writing.sync()

    transaction.audit(.stockTakeEntry, entry.id)
    transaction.changes = [
      .made("stockTakeId", take.id.text), .made("entryNo", String(entry.number)), .made("lots", String(new.items.count)),
    ].compactMap(\.self)
    return StockCount(
      stockTakeID: take.id, entryNo: entry.number, countedAt: now, countedBy: counter,
      items: zip(new.items, seen.lots).map { item, lot in
        StockCountItem(lot: lot.lot, countedQty: Int(item.qty), expectedQty: take.isBlind ? nil : Int(lot.remaining))
      })
  }

  /// The lots of a count, item by item, and the items' places in the order in which lots are locked.
  private struct Seen {
    let lots: [StockTakeStatements.SeenLot]
    let inLockOrder: [Int]
  }

  private static func lots(
    of new: NewStockCount, covered: [Identifier]?, in transaction: WriteTransaction
  ) throws -> Seen {
    let targets = new.items.map(\.target)
    let productIDs = targets.compactMap { if case .unknown(let id, _, _) = $0 { id } else { nil } }
    let lotIDs = targets.compactMap { if case .lot(let id) = $0 { id } else { nil } }
    let foundIDs = targets.compactMap { if case .found(let id) = $0 { id } else { nil } }

    var products: [Identifier: Product] = [:]
    if !productIDs.isEmpty {
      let rows = try transaction.run(ProductStatements.share, Array(Set(productIDs)))
      products = Dictionary(uniqueKeysWithValues: rows.map { ($0.id, $0) })
    }
    var missing = Set<Identifier>()
    let unknown = productIDs.filter { products[$0] == nil && missing.insert($0).inserted }
    if !unknown.isEmpty { throw Fault.productNotFound(unknown) }
    let seen = lotIDs.isEmpty ? [] : try transaction.run(StockTakeStatements.see, lotIDs)
    let found =
      foundIDs.isEmpty
      ? [] : try transaction.run(StockTakeStatements.found, .init(stockTakeID: new.stockTakeID, ids: foundIDs))
    let lots = Dictionary(
      uniqueKeysWithValues: seen.map { ($0.lot.id, $0) }
        + found.map { ($0.id, StockTakeStatements.SeenLot(lot: $0, seq: 0, remaining: 0)) })
    let lost = (lotIDs + foundIDs).filter { lots[$0] == nil }
    if !lost.isEmpty { throw Fault.lotNotFound(lost) }

    try check(targets, lots: lots, products: products, covered: covered.map(Set.init))
    let all = targets.compactMap { target -> StockTakeStatements.SeenLot? in
      switch target {
      case .lot(let id), .found(let id): return lots[id]
      case .unknown(let productID, let batchNo, let expiry):
        let lot = CountedLot(
          id: IdentifierMaker.shared.make(at: transaction.info.now), isFound: true, lotRefNo: nil, productID: productID,
          productName: products[productID]?.name ?? "", batchNo: batchNo, expiryDate: expiry)
        return StockTakeStatements.SeenLot(lot: lot, seq: 0, remaining: 0)
      }
    }
    let places = Dictionary(uniqueKeysWithValues: seen.enumerated().map { ($1.lot.id, $0) })
    let order = all.indices.sorted { (places[all[$0].lot.id] ?? seen.count, $0) < (places[all[$1].lot.id] ?? seen.count, $1) }
    return Seen(lots: all, inLockOrder: order)
  }

  private static func checkDistinct(_ items: [NewCountItem]) throws(Fault) {
    struct Unknown: Hashable {
      let productID: Identifier
      let batchNo: String?
      let expiryDate: Day?
    }
    var ids = Set<Identifier>()
    var unknown = Set<Unknown>()
    var issues: [ValidationIssue] = []
    for (index, item) in items.enumerated() {
      let isNew: Bool
      switch item.target {
      case .lot(let id), .found(let id): isNew = ids.insert(id).inserted
      case .unknown(let productID, let batchNo, let expiryDate):
        isNew = unknown.insert(Unknown(productID: productID, batchNo: batchNo, expiryDate: expiryDate)).inserted
      }
      if !isNew {
        issues.append(
          .init(
            path: item.target.path(at: index), code: "duplicate",
            message: "This lot is counted twice in one call: send the sum."))
      }
    }
    if !issues.isEmpty { throw .validation(issues) }
  }

  private static func check(
    _ targets: [CountTarget], lots: [Identifier: StockTakeStatements.SeenLot], products: [Identifier: Product],
    covered: Set<Identifier>?
  ) throws(Fault) {
    var issues: [ValidationIssue] = []
    for (index, target) in targets.enumerated() {
      let productID: Identifier?
      switch target {
      case .lot(let id), .found(let id): productID = lots[id]?.lot.productID
      case .unknown(let id, _, let expiryDate):
        productID = id
        if let issue = products[id]?.issue(with: expiryDate, at: "items[\(index)].expiryDate") { issues.append(issue) }
      }
      if let covered, let productID, !covered.contains(productID) {
        issues.append(
          .init(
            path: target.path(at: index), code: "not-covered", message: "This stock take does not cover the product of this lot.")
        )
      }
    }
    if !issues.isEmpty { throw .validation(issues) }
  }
}

extension CountTarget {
  /// Where an item says what was counted.
  fileprivate func path(at index: Int) -> String {
    switch self {
    case .lot: "items[\(index)].lotId"
    case .unknown: "items[\(index)].productId"
    case .found: "items[\(index)].foundId"
    }
  }
}
