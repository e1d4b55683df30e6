// What a till needs to fill a ledger and to read it back: documents made on the one path that writes them.
import Testing

@testable import Shelflife

extension Till {
  @discardableResult
  func document(
    _ method: String, _ subject: StockDocument.Subject, lots: [Identifier], reason: String? = nil, note: String? = nil,
    changed: [Identifier] = [], _ body: (inout LedgerDraft) -> Void
  ) throws -> StockDocument {
    try done(method) { transaction in
      var draft = LedgerDraft(try transaction.hold(lots))
      body(&draft)
      let head = NewStockDocument(
        id: IdentifierMaker.shared.make(at: transaction.info.now), subject: subject, reason: reason, note: note)
      return try StockDocuments.write(head, draft, changed: changed, in: transaction)
    }
  }

  @discardableResult
  func writeOff(_ lines: [(lot: Identifier, qty: Int32)], _ loss: Loss = .damaged, note: String? = nil) throws -> StockDocument {
    try document("stock.writeOff", .writeOff(loss), lots: lines.map(\.lot), note: note) { draft in
      for line in lines { draft.book(.writtenOff, -line.qty, of: line.lot) }
    }
  }

  @discardableResult
  func sendBack(_ lot: Identifier, _ qty: Int32, to supplier: String? = "Pharma Wholesale") throws -> StockDocument {
    try document("stock.returnToSupplier", .supplierReturn(supplier: supplier), lots: [lot], reason: "Damaged boxes") { draft in
      draft.book(.returnedToSupplier, -qty, of: lot)
    }
  }

  /// A correction of the quantity, or of none; with a cost or an expiry that holds from then on.
  @discardableResult
  func adjust(_ lot: Identifier, qty: Int32 = 0, cost: Int64? = nil, expiry: Day? = nil) throws -> StockDocument {
    try document("lots.correct", .correction, lots: [lot], reason: "Typed wrong", changed: [lot]) { draft in
      draft.change(lot) { held in
        if let cost { held.unitCost = UnitCost(tenThousandths: cost) }
        if let expiry { held.expiry = expiry }
      }
      draft.book(.corrected, qty, of: lot)
    }
  }

  /// Takes units of a sale's only allocation back, for the first time.
  @discardableResult
  func takeBack(_ sale: Sale, _ qty: Int32, _ disposition: Disposition, note: String? = nil) throws -> StockDocument {
    let item = sale.items[0]
    let taken = item.allocations[0]
    // Staff were not told the cost.
    let cost = try sql("select unit_cost from stock_movement where sale_id = '\(sale.id.text)' and line = 1 and take = 1")
    let take = GivenTake(
      saleID: sale.id, receiptLine: 1, take: 1, takesLeft: 0, taken: Int32(item.qty), qty: Int32(taken.qtyTaken),
      lotID: taken.lotID, productID: item.productID, productName: item.productName,
      unitCost: UnitCost(tenThousandths: try #require(Int64(cost[0]))),
      unitPrice: item.unitPrice, backNo: 0, givenBack: 0)
    let refund = Money(minor: item.unitPrice.minor * Int64(qty))
    return try document(
      "sales.return", .saleReturn(saleID: sale.id, receipt: sale.number), lots: [taken.lotID], note: note
    ) { draft in
      draft.book(
        .returned, qty, of: taken.lotID, unitCost: take.unitCost,
        giving: DraftGiving(
          take: take, backNo: 1, givenBack: qty, refund: refund, disposition: disposition, isForced: false))
      if disposition == .destroy { draft.book(.writtenOff, -qty, of: taken.lotID) }
    }
  }

  // MARK: - Reading back

  func card(_ subject: CardSubject, limit: Int = 500, after: CardKey? = nil) throws -> StockCard {
    try read { try Cards.page(of: subject, limit: limit, after: after, in: $0) }
  }

  /// All of a card, read in pages of so many.
  func wholeCard(_ subject: CardSubject, by limit: Int) throws -> [CardItem] {
    var items: [CardItem] = []
    var after: CardKey?
    repeat {
      let page = try card(subject, limit: limit, after: after).page
      #expect(page.items.count == limit || page.next == nil)
      items += page.items
      after = page.next
    } while after != nil
    return items
  }

  func stock(asOf day: Day, of product: Identifier? = nil, by limit: Int = 500) throws -> (StockAsOf.Totals, [LotBalance]) {
    var lots: [LotBalance] = []
    var totals: StockAsOf.Totals
    var after: Int64?
    repeat {
      let stock = try read { try StocksAsOf.page(of: day, productID: product, limit: limit, after: after, in: $0) }
      totals = stock.totals
      lots += stock.page.items
      after = stock.page.next
    } while after != nil
    return (totals, lots)
  }
}

extension CardItem {
  /// `sold STK-…-1#3 -2 = 8 of 13 at 1.0000: sale RCPT-… by Sam Staff`.
  var told: String {
    let lot = lotRefNo.dropFirst("STK-".count)
    return
      "\(kind.rawValue) \(lot)#\(seq) \(qty) = \(lotBalance) of \(balance) at \(unitCost.text): \(cause.number) by \(by.name)"
  }
}
