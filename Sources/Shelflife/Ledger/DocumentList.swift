// Stock documents read back: one, a list of them, and what was written off in a span of days.
import Postgres

/// Which stock documents a list is asked for, newest first. Dates are business dates, both ends included.
package struct StockDocumentFilter: Sendable {
  package let kind: StockDocument.Kind?
  package let from: Day?
  package let to: Day?
  /// Only documents with a line of this product.
  package let productID: Identifier?
  /// Only documents with a line of this lot.
  package let lotID: Identifier?
  /// Only what was given back of this receipt.
  package let receiptNo: DocumentNumber?
  package let limit: Int
  package let after: MomentKey?

  package init(
    kind: StockDocument.Kind?, from: Day?, to: Day?, productID: Identifier?, lotID: Identifier?, receiptNo: DocumentNumber?,
    limit: Int, after: MomentKey?
  ) {
    self.kind = kind
    self.from = from
    self.to = to
    self.productID = productID
    self.lotID = lotID
    self.receiptNo = receiptNo
    self.limit = limit
    self.after = after
  }
}

/// Where a report of lines goes on: the last one shown.
package struct DocumentLineKey: Sendable, Equatable {
  package let document: MomentKey
  package let line: Int32

  package init(document: MomentKey, line: Int32) {
    self.document = document
    self.line = line
  }
}

/// Why units were written off.
package enum WriteOffReason: Sendable, Hashable, CaseIterable {
  case loss(Loss)
  /// A customer brought them back and they were thrown away.
  case returned

  /// In the order of a report.
  package static let allCases = Loss.allCases.map(WriteOffReason.loss) + [.returned]
}

/// Units written off and what they had cost, both above zero.
package struct WriteOffFigures: Sendable, Equatable {
  package let qty: Int
  package let value: Amount
}

package struct WriteOffsOfReason: Sendable, Equatable {
  package let reason: WriteOffReason
  package let figures: WriteOffFigures
}

/// A line of a document by which units were written off.
package struct WrittenOffLine: Sendable, Equatable {
  package let documentID: Identifier
  package let documentNo: DocumentNumber
  package let at: Instant
  /// By the name of that day.
  package let by: Actor
  package let reason: WriteOffReason
  /// The document's.
  package let note: String?
  package let lotID: Identifier
  package let lotRefNo: String
  package let productID: Identifier
  /// The present name.
  package let productName: String
  /// Units, above zero.
  package let qty: Int
  package let unitCost: UnitCost
  let line: Int32

  package var value: Amount { unitCost.times(Int32(clamping: qty)) }
}

/// One page of what was written off; the figures are those of the whole span.
package struct WriteOffReport: Sendable {
  package let totals: WriteOffFigures
  /// The reasons there were, in their order.
  package let reasons: [WriteOffsOfReason]
  package let page: KeyedPage<WrittenOffLine, DocumentLineKey>
}

extension StockDocuments {
  /// One document with its lines. Owner only.
  ///
  /// - Throws: `documentNotFound`, also for the number of a sale or of a delivery.
  package static func get(_ reference: DocumentReference, in read: ReadTransaction) throws -> StockDocument {
    let heads = try read.run(DocumentListStatements.get, reference)
    guard let document = try withLines(heads, on: read.connection).first else { throw Fault.documentNotFound }
    return document
  }

  /// Documents with their lines, newest first. Owner only.
  package static func list(
    _ filter: StockDocumentFilter, in read: ReadTransaction
  ) throws -> KeyedPage<StockDocument, MomentKey> {
    let page = KeyedPage(try heads(filter, in: read), limit: filter.limit) { MomentKey(at: $0.at, id: $0.id) }
    return KeyedPage(items: try withLines(page.items, on: read.connection), next: page.next)
  }

  /// Documents of a receipt, a lot or a product are found through it, however many others there are.
  private static func heads(_ filter: StockDocumentFilter, in read: ReadTransaction) throws -> [StockDocument] {
    if filter.receiptNo != nil { return try read.run(DocumentListStatements.listOfReceipt, filter) }
    if let lotID = filter.lotID { return try read.run(DocumentListStatements.listOfLots, .init(filter: filter, lotIDs: [lotID])) }
    if let productID = filter.productID {
      let lots = try read.run(SaleStatements.lotsOfProduct, productID)
      return try read.run(DocumentListStatements.listOfLots, .init(filter: filter, lotIDs: lots))
    }
    return try read.run(filter.kind == nil ? DocumentListStatements.list : DocumentListStatements.listOfKind, filter)
  }

  private static func withLines(_ heads: [StockDocument], on connection: Connection) throws -> [StockDocument] {
    guard !heads.isEmpty else { return [] }
    let rows = try connection.run(DocumentListStatements.lines, heads.map(\.id))
    let lines = Dictionary(grouping: rows, by: \.documentID)
    return heads.map { head in
      StockDocument(
        id: head.id, number: head.number, at: head.at, madeBy: head.madeBy, subject: head.subject, reason: head.reason,
        note: head.note, refund: head.refund, lines: (lines[head.id] ?? []).map(\.line))
    }
  }

  /// What was written off in a span of business dates and what it had cost, newest first: write-offs, and what customers brought
  /// back and was thrown away. Owner only.
  package static func writeOffs(
    _ span: DaySpan, limit: Int, after: DocumentLineKey?, in read: ReadTransaction
  ) throws -> WriteOffReport {
    let wanted = DocumentListStatements.WriteOffInput(span: span, limit: limit, after: after)
    let reading = read.connection.pipeline()
    let sums = try reading.send(DocumentListStatements.writeOffSums, span)
    let rows = try reading.send(DocumentListStatements.writeOffs, wanted)
    try reading.sync()
    let byReason = Dictionary(uniqueKeysWithValues: try sums.rows().map { ($0.reason, $0) })
    let reasons = WriteOffReason.allCases.compactMap { byReason[$0] }
    let page = KeyedPage(try rows.rows(), limit: limit) {
      DocumentLineKey(document: MomentKey(at: $0.at, id: $0.documentID), line: $0.line)
    }
    var (qty, value) = (0, Amount.zero)
    for sums in reasons.map(\.figures) {
      guard let sum = value.plus(sums.value) else { throw SumTooLarge() }
      (qty, value) = (qty + sums.qty, sum)
    }
    return WriteOffReport(totals: WriteOffFigures(qty: qty, value: value), reasons: reasons, page: page)
  }
}
