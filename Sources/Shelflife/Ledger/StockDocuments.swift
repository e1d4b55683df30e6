// The one path on which a stock document is written: number, lots, movements, lines, audit.
import Postgres

/// A document that is about to be written.
struct NewStockDocument: Sendable {
  let id: Identifier
  let subject: StockDocument.Subject
  let reason: String?
  let note: String?
}

package enum StockDocuments {
  /// Writes a document with the movements of a draft, under the next number of its kind and day.
  ///
  /// The draft's lots are locked by the caller; this locks the kind's counter. Audits the document and the lots that it makes;
  /// `changed` names lots of which more than the quantity changed.
  /// - Throws: `lotTooLow`, `clockMovedBackwards`, `clockJumpedAhead`, `idTaken`.
  static func write(
    _ head: NewStockDocument, _ draft: LedgerDraft, changed: [Identifier] = [], in transaction: WriteTransaction
  ) throws -> StockDocument {
    try draft.check()
    try transaction.context.checkClock()
    let maker = try transaction.actor()
    var refund = Money.zero
    for line in draft.lines {
      guard let sum = refund.plus(line.giving?.refund ?? .zero) else { throw SumTooLarge() }
      refund = sum
    }
    let kind = head.subject.kind
    let today = transaction.context.today
    let counted = try transaction.run(StockDocumentStatements.nextNumber, .init(kind: kind, day: today))
    guard let last = counted.first, let number = DocumentNumber(kind.numbers, day: today, number: last) else {
      throw Fault.databaseUnavailable(reason: "the document's counter gave no number")
    }
    var draft = draft
    draft.nameFoundLots(by: number)
    let written = StockDocumentStatements.Written(
      head: head, number: number, maker: maker, at: transaction.info.now, refund: refund, lines: draft.lines)
    do {
      try write(written, draft, on: transaction.connection)
    } catch let error as PostgresError where error.violates("stock_document_pkey") {
      throw Fault.idTaken(head.id)
    }
    transaction.audit(kind.record, head.id)
    for id in draft.newLots + changed { transaction.audit(.lot, id) }
    return StockDocument(
      id: head.id, number: number, at: written.at, madeBy: maker, subject: head.subject, reason: head.reason, note: head.note,
      refund: refund, lines: draft.lines.enumerated().map { index, line in line.described(at: index + 1) })
  }

  private static func write(
    _ written: StockDocumentStatements.Written, _ draft: LedgerDraft, on connection: Connection
  ) throws {
    let moved = draft.moved
    let made = Set(draft.newLots)
    let writing = connection.pipeline()
    try writing.send(StockDocumentStatements.insert, written)
    try writing.send(HeldLotStatements.insert, draft.newLots.compactMap { draft.lots[$0] })
    try writing.send(HeldLotStatements.move, moved.filter { !made.contains($0.id) })
    try writing.send(StockDocumentStatements.insertMovements, written)
    try writing.send(StockDocumentStatements.insertLines, written)
    try writing.sync()
  }
}

extension DraftLine {
  fileprivate func described(at line: Int) -> StockDocumentLine {
    StockDocumentLine(
      line: line, kind: kind, lotID: lot.id, lotRefNo: lot.refNo, productID: lot.productID, productName: lot.productName,
      qty: Int(qty), unitCost: unitCost, reason: reason,
      giving: giving.map {
        .init(
          receiptLine: $0.take.receiptLine, unitPrice: $0.take.unitPrice, refund: $0.refund, disposition: $0.disposition,
          isForced: $0.isForced)
      })
  }
}
