// A document before it is written: movements booked one after the other against locked lots. A pure value.

/// A lot as a document found it under its lock, and as the document leaves it.
struct HeldLot: Sendable {
  let id: Identifier
  let productID: Identifier
  let productName: String
  /// Of a lot that a count found, not known before its document has a number.
  var refNo: String
  /// Nil for a lot that a count found.
  let stockInID: Identifier?
  let receivedAt: Instant
  let origin: LotOrigin
  var batchNo: String?
  var expiry: Day?
  var unitCost: UnitCost
  var status: LotStatus
  /// The number of its last movement; 0 before its first.
  var seq: Int32
  var remaining: Int32
}

/// Where a lot came from.
enum LotOrigin: Sendable, Equatable {
  case delivery(qtyReceived: Int32)
  case sibling(of: Identifier, number: Int32)
  case found(in: Identifier, number: Int32)
}

/// One movement to be written with its document's line.
struct DraftLine: Sendable {
  let kind: MovementKind
  var lot: HeldLot
  let qty: Int32
  /// What the document's line names; the movement itself has the lot's cost.
  let unitCost: UnitCost
  let reason: String?
  let giving: DraftGiving?
  let count: CountReference?
}

/// What a returned line gives back, and of which allocation.
struct DraftGiving: Sendable {
  let take: GivenTake
  let backNo: Int32
  /// Of the allocation, with this line.
  let givenBack: Int32
  let refund: Money
  let disposition: Disposition
  let isForced: Bool
}

/// The count that a counted line follows.
struct CountReference: Sendable, Equatable {
  let entryID: Identifier
  let line: Int32
}

/// An allocation of a sale, with what of it was given back so far.
struct GivenTake: Sendable {
  let saleID: Identifier
  let receiptLine: Int
  let take: Int
  let takesLeft: Int
  /// What the line's allocations had taken with this one.
  let taken: Int32
  let qty: Int32
  let lotID: Identifier
  let productID: Identifier
  let productName: String
  /// Frozen at the sale.
  let unitCost: UnitCost
  let unitPrice: Money
  let backNo: Int32
  let givenBack: Int32

  var returnable: Int32 { qty - givenBack }
}

/// Movements booked against lots that are locked. Each goes on from where the one before left its lot.
struct LedgerDraft: Sendable {
  private(set) var lots: [Identifier: HeldLot]
  private(set) var lines: [DraftLine] = []
  /// Lots that the document makes, in their order.
  private(set) var newLots: [Identifier] = []
  /// Lots of which more was asked for than they hold, in the order in which that was found.
  private(set) var shortages: [Identifier] = []
  private var asked: [Identifier: Int64] = [:]
  private let held: [Identifier: Int32]

  init(_ lots: [HeldLot]) {
    self.lots = Dictionary(uniqueKeysWithValues: lots.map { ($0.id, $0) })
    held = self.lots.mapValues(\.remaining)
  }

  /// Adds a lot that does not exist yet; it has no movement and holds nothing.
  mutating func add(_ lot: HeldLot) {
    lots[lot.id] = lot
    newLots.append(lot.id)
  }

  /// Names the lots that a count found by the number of their document and their own in it: `CNT-YYYYMMDD-####-n`.
  mutating func nameFoundLots(by number: DocumentNumber) {
    for id in newLots {
      guard case .found(_, let place)? = lots[id]?.origin else { continue }
      change(id) { $0.refNo = "\(number.text)-\(place)" }
    }
    let made = Set(newLots)
    for index in lines.indices where made.contains(lines[index].lot.id) {
      if let named = lots[lines[index].lot.id] { lines[index].lot.refNo = named.refNo }
    }
  }

  /// Changes what is known of a lot; a later movement of it carries the change.
  mutating func change(_ id: Identifier, _ body: (inout HeldLot) -> Void) {
    if var lot = lots[id] {
      body(&lot)
      lots[id] = lot
    }
  }

  /// Books a movement. A lot that holds less than what is to go is noted in `shortages` and not booked.
  ///
  /// - Parameters:
  ///   - kind: why.
  ///   - qty: above zero what comes, below zero what goes.
  ///   - id: a lot that the draft has.
  ///   - unitCost: of a return the cost that the sale froze; else the lot's.
  ///   - reason: of this line alone.
  ///   - giving: of a return, which allocation it gives back.
  ///   - count: of a count, which one it follows.
  mutating func book(
    _ kind: MovementKind, _ qty: Int32, of id: Identifier, unitCost: UnitCost? = nil, reason: String? = nil,
    giving: DraftGiving? = nil, count: CountReference? = nil
  ) {
    guard var lot = lots[id] else { preconditionFailure("a movement of a lot that was not read") }
    if qty < 0 { asked[id, default: 0] -= Int64(qty) }
    let (balance, overflowed) = lot.remaining.addingReportingOverflow(qty)
    guard !overflowed, balance >= 0 else {
      if !shortages.contains(id) { shortages.append(id) }
      return
    }
    lot.seq += 1
    lot.remaining = balance
    lots[id] = lot
    lines.append(
      DraftLine(
        kind: kind, lot: lot, qty: qty, unitCost: unitCost ?? lot.unitCost, reason: reason, giving: giving, count: count))
  }

  /// Refuses a draft in which a lot would go below zero.
  ///
  /// - Throws: `lotTooLow`, naming every such lot.
  func check() throws(Fault) {
    guard !shortages.isEmpty else { return }
    throw .lotTooLow(
      shortages.compactMap { id in
        lots[id].map {
          ShortLot(lotID: id, lotRefNo: $0.refNo, requested: asked[id] ?? 0, available: Int64(held[id] ?? 0))
        }
      })
  }

  /// The lots that have movements, each as it is left, in the order of their ids.
  var moved: [HeldLot] {
    Set(lines.map(\.lot.id)).sorted().compactMap { lots[$0] }
  }
}
