// sales.returnable, sales.return, sales.void: what customers bring back, and receipts that should not have been.
import JSONRPC
import Shelflife

enum ReturnMethods {
  private struct ReturnParams: Sendable {
    let sale: ReferenceParams
    let id: Identifier?
    let items: [NewReturnItem]?
    let disposition: Disposition?
    let reason: String?
    let note: String?
  }

  private struct VoidParams: Sendable {
    let sale: ReferenceParams
    let reason: String
  }

  private static let sale = ReferenceParams.record(
    "receiptNo", .documentNumber(.receipt), "The receipt's number; this or saleId.", id: "saleId",
    "The sale's id; this or receiptNo.")

  private static let item: Shape<NewReturnItem> = .record(
    .required("line", .integer(1...ShopLimits.itemsPerCall), "The line of the receipt.", \.line),
    .required("qty", .quantity, "Units brought back.", \.qty),
    .optional(
      "disposition", .disposition,
      "What becomes of them: restock puts them back to the lot they were taken from, quarantine to a lot of their own that is not sold, destroy writes them off. What has expired or was recalled is quarantined instead of restocked.",
      \.disposition),
    make: { NewReturnItem(line: $0, qty: $1, disposition: $2) })

  private static let returnParams: Shape<NewReturn> = Shape<ReturnParams>.record(
    .members(of: sale, \.sale),
    .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
    .optional(
      "items", .array(of: item, count: 1...ShopLimits.itemsPerCall),
      "What is brought back; a line may be named more than once. Without items all that can still be given back.", \.items),
    .optional("disposition", .disposition, "What becomes of the items that do not say it themselves.", \.disposition),
    .optional("reason", .givenReason, "Why.", \.reason),
    .optional("note", .note, "A remark.", \.note),
    make: { ReturnParams(sale: $0, id: $1, items: $2, disposition: $3, reason: $4, note: $5) }
  ).mapped(
    from: { params throws(Refusal) in
      NewReturn(
        id: params.id, sale: try params.sale.reference("receiptNo", id: "saleId"), items: params.items,
        disposition: params.disposition,
        reason: params.reason, note: params.note)
    },
    to: { new in
      ReturnParams(
        sale: ReferenceParams(new.sale), id: new.id, items: new.items, disposition: new.disposition, reason: new.reason,
        note: new.note)
    })

  private static let voidParams: Shape<NewVoid> = Shape<VoidParams>.record(
    .members(of: sale, \.sale),
    .required("reason", .givenReason, "Why.", \.reason),
    make: { VoidParams(sale: $0, reason: $1) }
  ).mapped(
    from: { params throws(Refusal) in NewVoid(sale: try params.sale.reference("receiptNo", id: "saleId"), reason: params.reason)
    },
    to: { VoidParams(sale: ReferenceParams($0.sale), reason: $0.reason) })

  static let all: [ServedMethod] = [
    ServedMethod(
      "sales.returnable",
      "What of a receipt can still be given back, at which price. Any receipt, for staff too, without saying who sold.",
      access: .signedIn, params: ReferenceParams.shape("receiptNo", .receipt), result: .returnableSale, faults: [.saleNotFound],
      .quickRead { reference, read in try Returns.returnable(reference, in: read) }),
    ServedMethod(
      "sales.return",
      "Takes goods back from a customer, to the lots they came from, the last taken first; refunds the price that was paid. Staff up to staffReturnLimit for a receipt.",
      access: .signedIn, params: returnParams, result: .saleReturn,
      faults: [
        .saleNotFound, .saleVoided, .returnExceedsSale([]), .returnLimitExceeded(limit: .zero, refund: .zero),
        .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none), .idTaken(.none),
      ],
      .write({ try Returns.create($0, in: $1) })),
    ServedMethod(
      "sales.void",
      "Takes a whole receipt back on its own business day. Its number stays, reports count it no more. Staff their own sales, up to staffReturnLimit.",
      access: .signedIn, params: voidParams, result: .sale,
      faults: [
        .saleNotFound, .saleVoided, .voidTooLate, .saleHasReturns, .returnLimitExceeded(limit: .zero, refund: .zero),
        .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none),
      ],
      .write({ try Returns.void($0, in: $1) })),
  ]
}
