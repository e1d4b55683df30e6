// The sales of one transaction, worked out one after the other against what was read. Asks no database.

struct GroupPlan {
  enum Entry {
    case planned(PlannedSale)
    case refused(Fault)
    /// Not enough of some products among the lots that were read.
    case short([Shortage])
    /// The call's key is stored already.
    case found(StoredOutcome)
    /// The same call under the same key stands before it in the group, at this place.
    case repeats(Int)
    /// The business day turned between two calls of the group: this one has not been looked at.
    case otherDay
  }

  /// One a call, in their order.
  let entries: [Entry]

  /// Plans each call in its order: one that is refused takes nothing from those behind it.
  ///
  /// - Parameters:
  ///   - calls: in their order.
  ///   - reading: what was read for them.
  ///   - isFinal: whether each call that is planned passes the point from which it can no longer be given up.
  init(_ calls: [SaleCall], with reading: SaleReading, isFinal: Bool) throws {
    var shelf = Shelf(lots: reading.lots.map(\.shelf), today: reading.today)
    var firstUnderKey: [String: Int] = [:]
    var takenIDs = reading.takenIDs
    entries = try calls.enumerated().map { index, call in
      let context = reading.contexts[index]
      guard context.today == reading.today else { return .otherDay }
      do {
        try context.authorise(call.info.caller)
        if let key = call.info.key {
          if let found = reading.found[key.text] { return .found(try Idempotency.outcome(of: found, for: key)) }
          if let first = firstUnderKey[key.text] {
            guard calls[first].info.key?.digest == key.digest else { throw Fault.idempotencyKeyReused }
            return .repeats(first)
          }
        }
        try context.checkClock()
        let entry = try Self.plan(
          call, in: reading, context, taking: &shelf, takenIDs: &takenIDs, isFinal: isFinal)
        if case .planned = entry, let key = call.info.key { firstUnderKey[key.text] = index }
        return entry
      } catch let fault as Fault {
        return .refused(fault)
      }
    }
  }

  /// The sales to be written.
  var sales: [PlannedSale] {
    entries.compactMap { if case .planned(let sale) = $0 { sale } else { nil } }
  }

  /// Whether any call was made before.
  var findsAny: Bool {
    entries.contains { if case .found = $0 { true } else { false } }
  }

  /// Whether every call is to be written, or repeats one that is.
  var isWhole: Bool {
    entries.allSatisfy { entry in
      switch entry {
      case .planned, .repeats: true
      case .refused, .short, .found, .otherDay: false
      }
    }
  }

  private static func plan(
    _ call: SaleCall, in reading: SaleReading, _ context: CallContext, taking shelf: inout Shelf,
    takenIDs: inout Set<Identifier>, isFinal: Bool
  ) throws(Fault) -> Entry {
    guard let caller = call.info.caller else { throw .authorizationRequired }
    if let id = call.request.id, takenIDs.contains(id) { throw .idTaken(id) }
    try SaleRules.check(call.request, against: reading.products)
    let totals = try SaleRules.totals(of: call.request, at: reading.products)
    guard !isFinal || call.info.mayCommit() else { throw .requestCancelled }
    let allocations: [[Allocation]]
    switch shelf.take(call.request.lines) {
    case .taken(let taken): allocations = taken
    case .refused(let shortages): return .short(shortages)
    }
    let id = call.request.id ?? IdentifierMaker.shared.make(at: call.info.now)
    takenIDs.insert(id)
    let lines = call.request.items.enumerated().compactMap { index, item -> PlannedLine? in
      guard let product = reading.products[item.productID] else { return nil }
      return PlannedLine(
        id: IdentifierMaker.shared.make(at: call.info.now), product: product, qty: item.qty, lineTotal: totals.lines[index],
        allocations: allocations[index])
    }
    return .planned(
      PlannedSale(
        id: id, info: call.info, seller: Actor(id: caller.userID, name: context.userName ?? ""),
        paymentMethod: call.request.paymentMethod, note: call.request.note, total: totals.total, lines: lines))
  }
}
