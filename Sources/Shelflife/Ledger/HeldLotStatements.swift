// SQL of lots that a document changes: found, locked in the one order, and left as they become.
import Postgres

enum HeldLotStatements {
  private static let columns = #"""
    l.id, l.product_id, p.name, l.ref_no, l.stock_in_id, l.received_at, l.line is not null, l.qty_received, l.parent_lot_id, l.sibling_no,
    l.found_in, l.found_no, l.batch_no, l.expiry, l.unit_cost, l.status, l.seq, l.qty_remaining
    """#

  /// Locks lots in the order in which sales lock them.
  static let lock = Statement<[Identifier], HeldLot>(
    "lock_held_lots",
    #"""
    select \#(columns) from lot l join product p on p.id = l.product_id
    where l.id = any($1::uuid[]) order by l.expiry nulls last, l.received_at, l.lot_no for update of l
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    try HeldLot(row: &row)
  }

  /// The last number of each lot's siblings. To be asked once the lots are locked: whoever makes a sibling holds its parent.
  static let siblings = Statement<[Identifier], (id: Identifier, last: Int32)>(
    "last_siblings",
    #"""
    select l.parent_lot_id, max(l.sibling_no) from lot l where l.parent_lot_id = any($1::uuid[]) group by l.parent_lot_id
    """#
  ) { ids, p in
    p.add(ids)
  } decode: { row in
    (id: try row.identifier(), last: try row.int4())
  }

  /// Makes the lots that a document needs, before their first movements.
  static let insert = Statement<[HeldLot], Void>(
    "insert_document_lots",
    #"""
    insert into lot (id, product_id, stock_in_id, ref_no, received_at, batch_no, expiry, unit_cost, status, qty_received, seq, qty_remaining,
      parent_lot_id, sibling_no, found_in, found_no)
    select u.id, u.product_id, u.stock_in_id, u.ref_no, u.received_at, u.batch_no, u.expiry, u.unit_cost, u.status, 0, u.seq, u.remaining,
      u.parent, u.sibling_no, u.found_in, u.found_no
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::timestamptz[], $6::text[], $7::date[], $8::bigint[], $9::text[], $10::int[],
      $11::int[], $12::uuid[], $13::int[], $14::uuid[], $15::int[])
      with ordinality u (id, product_id, stock_in_id, ref_no, received_at, batch_no, expiry, unit_cost, status, seq, remaining, parent,
        sibling_no, found_in, found_no, ord)
    order by u.ord
    """#
  ) { lots, p in
    p.add(lots.map(\.id))
    p.add(lots.map(\.productID))
    p.add(lots.map(\.stockInID))
    p.add(lots.map(\.refNo))
    p.add(lots.map(\.receivedAt))
    p.add(lots.map(\.batchNo))
    p.add(lots.map(\.expiry))
    p.add(lots.map(\.unitCost))
    p.add(lots.map(\.status.rawValue))
    p.add(lots.map(\.seq))
    p.add(lots.map(\.remaining))
    p.add(lots.map { if case .sibling(let parent, _) = $0.origin { parent } else { nil } })
    p.int4s(lots.map { if case .sibling(_, let number) = $0.origin { number } else { nil } })
    p.add(lots.map { if case .found(let document, _) = $0.origin { document } else { nil } })
    p.int4s(lots.map { if case .found(_, let number) = $0.origin { number } else { nil } })
  }

  /// One row a lot, however many movements it has.
  static let move = Statement<[HeldLot], Void>(
    "move_document_lots",
    #"""
    update lot l set seq = u.seq, qty_remaining = u.remaining, batch_no = u.batch_no, expiry = u.expiry, unit_cost = u.unit_cost
    from unnest($1::uuid[], $2::int[], $3::int[], $4::text[], $5::date[], $6::bigint[]) u (id, seq, remaining, batch_no, expiry, unit_cost)
    where l.id = u.id
    """#
  ) { lots, p in
    p.add(lots.map(\.id))
    p.add(lots.map(\.seq))
    p.add(lots.map(\.remaining))
    p.add(lots.map(\.batchNo))
    p.add(lots.map(\.expiry))
    p.add(lots.map(\.unitCost))
  }
}

extension HeldLot {
  fileprivate init(row: inout RowReader) throws {
    id = try row.identifier()
    productID = try row.identifier()
    productName = try row.text()
    refNo = try row.text()
    stockInID = try row.optionalIdentifier()
    receivedAt = try row.instant()
    let isDelivered = try row.bool()
    let received = try row.int4()
    let parent = try row.optionalIdentifier()
    let siblingNo = try row.optionalInt4()
    let foundIn = try row.optionalIdentifier()
    let foundNo = try row.optionalInt4()
    if isDelivered {
      origin = .delivery(qtyReceived: received)
    } else if let parent, let siblingNo {
      origin = .sibling(of: parent, number: siblingNo)
    } else if let foundIn, let foundNo {
      origin = .found(in: foundIn, number: foundNo)
    } else {
      throw ValueFault.notALotReference
    }
    batchNo = try row.optionalText()
    expiry = try row.optionalDay()
    unitCost = try row.unitCost()
    status = try row.lotStatus()
    seq = try row.int4()
    remaining = try row.int4()
  }
}

extension WriteTransaction {
  /// Locks lots in the one order and answers them as they are under the lock.
  ///
  /// - Throws: `lotNotFound`, naming every id that no lot has.
  func hold(_ ids: some Sequence<Identifier>) throws -> [HeldLot] {
    var seen = Set<Identifier>()
    let wanted = ids.filter { seen.insert($0).inserted }
    let lots = try run(HeldLotStatements.lock, wanted)
    let found = Set(lots.map(\.id))
    let missing = wanted.filter { !found.contains($0) }
    if !missing.isEmpty { throw Fault.lotNotFound(missing) }
    return lots
  }

  /// Locks all lots that `find` finds, of which returns may make new ones until their parents are locked: whoever makes such a lot
  /// holds its parent, so that those that came since are there at the second look, and none comes any more.
  func holdAll(_ find: () throws -> [Identifier]) throws -> [HeldLot] {
    let known = try find()
    let held = try hold(known)
    let seen = Set(known)
    let late = try find().filter { !seen.contains($0) }
    return late.isEmpty ? held : held + (try hold(late))
  }
}
