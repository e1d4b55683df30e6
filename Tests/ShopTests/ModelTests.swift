// Thousands of random calls against the plain shop: equal at every step, and the books balance at the end.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ModelTests {
  private static let outcomes: Set<String> = [
    "sale", "stock-too-low", "price-changed", "product-inactive", "product-not-found", "replays", "id-taken",
  ]

  @Test func twoThousandOperations() throws {
    var walk = try Walk()
    // Two thousand, and on for as long as some kind of outcome has not come up: rare ones are a matter of luck.
    while walk.operations < 2_000 || (walk.operations < 8_000 && !walk.seen.isSuperset(of: Self.outcomes)) {
      try walk.step()
      let shelf = try walk.shelf()
      guard shelf == walk.model.openLots else {
        Issue.record("after \(walk.last): \(shelf) instead of \(walk.model.openLots)")
        return
      }
    }
    #expect(try walk.till.violations() == [])
    #expect(walk.seen.isSuperset(of: Self.outcomes))
    let counters = walk.model.receipts.map { "\($0.key.text) \($0.value)" }.sorted()
    #expect(try walk.till.sql("select day || ' ' || count(*) from sale group by day order by day") == counters)
    for (id, _) in walk.model.articles {
      let found = try walk.till.read { try Inventory.get(id, in: $0) }
      #expect(Int64(found.totalQty) == walk.model.available(id, walk.till.now.day))
    }
  }

  /// However a list of sales is split into groups, each sale has the outcome that it has alone.
  @Test func anySplitIntoGroupsGivesTheSame() throws {
    var walk = try Walk()
    while walk.operations < 60 || walk.model.articles.count < 4 { try walk.step() }
    for _ in 0..<3 { try walk.deliver(lines: 8) }
    let calls = try (0..<120).map { _ in try walk.sale() }
    let names = walk.names
    walk.till.session.close()
    walk.watch.close()

    let start = walk.till.database
    var alone: [String] = []
    var rows: [String] = []
    for split in 0..<4 {
      let till = try Till(start.copy())
      var outcomes: [SaleOutcome] = []
      var rest = calls[...]
      while !rest.isEmpty {
        let size = split == 0 ? 1 : split == 1 ? ShopLimits.salesPerGroup : walk.dice.int(1...40)
        outcomes += try till.outcomes(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
      }
      let told = outcomes.map { $0.told(names) }
      let books = try till.sql(
        """
        select concat_ws(' ', s.day, s.number, s.id, s.total, l.line, l.qty, m.lot_id, m.seq, m.qty, m.balance)
        from sale s join sale_line l on l.sale_id = s.id join stock_movement m on m.sale_id = s.id and m.line = l.line
        order by s.day, s.number, l.line, m.take
        """)
      if split == 0 {
        alone = told
        rows = books
      } else {
        for index in told.indices where told[index] != alone[index] {
          Issue.record("sale \(index), split \(split): \(told[index]) instead of \(alone[index])")
        }
        #expect(books == rows)
      }
      #expect(try till.violations() == [])
    }
    #expect(
      Set(alone.map { $0.prefix { !$0.isNumber && $0 != ":" } }).count > 2, "the list holds sales and refusals of several kinds")
  }
}

/// A random shop day after day, beside its model.
struct Walk {
  let till: Till
  let watch: Connection
  var model = PlainShop()
  var dice: Seeded
  var operations = 0
  var last = "the beginning"
  var seen: Set<String> = []
  var names: [Identifier: String] { model.articles.mapValues(\.name) }

  private var ids: [Identifier] = []
  private var nextID: UInt64 = 1
  private var calls: [SaleCall] = []
  private let names200 = (1...200).map { "Product \($0)" }

  init(_ test: String = #function) throws {
    dice = Seeded(test)
    till = try Till()
    watch = try Connection(till.database.superuser.with(setting: "search_path", "shelf"))
  }

  /// The lots that hold something.
  func shelf() throws -> String {
    try watch.script(
      "select string_agg(ref_no || ':' || qty_remaining, ' ' order by ref_no collate \"C\") from lot where is_open")[0][0] ?? ""
  }

  private mutating func newID() -> Identifier {
    nextID += 1
    return identifier(nextID)
  }

  mutating func step() throws {
    till.pass(seconds: Int64(dice.percent(5) ? dice.int(0...200_000) : dice.int(0...900)))
    operations += 1
    switch dice.int(1...100) {
    case _ where ids.count < 3, 1...3: try createProduct()
    case 4...12: try changeProduct()
    case 13...27: try deliver(lines: dice.int(1...4))
    case 28...37: try quote()
    case 38...42:
      let size = dice.int(2...64)
      operations += size - 1
      try sell(try (0..<size).map { _ in try sale() })
    default: try sell([try sale()])
    }
  }

  private mutating func createProduct() throws {
    let id = newID()
    let article = PlainShop.Article(
      name: dice.pick(names200), price: Int64(dice.int(0...2_000)), isActive: true, tracksExpiry: dice.percent(70))
    last = "create \(article)"
    let isTaken = model.articles.values.contains { $0.name == article.name }
    let answer = try refusal {
      try till.product(article.name, price: article.price, id: id, tracksExpiry: article.tracksExpiry)
    }
    #expect(answer == (isTaken ? "product-name-taken" : "ok"))
    if isTaken { return }
    model.articles[id] = article
    ids.append(id)
  }

  private mutating func changeProduct() throws {
    let id = dice.pick(ids)
    guard var article = model.articles[id] else { return }
    if dice.percent(60) { article.price = Int64(dice.int(0...2_000)) }
    if dice.percent(20) { article.name = dice.pick(names200) }
    if dice.percent(30) { article.isActive = dice.percent(80) }
    if dice.percent(20) { article.tracksExpiry.toggle() }
    last = "change \(article)"
    let isTaken = model.articles.contains { $0.key != id && $0.value.name == article.name }
    let answer = try refusal {
      try till.change(
        id, name: article.name, price: article.price, isActive: article.isActive, tracksExpiry: article.tracksExpiry)
    }
    #expect(answer == (isTaken ? "product-name-taken" : "ok"))
    if !isTaken { model.articles[id] = article }
  }

  mutating func deliver(lines: Int) throws {
    let items = try (0..<lines).map { _ in
      let id = dice.percent(2) ? newID() : dice.pick(ids)
      let dated = model.articles[id]?.tracksExpiry != dice.percent(2)
      let expiry = till.now.day.adding(days: dice.percent(5) ? -dice.int(1...9) : dice.int(0...40))
      return NewStockInItem(
        productID: id, qtyAdded: try Quantity(Int64(dice.int(1...30))),
        unitCost: UnitCost(tenThousandths: Int64(dice.int(0...90_000))),
        expiryDate: dated ? expiry : nil, batchNo: nil)
    }
    let allowExpired = dice.percent(50)
    last = "deliver \(items)"
    let expected = model.deliver(items, today: till.now.day, allowExpired: allowExpired)
    let answer: String
    do {
      answer = try till.deliver(items, allowExpired: allowExpired).number.text
    } catch Fault.productNotFound(let ids) {
      answer = "product-not-found \(ids.count)"
    } catch Fault.productInactive(let ids) {
      answer = "product-inactive \(ids.count)"
    } catch let fault as Fault { answer = fault.description.name }
    #expect(answer == expected)
  }

  /// A sale to be made; now and then one of before, or one under its key or id.
  mutating func sale() throws -> SaleCall {
    till.pass(seconds: Int64(dice.percent(3) ? dice.int(0...20_000) : dice.int(0...60)))
    let lines = try (0..<dice.int(1...4)).map { _ in
      let id = dice.percent(1) ? newID() : dice.pick(ids)
      let price = model.articles[id].map { Money(minor: $0.price + (dice.percent(2) ? 1 : 0)) }
      return SaleRequestItem(
        productID: id, qty: try Quantity(Int64(dice.int(1...12))), expectedUnitPrice: dice.percent(50) ? price : nil)
    }
    var request = SaleRequest(id: newID(), items: lines, paymentMethod: "CASH", note: nil)
    var name = dice.percent(30) ? "key \(nextID)" : nil
    let keyed = calls.suffix(80).filter { $0.info.key != nil }
    if dice.percent(10), !keyed.isEmpty {
      let before = dice.pick(keyed)
      if dice.percent(75) { request = before.request }
      if dice.percent(80) { name = before.info.key.map { String($0.text.dropFirst(2)) } }
    }
    let seller = dice.pick([Person.olga, .sam, .tess])
    let call = SaleCall(
      info: till.info("sales.create", by: seller.caller, key: name.map { key($0, "\(request)") }), request: request)
    calls.append(call)
    return call
  }

  private mutating func sell(_ calls: [SaleCall]) throws {
    last = "sell \(calls.count)"
    let expected = calls.map { model.sell($0, today: $0.info.now.day) }
    let outcomes = try till.outcomes(calls)
    for (index, outcome) in outcomes.enumerated() {
      let told = outcome.told(names)
      seen.insert(told.first?.isNumber == true ? "sale" : String(told.prefix { $0 != ":" && $0 != " " }))
      if told != expected[index] { Issue.record("\(index) of \(calls.count): \(told) instead of \(expected[index])") }
      if case .done(.done(let sale), _) = outcome {
        #expect(sale.number.day == calls[index].info.now.day && sale.id == calls[index].request.id)
      }
    }
  }

  private mutating func quote() throws {
    let request = try sale().request
    last = "quote \(request)"
    let expected = model.quote(request, today: till.now.day)
    let answer: String
    do { answer = try till.read { try Sales.quote(request, in: $0) }.told } catch let fault as Fault {
      answer = fault.told(names)
    }
    #expect(answer == expected)
  }
}
