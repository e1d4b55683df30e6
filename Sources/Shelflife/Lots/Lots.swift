// What people decide about a lot, and what they set right of it.
import Postgres

/// How one lot is asked for.
package enum WantedLot: Sendable, Equatable {
  case id(Identifier)
  /// As it stands on the shelf: the number of the document that made the lot and what follows it.
  case refNo(String)
}

/// A lot with the present name of its product.
package struct NamedLot: Sendable, Equatable {
  package let lot: Lot
  package let productName: String
}

/// What `lots.setStatus` is given.
package struct LotStatusChange: Sendable {
  package let lotID: Identifier
  package let status: LotStatus
  package let reason: String

  package init(lotID: Identifier, status: LotStatus, reason: String) {
    self.lotID = lotID
    self.status = status
    self.reason = reason
  }
}

package enum Lots {
  /// One lot. Any signed-in user; staff see no cost.
  ///
  /// - Throws: `lotNotFound`.
  package static func get(_ wanted: WantedLot, in read: ReadTransaction) throws -> NamedLot {
    let id = try identifier(of: wanted, in: read)
    let rows = try read.run(LotBookStatements.get, .init(id: id, today: read.context.today, seesCosts: read.seesCosts))
    guard let lot = rows.first else { throw Fault.lotNotFound([id]) }
    return lot
  }

  /// The id of the lot that is asked for; one that is given is not looked up.
  static func identifier(of wanted: WantedLot, in read: ReadTransaction) throws -> Identifier {
    switch wanted {
    case .id(let id): return id
    case .refNo(let text):
      guard let document = maker(of: text), let id = try read.run(LotBookStatements.byReference, .init(text, document)).first
      else { throw Fault.lotNotFound([]) }
      return id
    }
  }

  /// The document whose number a lot's begins with: a delivery, or a count that found the lot.
  private static func maker(of reference: String) -> DocumentNumber? {
    let parts = reference.split(separator: "-", omittingEmptySubsequences: false)
    guard parts.count > 3 else { return nil }
    do { return try DocumentNumber(parsing: parts[..<3].joined(separator: "-")) } catch { return nil }
  }

  /// Says whether a lot may be sold. The same status again changes nothing, and is set down all the same. Owner only.
  ///
  /// Locks the lot.
  /// - Throws: `lotNotFound`.
  package static func setStatus(_ change: LotStatusChange, in transaction: WriteTransaction) throws -> Lot {
    guard var lot = try transaction.hold([change.lotID]).first else { throw Fault.lotNotFound([change.lotID]) }
    let before = lot.status
    if before != change.status {
      _ = try transaction.run(LotBookStatements.setStatus, .init(ids: [lot.id], status: change.status))
    }
    lot.status = change.status
    transaction.audit(.lot, lot.id)
    transaction.changes = [
      .changed("status", before.rawValue, lot.status.rawValue), .made("reason", change.reason),
    ].compactMap(\.self)
    return lot.shown(on: transaction.context.today)
  }
}

extension HeldLot {
  /// As clients see it on a business date, with its cost.
  func shown(on today: Day) -> Lot {
    var received: Int32 = 0
    var parent: Identifier?
    switch origin {
    case .delivery(let qty): received = qty
    case .sibling(let id, _): parent = id
    case .found: break
    }
    return Lot(
      id: id, productID: productID, lotRefNo: refNo, batchNo: batchNo, expiryDate: expiry, qtyReceived: Int(received),
      qtyRemaining: Int(remaining), unitCost: unitCost, receivedAt: receivedAt, status: status,
      daysUntilExpiry: expiry.map { today.days(until: $0) }, parentLotID: parent)
  }

  var isDelivered: Bool { if case .delivery = origin { true } else { false } }
}
