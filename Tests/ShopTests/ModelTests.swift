// Thousands of random calls against the plain shop: equal at every step, and the books balance at the end.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct ModelTests {
  /// Everything that can come of anything: `what it was` and `done` or the name of its fault.
  private static let outcomes: Set<String> = {
    let all: [String: String] = [
      "sell": "done stock-too-low price-changed product-inactive product-not-found replays id-taken idempotency-key-reused",
      "deliver": "done product-not-found product-inactive validation-error expiry-in-past",
      "return": "done sale-not-found sale-voided validation-error return-exceeds-sale",
      "void": "done sale-not-found sale-voided void-too-late sale-has-returns",
      "write off": "done lot-too-low lot-not-found validation-error",
      "send back": "done lot-too-low lot-not-found",
      "confirm": "done proposal-changed",
      "correct": "done lot-too-low lot-not-found validation-error",
      "status": "done lot-not-found",
      "recall": "done recall-exists product-not-found",
      "end": "done recall-ended recall-not-found",
      "cancel": "done stock-in-used stock-in-not-found",
      "start": "done validation-error product-not-found",
      "count": "done validation-error lot-not-found product-not-found stock-take-ended stock-take-not-found",
      "apply": "done recount-needed stock-take-ended without writing found",
      "stop": "done stock-take-ended",
      "review": "done",
      "returnable": "done",
    ]
    var outcomes: Set<String> = [
      "restock", "quarantine", "destroy", "forced quarantine", "broken off", "sale broken off", "restart",
    ]
    for (what, answers) in all {
      for answer in answers.split(separator: " ") { outcomes.insert("\(what) \(answer)") }
    }
    return outcomes
  }()

  @Test func fiveThousandOperations() throws {
    var walk = try Walk()
    // Five thousand, and on for as long as some kind of outcome has not come up: rare ones are a matter of luck.
    while walk.operations < 5_000 || (walk.operations < 12_000 && !walk.seen.isSuperset(of: Self.outcomes)) {
      let before = walk.operations
      try walk.step()
      let shelf = try walk.shelf()
      guard shelf == walk.model.shelf, !walk.hasFailed else {
        Issue.record("operation \(walk.operations), after \(walk.last): \(shelf) instead of \(walk.model.shelf)")
        return
      }
      if before / 500 != walk.operations / 500 { try walk.holdLots() }
      if before / 2_000 != walk.operations / 2_000 { #expect(try walk.till.violations() == []) }
    }
    #expect(Self.outcomes.subtracting(walk.seen).sorted() == [])
    #expect(try walk.till.violations() == [])
    try walk.holdLots()
    try walk.holdNumbers()
    try walk.holdEvenings()
    try walk.holdLosses()
    try walk.holdCards()
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
      var outcomes: [SaleOutcome<Sale>] = []
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
