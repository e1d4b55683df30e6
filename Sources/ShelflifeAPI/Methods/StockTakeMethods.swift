// stockTake.*: counting the shelf while the shop sells.
import JSONRPC
import Shelflife

extension Cursor {
  static func text(_ key: ReviewKey, filter: [UInt8]) -> String {
    text([key.id.text, String(key.number)], filter: filter)
  }

  static func reviewKey(_ text: String?, filter: [UInt8]) throws(Fault) -> ReviewKey? {
    try key(text, filter) {
      guard let id = identifier($0), let number = Int64($1) else { return nil }
      return ReviewKey(number: number, id: id)
    }
  }
}

struct StockTakeListParams: Sendable {
  let state: StockTake.State?
  let list: ListParams

  func page(in read: ReadTransaction) throws -> Page<StockTake> {
    let digest = Shape<ListParams>.filterDigest("stockTake.list", state?.rawValue)
    let page = try StockTakes.list(
      StockTakeFilter(state: state, limit: list.limit, after: try Cursor.momentKey(list.cursor, filter: digest)), in: read)
    return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: digest) })
  }
}

struct ReviewParams: Sendable {
  let stockTakeID: Identifier
  let show: ReviewedLots
  let list: ListParams

  func page(in read: ReadTransaction) throws -> StockTakeReviewPage {
    let digest = Shape<ListParams>.filterDigest("stockTake.review", stockTakeID.text, show.rawValue)
    let review = try StockTakes.review(
      ReviewFilter(
        stockTakeID: stockTakeID, show: show, limit: list.limit, after: try Cursor.reviewKey(list.cursor, filter: digest)),
      in: read)
    return StockTakeReviewPage(
      review: review,
      page: Page(items: review.page.items, nextCursor: review.page.next.map { Cursor.text($0, filter: digest) }))
  }
}

/// One item of a count before it is known what it names.
private struct CountItemParams: Sendable {
  let lotID: Identifier?
  let foundID: Identifier?
  let productID: Identifier?
  let batchNo: String?
  let expiryDate: Day?
  let qty: Int32

  init(
    lotID: Identifier?, foundID: Identifier?, productID: Identifier?, batchNo: String?, expiryDate: Day?, qty: Int32
  ) {
    self.lotID = lotID
    self.foundID = foundID
    self.productID = productID
    self.batchNo = batchNo
    self.expiryDate = expiryDate
    self.qty = qty
  }

  init(_ item: NewCountItem) {
    switch item.target {
    case .lot(let id):
      self.init(lotID: id, foundID: nil, productID: nil, batchNo: nil, expiryDate: nil, qty: item.qty)
    case .found(let id):
      self.init(lotID: nil, foundID: id, productID: nil, batchNo: nil, expiryDate: nil, qty: item.qty)
    case .unknown(let productID, let batchNo, let expiryDate):
      self.init(lotID: nil, foundID: nil, productID: productID, batchNo: batchNo, expiryDate: expiryDate, qty: item.qty)
    }
  }

  func item() throws(Refusal) -> NewCountItem {
    let target: CountTarget
    switch (lotID, foundID, productID) {
    case (let id?, nil, nil): target = .lot(id)
    case (nil, let id?, nil): target = .found(id)
    case (nil, nil, let id?): target = .unknown(productID: id, batchNo: batchNo, expiryDate: expiryDate)
    default: throw Refusal("one-of", "Give exactly one of lotId, foundId and productId.")
    }
    if productID == nil && (batchNo != nil || expiryDate != nil) {
      throw Refusal("not-allowed", "batchNo and expiryDate belong to a lot that nobody knew, which productId tells.")
    }
    return NewCountItem(target: target, qty: qty)
  }
}

enum StockTakeMethods {
  private static let stockTakeID = Shape<Identifier>.identifier
  private static let units = Shape<Int32>.integer(0...Int(Quantity.range.upperBound))

  private static let item: Shape<NewCountItem> = Shape<CountItemParams>.record(
    .optional("lotId", .identifier, "A lot of the books; this, foundId or productId.", \.lotID),
    .optional("foundId", .identifier, "A lot that nobody knew, counted again under the name it was given.", \.foundID),
    .optional("productId", .identifier, "The product of a lot that nobody knew.", \.productID),
    .optional("batchNo", .cleaned(1...200), "With productId: the maker's batch.", \.batchNo),
    .optional(
      "expiryDate", .day, "With productId: the last day of sale; needed if the product tracks expiry, else left out.",
      \.expiryDate),
    .required("qty", units, "Units that are there; 0 if it was not found.", \.qty),
    make: { CountItemParams(lotID: $0, foundID: $1, productID: $2, batchNo: $3, expiryDate: $4, qty: $5) }
  ).mapped(from: { params throws(Refusal) in try params.item() }, to: { CountItemParams($0) })

  private static let reason: Shape<LotReason> = .record(
    .required("lotId", .identifier, "The lot, or the foundId of one that nobody knew.", \.lotID),
    .required("reason", .givenReason, "Why its count differs.", \.reason),
    make: { LotReason(lotID: $0, reason: $1) })

  private static let start = ServedMethod(
    "stockTake.start", "Begins to count the shelf, of some products or of all, while the shop goes on selling.", access: .owner,
    params: .record(
      .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
      .optional(
        "productIds", .array(of: .identifier, count: 1...ShopLimits.itemsPerCall), "The products to count; else all there are.",
        \.productIDs),
      .defaulted("blind", .bool, "Whether those who count are not shown what the books say.", default: false, \.isBlind),
      .defaulted(
        "tolerance", .integer(0...1_000_000), "Units by which a count may differ before it is to be repeated.", default: 0,
        \.tolerance),
      .optional("note", .note, "A remark.", \.note),
      make: { NewStockTake(id: $0, productIDs: $1, isBlind: $2, tolerance: $3, note: $4) }),
    result: .stockTake, faults: [.productNotFound([]), .idTaken(.none)],
    .write({ try StockTakes.start($0, in: $1) }))

  private static let count = ServedMethod(
    "stockTake.count",
    "Sets down what was counted. Each count stands beside what the books said at that instant, so that sales and deliveries go on; the last count of a lot is the one that stands.",
    access: .signedIn,
    params: .record(
      .required("stockTakeId", stockTakeID, "The stock take.", \.stockTakeID),
      .required("items", .array(of: item, count: 1...ShopLimits.itemsPerCall), "What was counted, each lot once.", \.items),
      make: { NewStockCount(stockTakeID: $0, items: $1) }),
    result: .stockCount, faults: [.stockTakeNotFound, .stockTakeEnded, .productNotFound([]), .lotNotFound([])],
    .write({ try StockTakes.count($0, in: $1) }))

  private static let review = ServedMethod(
    "stockTake.review",
    "What was counted, held against the books: lots by their numbers, then those that nobody knew. Of an ended stock take too.",
    access: .owner,
    params: .record(
      .required("stockTakeId", stockTakeID, "The stock take.", \.stockTakeID),
      .defaulted(
        "show", .reviewedLots,
        "Which lots: all; those that differ; those to be counted again; those nobody counted; those nobody knew.", default: .all,
        \.show),
      .members(of: ListParams.shape, \.list),
      make: { ReviewParams(stockTakeID: $0, show: $1, list: $2) }),
    result: .stockTakeReview, faults: [.stockTakeNotFound],
    .read { params, read, _ in try params.page(in: read) })

  private static let apply = ServedMethod(
    "stockTake.apply",
    "Books the differences as one document and ends the stock take. What was sold or delivered since a count stays as it is; a lot that nobody knew becomes a lot.",
    access: .owner,
    params: .record(
      .required("stockTakeId", stockTakeID, "The stock take.", \.stockTakeID),
      .required("reason", .givenReason, "Why the books are changed.", \.reason),
      .defaulted(
        "reasons", .array(of: reason, count: 0...ShopLimits.linesPerCount), "Reasons of single lots.", default: [], \.reasons),
      .defaulted(
        "missingLots", .missingLots, "What becomes of lots that nobody counted: they keep their stock, or lose it.",
        default: .keep, \.missingLots),
      .defaulted(
        "acceptVariances", .bool, "Whether counts that are to be repeated are booked as they are.", default: false,
        \.acceptVariances),
      make: {
        StockTakeApplication(stockTakeID: $0, reason: $1, reasons: $2, missingLots: $3, acceptVariances: $4)
      }),
    result: .appliedStockTake,
    faults: [
      .stockTakeNotFound, .stockTakeEnded, .recountNeeded([]), .clockMovedBackwards(today: .none, newest: .none),
      .clockJumpedAhead(today: .none, newest: .none),
    ],
    .write({ try StockTakes.apply($0, in: $1) }))

  private static let cancel = ServedMethod(
    "stockTake.cancel", "Ends a stock take and changes no stock; what was counted stays on record.", access: .owner,
    params: .record(
      .required("stockTakeId", stockTakeID, "The stock take.", \.id),
      .required("reason", .givenReason, "Why.", \.reason),
      make: { StockTakeCancellation(id: $0, reason: $1) }),
    result: .stockTake, faults: [.stockTakeNotFound, .stockTakeEnded],
    .write({ try StockTakes.cancel($0.id, reason: $0.reason, in: $1) }))

  private static let list = ServedMethod(
    "stockTake.list", "Stock takes, the last one begun first.", access: .signedIn,
    params: .record(
      .optional("state", .stockTakeState, "Only those in this state.", \.state), .members(of: ListParams.shape, \.list),
      make: { StockTakeListParams(state: $0, list: $1) }),
    result: .page(of: .stockTake),
    .read { params, read, _ in try params.page(in: read) })

  static let all: [ServedMethod] = [start, count, review, apply, cancel, list]
}

private struct StockTakeCancellation: Sendable {
  let id: Identifier
  let reason: String
}
