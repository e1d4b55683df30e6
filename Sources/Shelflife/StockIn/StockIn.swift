// Deliveries: each of its lines becomes a lot with its first movement, under a number of the day.
import Postgres

/// Who made a document.
package struct Actor: Sendable, Equatable {
  package let id: Identifier
  package let name: String

  package init(id: Identifier, name: String) {
    self.id = id
    self.name = name
  }
}

/// A delivery with its lines. Costs are as they were received.
package struct StockIn: Sendable, Equatable {
  package let id: Identifier
  package let number: DocumentNumber
  package let createdBy: Actor
  package let createdAt: Instant
  package let supplierName: String?
  package let note: String?
  package let items: [StockInItem]
  /// Nil while nothing of it was cancelled.
  package var cancelled: Reversal?
}

/// One line of a delivery and the lot it made.
package struct StockInItem: Sendable, Equatable {
  package let id: Identifier
  package let productID: Identifier
  package let productName: String
  package let qtyAdded: Int
  package let unitCost: UnitCost
  package let expiryDate: Day?
  package let batchNo: String?
  package let lotID: Identifier
  /// What cancellations took out of the lot; nil while there are none.
  package var cancelledQty: Int?
}

/// What `stockIn.create` is given.
package struct NewStockIn: Sendable {
  package let id: Identifier?
  package let items: [NewStockInItem]
  package let supplierName: String?
  package let note: String?
  package let allowExpired: Bool

  package init(id: Identifier?, items: [NewStockInItem], supplierName: String?, note: String?, allowExpired: Bool) {
    self.id = id
    self.items = items
    self.supplierName = supplierName
    self.note = note
    self.allowExpired = allowExpired
  }
}

package struct NewStockInItem: Sendable {
  package let productID: Identifier
  package let qtyAdded: Quantity
  package let unitCost: UnitCost
  package let expiryDate: Day?
  package let batchNo: String?

  package init(productID: Identifier, qtyAdded: Quantity, unitCost: UnitCost, expiryDate: Day?, batchNo: String?) {
    self.productID = productID
    self.qtyAdded = qtyAdded
    self.unitCost = unitCost
    self.expiryDate = expiryDate
    self.batchNo = batchNo
  }
}

/// Which documents a list is asked for, newest first. Dates are business dates, both ends included.
package struct DocumentFilter: Sendable {
  package let from: Day?
  package let to: Day?
  package let productID: Identifier?
  package let limit: Int
  package let after: DocumentKey?

  package init(from: Day?, to: Day?, productID: Identifier?, limit: Int, after: DocumentKey?) {
    self.from = from
    self.to = to
    self.productID = productID
    self.limit = limit
    self.after = after
  }
}

/// Where a list ordered by day and number goes on.
package struct DocumentKey: Sendable, Equatable {
  package let day: Day
  package let number: Int32

  package init(day: Day, number: Int32) {
    self.day = day
    self.number = number
  }
}

/// How one document is asked for.
package enum DocumentReference: Sendable, Equatable {
  case id(Identifier)
  case number(DocumentNumber)
}

package enum StockIns {
  /// Books a delivery: number, lots and movements at once. Owner only.
  ///
  /// A lot of a batch that is being recalled is recalled from the start. Locks the recalls (shared, if a batch is named), the products
  /// (shared), then the day's counter.
  /// - Throws: `productNotFound`, `productInactive`, `validation` (expiry date against the product), `expiryInPast`, `idTaken`,
  ///   `clockMovedBackwards`, `clockJumpedAhead`.
  package static func create(_ new: NewStockIn, in transaction: WriteTransaction) throws -> StockIn {
    try transaction.context.checkClock()
    let namesBatch = new.items.contains { $0.batchNo != nil }
    if namesBatch { try Recalls.shareOpen(in: transaction) }
    let products = try transaction.run(ProductStatements.share, Array(Set(new.items.map(\.productID))))
    let byID = Dictionary(uniqueKeysWithValues: products.map { ($0.id, $0) })
    try check(new, against: byID, today: transaction.context.today)

    let now = transaction.info.now
    let today = transaction.context.today
    let counted = try transaction.run(SequenceStatements.nextStockIn, today)
    guard let last = counted.first, let number = DocumentNumber(.delivery, day: today, number: last) else {
      throw Fault.databaseUnavailable(reason: "the day's counter gave no number")
    }
    let id = new.id ?? IdentifierMaker.shared.make(at: now)
    let items = new.items.map { item in
      let lotID = IdentifierMaker.shared.make(at: now)
      return StockInItem(
        id: lotID, productID: item.productID, productName: byID[item.productID]?.name ?? "", qtyAdded: Int(item.qtyAdded.count),
        unitCost: item.unitCost, expiryDate: item.expiryDate, batchNo: item.batchNo, lotID: lotID)
    }
    let stockIn = StockIn(
      id: id, number: number, createdBy: try transaction.actor(), createdAt: now,
      supplierName: new.supplierName, note: new.note, items: items)
    do {
      try write(stockIn, on: transaction.connection)
    } catch let error as PostgresError where error.violates("stock_in_pkey") {
      throw Fault.idTaken(id)
    }
    let recalled = namesBatch ? try recall(items, in: transaction) : 0
    transaction.audit(.stockIn, id)
    for item in items { transaction.audit(.lot, item.lotID) }
    transaction.changes = [
      .made("refNo", number.text), .made("supplierName", new.supplierName), .made("lots", String(items.count)),
      .made("recalledLots", recalled > 0 ? String(recalled) : nil),
    ].compactMap(\.self)
    return stockIn
  }

  /// Marks the new lots whose batch is being recalled before anybody can sell of them; answers how many.
  private static func recall(_ items: [StockInItem], in transaction: WriteTransaction) throws -> Int {
    let blocked = try Recalls.blocked(
      items.map { BatchOfProduct(batchNo: $0.batchNo, productID: $0.productID) }, in: transaction)
    if !blocked.isEmpty {
      _ = try transaction.run(
        LotBookStatements.setStatus, .init(ids: blocked.sorted().map { items[$0].lotID }, status: .recalled))
    }
    return blocked.count
  }

  private static func write(_ stockIn: StockIn, on connection: Connection) throws {
    let writing = connection.pipeline()
    try writing.send(StockInStatements.insert, stockIn)
    try writing.send(StockInStatements.insertLots, stockIn)
    try writing.send(StockInStatements.insertMovements, stockIn)
    try writing.sync()
  }

  private static func check(_ new: NewStockIn, against products: [Identifier: Product], today: Day) throws(Fault) {
    var seen = Set<Identifier>()
    let ordered = new.items.map(\.productID).filter { seen.insert($0).inserted }
    let missing = ordered.filter { products[$0] == nil }
    if !missing.isEmpty { throw .productNotFound(missing) }
    let inactive = ordered.filter { products[$0]?.isActive == false }
    if !inactive.isEmpty { throw .productInactive(inactive) }

    var issues: [ValidationIssue] = []
    var expired: [ValidationIssue] = []
    for (index, item) in new.items.enumerated() {
      let path = "items[\(index)].expiryDate"
      if let issue = products[item.productID]?.issue(with: item.expiryDate, at: path) {
        issues.append(issue)
      } else if let expiry = item.expiryDate, expiry < today, !new.allowExpired {
        expired.append(.init(path: path, code: "expiry-in-past", message: "The lot has expired already."))
      }
    }
    if !issues.isEmpty { throw .validation(issues) }
    if !expired.isEmpty { throw .expiryInPast(expired) }
  }

  /// One delivery. Owner only.
  ///
  /// - Throws: `stockInNotFound`.
  package static func get(_ reference: DocumentReference, in read: ReadTransaction) throws -> StockIn {
    let heads = try read.run(StockInStatements.get, reference)
    guard let stockIn = try withItems(heads, on: read.connection).first else { throw Fault.stockInNotFound }
    return stockIn
  }

  /// Deliveries, newest first. Owner only.
  package static func list(_ filter: DocumentFilter, in read: ReadTransaction) throws -> KeyedPage<StockIn, DocumentKey> {
    let statement = filter.productID == nil ? StockInStatements.list : StockInStatements.listOfProduct
    let page = KeyedPage(try read.run(statement, filter), limit: filter.limit) {
      DocumentKey(day: $0.number.day, number: $0.number.number)
    }
    return KeyedPage(items: try withItems(page.items, on: read.connection), next: page.next)
  }

  private static func withItems(_ heads: [StockIn], on connection: Connection) throws -> [StockIn] {
    guard !heads.isEmpty else { return [] }
    let ids = heads.map(\.id)
    let reading = connection.pipeline()
    let itemRows = try reading.send(StockInStatements.items, ids)
    let cancellationRows = try reading.send(StockInStatements.cancellations, ids)
    let cancelledRows = try reading.send(StockInStatements.cancelledLots, ids)
    try reading.sync()
    let items = Dictionary(grouping: try itemRows.rows(), by: \.stockInID)
    let cancellations = Dictionary(try cancellationRows.rows().map { ($0.stockInID, $0.cancellation) }) { _, latest in latest }
    let cancelled = Dictionary(uniqueKeysWithValues: try cancelledRows.rows().map { ($0.lotID, $0.qty) })
    return heads.map { head in
      StockIn(
        id: head.id, number: head.number, createdBy: head.createdBy, createdAt: head.createdAt, supplierName: head.supplierName,
        note: head.note,
        items: (items[head.id] ?? []).map { row in
          var item = row.item
          item.cancelledQty = cancelled[item.lotID]
          return item
        },
        cancelled: cancellations[head.id])
    }
  }
}
