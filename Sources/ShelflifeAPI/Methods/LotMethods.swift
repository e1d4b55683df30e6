// lots.*: what people decide about a lot, its corrections and its trace.
import JSONRPC
import Shelflife

/// How one lot is asked for: by id or by number, not both.
private struct LotParams: Sendable {
  let id: Identifier?
  let refNo: String?

  init(id: Identifier?, refNo: String?) {
    self.id = id
    self.refNo = refNo
  }

  init(_ wanted: WantedLot) {
    switch wanted {
    case .id(let id): self.init(id: id, refNo: nil)
    case .refNo(let text): self.init(id: nil, refNo: text)
    }
  }

  /// - Throws: a refusal unless exactly one of the two is given.
  func wanted() throws(Refusal) -> WantedLot {
    switch (id, refNo) {
    case (let id?, nil): return .id(id)
    case (nil, let refNo?): return .refNo(refNo)
    default: throw Refusal("one-of", "Give exactly one of lotId and lotRefNo.")
    }
  }

  static let record: Shape<LotParams> = .record(
    .optional("lotId", .identifier, "Its id; this or lotRefNo.", \.id),
    .optional("lotRefNo", .string(1...60), "Its number, as every list of lots has it; this or lotId.", \.refNo),
    make: { LotParams(id: $0, refNo: $1) })

  static let shape: Shape<WantedLot> = record.mapped(
    from: { params throws(Refusal) in try params.wanted() }, to: { LotParams($0) })
}

private struct TraceParams: Sendable {
  let lot: LotParams
  let list: ListParams
}

private struct Tracing: Sendable {
  let wanted: WantedLot
  let list: ListParams

  static let shape: Shape<Tracing> = Shape<TraceParams>.record(
    .members(of: LotParams.record, \.lot), .members(of: ListParams.shape, \.list), make: { TraceParams(lot: $0, list: $1) }
  ).mapped(
    from: { params throws(Refusal) in Tracing(wanted: try params.lot.wanted(), list: params.list) },
    to: { TraceParams(lot: LotParams($0.wanted), list: $0.list) })

  func page(in read: ReadTransaction) throws -> LotTracePage {
    let lot = LotParams(wanted)
    let filter = Shape<ListParams>.filterDigest("lots.trace", lot.id?.text, lot.refNo)
    let trace = try Lots.trace(
      wanted, limit: list.limit, after: try Cursor.lotReceiptKey(list.cursor, filter: filter), in: read)
    return LotTracePage(
      trace: trace,
      page: Page(items: trace.receipts.items, nextCursor: trace.receipts.next.map { Cursor.text($0, filter: filter) }))
  }
}

enum LotMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "lots.get", "One lot. Staff see no cost.", access: .signedIn, params: LotParams.shape, result: .namedLot,
      faults: [.lotNotFound([])],
      .quickRead { wanted, read in try Lots.get(wanted, in: read) }),
    ServedMethod(
      "lots.trace",
      "Where a lot came from and who has it: its delivery, what it came to, and the receipts that took from it, newest first.",
      access: .owner, params: Tracing.shape, result: .lotTrace, faults: [.lotNotFound([])],
      .read { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      "lots.setStatus", "Says whether a lot may be sold: a lot that is quarantined or recalled never is.", access: .owner,
      params: .record(
        .required("lotId", .identifier, "The lot.", \.lotID),
        .required("status", .lotStatus, "What it is from now on.", \.status),
        .required("reason", .givenReason, "Why.", \.reason),
        make: { LotStatusChange(lotID: $0, status: $1, reason: $2) }),
      result: .lot, faults: [.lotNotFound([])],
      .write({ try Lots.setStatus($0, in: $1) })),
    ServedMethod(
      "lots.correct",
      "Sets right what a delivery got wrong of a lot: its expiry, cost, batch or quantity. Past receipts and profits keep what they saw.",
      access: .owner,
      params: .record(
        .required("lotId", .identifier, "The lot.", \.lotID),
        .clearable(
          "expiryDate", .day, "The right last day of sale; null takes it away. It may lie in the past: then the lot has expired.",
          \.expiryDate),
        .optional("unitCost", .unitCost, "The right cost of one unit, for sales from now on.", \.unitCost),
        .clearable(
          "batchNo", .cleaned(1...200),
          "The right batch; null takes it away. If it is being recalled, the lot is recalled.", \.batchNo),
        .optional(
          "qtyReceived", .integer(0...1_000_000),
          "What the delivery should have said, whatever was sold or corrected since; of a lot that a delivery made only.",
          \.qtyReceived),
        .required("reason", .givenReason, "Why.", \.reason),
        make: {
          LotCorrection(lotID: $0, expiryDate: $1, unitCost: $2, batchNo: $3, qtyReceived: $4, reason: $5)
        }),
      result: .correctedLot,
      faults: [
        .lotNotFound([]), .lotTooLow([]), .clockMovedBackwards(today: .none, newest: .none),
        .clockJumpedAhead(today: .none, newest: .none),
      ],
      .write({ try Lots.correct($0, in: $1) })),
  ]
}
