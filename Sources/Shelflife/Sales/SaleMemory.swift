// What a session remembers of the shop between its sales, so that the next one can be planned without asking.

/// What a sale is planned with.
struct SaleReading {
  /// One a call.
  let contexts: [CallContext]
  /// Keys that earlier calls stored.
  let found: [String: FoundKey]
  /// Ids that are taken, of those that the calls bring.
  let takenIDs: Set<Identifier>
  let products: [Identifier: Product]
  /// Of each product as many lots as it takes, from the first to be sold on.
  let lots: [StockedLot]
  let today: Day
}

/// All that a session read and wrote up to one link of the audit.
///
/// Every write, of every process, adds a link. So while the last link is the one remembered, everything is as remembered; and a sale
/// that is planned with it writes the very next link, which the database refuses where somebody else has written it. Nothing is ever
/// taken from memory alone. Belongs to one session; used on its thread.
final class SaleMemory {
  private struct Known {
    var head: AuditHead
    let today: Day
    var quarter: Int64
    /// The last receipt number of today.
    var lastNumber: Int32
    var contexts: [Identifier: CallContext] = [:]
    var products: [Identifier: Product] = [:]
    /// In the order of selling, none empty.
    var lots: [Identifier: [StockedLot]] = [:]
    var lotCount = 0
    /// Whether the shelf was read ahead.
    var isAhead = false

    /// Products with their first lots, in the order of selling, instead of what was remembered of them.
    mutating func put(_ products: [Product], _ lots: [StockedLot]) {
      for product in products {
        self.products[product.id] = product
        lotCount -= self.lots.removeValue(forKey: product.id)?.count ?? 0
      }
      for lot in lots { self.lots[lot.shelf.productID, default: []].append(lot) }
      lotCount += lots.count
    }
  }

  /// More than this is not remembered, so that memory stays bounded in the largest shop.
  private static let mostLots = 20_000
  /// So many sales that named something not remembered pay for reading the shelf ahead.
  private static let mostStrangers = 8
  /// Sales in a row that must have found the audit as the one before left it, after sales that were planned in vain.
  private static let mostPatience = 64

  private var known: Known?
  /// The link that this session wrote last; nil where that is not known.
  private var ownLink: Int64?
  private var quietSales = 0
  private var patience = 1
  private var hitsInARow = 0
  private var strangers = 0
  /// Transactions that were written from memory, and those that were planned so in vain.
  private(set) var hits = 0
  private(set) var misses = 0

  /// The audit as of which all is remembered, and the day's last receipt number.
  var place: (head: AuditHead, lastNumber: Int32)? { known.map { ($0.head, $0.lastNumber) } }

  /// Whether the sale that is about to ask should read the shelf ahead with it, so that those behind it need not ask. It pays once
  /// for several sales, also where nothing comes of it.
  func asksForShelf() -> Bool {
    guard strangers >= Self.mostStrangers, known?.isAhead != true else { return false }
    strangers = 0
    return true
  }

  /// What these calls are planned with, if all of it is remembered and nobody else seems to be writing.
  func reading(for calls: [SaleCall]) -> SaleReading? {
    guard let known, quietSales >= patience else { return nil }
    var contexts: [CallContext] = []
    var products: [Identifier: Product] = [:]
    var lots: [StockedLot] = []
    for call in calls {
      guard let userID = call.info.caller?.userID, let context = known.contexts[userID],
        call.info.now.quarterHour == known.quarter,
        call.info.moneyScale == context.store.currency.minorDigits, call.info.key?.isRepeated != true
      else { return nil }
      contexts.append(context)
      for item in call.request.items where products[item.productID] == nil {
        guard let product = known.products[item.productID] else {
          strangers += 1
          return nil
        }
        products[item.productID] = product
        lots += known.lots[item.productID] ?? []
      }
    }
    // Whoever takes several lots takes them in one order.
    lots.sort { ShelfLot.sellsBefore($0.shelf, $1.shelf) }
    return SaleReading(contexts: contexts, found: [:], takenIDs: [], products: products, lots: lots, today: known.today)
  }

  /// Sales were planned with what was read, and written: `seen` was the audit's last link before anything was read, `head` is the link that
  /// they made, and `shelf` what was read ahead beside it. If it follows on the one seen, nothing was written by others meanwhile.
  func wrote(
    _ group: SaleStatements.Group, with reading: SaleReading, and shelf: ShelfReading?, calls: [SaleCall], seen: Int64,
    head: AuditHead, last: Int32
  ) {
    quietSales = ownLink.map { $0 == seen ? quietSales + 1 : 0 } ?? quietSales
    ownLink = head.seq
    let before = known.flatMap { $0.head.seq == seen && $0.today == reading.today ? $0 : nil }
    // Held twice, it would be copied to be changed.
    known = nil
    guard head.seq == seen + 1, let now = calls.first?.info.now else { return }
    var known = before ?? Known(head: head, today: reading.today, quarter: now.quarterHour, lastNumber: last)
    if known.quarter != now.quarterHour {
      known.quarter = now.quarterHour
      known.contexts = [:]
    }
    for (call, context) in zip(calls, reading.contexts) where call.info.now.quarterHour == known.quarter {
      if let userID = call.info.caller?.userID { known.contexts[userID] = context }
    }
    if let shelf {
      known.isAhead = true
      known.put(shelf.products, shelf.lots)
    }
    known.put(Array(reading.products.values), reading.lots)
    self.known = known
    advance(group, to: head, last: last)
  }

  /// Sales that were planned from memory are being written. Should that fail, all must be forgotten.
  func expects(_ known: SaleStatements.Known) {
    ownLink = known.head.seq
    advance(known.group, to: known.head, last: known.numbers.last ?? 0)
  }

  /// They are written.
  func hit() {
    hits += 1
    hitsInARow += 1
    if hitsInARow >= Self.mostPatience { patience = 1 }
  }

  /// What was remembered no longer holds: somebody else is writing.
  func missed() {
    forget()
    misses += 1
    quietSales = 0
    hitsInARow = 0
    patience = min(patience * 2, Self.mostPatience)
  }

  /// Something else was written, or the outcome of a write is not known.
  func forget() {
    known = nil
    ownLink = nil
  }

  private func advance(_ group: SaleStatements.Group, to head: AuditHead, last: Int32) {
    guard var known else { return }
    self.known = nil
    known.head = head
    known.lastNumber = last
    for movement in group.movements {
      let lot = movement.lot.shelf
      guard let index = known.lots[lot.productID]?.firstIndex(where: { $0.shelf.id == lot.id }) else { continue }
      if movement.balance == 0 {
        known.lots[lot.productID]?.remove(at: index)
        known.lotCount -= 1
      } else {
        known.lots[lot.productID]?[index] = movement.lot.moved(to: movement.seq, leaving: movement.balance)
      }
    }
    if known.lotCount <= Self.mostLots { self.known = known }
  }
}

extension Instant {
  /// Zones differ from UTC by whole quarters of an hour and change their offset at one, so within a quarter the business date stays.
  fileprivate var quarterHour: Int64 { microsecondsSince2000 / 900_000_000 }
}
