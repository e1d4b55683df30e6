// Quoting sales and reading them back; making them is SaleGroup's.
import Postgres

package enum Sales {
  /// What `sales.create` would do now: it never fails for stock and reserves nothing. Any signed-in user.
  ///
  /// - Throws: `productNotFound`, `productInactive`, `priceChanged`.
  package static func quote(_ request: SaleRequest, in read: ReadTransaction) throws -> Quote {
    let ids = request.distinctProducts
    let reading = read.connection.pipeline()
    let productRows = try reading.send(ProductStatements.get, ids)
    let lotRows = try reading.send(SaleStatements.allLots, ids)
    try reading.sync()
    let products = Dictionary(uniqueKeysWithValues: try productRows.rows().map { ($0.id, $0) })
    let lots = try lotRows.rows()
    try SaleRules.check(request, against: products)
    let totals = try SaleRules.totals(of: request, at: products)
    let shelf = Shelf(lots: lots.map(\.shelf), today: read.context.today)
    let plan = shelf.plan(request.lines)
    let skipped = shelf.skippedLots(of: ids)
    let items = request.items.enumerated().compactMap { index, item -> QuoteItem? in
      guard let product = products[item.productID] else { return nil }
      return QuoteItem(
        line: index + 1, productID: product.id, productName: product.name, qty: Int(item.qty.count),
        unitPrice: product.sellingPrice, lineTotal: totals.lines[index],
        allocations: plan.lines[index].map { $0.described(by: lots, withCost: read.seesCosts) },
        skippedLots: (skipped[product.id] ?? []).map { $0.described(by: lots) })
    }
    return Quote(
      items: items, totalAmount: totals.total, shortages: plan.shortages.map { $0.described(by: products, lots: lots) })
  }

  /// One sale. Staff see their own only.
  ///
  /// - Throws: `saleNotFound`.
  package static func get(_ reference: DocumentReference, in read: ReadTransaction) throws -> Sale {
    let heads = try read.run(
      SaleStatements.get, .init(reference: reference, soldBy: read.seesCosts ? nil : read.info.caller?.userID))
    guard let sale = try whole(heads, seesCosts: read.seesCosts, on: read.connection).first else { throw Fault.saleNotFound }
    return sale
  }

  /// Sales, newest first. Staff see their own only.
  package static func list(_ filter: SaleFilter, in read: ReadTransaction) throws -> KeyedPage<Sale, DocumentKey> {
    if let caller = read.info.caller, caller.role == .staff, let wanted = filter.soldByUserID, wanted != caller.userID {
      return KeyedPage(items: [], next: nil)
    }
    let own = read.seesCosts ? filter : filter.only(soldBy: read.info.caller?.userID)
    let page = KeyedPage(try heads(own, in: read), limit: own.limit) {
      DocumentKey(day: $0.number.day, number: $0.number.number)
    }
    return KeyedPage(items: try whole(page.items, seesCosts: read.seesCosts, on: read.connection), next: page.next)
  }

  /// Sales of a lot or of a product are found through its movements, however many others there are; those of a product by somebody who
  /// sold little, through what they sold, and else in the days in which they did.
  private static func heads(_ filter: SaleFilter, in read: ReadTransaction) throws -> [Sale] {
    if let lotID = filter.lotID { return try read.run(SaleStatements.listOfLots, .init(filter: filter, lotIDs: [lotID])) }
    if filter.productID != nil {
      guard let seller = filter.soldByUserID else { return try read.run(SaleStatements.listOfProduct, filter) }
      guard let span = try read.run(SaleStatements.sellerSpan, seller).first else { return [] }
      return try span.isOften
        ? read.run(SaleStatements.listOfProduct, filter.within(span.first, span.last))
        : read.run(SaleStatements.listOfSeller, filter)
    }
    return try read.run(filter.soldByUserID == nil ? SaleStatements.list : SaleStatements.listOfSeller, filter)
  }

  /// Prints a receipt again and counts the copies: 1, 2, 3 … for each receipt. Any signed-in user; staff their own sales only.
  ///
  /// Locks the receipt (advisory), so that two copies never get one number.
  /// - Throws: `saleNotFound`.
  package static func reprint(_ reference: DocumentReference, in transaction: WriteTransaction) throws -> Reprint {
    guard let caller = transaction.info.caller else { throw Fault.authorizationRequired }
    let isOwner = caller.role == .owner
    let heads = try transaction.run(
      SaleStatements.get, .init(reference: reference, soldBy: isOwner ? nil : caller.userID))
    guard let sale = try whole(heads, seesCosts: isOwner, on: transaction.connection).first else { throw Fault.saleNotFound }
    _ = try transaction.run(IdempotencyStatements.lock, [WriteKey.lock(of: "receipt:" + sale.id.text)])
    let now = transaction.info.now
    let copyID = IdentifierMaker.shared.make(at: now)
    let written = try transaction.run(
      SaleStatements.insertCopy, .init(id: copyID, saleID: sale.id, printedAt: now, printedBy: caller.userID))
    guard let copyNo = written.first else { throw Fault.databaseUnavailable(reason: "the copy was not counted") }
    transaction.audit(.sale, sale.id)
    transaction.audit(.copy, copyID)
    transaction.changes = [.made("copyNo", String(copyNo))].compactMap(\.self)
    return Reprint(sale: sale, copyNo: copyNo)
  }

  /// The sale that a stored key leads to, as its maker saw it.
  package static func replayed(_ id: Identifier, for caller: Caller?, on connection: Connection) throws -> Sale {
    let heads = try connection.run(SaleStatements.get, .init(reference: .id(id), soldBy: nil))
    guard let sale = try asSold(heads, seesCosts: caller?.role == .owner, on: connection).first else { throw Fault.saleNotFound }
    return sale
  }

  /// Sales with their lines and with what became of them since.
  static func whole(_ heads: [Sale], seesCosts: Bool, on connection: Connection) throws -> [Sale] {
    guard !heads.isEmpty else { return [] }
    let ids = heads.map(\.id)
    let reading = connection.pipeline()
    let documentRows = try reading.send(ReturnStatements.documents, ids)
    let returnedRows = try reading.send(ReturnStatements.returned, ids)
    try reading.sync()
    let documents = Dictionary(grouping: try documentRows.rows(), by: \.saleID)
    let returned = Dictionary(
      uniqueKeysWithValues: try returnedRows.rows().map { (LineKey(saleID: $0.saleID, line: $0.line), $0.qty) })
    return try asSold(heads, seesCosts: seesCosts, on: connection).map { sold in
      guard let since = documents[sold.id] else { return sold }
      var sale = sold.with(
        items: sold.items.map { item in
          var item = item
          item.returnedQty = returned[LineKey(saleID: sold.id, line: item.line)]
          return item
        })
      sale.voided = since.first { $0.kind == .void }?.reversal
      sale.refunded = try Returns.refunded(since.map(\.refund))
      return sale
    }
  }

  private static func asSold(_ heads: [Sale], seesCosts: Bool, on connection: Connection) throws -> [Sale] {
    guard !heads.isEmpty else { return [] }
    let ids = heads.map(\.id)
    let reading = connection.pipeline()
    let lineRows = try reading.send(SaleStatements.lines, ids)
    let takeRows = try reading.send(SaleStatements.takes, .init(saleIDs: ids, seesCosts: seesCosts))
    try reading.sync()
    let takes = Dictionary(grouping: try takeRows.rows()) { LineKey(saleID: $0.saleID, line: $0.line) }
    let lines = Dictionary(grouping: try lineRows.rows(), by: \.saleID)
    return heads.map { head in
      head.with(
        items: (lines[head.id] ?? []).map { row in
          row.item.with(allocations: (takes[LineKey(saleID: head.id, line: row.item.line)] ?? []).map(\.allocation))
        })
    }
  }

  private struct LineKey: Hashable {
    let saleID: Identifier
    let line: Int
  }
}

extension SaleFilter {
  fileprivate func within(_ first: Day, _ last: Day) -> SaleFilter {
    SaleFilter(
      from: from.map { max($0, first) } ?? first, to: to.map { min($0, last) } ?? last, soldByUserID: soldByUserID,
      productID: productID, lotID: lotID, receiptNo: receiptNo, limit: limit, after: after)
  }

  fileprivate func only(soldBy userID: Identifier?) -> SaleFilter {
    SaleFilter(
      from: from, to: to, soldByUserID: userID, productID: productID, lotID: lotID, receiptNo: receiptNo, limit: limit,
      after: after)
  }
}

extension Sale {
  fileprivate func with(items: [SaleItem]) -> Sale {
    Sale(
      id: id, number: number, soldBy: soldBy, soldAt: soldAt, totalAmount: totalAmount, paymentMethod: paymentMethod, note: note,
      till: till, items: items)
  }
}

extension SaleItem {
  fileprivate func with(allocations: [SaleAllocation]) -> SaleItem {
    SaleItem(
      id: id, line: line, productID: productID, productName: productName, qty: qty, unitPrice: unitPrice, lineTotal: lineTotal,
      allocations: allocations)
  }
}
