// Names and lists: what is the same name, what a query finds, and pages that stay put while others write.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ListTests {
  @Test func namesAreUniqueAfterFolding() throws {
    let till = try Till()
    let cafe = try till.product("Caf\u{e9} Crème")
    for same in ["CAF\u{c9} CRÈME", "Cafe\u{301} Cre\u{300}me", "  café crème  "] {
      #expect(try refusal { try till.product(same) } == "product-name-taken", "\(same)")
    }
    #expect(try refusal { try till.product("Cafe Creme") } == "ok", "another name: it has no accents")
    #expect(try refusal { try till.product("Straße") } == "ok")
    #expect(try refusal { try till.product("STRASSE") } == "product-name-taken")
    try till.change(cafe.id, isActive: false)
    #expect(try refusal { try till.product("café crème") } == "product-name-taken", "inactive ones count")
    #expect(try refusal { try till.change(cafe.id, name: "cafe creme") } == "product-name-taken")
    #expect(try till.change(cafe.id, name: "CAFÉ crème").name == "CAFÉ crème", "its own name is free to it")
    #expect(try refusal { try till.change(identifier(9), name: "x") } == "product-not-found")
    #expect(try till.violations() == [])
  }

  @Test func aChangeLeavesTheRestAlone() throws {
    let till = try Till()
    let product = try till.product("Soap", price: 250, tracksExpiry: false)
    till.pass(seconds: 5)
    let changed = try till.change(product.id, price: 300)
    #expect(changed.name == "Soap" && changed.sellingPrice.minor == 300 && !changed.tracksExpiry && changed.isActive)
    #expect(changed.createdAt == product.createdAt && changed.updatedAt == till.now)
    #expect(try till.read { try Products.get(product.id, in: $0) } == changed)
    #expect(
      try till.sql("select before || after from audit_entry where action = 'products.update'")
        == [#"{"sellingPrice": "2.50"}{"sellingPrice": "3.00"}"#])
  }

  private func list(
    _ till: Till, _ query: String = "", inactive: Bool = false, limit: Int = 50, after: NameKey? = nil
  ) throws -> KeyedPage<StockedProduct, NameKey> {
    let filter = ProductFilter(words: SearchKey.words(query), includeInactive: inactive, limit: limit, after: after)
    return try till.read { try Products.list(filter, in: $0) }
  }

  @Test func aQueryFindsWordBeginnings() throws {
    let till = try Till()
    for name in ["Paracetamol 500 mg", "Crème fraîche", "100% Juice", "Under_score", "Back\\slash"] { try till.product(name) }
    try till.product("Parsley", isActive: false)
    for (query, found) in [
      ("par", ["Paracetamol 500 mg"]), ("MG para", ["Paracetamol 500 mg"]), ("aracet", []), ("creme FRA", ["Crème fraîche"]),
      ("crème", ["Crème fraîche"]), ("500", ["Paracetamol 500 mg"]),
      ("%", ["100% Juice", "Back\\slash", "Crème fraîche", "Paracetamol 500 mg", "Under_score"]),
      ("u", ["Under_score"]), ("sc", ["Under_score"]), ("slash", ["Back\\slash"]), ("par zzz", []),
    ] {
      #expect(try list(till, query).items.map(\.product.name) == found, "\(query)")
    }
    #expect(try list(till, "par", inactive: true).items.map(\.product.name) == ["Paracetamol 500 mg", "Parsley"])
  }

  @Test func stockIsCountedByWhatMayBeSold() throws {
    let till = try Till()
    let milk = try till.product("Milk").id
    try till.deliver(milk, 1, "2026-03-09")
    try till.deliver(milk, 20, "2026-03-10")
    try till.deliver(milk, 300, "2026-03-12")
    let bad = try till.deliver(milk, 4_000, "2026-03-10")
    try till.deliver(milk, 7, "2026-03-11")
    try till.sql("update lot set status = 'quarantined' where stock_in_id = '\(bad.id)'")
    try till.sql("update lot set received_at = received_at - interval '1 day' where expiry = '2026-03-12'")
    let found = try till.read { try Inventory.get(milk, in: $0) }
    #expect(found.totalQty == 327 && found.expiredQty == 1 && found.nearestExpiry?.text == "2026-03-10")
    #expect(found.lots?.map(\.qtyRemaining) == [1, 20, 4_000, 7, 300], "lots in the order of selling")
    #expect(found.lots?.map(\.daysUntilExpiry) == [-1, 0, 0, 1, 2])
    #expect(try list(till).items.map(\.totalQty) == [327])
    try till.sell([(milk, 20)])
    #expect(try till.read { try Inventory.get(milk, in: $0) }.lots?.count == 4, "an empty lot is not shown")
    #expect(try refusal { _ = try till.read { try Inventory.get(identifier(9), in: $0) } } == "product-not-found")
  }

  /// With its lots a product's stock is added up by the process, without them by the server.
  @Test func stockIsTheSameWithItsLots() throws {
    let till = try Till()
    let (milk, soap) = (try till.product("Milk").id, try till.product("Soap", tracksExpiry: false).id)
    try till.product("Tea")
    for (qty, expiry) in [(1, "2026-03-10"), (20, "2026-03-09"), (300, "2026-03-12"), (4_000, nil), (50_000, "2026-03-11")] {
      try till.deliver(expiry == nil ? soap : milk, Int64(qty), expiry)
    }
    for (qty, expiry) in [(100_000, "2026-03-09"), (200_000, "2026-03-11"), (400_000, nil)] {
      let bad = try till.deliver(expiry == nil ? soap : milk, Int64(qty), expiry)
      try till.sql("update lot set status = 'recalled' where stock_in_id = '\(bad.id)'")
    }
    try till.sell([(milk, 1)])
    let filter = ProductFilter(words: [], includeInactive: false, limit: 50, after: nil)
    for (withLots, includeEmpty) in [(false, false), (true, false), (true, true)] {
      let page = try till.read { try Inventory.list(filter, withLots: withLots, includeEmpty: includeEmpty, in: $0) }
      #expect(
        page.items.map { "\($0.product.name) \($0.totalQty) \($0.expiredQty) \($0.nearestExpiry?.text ?? "-")" }
          == ["Milk 50300 100020 2026-03-11", "Soap 4000 0 -", "Tea 0 0 -"])
      #expect(page.items.map { $0.lots?.count } == (withLots ? [includeEmpty ? 6 : 5, 2, 0] : [nil, nil, nil]))
    }
  }

  @Test func pagesOfProductsStayPut() throws {
    let till = try Till()
    for name in ["b", "d", "f", "F2", "é", "h"] { try till.product(name) }
    let first = try list(till, limit: 2)
    #expect(first.items.map(\.product.name) == ["b", "d"])
    for name in ["a", "c", "e", "g", "z"] { try till.product(name) }
    var seen = first.items.map(\.product.name)
    var next = first.next
    while let key = next {
      let page = try list(till, limit: 2, after: key)
      seen += page.items.map(\.product.name)
      next = page.next
    }
    #expect(
      seen == ["b", "d", "e", "é", "f", "F2", "g", "h", "z"], "nothing twice, nothing left out, in the order of the language")
  }

  @Test func pagesOfDocumentsStayPut() throws {
    let till = try Till()
    let soap = try till.product("Soap", tracksExpiry: false).id
    let tea = try till.product("Tea", tracksExpiry: false).id
    for _ in 0..<3 { try till.deliver([till.item(soap, 50, nil), till.item(tea, 50, nil)]) }
    try till.at("2026-03-11T12:00:00Z")
    for number in 1...5 { try till.sell([(number == 3 ? tea : soap, 1)]) }
    func sales(
      from: String? = nil, to: String? = nil, of product: Identifier? = nil, number: String? = nil, limit: Int = 2,
      after: DocumentKey? = nil
    ) throws -> KeyedPage<Sale, DocumentKey> {
      let filter = SaleFilter(
        from: try from.map { try Day(parsing: $0) }, to: try to.map { try Day(parsing: $0) }, soldByUserID: nil,
        productID: product,
        receiptNo: try number.map { try DocumentNumber(parsing: $0) }, limit: limit, after: after)
      return try till.read { try Sales.list(filter, in: $0) }
    }
    let first = try sales()
    #expect(first.items.map(\.number.number) == [5, 4])
    try till.sell([(soap, 1)])
    try till.at("2026-03-12T00:00:00Z")
    try till.sell([(soap, 1)])
    let second = try sales(after: first.next)
    let third = try sales(after: second.next)
    #expect((second.items + third.items).map(\.number.number) == [3, 2, 1] && third.next == nil)
    #expect(first.items.allSatisfy { $0.items.count == 1 && $0.items[0].allocations.count == 1 })
    #expect(try sales(limit: 50).items.map { $0.number.text.dropFirst(5) }.first == "20260312-0001")
    #expect(try sales(of: tea).items.map(\.number.number) == [3])
    #expect(try sales(from: "2026-03-12").items.count == 1 && sales(to: "2026-03-11", limit: 50).items.count == 6)
    #expect(try sales(from: "2026-03-11", to: "2026-03-11", limit: 6).next == nil, "a last page that is full has no next")
    #expect(try sales(number: "RCPT-20260311-0003").items.map(\.number.number) == [3])
    #expect(try sales(number: "RCPT-20260310-0003").items.isEmpty)

    let filter = DocumentFilter(from: nil, to: nil, productID: tea, limit: 2, after: nil)
    let deliveries = try till.read { try StockIns.list(filter, in: $0) }
    #expect(deliveries.items.map(\.number.number) == [3, 2] && deliveries.items.allSatisfy { $0.items.count == 2 })
    let older = DocumentFilter(from: nil, to: nil, productID: nil, limit: 2, after: deliveries.next)
    #expect(try till.read { try StockIns.list(older, in: $0) }.items.map(\.number.number) == [1])
  }
}
