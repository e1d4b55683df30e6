// What the methods that read the ledger are asked with, and where their pages go on.
import JSONRPC
import Shelflife

/// A product's card or a lot's, and which page of it.
struct CardParams: Sendable {
  let subject: CardSubject
  let list: ListParams

  /// Exactly one of the two.
  private struct Subject: Sendable {
    let productID: Identifier?
    let lotID: Identifier?
    let list: ListParams
  }

  static let shape: Shape<CardParams> = Shape<Subject>.record(
    .optional("productId", .identifier, "The product, with all its lots; this or lotId.", \.productID),
    .optional("lotId", .identifier, "The lot; this or productId.", \.lotID),
    .members(of: ListParams.shape, \.list),
    make: { Subject(productID: $0, lotID: $1, list: $2) }
  ).mapped(
    from: { params throws(Refusal) in
      switch (params.productID, params.lotID) {
      case (let id?, nil): return CardParams(subject: .product(id), list: params.list)
      case (nil, let id?): return CardParams(subject: .lot(id), list: params.list)
      default: throw Refusal("one-of", "Give exactly one of productId and lotId.")
      }
    },
    to: { params in
      switch params.subject {
      case .product(let id): Subject(productID: id, lotID: nil, list: params.list)
      case .lot(let id): Subject(productID: nil, lotID: id, list: params.list)
      }
    })

  private var filterDigest: [UInt8] {
    switch subject {
    case .product(let id): Shape<ListParams>.filterDigest("stock.card", "product", id.text)
    case .lot(let id): Shape<ListParams>.filterDigest("stock.card", "lot", id.text)
    }
  }

  func page(in read: ReadTransaction) throws -> CardPage {
    let filter = filterDigest
    let card = try Cards.page(of: subject, limit: list.limit, after: try Cursor.cardKey(list.cursor, filter: filter), in: read)
    return CardPage(
      card: card, page: Page(items: card.page.items, nextCursor: card.page.next.map { Cursor.text($0, filter: filter) }))
  }
}

struct AsOfParams: Sendable {
  let date: Day
  let productID: Identifier?
  let list: ListParams

  func page(in read: ReadTransaction) throws -> AsOfPage {
    let filter = Shape<ListParams>.filterDigest("stock.asOf", date.text, productID?.text)
    let stock = try StocksAsOf.page(
      of: date, productID: productID, limit: list.limit, after: try Cursor.lotNumber(list.cursor, filter: filter), in: read)
    return AsOfPage(
      stock: stock, page: Page(items: stock.page.items, nextCursor: stock.page.next.map { Cursor.text(lot: $0, filter: filter) }))
  }
}

struct StockDocumentListParams: Sendable {
  let kind: StockDocument.Kind?
  let from: Day?
  let to: Day?
  let productID: Identifier?
  let lotID: Identifier?
  let receiptNo: DocumentNumber?
  let list: ListParams

  func page(in read: ReadTransaction) throws -> Page<StockDocument> {
    try DocumentListParams.check(from: from, to: to)
    let filter = Shape<ListParams>.filterDigest(
      "stock.documents", kind?.rawValue, from?.text, to?.text, productID?.text, lotID?.text, receiptNo?.text)
    let page = try StockDocuments.list(
      StockDocumentFilter(
        kind: kind, from: from, to: to, productID: productID, lotID: lotID, receiptNo: receiptNo, limit: list.limit,
        after: try Cursor.momentKey(list.cursor, filter: filter)),
      in: read)
    return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: filter) })
  }
}

struct WriteOffParams: Sendable {
  let from: Day
  let to: Day
  let list: ListParams

  func page(in read: ReadTransaction) throws -> WriteOffPage {
    try DocumentListParams.check(from: from, to: to)
    let filter = Shape<ListParams>.filterDigest("reports.writeOffs", from.text, to.text)
    let report = try StockDocuments.writeOffs(
      DaySpan(from: from, to: to), limit: list.limit, after: try Cursor.documentLineKey(list.cursor, filter: filter), in: read)
    return WriteOffPage(
      report: report, page: Page(items: report.page.items, nextCursor: report.page.next.map { Cursor.text($0, filter: filter) }))
  }
}

extension Cursor {
  static func text(_ key: CardKey, filter: [UInt8]) -> String {
    text([key.lotID.text, "\(key.at.text) \(key.seq) \(key.balance)"], filter: filter)
  }

  static func cardKey(_ text: String?, filter: [UInt8]) throws(Fault) -> CardKey? {
    try key(text, filter) {
      let rest = $1.split(separator: " ")
      guard let lotID = identifier($0), rest.count == 3, let at = instant(rest[0]), let seq = Int32(rest[1]),
        let balance = Int64(rest[2])
      else { return nil }
      return CardKey(at: at, lotID: lotID, seq: seq, balance: balance)
    }
  }

  static func text(lot number: Int64, filter: [UInt8]) -> String {
    text(["lot", String(number)], filter: filter)
  }

  static func lotNumber(_ text: String?, filter: [UInt8]) throws(Fault) -> Int64? {
    try key(text, filter) { _, number in Int64(number) }
  }

  static func text(_ key: DocumentLineKey, filter: [UInt8]) -> String {
    text([key.document.id.text, "\(key.document.at.text) \(key.line)"], filter: filter)
  }

  static func documentLineKey(_ text: String?, filter: [UInt8]) throws(Fault) -> DocumentLineKey? {
    try key(text, filter) {
      let rest = $1.split(separator: " ")
      guard let id = identifier($0), rest.count == 2, let at = instant(rest[0]), let line = Int32(rest[1]) else { return nil }
      return DocumentLineKey(document: MomentKey(at: at, id: id), line: line)
    }
  }
}
