// How the shop's faults look on the wire.
import JSONRPC
import Shelflife

extension RPCError {
  /// The wire form of a fault. `moneyScale` is the currency's, for prices in details.
  init(_ fault: Fault, moneyScale: Int) {
    let row = fault.description
    self.init(
      code: row.code, message: row.message, dataCode: row.name, details: fault.details(moneyScale: moneyScale),
      retryable: row.isRetryable)
  }

  /// A defect: the client learns only the number under which the log has the cause.
  static func internalError(incident: String) -> RPCError {
    var details = JSONWriter()
    details.beginObject()
    details.name("incident")
    details.string(incident)
    details.endObject()
    return RPCError(code: -32603, message: "Something went wrong inside.", dataCode: "internal-error", details: details.bytes)
  }

  package static func validation(_ issues: [ValidationIssue]) -> RPCError { RPCError(.validation(issues), moneyScale: 0) }
}

extension Fault {
  fileprivate func details(moneyScale: Int) -> [UInt8]? {
    switch self {
    case .validation(let issues), .expiryInPast(let issues): encode(.issues, issues, moneyScale)
    case .productNotFound(let ids), .productInactive(let ids): encode(.productIDs, ids, moneyScale)
    case .idTaken(let id): encode(.takenID, id, moneyScale)
    case .priceChanged(let changes): encode(.priceChanges, changes, moneyScale)
    case .stockTooLow(let shortages): encode(.shortages, shortages, moneyScale)
    case .lotNotFound(let ids), .stockInUsed(let ids): encode(.lotIDs, ids, moneyScale)
    case .lotTooLow(let lots): encode(.shortLots, lots, moneyScale)
    case .returnExceedsSale(let lines): encode(.excessReturns, lines, moneyScale)
    case .returnLimitExceeded(let limit, let refund): encode(.returnLimit, ReturnLimit(limit: limit, refund: refund), moneyScale)
    case .recountNeeded(let lots): encode(.recountLots, lots, moneyScale)
    case .clockMovedBackwards(let today, let newest), .clockJumpedAhead(let today, let newest):
      encode(.clock, ClockDetails(today: today, newest: newest), moneyScale)
    case .tooManyAttempts(let seconds): encode(.retryAfter, seconds, moneyScale)
    case .databaseUnavailable(let reason), .backupInvalid(let reason), .backupNotPossible(let reason):
      encode(.reason, reason, moneyScale)
    default: nil
    }
  }

  private func encode<Value>(_ shape: Shape<Value>, _ value: Value, _ moneyScale: Int) -> [UInt8] {
    shape.encode(value, moneyScale: moneyScale)
  }
}

struct ClockDetails: Sendable {
  let today: Day
  let newest: Day
}

extension Shape where Value == [ValidationIssue] {
  static let issues: Shape = .result(
    .required("issues", .array(of: .issue), "Everything that is wrong.", \.self))
}

extension Shape where Value == [Identifier] {
  static let productIDs: Shape = .result(.required("productIds", .array(of: .identifier), "Every culprit.", \.self))
}

extension Shape where Value == [Identifier] {
  static let lotIDs: Shape = .result(.required("lotIds", .array(of: .identifier), "Every culprit.", \.self))
}

extension Shape where Value == [ShortLot] {
  private static let lot: Shape<ShortLot> = .result(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .required("requested", .integer, "Units asked for, over all lines.", from: { @Sendable in Int($0.requested) }),
    .required("available", .integer, "Units in it.", from: { @Sendable in Int($0.available) }))

  static let shortLots: Shape = .result(.required("lots", .array(of: lot), "Every short lot.", \.self))
}

extension Shape where Value == [ExcessReturn] {
  private static let line: Shape<ExcessReturn> = .result(
    .required("line", .integer, "The line's place on the receipt.", \.line),
    .nullable("productId", .identifier, "Its product; null where the receipt has no such line.", \.productID),
    .required("requested", .integer, "Units to be given back, over all items.", from: { @Sendable in Int($0.requested) }),
    .required("returnable", .integer, "Units that can still be given back.", from: { @Sendable in Int($0.returnable) }))

  static let excessReturns: Shape = .result(.required("lines", .array(of: line), "Every such line.", \.self))
}

struct ReturnLimit: Sendable {
  let limit: Money
  let refund: Money
}

extension Shape where Value == ReturnLimit {
  static let returnLimit: Shape = .result(
    .required("limit", .money, "What staff may refund of one receipt.", \.limit),
    .required("refundAmount", .money, "What would have been refunded of it by staff, with this call.", \.refund))
}

extension Shape where Value == [RecountLot] {
  private static let lot: Shape<RecountLot> = .result(
    .required("lotId", .identifier, "The lot, or the foundId of one that nobody knew.", \.lotID),
    .nullable("lotRefNo", .text, "Its number; null for a lot that nobody knew.", \.lotRefNo),
    .required("countedQty", .integer, "Units counted.", \.counted),
    .required("expectedQty", .integer, "Units that the ledger had at that instant.", \.expected))

  static let recountLots: Shape = .result(.required("lots", .array(of: lot), "Every such lot.", \.self))
}

extension Shape where Value == Identifier {
  static let takenID: Shape = .result(.required("id", .identifier, "The id that is taken.", \.self))
}

extension Shape where Value == PriceChange {
  static let priceChange: Shape = .result(
    .required("path", .text, "The line's expected price.", \.path),
    .required("productId", .identifier, "The product.", \.productID),
    .required("expected", .money, "What the call expected.", \.expected),
    .required("current", .money, "What it costs now.", \.current))
}

extension Shape where Value == [PriceChange] {
  static let priceChanges: Shape = .result(
    .required("changes", .array(of: .priceChange), "Every changed price.", \.self))
}

extension Shape where Value == [ShortProduct] {
  static let shortages: Shape = .result(
    .required("shortages", .array(of: .shortProduct), "Every short product.", \.self))
}

extension Shape where Value == ClockDetails {
  static let clock: Shape = .result(
    .required("today", .day, "The business date of the machine's clock.", \.today),
    .required("newest", .day, "The newest business date on a document.", \.newest))
}

extension Shape where Value == Int {
  static let retryAfter: Shape = .result(.required("retryAfterSeconds", .integer, "Seconds to wait.", \.self))
}

extension Shape where Value == String {
  static let reason: Shape = .result(.required("reason", .text, "In words.", \.self))
}

extension FaultDescription {
  /// The row of the error page for a fault.
  init(_ fault: Fault) {
    let entry = fault.description
    self.init(
      code: entry.code, dataCode: entry.name, meaning: entry.message, retryable: entry.isRetryable,
      whatTheTillShouldDo: entry.advice, details: fault.detailsSchema)
  }
}

extension Fault {
  fileprivate var detailsSchema: Schema? {
    switch self {
    case .validation, .expiryInPast: Shape<[ValidationIssue]>.issues.schema
    case .productNotFound, .productInactive: Shape<[Identifier]>.productIDs.schema
    case .idTaken: Shape<Identifier>.takenID.schema
    case .priceChanged: Shape<[PriceChange]>.priceChanges.schema
    case .stockTooLow: Shape<[ShortProduct]>.shortages.schema
    case .lotNotFound, .stockInUsed: Shape<[Identifier]>.lotIDs.schema
    case .lotTooLow: Shape<[ShortLot]>.shortLots.schema
    case .returnExceedsSale: Shape<[ExcessReturn]>.excessReturns.schema
    case .returnLimitExceeded: Shape<ReturnLimit>.returnLimit.schema
    case .recountNeeded: Shape<[RecountLot]>.recountLots.schema
    case .clockMovedBackwards, .clockJumpedAhead: Shape<ClockDetails>.clock.schema
    case .tooManyAttempts: Shape<Int>.retryAfter.schema
    case .databaseUnavailable, .backupInvalid, .backupNotPossible: Shape<String>.reason.schema
    default: nil
    }
  }
}
