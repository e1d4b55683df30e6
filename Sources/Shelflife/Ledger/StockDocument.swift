// The documents behind every movement that is neither a sale's nor a delivery's.

/// A return, a void, a write-off, a return to the supplier, a count, a correction or the cancellation of a delivery, with its lines.
package struct StockDocument: Sendable, Equatable {
  /// The raw value is its name everywhere, in the audit too.
  package enum Kind: String, CaseIterable, Sendable {
    case saleReturn = "return"
    case void
    case writeOff = "write-off"
    case supplierReturn = "supplier-return"
    case count
    case correction
    case cancellation
  }

  package let id: Identifier
  package let number: DocumentNumber
  package let at: Instant
  /// By the name of that day.
  package let madeBy: Actor
  package let subject: Subject
  package let reason: String?
  package let note: String?
  /// What customers got back.
  package let refund: Money
  package let lines: [StockDocumentLine]

  package var kind: Kind { subject.kind }

  /// What a document is about, as far as its kind needs it.
  package enum Subject: Sendable, Equatable {
    case saleReturn(saleID: Identifier, receipt: DocumentNumber)
    case void(saleID: Identifier, receipt: DocumentNumber)
    case writeOff(Loss)
    case supplierReturn(supplier: String?)
    case count(stockTakeID: Identifier)
    case correction
    case cancellation(stockInID: Identifier, delivery: DocumentNumber)
  }
}

/// Why goods were thrown away.
package enum Loss: String, CaseIterable, Sendable {
  case expired, damaged, stolen, other
}

/// What becomes of a unit that a customer brings back.
package enum Disposition: String, CaseIterable, Sendable {
  /// Back to its lot.
  case restock
  /// To a lot of its own beside it, which is not sold.
  case quarantine
  /// Back and written off at once.
  case destroy
}

/// One movement of a document.
package struct StockDocumentLine: Sendable, Equatable {
  /// Counted from 1.
  package let line: Int
  package let kind: MovementKind
  package let lotID: Identifier
  package let lotRefNo: String
  package let productID: Identifier
  /// The present name.
  package let productName: String
  /// Above zero what came, below zero what went.
  package let qty: Int
  /// Of a return the cost that the sale froze, else the lot's.
  package let unitCost: UnitCost
  package let reason: String?
  package let giving: Giving?

  /// What a line gives back to a customer.
  package struct Giving: Sendable, Equatable {
    /// The line of the receipt.
    package let receiptLine: Int
    package let unitPrice: Money
    package let refund: Money
    package let disposition: Disposition
    /// True where the unit was to go back on the shelf and could not.
    package let isForced: Bool
  }
}

extension StockDocument.Subject {
  package var loss: Loss? { if case .writeOff(let loss) = self { loss } else { nil } }
  package var supplierName: String? { if case .supplierReturn(let name) = self { name } else { nil } }
  package var stockTakeID: Identifier? { if case .count(let id) = self { id } else { nil } }
  package var stockInID: Identifier? { if case .cancellation(let id, _) = self { id } else { nil } }
  package var delivery: DocumentNumber? { if case .cancellation(_, let number) = self { number } else { nil } }

  package var saleID: Identifier? {
    switch self {
    case .saleReturn(let id, _), .void(let id, _): id
    default: nil
    }
  }

  package var receipt: DocumentNumber? {
    switch self {
    case .saleReturn(_, let number), .void(_, let number): number
    default: nil
    }
  }

  package var kind: StockDocument.Kind {
    switch self {
    case .saleReturn: .saleReturn
    case .void: .void
    case .writeOff: .writeOff
    case .supplierReturn: .supplierReturn
    case .count: .count
    case .correction: .correction
    case .cancellation: .cancellation
    }
  }
}

extension StockDocument.Kind {
  package var numbers: DocumentNumber.Kind {
    switch self {
    case .saleReturn: .saleReturn
    case .void: .void
    case .writeOff: .writeOff
    case .supplierReturn: .supplierReturn
    case .count: .count
    case .correction: .correction
    case .cancellation: .cancellation
    }
  }

  package var record: AuditedRecord {
    switch self {
    case .saleReturn: .saleReturn
    case .void: .void
    case .writeOff: .writeOff
    case .supplierReturn: .supplierReturn
    case .count: .count
    case .correction: .correction
    case .cancellation: .cancellation
    }
  }

  init(parsing text: String) throws(ValueFault) {
    guard let kind = StockDocument.Kind(rawValue: text) else {
      throw .unknownChoice(allowed: StockDocument.Kind.allCases.map(\.rawValue))
    }
    self = kind
  }
}

extension StockDocumentLine {
  /// What its units had cost; below zero for what went.
  package var costValue: Amount { unitCost.times(Int32(clamping: qty)) }
}

extension StockDocument {
  /// What the units of all lines had cost; below zero for what went.
  package var costValue: Amount {
    Amount(tenThousandths: lines.reduce(0) { $0 + $1.costValue.tenThousandths })
  }
}
