// stock.writeOff, stock.returnToSupplier, stock.writeOffExpired: goods that leave other than by a sale.
import JSONRPC
import Shelflife

enum RemovalMethods {
  private struct ExpiredParams: Sendable {
    let confirmation: String?
    let note: String?
  }

  private struct WriteOffParams: Sendable {
    let id: Identifier?
    let items: [NewRemovalItem]
    let loss: Loss
    let note: String?
  }

  private struct SupplierParams: Sendable {
    let id: Identifier?
    let items: [NewRemovalItem]
    let supplierName: String?
    let reason: String
    let note: String?
  }

  private static let item: Shape<NewRemovalItem> = .record(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .optional("qty", .quantity, "Units; left out, all that the lot holds.", \.qty),
    make: { NewRemovalItem(lotID: $0, qty: $1) })

  private static let items = Shape<[NewRemovalItem]>.array(of: item, count: 1...ShopLimits.itemsPerCall)

  private static let faults: [Fault] = [
    .lotNotFound([]), .lotTooLow([]), .clockMovedBackwards(today: .none, newest: .none),
    .clockJumpedAhead(today: .none, newest: .none), .idTaken(.none),
  ]

  static let all: [ServedMethod] = [
    ServedMethod(
      "stock.writeOff", "Writes goods off: expired, damaged, stolen, or another loss that a note tells.", access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
        .required("items", items, "What is written off.", \.items),
        .required("loss", .loss, "Why; other needs a note.", \.loss),
        .optional("note", .note, "A remark.", \.note),
        make: { WriteOffParams(id: $0, items: $1, loss: $2, note: $3) }),
      result: .stockDocument, faults: faults,
      .write({ params, transaction in
        try Removals.create(
          NewRemoval(id: params.id, items: params.items, purpose: .loss(params.loss), note: params.note), in: transaction)
      })),
    ServedMethod(
      "stock.returnToSupplier", "Sends goods back to whoever delivered them.", access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
        .required("items", items, "What is sent back.", \.items),
        .optional("supplierName", .cleaned(Text.name), "Who takes them back.", \.supplierName),
        .required("reason", .givenReason, "Why.", \.reason),
        .optional("note", .note, "A remark.", \.note),
        make: { SupplierParams(id: $0, items: $1, supplierName: $2, reason: $3, note: $4) }),
      result: .stockDocument, faults: faults,
      .write({ params, transaction in
        try Removals.create(
          NewRemoval(
            id: params.id, items: params.items, purpose: .supplier(name: params.supplierName, reason: params.reason),
            note: params.note),
          in: transaction)
      })),
    ServedMethod(
      "stock.writeOffExpired",
      "Proposes to write off all that has expired, and does it when called again with the proposal's confirmation. A proposal changes nothing; if the stock is another by then, nothing is written off.",
      access: .owner,
      params: .record(
        .optional("confirmation", .string(64...64), "The confirmation of the proposal that was looked at.", \.confirmation),
        .optional("note", .note, "A remark.", \.note),
        make: { ExpiredParams(confirmation: $0, note: $1) }),
      result: .expiredProposal,
      faults: [
        .proposalChanged, .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none),
      ],
      .write({ try Removals.writeOffExpired(confirmation: $0.confirmation, note: $0.note, in: $1) })),
  ]
}
