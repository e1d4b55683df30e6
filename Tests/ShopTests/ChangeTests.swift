// What happened since: whatever the place, the page, the kinds asked for and the person who asks, it is the same story.
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ChangeTests {
  /// A shop's morning with every kind of write, sales that share a transaction, and writes that tell nothing.
  private func morning(_ till: Till) throws {
    let products = try (1...4).map { try till.product("Product \($0)", id: identifier(UInt64($0))).id }
    try till.deliver(try products.map { try till.item($0, 500, "2027-01-01") })
    for round in 0..<6 {
      let calls = try (0..<3).map { index in
        try till.call([(products[(round + index) % 4], 1), (products[(round + 1) % 4], 2)], by: index == 1 ? .olga : .sam)
      }
      for outcome in try till.outcomes(calls) { _ = try till.made(outcome) }
      let sale = try till.sell([(products[round % 4], 1)], by: .tess)
      _ = try till.done("sales.reprint") { try Sales.reprint(.id(sale.id), in: $0) }
      try till.change(products[round % 4], price: 300 + Int64(round))
      _ = try till.done("system.acknowledgeClock") { try Stores.acknowledgeClock(in: $0) }
      if round % 2 == 0 {
        _ = try till.done("users.update") {
          try Users.update(Person.tess.caller.userID, name: Name(parsing: "Tess \(round)"), username: nil, in: $0)
        }
      }
    }
  }

  private struct Told: Equatable {
    let place: String
    let kind: EventKind
    let what: String

    init(_ change: Change) {
      place = "\(change.next.link).\(change.next.entry).\(change.next.part)"
      kind = change.event.kind
      what =
        switch change.event {
        case .saleCreated(let sale): sale.number.text
        case .stockInCreated(let delivery): delivery.number.text
        case .stockChanged(let stock): "\(stock.productName) \(stock.change)"
        case .productChanged(let product): product.name
        case .userChanged(let user): user.name
        default: ""
        }
    }
  }

  /// Page after page until there is no more.
  private func story(
    _ till: Till, by person: Person, from: ChangePosition?, kinds: Set<EventKind>, limit: Int, looking most: Int
  ) throws -> [Told] {
    var told: [Told] = []
    var position = from
    for _ in 0..<10_000 {
      let page = try till.read(by: person.caller) { read in
        try Changes.page(
          from: position ?? Changes.beginning(in: read), kinds: kinds, limit: limit, looking: most, in: read)
      }
      #expect(page.changes.count <= limit)
      told += page.changes.map(Told.init)
      if !page.hasMore { return told }
      guard position != page.next else { throw Unexpected("a page leads nowhere") }
      position = page.next
    }
    throw Unexpected("the pages never end")
  }

  @Test func everyWayOfPagingTellsTheSameStory() throws {
    let till = try Till()
    try morning(till)
    let all = Set(EventKind.allCases)
    let whole = try story(till, by: .olga, from: nil, kinds: all, limit: 500, looking: 2_000)
    #expect(whole.count { $0.kind == .saleCreated } == 24)
    #expect(whole.count { $0.kind == .productChanged } == 4 + 6)
    #expect(whole.count { $0.kind == .userChanged } == 3 + 3)
    #expect(
      whole.filter { $0.kind == .saleCreated }.map(\.what).enumerated().allSatisfy { $1.hasSuffix(DocumentSuffix.of($0 + 1)) })

    var random = Seeded()
    for _ in 0..<60 {
      let kinds = Set(EventKind.allCases.filter { _ in random.percent(50) })
      let person = random.pick([Person.olga, .sam, .tess])
      let start = random.int(0...whole.count)
      let position = start == 0 ? nil : try place(whole[start - 1], till)
      let told = try story(
        till, by: person, from: position, kinds: kinds, limit: random.int(1...20), looking: random.int(1...30))
      let own = try ownSales(person, till)
      let expected = whole[start...].filter { event in
        guard kinds.contains(event.kind) else { return false }
        if person.caller.role == .owner { return true }
        return event.kind == .saleCreated ? own.contains(event.what) : !event.kind.isOwners
      }
      #expect(told == Array(expected))
    }
  }

  private func place(_ told: Told, _ till: Till) throws -> ChangePosition {
    let parts = told.place.split(separator: ".").compactMap { Int64($0) }
    let incarnation = try till.read { $0.context.incarnation }
    return ChangePosition(incarnation: incarnation, link: parts[0], entry: Int32(parts[1]), part: Int32(parts[2]))
  }

  private func ownSales(_ person: Person, _ till: Till) throws -> Set<String> {
    let filter = SaleFilter(
      from: nil, to: nil, soldByUserID: person.caller.userID, productID: nil, receiptNo: nil, limit: 500, after: nil)
    return Set(try till.read { try Sales.list(filter, in: $0) }.items.map(\.number.text))
  }

  @Test func aPlaceThatIsNotInTheseBooksIsRefused() throws {
    let till = try Till()
    let end = try till.read { try Changes.end(in: $0) }
    let foreign = ChangePosition(incarnation: identifier(99), link: 1)
    let beyond = ChangePosition(incarnation: end.incarnation, link: end.link + 1)
    for position in [foreign, beyond] {
      #expect(
        try refusal { _ = try till.read { try Changes.page(from: position, kinds: [.saleCreated], limit: 5, in: $0) } }
          == "changes-lost")
    }
    let page = try till.read { try Changes.page(from: end, kinds: Set(EventKind.allCases), limit: 5, in: $0) }
    #expect(page.changes.isEmpty && !page.hasMore && page.next == end)
  }

  /// A watch tells of the difference between two looks at the shelf, by whichever way the second look comes.
  @Test func conditionsAreToldWhenTheyBeginToHold() throws {
    let till = try Till()
    let product = try till.product("Tea", id: identifier(1)).id
    _ = try till.done("products.update") {
      try Products.update(
        ProductChange(id: product, name: nil, sellingPrice: nil, reorderLevel: 5, isActive: nil, tracksExpiry: nil), in: $0)
    }
    try till.deliver(product, 4, "2026-03-11")
    try till.deliver(product, 4, "2026-03-12")
    var watch = try till.read { try StockWatch.begin(in: $0) }
    #expect(try till.read { try watch.lookOver(in: $0) }.isEmpty)
    try till.at("2026-03-12T00:00:01Z")
    let turned = try till.read { read in
      #expect(watch.isBehind(read.context.today))
      return try watch.lookOver(in: read)
    }
    #expect(turned.map(\.kind) == [.lotExpired, .stockLow])
    try till.at("2026-03-14T10:00:00Z")
    #expect(try till.read { try watch.lookOver(in: $0) }.map(\.kind) == [.lotExpired])
    try till.deliver(product, 50, "2027-03-12")
    #expect(try till.read { try watch.lookOver(in: $0) }.isEmpty, "it is above its level again")
    try till.sell([(product, 49)])
    #expect(try till.read { try watch.lookOver(in: $0) }.map(\.kind) == [.stockLow])
    try till.change(product, isActive: false)
    #expect(try till.read { try watch.lookOver(in: $0) }.isEmpty)
  }
}

private enum DocumentSuffix {
  static func of(_ number: Int) -> String { "-" + String(repeating: "0", count: 4 - String(number).count) + String(number) }
}
