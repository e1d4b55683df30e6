// How rows become stock documents.
import Postgres

extension RowReader {
  mutating func stockDocumentKind() throws -> StockDocument.Kind { try StockDocument.Kind(parsing: try text()) }

  mutating func loss() throws -> Loss? {
    guard let name = try optionalText() else { return nil }
    guard let loss = Loss(rawValue: name) else { throw ValueFault.unknownChoice(allowed: Loss.allCases.map(\.rawValue)) }
    return loss
  }

  /// Only write-offs name a loss: what else is written off was brought back.
  mutating func writeOffReason() throws -> WriteOffReason { try loss().map(WriteOffReason.loss) ?? .returned }

  /// Three columns: an id, and the day and number of the document that has it; all null where there is none.
  fileprivate mutating func reference(
    _ kind: DocumentNumber.Kind
  ) throws -> (id: Identifier, number: DocumentNumber)? {
    guard let id = try optionalIdentifier() else {
      skip()
      skip()
      return nil
    }
    return (id, try documentNumber(kind))
  }
}

extension StockDocument {
  /// Without its lines.
  init(row: inout RowReader) throws {
    id = try row.identifier()
    let kind = try row.stockDocumentKind()
    number = try row.documentNumber(kind.numbers)
    at = try row.instant()
    madeBy = Actor(id: try row.identifier(), name: try row.text())
    reason = try row.optionalText()
    note = try row.optionalText()
    let loss = try row.loss()
    let supplier = try row.optionalText()
    let stockTakeID = try row.optionalIdentifier()
    refund = try row.money()
    let sale = try row.reference(.receipt)
    let delivery = try row.reference(.delivery)
    switch (kind, sale, delivery, loss, stockTakeID) {
    case (.saleReturn, let sale?, _, _, _): subject = .saleReturn(saleID: sale.id, receipt: sale.number)
    case (.void, let sale?, _, _, _): subject = .void(saleID: sale.id, receipt: sale.number)
    case (.cancellation, _, let delivery?, _, _): subject = .cancellation(stockInID: delivery.id, delivery: delivery.number)
    case (.writeOff, _, _, let loss?, _): subject = .writeOff(loss)
    case (.count, _, _, _, let id?): subject = .count(stockTakeID: id)
    case (.supplierReturn, _, _, _, _): subject = .supplierReturn(supplier: supplier)
    case (.correction, _, _, _, _): subject = .correction
    default: throw ValueFault.notADocumentNumber
    }
    lines = []
  }
}

extension StockDocumentLine {
  init(row: inout RowReader) throws {
    line = try row.int()
    kind = try MovementKind(parsing: try row.text())
    lotID = try row.identifier()
    lotRefNo = try row.text()
    productID = try row.identifier()
    productName = try row.text()
    qty = try row.int()
    unitCost = try row.unitCost()
    reason = try row.optionalText()
    let receiptLine = try row.optionalInt2()
    let unitPrice = try row.optionalInt8().map(Money.init(minor:))
    let refund = try row.money()
    let name = try row.optionalText()
    let isForced = try row.optionalBool()
    if let receiptLine, let unitPrice, let name, let isForced {
      guard let disposition = Disposition(rawValue: name) else {
        throw ValueFault.unknownChoice(allowed: Disposition.allCases.map(\.rawValue))
      }
      giving = Giving(
        receiptLine: Int(receiptLine), unitPrice: unitPrice, refund: refund, disposition: disposition, isForced: isForced)
    } else {
      giving = nil
    }
  }
}

extension WrittenOffLine {
  init(row: inout RowReader) throws {
    documentID = try row.identifier()
    documentNo = try row.documentNumber(try row.stockDocumentKind().numbers)
    at = try row.instant()
    by = Actor(id: try row.identifier(), name: try row.text())
    reason = try row.writeOffReason()
    note = try row.optionalText()
    lotID = try row.identifier()
    lotRefNo = try row.text()
    productID = try row.identifier()
    productName = try row.text()
    qty = try row.int()
    unitCost = try row.unitCost()
    line = try row.int4()
  }
}
