// stockIn.*: deliveries.
import JSONRPC
import Shelflife

/// The filters of a list of documents.
struct DocumentListParams: Sendable {
  let from: Day?
  let to: Day?
  let productID: Identifier?
  let lotID: Identifier?
  let soldByUserID: Identifier?
  let receiptNo: DocumentNumber?
  let list: ListParams

  func filterDigest(_ method: String) -> [UInt8] {
    Shape<ListParams>.filterDigest(
      method, from?.text, to?.text, productID?.text, lotID?.text, soldByUserID?.text, receiptNo?.text)
  }

  /// - Throws: `validation`, if the days are the wrong way round.
  func after(_ method: String) throws(Fault) -> DocumentKey? {
    try Self.check(from: from, to: to)
    return try Cursor.documentKey(list.cursor, filter: filterDigest(method))
  }

  static func check(from: Day?, to: Day?) throws(Fault) {
    guard let from, let to, to < from else { return }
    throw .validation([ValidationIssue(path: "to", code: "before-from", message: "The last day lies before the first.")])
  }

  static let from = Member<DocumentListParams, Day?>.optional("from", .day, "The first business date.", \.from)
  static let to = Member<DocumentListParams, Day?>.optional("to", .day, "The last business date, included.", \.to)
  static let productID = Member<DocumentListParams, Identifier?>.optional(
    "productId", .identifier, "Only documents with this product.", \.productID)
  static let list = Member<DocumentListParams, ListParams>.members(of: ListParams.shape, \.list)
}

/// How one document is asked for: by id or by number, not both.
struct ReferenceParams: Sendable {
  let id: Identifier?
  let number: DocumentNumber?

  static func shape(_ member: String, _ kind: DocumentNumber.Kind) -> Shape<DocumentReference> {
    shape(member, .documentNumber(kind))
  }

  static func shape(_ member: String, _ number: Shape<DocumentNumber>) -> Shape<DocumentReference> {
    record(member, number).mapped(
      from: { params throws(Refusal) in try params.reference(member) }, to: { ReferenceParams($0) })
  }

  /// The two members by themselves, for params that have others too.
  static func record(_ member: String, _ number: Shape<DocumentNumber>) -> Shape<ReferenceParams> {
    record(member, number, "Its number; this or id.", id: "id", "Its id; this or \(member).")
  }

  /// The same where the id has a name of its own, since the params have an `id` besides.
  static func record(
    _ member: String, _ number: Shape<DocumentNumber>, _ meaning: String, id idMember: String, _ idMeaning: String
  ) -> Shape<ReferenceParams> {
    .record(
      .optional(idMember, .identifier, idMeaning, \.id), .optional(member, number, meaning, \.number),
      make: { ReferenceParams(id: $0, number: $1) })
  }

  init(id: Identifier?, number: DocumentNumber?) {
    self.id = id
    self.number = number
  }

  init(_ reference: DocumentReference) {
    switch reference {
    case .id(let id): self.init(id: id, number: nil)
    case .number(let number): self.init(id: nil, number: number)
    }
  }

  /// - Throws: a refusal unless exactly one of the two is given.
  func reference(_ member: String, id idMember: String = "id") throws(Refusal) -> DocumentReference {
    switch (id, number) {
    case (let id?, nil): return .id(id)
    case (nil, let number?): return .number(number)
    default: throw Refusal("one-of", "Give exactly one of \(idMember) and \(member).")
    }
  }
}

/// `stockIn.cancel` as it is sent.
private struct CancellingParams: Sendable {
  let reference: ReferenceParams
  let reason: String
  let isPartial: Bool
}

enum StockInMethods {
  private static let item: Shape<NewStockInItem> = .record(
    .required("productId", .identifier, "The product.", \.productID),
    .required("qtyAdded", .quantity, "Units delivered.", \.qtyAdded),
    .required("unitCost", .unitCost, "Cost of one unit, at most four decimals; zero is allowed.", \.unitCost),
    .optional("expiryDate", .day, "The last day of sale; needed if the product tracks expiry, else left out.", \.expiryDate),
    .optional("batchNo", .cleaned(1...200), "The maker's batch.", \.batchNo),
    make: { NewStockInItem(productID: $0, qtyAdded: $1, unitCost: $2, expiryDate: $3, batchNo: $4) })

  private static let cancelling: Shape<StockInCancelling> = Shape<CancellingParams>.record(
    .members(of: ReferenceParams.record("refNo", .documentNumber(.delivery)), \.reference),
    .required("reason", .givenReason, "Why.", \.reason),
    .defaulted(
      "partial", .bool, "Whether lots that something was taken from may stay; else one of them refuses the call.",
      default: false, \.isPartial),
    make: { CancellingParams(reference: $0, reason: $1, isPartial: $2) }
  ).mapped(
    from: { params throws(Refusal) in
      StockInCancelling(
        reference: try params.reference.reference("refNo"), reason: params.reason, isPartial: params.isPartial)
    },
    to: { CancellingParams(reference: ReferenceParams($0.reference), reason: $0.reason, isPartial: $0.isPartial) })

  static let all: [ServedMethod] = [
    ServedMethod(
      "stockIn.create", "Books a delivery: each line becomes a lot, under a gap-free number of the day.", access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
        .required("items", .array(of: item, count: 1...ShopLimits.itemsPerCall), "The lines.", \.items),
        .optional("supplierName", .cleaned(Text.name), "Who delivered.", \.supplierName),
        .optional("note", .note, "A remark.", \.note),
        .defaulted(
          "allowExpired", .bool, "Whether lots that have expired already may be booked.", default: false, \.allowExpired),
        make: { NewStockIn(id: $0, items: $1, supplierName: $2, note: $3, allowExpired: $4) }),
      result: .stockIn,
      faults: [
        .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none), .productNotFound([]),
        .productInactive([]), .expiryInPast([]), .idTaken(.none),
      ],
      .write({ try StockIns.create($0, in: $1) })),
    ServedMethod(
      "stockIn.get", "One delivery.", access: .owner, params: ReferenceParams.shape("refNo", .delivery), result: .stockIn,
      faults: [.stockInNotFound],
      .read { reference, read, _ in try StockIns.get(reference, in: read) }),
    ServedMethod(
      "stockIn.list", "Deliveries, newest business date and number first.", access: .owner,
      params: .record(
        DocumentListParams.from, DocumentListParams.to, DocumentListParams.productID, DocumentListParams.list,
        make: { DocumentListParams(from: $0, to: $1, productID: $2, lotID: nil, soldByUserID: nil, receiptNo: nil, list: $3) }),
      result: .page(of: .stockIn),
      .read { params, read, _ in
        let page = try StockIns.list(
          DocumentFilter(
            from: params.from, to: params.to, productID: params.productID, limit: params.list.limit,
            after: try params.after("stockIn.list")),
          in: read)
        return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: params.filterDigest("stockIn.list")) })
      }),
    ServedMethod(
      "stockIn.cancel",
      "Takes a delivery back out of the books: empties those of its lots of which nothing was ever sold or otherwise taken.",
      access: .owner,
      params: cancelling, result: .stockDocument,
      faults: [
        .stockInNotFound, .stockInUsed([]), .clockMovedBackwards(today: .none, newest: .none),
        .clockJumpedAhead(today: .none, newest: .none),
      ],
      .write({ try StockIns.cancel($0, in: $1) })),
  ]
}
