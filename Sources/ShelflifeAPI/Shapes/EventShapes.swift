// Events as the wire has them: one table of their names, meanings and looks.
import JSONRPC
import Shelflife

/// An event on its way to a client.
struct WireEvent: Sendable {
  let at: Instant
  /// Where `changes.since` goes on behind it.
  let cursor: String
  let data: Content

  enum Content: Sendable {
    case shop(ShopEvent)
    case backupOverdue(BackupStatus)
    /// Events were left out; `changes.since` has them from this cursor on.
    case missed(cursor: String)
    case ended(EndReason)
    case replaced
  }

  enum EndReason: Sendable, CaseIterable {
    case sessionEnded, sessionExpired, shopReplaced
  }

  /// The whole `$/event` params.
  func bytes(moneyScale: Int) -> [UInt8] { Shape<WireEvent>.event.encode(self, moneyScale: moneyScale) }
}

/// One row of the events' documentation.
package struct EventDeclaration: Sendable {
  package let name: String
  package let summary: String
  /// Nil for what every subscription is told whatever it asked for.
  let kind: EventKind?
  package let data: Schema
}

extension EventDeclaration {
  /// Every event there is, in the order of the documentation.
  package static let all: [EventDeclaration] = [
    row("sale.created", .saleCreated, .saleNotice, "A sale was made. Staff are told of their own only."),
    row(
      "sale.returned", .saleReturned, .takenBackNotice,
      "Goods of a sale were brought back. Staff are told of what they sold or took back themselves."),
    row("sale.voided", .saleVoided, .takenBackNotice, "A receipt was voided. Staff are told as of returns."),
    row("stockIn.created", .stockInCreated, .stockInNotice, "A delivery was booked. The owner is told only."),
    row(
      "stock.changed", .stockChanged, .stockNotice,
      "A document changed a product's stock; one event for each product of the document."),
    row(
      "lot.changed", .lotChanged, .lotNotice,
      "A lot was made by a return or a count, or its status, batch, expiry or cost was changed; it is told as it stands now."),
    row(
      "recall.changed", .recallChanged, .recallNotice, "A recall was started or ended; its lots are told by lot.changed."),
    row("stockTake.changed", .stockTakeChanged, .stockTakeNotice, "A stock take was started, counted in, applied or cancelled."),
    row("product.changed", .productChanged, .product, "A product was made or changed; it is told as it stands now."),
    row("user.changed", .userChanged, .user, "An account was made or changed. The owner is told only."),
    row("store.changed", .storeChanged, .store, "The store's settings were changed."),
    row(
      "stock.low", .stockLow, .lowNotice,
      "An active product has come down to its reorder level. Told once, until it has been above it again."),
    row(
      "lot.expired", .lotExpired, .expiredNotice,
      "The business day has turned, and this lot with stock is past its last day."),
    row(
      "backup.overdue", .backupOverdue, .overdueNotice,
      "No backup was taken and proved for a day and a half, although the process had time to. The owner is told only."),
    row("events.missed", nil, .missedNotice, "The client read too slowly: call changes.since with this cursor."),
    row("events.ended", nil, .endNotice, "The subscription is over: sign in and subscribe again."),
    row("shop.replaced", nil, .nothing, "A restore has replaced the shop: read everything anew."),
  ]

  private static func row<Value>(
    _ name: String, _ kind: EventKind?, _ shape: Shape<Value>, _ summary: String
  ) -> EventDeclaration {
    EventDeclaration(name: name, summary: summary, kind: kind, data: shape.schema)
  }

  fileprivate static func name(of kind: EventKind) -> String {
    guard let row = all.first(where: { $0.kind == kind }) else { preconditionFailure("an event without a name") }
    return row.name
  }
}

extension Shape where Value == EventKind {
  /// The kinds that a client may ask for.
  static let eventKind: Shape = .enumeration(
    EventDeclaration.all.compactMap { row in row.kind.map { (name: row.name, value: $0) } })
}

extension Shape where Value == WireEvent {
  static let event: Shape = .result(
    .required("type", typeName, "What happened.", \.name),
    .required("at", .instant, "When: the clock reading of the call that wrote, or of the look that found it.", \.at),
    .required("cursor", .text, "Where changes.since goes on behind it.", \.cursor),
    .required("data", content, "What there is to tell; see the table of events.", \.data)
  ).named("Event")

  private static let typeName = Shape<String>(
    schema: Schema(.enumeration(EventDeclaration.all.map(\.name))), read: Shape<String>.text.read,
    write: { name, writer in writer.json.string(name.pointee) })

  private static let content = Shape<WireEvent.Content>(
    schema: Schema(.either(EventDeclaration.all.map(\.data))),
    read: { _, reader in
      reader.refuseResult()
      return nil
    },
    write: { content, writer in content.pointee.write(&writer) })
}

extension WireEvent {
  var name: String {
    switch data {
    case .shop(let event): EventDeclaration.name(of: event.kind)
    case .backupOverdue: EventDeclaration.name(of: .backupOverdue)
    case .missed: "events.missed"
    case .ended: "events.ended"
    case .replaced: "shop.replaced"
    }
  }
}

extension WireEvent.Content {
  fileprivate func write(_ writer: inout ShapeWriter) {
    switch self {
    case .shop(.saleCreated(let sale)): Shape.saleNotice.write(sale, &writer)
    case .shop(.stockInCreated(let delivery)): Shape.stockInNotice.write(delivery, &writer)
    case .shop(.saleReturned(let notice)), .shop(.saleVoided(let notice)): Shape.takenBackNotice.write(notice, &writer)
    case .shop(.lotChanged(let lot)): Shape.lotNotice.write(lot, &writer)
    case .shop(.recallChanged(let recall)): Shape.recallNotice.write(recall, &writer)
    case .shop(.stockTakeChanged(let take)): Shape.stockTakeNotice.write(take, &writer)
    case .shop(.stockChanged(let stock)): Shape.stockNotice.write(stock, &writer)
    case .shop(.productChanged(let product)): Shape.product.write(product, &writer)
    case .shop(.userChanged(let user)): Shape.user.write(user, &writer)
    case .shop(.storeChanged(let store)): Shape.store.write(store, &writer)
    case .shop(.stockLow(let stocked)): Shape.lowNotice.write(stocked, &writer)
    case .shop(.lotExpired(let lot)): Shape.expiredNotice.write(lot, &writer)
    case .backupOverdue(let status): Shape.overdueNotice.write(status, &writer)
    case .missed(let cursor): Shape.missedNotice.write(cursor, &writer)
    case .ended(let reason): Shape.endNotice.write(reason, &writer)
    case .replaced: Shape.nothing.write(Nothing(), &writer)
    }
  }
}

extension Shape where Value == SaleNotice {
  fileprivate static let saleNotice: Shape = .result(
    .required("id", .identifier, "The sale's id.", \.id),
    .required("receiptNo", .documentNumber(.receipt), "Its number.", \.number),
    .required("businessDate", .day, "The day of the sale.", \.number.day),
    .required("soldBy", .actor, "Who sold.", \.soldBy),
    .required("soldAt", .instant, "When it was sold.", \.soldAt),
    .required("totalAmount", .money, "The sum of the lines.", \.totalAmount)
  ).named("SaleNotice")
}

extension Shape where Value == StockInNotice {
  fileprivate static let stockInNotice: Shape = .result(
    .required("id", .identifier, "The delivery's id.", \.id),
    .required("refNo", .documentNumber(.delivery), "Its number.", \.number),
    .required("createdBy", .actor, "Who booked it.", \.createdBy),
    .required("createdAt", .instant, "When it was booked.", \.createdAt)
  ).named("StockInNotice")
}

extension Shape where Value == StockNotice {
  private static let cause: Shape<StockNotice.Cause> = .result(
    .required("kind", .auditedRecord, "What kind of document.", \.kind),
    .required("id", .identifier, "Its id.", \.id))

  fileprivate static let stockNotice: Shape = .result(
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name now.", \.productName),
    .required("change", .integer, "Units that came, or went with a minus sign.", \.change),
    .required("totalQty", .integer, "Sellable units when the event was read, which may be after later documents.", \.totalQty),
    .nullable("cause", cause, "The document; null for staff, where it is not their own.", \.cause)
  ).named("StockNotice")
}

extension Shape where Value == StockedProduct {
  fileprivate static let lowNotice: Shape = .result(
    .required("productId", .identifier, "The product.", \.product.id),
    .required("productName", .text, "Its name.", \.product.name),
    .required("totalQty", .integer, "Sellable units.", \.totalQty),
    .required("reorderLevel", .integer, "Its reorder level.", \.product.reorderLevel)
  ).named("LowStockNotice")
}

extension Shape where Value == ValuedLot {
  fileprivate static let expiredNotice: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.lot.id),
    .required("lotRefNo", .text, "Its number.", \.lot.lotRefNo),
    .required("productId", .identifier, "Its product.", \.lot.productID),
    .required("productName", .text, "The product's name.", \.productName),
    .nullable("expiryDate", .day, "Its last day.", \.lot.expiryDate),
    .required("qtyRemaining", .integer, "Units that must not be sold any more.", \.lot.qtyRemaining)
  ).named("ExpiredLotNotice")
}

extension Shape where Value == BackupStatus {
  fileprivate static let overdueNotice: Shape = .result(
    .nullable("newestVerifiedAt", .instant, "The moment that the newest proved backup shows.", \.standing.newestVerified),
    .nullable("newestVerifiedAgeSeconds", .integer, "How old that is.", \.ageSeconds)
  ).named("OverdueNotice")
}

extension Shape where Value == String {
  fileprivate static let missedNotice: Shape = .result(
    .required("cursor", .text, "For changes.since: everything behind it was left out, up to the event's own cursor.") {
      @Sendable in $0
    }
  ).named("MissedNotice")
}

extension Shape where Value == WireEvent.EndReason {
  private static let reason: Shape = .enumeration([
    "session-ended": .sessionEnded, "session-expired": .sessionExpired, "shop-replaced": .shopReplaced,
  ])

  fileprivate static let endNotice: Shape = .result(
    .required("reason", reason, "Why.", \.self)
  ).named("EndNotice")
}
