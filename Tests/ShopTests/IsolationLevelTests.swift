// What the isolation levels of the shop keep out and what they let in, anomaly by anomaly (Adya's names, as Hermitage tries them),
// with the shop's own operations. Writes are READ COMMITTED and lock rows in one order; reads are one REPEATABLE READ snapshot.
//
// anomaly                            | writes                                     | reads
// -----------------------------------|--------------------------------------------|------------------------------------------
// G0 write cycles                    | kept out: the second waits for the row     | -
// G1a aborted read                   | kept out                                   | kept out
// G1b intermediate read              | kept out                                   | kept out
// G1c circular information flow      | kept out: neither sees the other's         | -
// OTV observed transaction vanishes  | kept out                                   | kept out
// PMP predicate-many-preceders       | let in: each statement sees what is there  | kept out
// P4 lost update                     | kept out: read again behind the lock       | -
// G-single read skew                 | let in, see PMP                            | kept out
// G2-item write skew                 | kept out: what is relied on is locked      | -
// G2 the same for a predicate        | kept out: by the row or lock that stands   | -
//                                    | for it                                     |
//
// Since writes let two in, whatever a write depends on is read behind the lock that guards it: `RaceTests` goes through these.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct IsolationLevelTests {
  /// Soap and tea at 2.50, ten each.
  private struct Shop {
    let till: Till
    let soap: Identifier
    let tea: Identifier
    let lot: Identifier

    init() throws {
      till = try Till()
      soap = try till.product("Soap", price: 250, tracksExpiry: false).id
      tea = try till.product("Tea", price: 250, tracksExpiry: false).id
      lot = try till.lot(soap, 10, nil)
      try till.deliver(tea, 10, nil)
    }

    /// The prices of both as their rows are.
    func prices() throws -> [String] { try till.sql("select price from product order by name") }
  }

  @Test func g0WritesDoNotMix() throws {
    let shop = try Shop()
    let (soap, tea) = (shop.soap, shop.tea)
    let (waited, _) = try shop.till.meeting("reprice") { first in
      try first.reprice(soap, 300)
    } _: { other in
      try other.done("reprice") {
        try $0.reprice(soap, 400)
        try $0.reprice(tea, 400)
      }
    }
    #expect(waited)
    #expect(try shop.prices() == ["400", "400"])
    #expect(try shop.till.violations() == [])
  }

  @Test(arguments: [true, false]) func g1aWhatIsRolledBackIsNeverSeen(rollsBack: Bool) throws {
    let shop = try Shop()
    let soap = shop.soap
    let (waited, seen) = try shop.till.meeting("reprice", rollsBack: rollsBack) { first in
      try first.reprice(soap, 300)
    } _: { other in
      try [other.read { try $0.price(soap) }, other.done("look") { try $0.price(soap) }]
    }
    #expect(!waited && seen == [250, 250])
    #expect(try shop.prices() == [rollsBack ? "250" : "300", "250"])
  }

  @Test func g1bWhatIsNotFinalIsNeverSeen() throws {
    let shop = try Shop()
    let soap = shop.soap
    let (_, seen) = try shop.till.meeting("reprice") { first in
      try first.reprice(soap, 300)
    } _: { other in
      try [other.read { try $0.price(soap) }, other.done("look") { try $0.price(soap) }]
    }
    let (_, later) = try shop.till.meeting("reprice") { second in
      try second.reprice(soap, 325)
      try second.reprice(soap, 350)
    } _: { other in
      try [other.read { try $0.price(soap) }, other.done("look") { try $0.price(soap) }]
    }
    #expect(seen == [250, 250] && later == [300, 300])
    #expect(try shop.till.read { try $0.price(soap) } == 350)
  }

  @Test func g1cNeitherSeesTheOthers() throws {
    let shop = try Shop()
    let (soap, tea) = (shop.soap, shop.tea)
    var seenByFirst: Int64 = 0
    let second = try Till(shop.till.database)
    try shop.till.done("reprice") { first in
      try first.reprice(soap, 300)
      do {
        try second.done("reprice") { other in
          try other.reprice(tea, 300)
          #expect(try other.price(soap) == 250)
          seenByFirst = try first.price(tea)
          throw Abandoned()
        }
      } catch is Abandoned {}
    }
    #expect(seenByFirst == 250)
    #expect(try shop.prices() == ["300", "250"])
  }

  /// Once a snapshot has seen the state before a write, nothing of that write or of a later one comes into it.
  @Test func otvAndReadSkewNotInASnapshot() throws {
    let shop = try Shop()
    let (soap, tea) = (shop.soap, shop.tea)
    let other = try Till(shop.till.database)
    let seen = try shop.till.read { read in
      let before = try read.price(soap)
      try other.done("reprice") {
        try $0.reprice(soap, 300)
        try $0.reprice(tea, 300)
      }
      let between = try read.price(tea)
      try other.done("reprice") { try $0.reprice(soap, 350) }
      return [before, between, try read.price(soap)]
    }
    #expect(seen == [250, 250, 250])
    #expect(try shop.till.read { [try $0.price(soap), try $0.price(tea)] } == [350, 300])
  }

  /// A report of two statements is of one moment: what was sold of both between them is in neither.
  @Test func gSingleStockOfTwoProductsIsOfOneMoment() throws {
    let shop = try Shop()
    let other = try Till(shop.till.database)
    let stock = try shop.till.read { read in
      let soap = try Inventory.get(shop.soap, in: read).totalQty
      try other.sell([(shop.soap, 4), (shop.tea, 4)])
      return [soap, try Inventory.get(shop.tea, in: read).totalQty]
    }
    #expect(stock == [10, 10])
    #expect(try shop.till.read { [try Inventory.get(shop.soap, in: $0).totalQty] } == [6])
  }

  @Test func pmpAListIsOfOneMoment() throws {
    let shop = try Shop()
    let other = try Till(shop.till.database)
    let filter = SaleFilter(from: nil, to: nil, soldByUserID: nil, productID: nil, receiptNo: nil, limit: 50, after: nil)
    let counts = try shop.till.read { read in
      let before = try Sales.list(filter, in: read).items.count
      try other.sell([(shop.soap, 1)])
      return [before, try Sales.list(filter, in: read).items.count]
    }
    #expect(counts == [0, 0])
    #expect(try shop.till.read { try Sales.list(filter, in: $0).items.count } == 1)
  }

  /// READ COMMITTED: a later statement of the same write sees what was committed meanwhile.
  @Test func gSingleIsLetIntoWrites() throws {
    let shop = try Shop()
    let soap = shop.soap
    let other = try Till(shop.till.database)
    let seen = try shop.till.done("look") { write in
      let before = try write.price(soap)
      try other.done("reprice") { try $0.reprice(soap, 300) }
      return [before, try write.price(soap)]
    }
    #expect(seen == [250, 300])
  }

  /// Two who take 6 of 10: the second is told what the first left.
  @Test func p4NoUpdateIsLost() throws {
    let shop = try Shop()
    let lot = shop.lot
    let (waited, told) = try shop.till.meeting("stock.writeOff") {
      try $0.writeOff(6, of: lot)
    } _: { other in
      let refused = try refusal { try other.done("stock.writeOff") { try $0.writeOff(6, of: lot) } }
      try other.done("stock.writeOff") { try $0.writeOff(3, of: lot) }
      return refused
    }
    #expect(waited && told == "lot-too-low")
    #expect(try shop.till.sql("select qty_remaining from lot order by lot_no") == ["1", "10"])
    #expect(try shop.till.violations() == [])
  }

  /// A delivery relies on the product being for sale; whoever takes it from sale relies on nothing that the delivery writes.
  @Test func g2ItemADeliveryHoldsWhatItReliesOn() throws {
    let shop = try Shop()
    let soap = shop.soap
    let delivery = NewStockIn(
      id: nil, items: [try shop.till.item(soap, 1, nil)], supplierName: nil, note: nil, allowExpired: false)
    func update(_ transaction: WriteTransaction) throws {
      let change = ProductChange(id: soap, name: nil, sellingPrice: nil, reorderLevel: nil, isActive: false, tracksExpiry: nil)
      _ = try Products.update(change, in: transaction)
    }
    let (waited, told) = try shop.till.meeting("products.update", update) { other in
      try refusal { try other.deliver(delivery.items) }
    }
    #expect(waited && told == "product-inactive")
    try shop.till.change(soap, isActive: true)
    let (waitedToo, changed) = try shop.till.meeting("stockIn.create") { transaction in
      _ = try StockIns.create(delivery, in: transaction)
    } _: { other in
      try other.change(soap, isActive: false).isActive
    }
    #expect(waitedToo && !changed)
    #expect(try shop.till.violations() == [])
  }

  /// Two recalls of one batch: no row tells that there is none yet; the lock of recalls stands for it.
  @Test func g2NoTwoRecallsOfOneBatch() throws {
    let shop = try Shop()
    let new = NewRecall(id: nil, batchNo: "7", productID: nil, reason: "Glass")
    let (waited, told) = try shop.till.meeting("recalls.start") { transaction in
      _ = try Recalls.start(new, in: transaction)
    } _: { other in
      try refusal { _ = try other.done("recalls.start") { try Recalls.start(new, in: $0) } }
    }
    #expect(waited && told == "recall-exists")
  }
}

extension WriteTransaction {
  fileprivate func reprice(_ id: Identifier, _ price: Int64) throws {
    let change = ProductChange(
      id: id, name: nil, sellingPrice: Money(minor: price), reorderLevel: nil, isActive: nil, tracksExpiry: nil)
    _ = try Products.update(change, in: self)
  }

  fileprivate func price(_ id: Identifier) throws -> Int64 {
    guard let product = try run(ProductStatements.get, [id]).first else { throw Fault.productNotFound([id]) }
    return product.sellingPrice.minor
  }

  fileprivate func writeOff(_ qty: Int64, of lot: Identifier) throws {
    let item = NewRemovalItem(lotID: lot, qty: try Quantity(qty))
    _ = try Removals.create(NewRemoval(id: nil, items: [item], purpose: .loss(.damaged), note: nil), in: self)
  }
}

extension ReadTransaction {
  fileprivate func price(_ id: Identifier) throws -> Int64 { try Products.get(id, in: self).sellingPrice.minor }
}
