// Which allocations a return gives back: the last allocated first, none beyond what it took. A pure function.

/// One part of a return: so many units of one allocation, to one fate.
struct PlannedGiving: Sendable {
  let take: GivenTake
  let qty: Int32
  let disposition: Disposition
}

enum ReturnPlan {
  /// Gives the items back in their order, each from the last of its line's allocations to the first.
  ///
  /// - Parameters:
  ///   - items: lines of the receipt with quantities and fates.
  ///   - takes: all of the sale's allocations, in the order of lines and takes.
  /// - Throws: `returnExceedsSale`, naming every line of which too much was asked.
  static func plan(
    _ items: [(line: Int, qty: Int32, disposition: Disposition)], of takes: [GivenTake]
  ) throws(Fault) -> [PlannedGiving] {
    var left = takes.map(\.returnable)
    var givings: [PlannedGiving] = []
    var isShort = false
    for item in items {
      var wanted = item.qty
      for index in takes.indices.reversed() where takes[index].receiptLine == item.line && left[index] > 0 && wanted > 0 {
        let qty = min(wanted, left[index])
        left[index] -= qty
        wanted -= qty
        givings.append(PlannedGiving(take: takes[index], qty: qty, disposition: item.disposition))
      }
      if wanted > 0 { isShort = true }
    }
    if isShort { throw .returnExceedsSale(excesses(items, of: takes)) }
    return givings
  }

  private static func excesses(
    _ items: [(line: Int, qty: Int32, disposition: Disposition)], of takes: [GivenTake]
  ) -> [ExcessReturn] {
    var requested: [Int: Int64] = [:]
    for item in items { requested[item.line, default: 0] += Int64(item.qty) }
    return requested.keys.sorted().compactMap { line in
      let ofLine = takes.filter { $0.receiptLine == line }
      let returnable = ofLine.reduce(0) { $0 + Int64($1.returnable) }
      let wanted = requested[line] ?? 0
      guard wanted > returnable else { return nil }
      return ExcessReturn(line: line, productID: ofLine.first?.productID, requested: wanted, returnable: returnable)
    }
  }
}
