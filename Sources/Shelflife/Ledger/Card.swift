// The stock card: every movement of a lot or of a product, newest first, with the balance it left and what caused it.
import Postgres

/// What a card is about.
package enum CardSubject: Sendable, Equatable {
  case product(Identifier)
  case lot(Identifier)
}

/// Where a card goes on.
package struct CardKey: Sendable, Equatable {
  /// The last movement shown.
  package let at: Instant
  package let lotID: Identifier
  package let seq: Int32
  /// What was there before that movement: the balance that the next one left.
  package let balance: Int64

  package init(at: Instant, lotID: Identifier, seq: Int32, balance: Int64) {
    self.at = at
    self.lotID = lotID
    self.seq = seq
    self.balance = balance
  }
}

/// One page of a card with what it is about.
package struct StockCard: Sendable {
  package let productID: Identifier
  /// The present name.
  package let productName: String
  /// Nil where the card is about a whole product.
  package let lot: CardLot?
  /// Units there now: the lot's, or those of all lots of the product together, whatever their status and expiry.
  package let onHandQty: Int
  package let page: KeyedPage<CardItem, CardKey>
}

package struct CardLot: Sendable, Equatable {
  package let id: Identifier
  package let refNo: String
}

/// A movement as a card shows it.
package struct CardItem: Sendable, Equatable {
  package let kind: MovementKind
  package let lotID: Identifier
  package let lotRefNo: String
  /// The movement's place in its lot, from 1.
  package let seq: Int
  /// Above zero what came, below zero what went; zero where a correction changed no quantity.
  package let qty: Int
  /// What the card is about had so many units after the movement.
  package let balance: Int
  package let lotBalance: Int
  package let at: Instant
  package let businessDate: Day
  /// The lot's, as the movement set it down.
  package let unitCost: UnitCost
  package let expiryDate: Day?
  package let cause: MovementCause
  /// By the name of that day where it was kept, else by the present one.
  package let by: Actor
}

/// The sale, delivery or other document that moved stock.
package struct MovementCause: Sendable, Equatable {
  package let kind: Kind
  package let id: Identifier
  package let number: DocumentNumber

  package enum Kind: Sendable, Hashable, CaseIterable {
    case sale
    case delivery
    case document(StockDocument.Kind)

    package static let allCases = [.sale, .delivery] + StockDocument.Kind.allCases.map(Kind.document)
  }
}

package enum Cards {
  /// The movements of a lot in its own order, or of a product by time, newest first. Owner only.
  ///
  /// A product's balances are counted back from what is there at the first page's moment, over the pages that follow; a movement
  /// that another process writes meanwhile with a time before the page's end is shown, but not in the balances carried on.
  /// - Throws: `productNotFound`, `lotNotFound`.
  package static func page(
    of subject: CardSubject, limit: Int, after: CardKey?, in read: ReadTransaction
  ) throws -> StockCard {
    let wanted = CardStatements.Input(subject: subject, limit: limit, after: after)
    let reading = read.connection.pipeline()
    let head: Pending<CardStatements.Head>
    let rows: Pending<CardStatements.Row>
    switch subject {
    case .product(let id):
      head = try reading.send(CardStatements.product, id)
      rows = try reading.send(CardStatements.ofProduct, wanted)
    case .lot(let id):
      head = try reading.send(CardStatements.lot, id)
      rows = try reading.send(CardStatements.ofLot, wanted)
    }
    try reading.sync()
    guard let head = try head.first() else { throw subject.notFound }
    return StockCard(
      productID: head.productID, productName: head.productName, lot: head.lot, onHandQty: Int(head.onHand),
      page: page(try rows.rows(), limit: limit, from: after?.balance ?? head.onHand))
  }

  /// Counts the balances back from the one that the first row left.
  private static func page(
    _ rows: [CardStatements.Row], limit: Int, from newest: Int64
  ) -> KeyedPage<CardItem, CardKey> {
    var balance = newest
    let items = rows.prefix(limit).map { row in
      defer { balance -= Int64(row.qty) }
      return row.item(balance: Int(balance))
    }
    guard rows.count > limit, let last = items.last else { return KeyedPage(items: items, next: nil) }
    return KeyedPage(
      items: items, next: CardKey(at: last.at, lotID: last.lotID, seq: Int32(clamping: last.seq), balance: balance))
  }
}

extension CardSubject {
  fileprivate var notFound: Fault {
    switch self {
    case .product(let id): .productNotFound([id])
    case .lot(let id): .lotNotFound([id])
    }
  }
}

extension CardStatements.Row {
  fileprivate func item(balance: Int) -> CardItem {
    CardItem(
      kind: kind, lotID: lotID, lotRefNo: lotRefNo, seq: Int(seq), qty: Int(qty), balance: balance, lotBalance: Int(lotBalance),
      at: at, businessDate: day, unitCost: unitCost, expiryDate: expiry, cause: cause, by: by)
  }
}
