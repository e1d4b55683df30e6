// A sale and whatever else a shop does, at the same moment, step by step: who waits for whom, and what each is told.
//
// The shelf: 7 soaps that expire on 1 May (lot 1, batch A) and 10 that expire on 1 June (lot 2), at 2.50. Sam sells two.
// `sale first`: the sale has read and planned, nothing of it is written, and the other comes.
// `other first`: the other has written everything and not committed, and the sale comes, in two trips or from its till's memory.
// `…` in front: had to wait for the one that was first.
//
// other                      | sale first: the sale, the other   | other first, commits: the sale
// ---------------------------|-----------------------------------|-------------------------------
// reprices to 3.00           | 2 of lot 1 @ 2.50, …done          | …2 of lot 1 @ 3.00
// takes from sale            | 2 of lot 1 @ 2.50, …done          | …product-inactive
// quarantines lot 1          | 2 of lot 1 @ 2.50, …done          | …2 of lot 2
// recalls batch A            | 2 of lot 1 @ 2.50, …done          | …2 of lot 2
// writes six of lot 1 off    | 2 of lot 1 @ 2.50, …lot-too-low   | …1 of lot 1, 1 of lot 2
// delivers, good until April | 2 of lot 1 @ 2.50, done           | …2 of lot 1 (for the day's numbers only)
// disables Sam               | 2 of lot 1 @ 2.50, done           | 2 of lot 1 (Sam's next call is refused)
// moves to Auckland's time   | 2 of lot 1 @ 2.50, done           | 2 of lot 1 (the next sale has the next day)
//
// A sale from memory locks no product: it does not wait for one that is being changed, and is the first of the two. Whoever writes the
// audit's next link first was first, whatever either of them had begun.
//
// Where the other rolls back, the sale is what it would have been without it. Whatever is committed before a sale from memory begins
// is what `SaleMemoryTests` is about.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct InterleavingTests {
  struct Shelf: Sendable {
    let database: ShopDatabase
    let soap: Identifier
    let first: Identifier

    /// Ten of each lot.
    init(_ till: Till) throws {
      database = till.database
      soap = try till.product("Soap", price: 250).id
      first = try till.lot(soap, 10, "2026-05-01", batch: "A")
      try till.deliver(soap, 10, "2026-06-01")
    }

    /// Three are sold, so that the till that sold them remembers the shelf.
    func sellThree(_ till: Till) throws {
      for _ in 0..<3 { try till.sell([(soap, 1)]) }
    }
  }

  struct Other: Sendable, CustomTestStringConvertible {
    let testDescription: String
    let whenSaleIsFirst: String
    let saleWhenSecond: String
    let saleFromMemory: String
    let run: @Sendable (WriteTransaction, Shelf) throws -> Void

    init(
      _ name: String, whenSaleIsFirst: String, saleWhenSecond: String, saleFromMemory: String? = nil,
      _ run: @escaping @Sendable (WriteTransaction, Shelf) throws -> Void
    ) {
      testDescription = name
      self.whenSaleIsFirst = whenSaleIsFirst
      self.saleWhenSecond = saleWhenSecond
      self.saleFromMemory = saleFromMemory ?? saleWhenSecond
      self.run = run
    }

    func expected(_ way: Way) -> String { way == .inTwoTrips ? saleWhenSecond : saleFromMemory }
  }

  /// The sale as if nobody else were there.
  static let undisturbed = "0004 Soap 2 @ 2.50 [1×2] = 5.00"

  static let others = [
    Other(
      "reprices", whenSaleIsFirst: "…ok", saleWhenSecond: "…0004 Soap 2 @ 3.00 [1×2] = 6.00", saleFromMemory: undisturbed
    ) {
      _ = try Products.update(change($1.soap, price: 300), in: $0)
    },
    Other(
      "takes from sale", whenSaleIsFirst: "…ok", saleWhenSecond: "…product-inactive", saleFromMemory: undisturbed
    ) {
      _ = try Products.update(change($1.soap, isActive: false), in: $0)
    },
    Other("quarantines", whenSaleIsFirst: "…ok", saleWhenSecond: "…0004 Soap 2 @ 2.50 [2×2] = 5.00") {
      _ = try Lots.setStatus(.init(lotID: $1.first, status: .quarantined, reason: "Smells"), in: $0)
    },
    Other("recalls", whenSaleIsFirst: "…ok", saleWhenSecond: "…0004 Soap 2 @ 2.50 [2×2] = 5.00") { transaction, _ in
      _ = try Recalls.start(NewRecall(id: nil, batchNo: "A", productID: nil, reason: "Glass"), in: transaction)
    },
    Other("writes off", whenSaleIsFirst: "…lot-too-low", saleWhenSecond: "…0004 Soap 2 @ 2.50 [1×1 2×1] = 5.00") {
      let item = NewRemovalItem(lotID: $1.first, qty: try Quantity(6))
      _ = try Removals.create(NewRemoval(id: nil, items: [item], purpose: .loss(.damaged), note: nil), in: $0)
    },
    Other("delivers", whenSaleIsFirst: "ok", saleWhenSecond: "…" + undisturbed) {
      let item = NewStockInItem(
        productID: $1.soap, qtyAdded: try Quantity(5), unitCost: .zero, expiryDate: try Day(parsing: "2026-04-01"), batchNo: nil)
      _ = try StockIns.create(
        NewStockIn(id: nil, items: [item], supplierName: nil, note: nil, allowExpired: false), in: $0)
    },
    Other("disables the seller", whenSaleIsFirst: "ok", saleWhenSecond: undisturbed) { transaction, _ in
      _ = try Users.setActive(Person.sam.caller.userID, false, in: transaction)
    },
    Other("moves the shop's clocks", whenSaleIsFirst: "ok", saleWhenSecond: undisturbed) { transaction, _ in
      let change = StoreChange(
        name: nil, address: nil, phone: nil, currency: nil, timeZone: "Pacific/Auckland", receiptFooter: nil,
        sessionMaxAgeHours: nil, sessionIdleMinutes: nil, backupFolder: .kept, backupKeepDaily: nil, backupKeepMonthly: nil,
        staffReturnLimit: nil)
      _ = try Stores.update(change, in: transaction)
    },
  ]

  private static func change(_ id: Identifier, price: Int64? = nil, isActive: Bool? = nil) -> ProductChange {
    ProductChange(
      id: id, name: nil, sellingPrice: price.map(Money.init(minor:)), reorderLevel: nil, isActive: isActive, tracksExpiry: nil)
  }

  @Test(arguments: others) func theSaleIsFirst(_ other: Other) throws {
    let till = try Till()
    let shelf = try Shelf(till)
    try shelf.sellThree(till)
    let selling = try Till(till.database)
    let told = try selling.planned(till.call([(shelf.soap, 2)])) {
      Companion(shelf.database) {
        try refusal { _ = try Till(shelf.database).done("other") { try other.run($0, shelf) } }
      }
    }
    #expect(told.sale == Self.undisturbed && told.other == other.whenSaleIsFirst, "\(told)")
    #expect(try till.violations() == [])
  }

  enum Way: CaseIterable {
    case inTwoTrips
    /// And in two, since the other takes longer than the statement of one trip waits.
    case fromMemory
    /// The other is done while the statement of one trip waits, which the audit's next link then refuses.
    case fromMemoryInTime
  }

  @Test(arguments: others, Way.allCases) func theOtherIsFirst(_ other: Other, _ way: Way) throws {
    let told = try sale(behind: other, way)
    // What is read again behind a plan from memory is in time for a delivery, if the delivery was in time.
    let isInTime = way != .inTwoTrips && told == "…0004 Soap 2 @ 2.50 [3×2] = 5.00" && other.testDescription == "delivers"
    #expect(told == other.expected(way) || isInTime)
  }

  @Test(arguments: others, Way.allCases) func theOtherIsFirstAndRollsBack(_ other: Other, _ way: Way) throws {
    let told = try sale(behind: other, way, rollsBack: true)
    #expect(told.drop { $0 == "…" } == Self.undisturbed)
    #expect(told.first == other.expected(way).first, "it waits as long as it may come otherwise")
  }

  private func sale(behind other: Other, _ way: Way, rollsBack: Bool = false) throws -> String {
    let till = try Till()
    let shelf = try Shelf(till)
    let (ready, begin) = (Signal(), Signal())
    let selling = Companion(shelf.database) { () throws -> String in
      var till = try Till(shelf.database)
      try shelf.sellThree(till)
      if way == .inTwoTrips { till = try Till(shelf.database) }
      let call = try till.call([(shelf.soap, 2)])
      #expect((till.session.memory.reading(for: [call]) != nil) == (way != .inTwoTrips))
      ready.raise()
      try begin.wait()
      return try till.outcome(call).told(short: true)
    }
    try ready.wait()
    var waited = false
    do {
      _ = try till.done("other") { transaction in
        try other.run(transaction, shelf)
        begin.raise()
        waited = try selling.waits(inVain: way == .fromMemoryInTime)
        if rollsBack { throw Abandoned() }
      }
    } catch is Abandoned {}
    let told = try selling.value()
    #expect(try till.violations() == [])
    return (waited ? "…" : "") + told
  }

  /// Of two tills that both see the last one, whoever locks it first sells it; the other has waited in vain, whichever way it came.
  @Test(arguments: Way.allCases) func theLastUnit(_ way: Way) throws {
    let till = try Till()
    let shelf = try Shelf(till)
    try till.sell([(shelf.soap, 16)])
    let (ready, begin) = (Signal(), Signal())
    let second = Companion(shelf.database) { () throws -> String in
      var till = try Till(shelf.database)
      try shelf.sellThree(till)
      if way == .inTwoTrips { till = try Till(shelf.database) }
      let call = try till.call([(shelf.soap, 1)])
      #expect((till.session.memory.reading(for: [call]) != nil) == (way != .inTwoTrips))
      ready.raise()
      try begin.wait()
      return try till.outcome(call).told(short: true)
    }
    try ready.wait()
    let first = try till.planned(till.call([(shelf.soap, 1)])) {
      begin.raise()
      return second
    }
    #expect(first.sale == "0005 Soap 1 @ 2.50 [2×1] = 2.50" && first.other == "…stock-too-low", "\(first)")
    #expect(try till.sql("select sum(qty_remaining) from lot") == ["0"])
    #expect(try till.violations() == [])
  }
}
