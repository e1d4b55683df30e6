// What a stock take refuses, hides, repeats and shows, and what happens when people count at once.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct StockTakeEdgeTests {
  /// Pills in two lots of ten that expire, Soap in one of five that does not.
  private struct Shop {
    let till: Till
    let pills: Identifier
    let soap: Identifier
    let lots: [Identifier]

    init() throws {
      let till = try Till()
      let pills = try till.product("Pills", id: identifier(1)).id
      let soap = try till.product("Soap", id: identifier(2), tracksExpiry: false).id
      let shelf: [(Identifier, Int64, String?)] = [(pills, 10, "2026-06-01"), (pills, 10, "2026-07-01"), (soap, 5, nil)]
      lots = try shelf.map { product, qty, expiry in
        defer { till.pass(seconds: 1) }
        return try till.deliver(product, qty, expiry).items[0].lotID
      }
      self.till = till
      self.pills = pills
      self.soap = soap
    }
  }

  private static let names = [identifier(1): "Pills", identifier(2): "Soap", identifier(8): "X", identifier(9): "Y"]

  @Test func startingIsRefused() throws {
    let shop = try Shop()
    let till = shop.till
    func told(_ ids: [Identifier], id: Identifier? = nil) throws -> String? {
      try fault { _ = try till.startTake(ids, id: id) }?.told(Self.names)
    }
    #expect(try told([identifier(9), shop.pills, identifier(8)]) == "product-not-found: Y; X")
    #expect(
      try told([shop.pills, identifier(9), shop.pills, shop.pills])
        == "validation-error: productIds[2] duplicate; productIds[3] duplicate")
    let first = try till.startTake([shop.pills], id: identifier(50))
    #expect(try told([shop.pills], id: identifier(50)) == "id-taken: \(identifier(50))")
    #expect(
      first.state == .open && first.entries == 0 && first.productIDs == [shop.pills] && first.startedBy.name == "Olga Owner")
    #expect(try till.startTake().productIDs == nil, "several may be open at once")
    #expect(try till.violations() == [])
  }

  @Test func countingIsRefused() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake([shop.pills])
    let other = try till.startTake()
    let may = try Day(parsing: "2026-05-01")
    let foundElsewhere = try till.count(other, [(.unknown(productID: shop.pills, batchNo: nil, expiryDate: may), 1)]).items[0].lot
      .id
    for (items, told) in [
      ([(.lot(identifier(70)), 1), (.lot(shop.lots[0]), 1)], "lot-not-found"),
      ([(.found(identifier(70)), 1)], "lot-not-found"),
      ([(.found(foundElsewhere), 1)], "lot-not-found"),
      ([(.found(shop.lots[0]), 1)], "lot-not-found"),
      (
        [
          (.unknown(productID: identifier(9), batchNo: nil, expiryDate: nil), 1), (.lot(identifier(70)), 1),
          (.unknown(productID: identifier(8), batchNo: nil, expiryDate: nil), 1),
        ], "product-not-found: Y; X"
      ),
      (
        [(.lot(shop.lots[0]), 1), (.lot(shop.lots[1]), 1), (.lot(shop.lots[0]), 1)], "validation-error: items[2].lotId duplicate"
      ),
      (
        [
          (.unknown(productID: shop.pills, batchNo: "A", expiryDate: may), 1),
          (.unknown(productID: shop.pills, batchNo: "B", expiryDate: may), 1),
          (.unknown(productID: shop.pills, batchNo: "A", expiryDate: may), 1),
        ], "validation-error: items[2].productId duplicate"
      ),
      (
        [
          (.lot(shop.lots[0]), 1), (.lot(shop.lots[2]), 1), (.unknown(productID: shop.soap, batchNo: nil, expiryDate: may), 1),
          (.unknown(productID: shop.pills, batchNo: nil, expiryDate: nil), 1),
        ],
        "validation-error: items[1].lotId not-covered; items[2].expiryDate not-allowed; items[2].productId not-covered; items[3].expiryDate required"
      ),
    ] as [([(CountTarget, Int32)], String)] {
      #expect(try fault { try till.count(take, items) }?.told(Self.names) == told)
    }
    #expect(try till.sql("select last_entry from stock_take order by id") == ["0", "1"], "a refused count takes no number")
    #expect(try till.sql("select count(*) from stock_take_count") == ["1"])
    #expect(try till.violations() == [])
  }

  @Test func anEndedStockTakeStaysEnded() throws {
    let shop = try Shop()
    let till = shop.till
    let applied = try till.startTake()
    try till.count(applied, [(.lot(shop.lots[0]), 10)])
    let cancelled = try till.startTake()
    try till.count(cancelled, [(.lot(shop.lots[0]), 3)])
    #expect(try till.apply(applied).document == nil, "nothing differed")
    let ended = try till.done("stockTake.cancel") { try StockTakes.cancel(cancelled.id, reason: "flooded", in: $0) }
    #expect(ended.state == .cancelled && ended.ending?.reason == "flooded" && ended.ending?.by.name == "Olga Owner")
    #expect(ended.ending?.at == till.now && ended.entries == 1)
    for take in [applied, cancelled] {
      #expect(try refusal { try till.count(take, [(.lot(shop.lots[0]), 1)]) } == "stock-take-ended")
      #expect(try refusal { try till.apply(take, accepting: true) } == "stock-take-ended")
      #expect(
        try refusal { _ = try till.done("stockTake.cancel") { try StockTakes.cancel(take.id, reason: "x", in: $0) } }
          == "stock-take-ended")
    }
    let nowhere = StockTake(
      id: identifier(77), startedAt: till.now, startedBy: Actor(id: identifier(1), name: "x"), note: nil, isBlind: false,
      tolerance: 0, productIDs: nil, state: .open, ending: nil, entries: 0)
    #expect(try refusal { try till.count(nowhere, [(.lot(shop.lots[0]), 1)]) } == "stock-take-not-found")
    #expect(try refusal { try till.apply(nowhere) } == "stock-take-not-found")
    #expect(try refusal { _ = try till.review(nowhere) } == "stock-take-not-found")
    #expect(try till.shelf() == "1×10 2×10 3×5" && till.review(cancelled).totals.missingQty == 7, "the count stays on record")
    #expect(try till.violations() == [])
  }

  @Test func aBlindCountShowsNothingOfTheBooks() throws {
    let shop = try Shop()
    let till = shop.till
    let items: [(CountTarget, Int32)] = [
      (.lot(shop.lots[0]), 9), (.unknown(productID: shop.soap, batchNo: nil, expiryDate: nil), 2),
    ]
    let blind = try till.count(till.startTake(blind: true), items)
    #expect(blind.items.map(\.expectedQty) == [nil, nil] && blind.items.map(\.variance) == [nil, nil])
    let open = try till.count(till.startTake(), items)
    #expect(open.items.map(\.expectedQty) == [10, 0] && open.items.map(\.variance) == [-1, 2])
    #expect(
      open.items.map(\.lot.lotRefNo) == ["STK-20260310-0001-1", nil] && open.items.map(\.lot.productName) == ["Pills", "Soap"])
  }

  @Test func reasonsAreForLotsThatAreInIt() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake()
    try till.count(take, [(.lot(shop.lots[0]), 9)])
    let reasons = [shop.lots[0], shop.lots[1], shop.lots[0]].map { LotReason(lotID: $0, reason: "broken") }
    #expect(
      try fault { try till.apply(take, accepting: true, reasons: reasons) }?.told([:])
        == "validation-error: reasons[1].lotId not-counted; reasons[2].lotId duplicate")
    let document = try till.apply(take, accepting: true, missing: .writeDown, reasons: Array(reasons.prefix(2))).document
    #expect(document?.lines.map(\.reason) == ["broken", "broken", nil] && document?.lines.map(\.qty) == [-1, -10, -5])
    #expect(try till.violations() == [])
  }

  /// A clock that is wrong gives no number; the stock take stays open.
  @Test func aWrongClockBooksNothing() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake()
    try till.count(take, [(.lot(shop.lots[0]), 9)])
    try till.at("2026-03-09T12:00:00Z")
    #expect(try refusal { try till.apply(take, accepting: true) } == "clock-moved-backwards")
    try till.at("2026-03-18T12:00:00Z")
    #expect(try refusal { try till.apply(take, accepting: true) } == "clock-jumped-ahead")
    try till.at("2026-03-11T12:00:00Z")
    #expect(try till.apply(take, accepting: true).document?.number.text == "CNT-20260311-0001")
    #expect(try till.violations() == [])
  }

  @Test func countingAndApplyingAgainUnderTheKeyDoNothing() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake()
    func count(_ digest: String = "the same call") throws -> WriteAnswer<StockCount> {
      try till.write("stockTake.count", by: Person.sam.caller, key: key("count", digest), encode: \.entryNo.description) {
        try StockTakes.count(
          NewStockCount(stockTakeID: take.id, items: [NewCountItem(target: .lot(shop.lots[0]), qty: 9)]), in: $0)
      }
    }
    func apply() throws -> WriteAnswer<AppliedStockTake> {
      try till.write("stockTake.apply", key: key("apply"), encode: \.bookedAs) {
        try StockTakes.apply(
          StockTakeApplication(stockTakeID: take.id, reason: "March", reasons: [], missingLots: .keep, acceptVariances: true),
          in: $0)
      }
    }
    guard case .done = try count(), case .replayed(.bytes(let counted)) = try count() else { throw Unexpected("no replay") }
    #expect(String(decoding: counted, as: UTF8.self) == "1")
    #expect(try refusal { _ = try count("another call") } == "idempotency-key-reused")
    guard case .done = try apply(), case .replayed(.bytes(let applied)) = try apply() else { throw Unexpected("no replay") }
    #expect(String(decoding: applied, as: UTF8.self) == "CNT-20260310-0001")
    #expect(try till.shelf() == "1×9 2×10 3×5" && till.sql("select count(*) from stock_take_entry") == ["1"])
    #expect(try till.violations() == [])
  }

  @Test func theReviewShowsWhatIsAskedFor() throws {
    let shop = try Shop()
    let till = shop.till
    let gone = try till.deliver(shop.soap, 1, nil).items[0].lotID
    till.pass(seconds: 1)
    try till.sell([(shop.soap, 6)])
    let more = try till.deliver(shop.soap, 8, nil, cost: 20_000).items[0].lotID
    till.pass(seconds: 1)
    let take = try till.startTake()
    till.pass(seconds: 1)
    try till.deliver(shop.soap, 7, nil)
    let july = try Day(parsing: "2026-07-31")
    try till.count(
      take, [(.lot(shop.lots[0]), 9), (.unknown(productID: shop.pills, batchNo: "Z", expiryDate: july), 2), (.lot(gone), 0)])
    try till.count(take, [(.lot(shop.lots[0]), 10)], by: .tess)
    till.pass(seconds: 1)
    try till.sell([(shop.pills, 4)])
    try till.count(take, [(.lot(more), 5)], by: .tess)
    func told(_ show: ReviewedLots) throws -> [String] { try till.review(take, show).page.items.map(\.told) }
    let first = "1: 10 of 10 by Tess, now 6, again"
    #expect(
      try told(.all) == [
        first, "2: not counted, now 10", "4: 0 of 0 by Sam, now 0", "5: 5 of 8 by Tess, now 8, again",
        "found: 2 of 0 by Sam, now 0",
      ])
    #expect(try told(.variances) == ["5: 5 of 8 by Tess, now 8, again", "found: 2 of 0 by Sam, now 0"])
    #expect(try told(.recount) == [first, "5: 5 of 8 by Tess, now 8, again"])
    #expect(try told(.notCounted) == ["2: not counted, now 10"])
    #expect(try told(.found) == ["found: 2 of 0 by Sam, now 0"])
    let review = try till.review(take, .found)
    #expect(
      review.totals
        == ReviewTotals(
          countedLots: 3, variances: 2, surplusQty: 2, missingQty: 3, varianceValue: Amount(tenThousandths: -40_000),
          recountLots: 2,
          notCountedLots: 1, foundLots: 1))
    #expect(review.stockTake.entries == 3 && review.page.items.map(\.counts) == [1])
    #expect(try till.review(take).page.items.map(\.counts) == [2, 0, 1, 1, 1])

    // Page by page the same, whatever the size of the pages.
    for limit in 1...4 {
      var items: [ReviewedLot] = []
      var after: ReviewKey?
      repeat {
        let filter = ReviewFilter(stockTakeID: take.id, show: .all, limit: limit, after: after)
        let page = try till.read { try StockTakes.review(filter, in: $0) }.page
        items += page.items
        after = page.next
      } while after != nil
      #expect(try items == till.review(take).page.items, "\(limit)")
    }
  }

  @Test func stockTakesAreListedNewestFirst() throws {
    let shop = try Shop()
    let till = shop.till
    // Of one instant too, so that the ids decide.
    let takes = try (0..<5).map { number in
      if number.isMultiple(of: 2) { till.pass(seconds: 1) }
      return try till.startTake()
    }
    try till.apply(takes[1])
    func list(_ state: StockTake.State?, _ limit: Int, after: MomentKey? = nil) throws -> KeyedPage<StockTake, MomentKey> {
      try till.read(by: Person.sam.caller) {
        try StockTakes.list(StockTakeFilter(state: state, limit: limit, after: after), in: $0)
      }
    }
    let first = try list(nil, 2)
    _ = try till.startTake()
    let second = try list(nil, 2, after: first.next)
    let third = try list(nil, 2, after: second.next)
    #expect((first.items + second.items + third.items).map(\.id) == takes.map(\.id).reversed() && third.next == nil)
    #expect(try list(.applied, 9).items.map(\.id) == [takes[1].id] && list(.cancelled, 9).items.isEmpty)
    #expect(try list(.open, 9).items.count == 5)
  }

  /// A line that books something else than was counted is refused by the database, whoever writes it.
  @Test func aLineMustBeWhatWasCounted() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake()
    try till.count(take, [(.lot(shop.lots[0]), 9)])
    let other = try till.startTake()
    let connection = try Connection(till.database.superuser.with(user: "shelflife_serve").with(setting: "search_path", "shelf"))
    defer { connection.close() }
    func attempt(_ qty: Int, of lot: Identifier, in take: StockTake) throws -> String {
      defer { connection.rollback() }
      do throws(PostgresError) {
        try connection.script("begin")
        try connection.script(
          """
          insert into stock_document (id, kind, day, number, at, made_by, maker_name, reason, stock_take_id, last_line)
          select '\(identifier(99))', 'count', day, 1, started_at, started_by, starter_name, 'x', id, 1 from stock_take where id = '\(take.id)';
          update lot set seq = seq + 1, qty_remaining = qty_remaining + \(qty) where id = '\(lot)';
          insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost)
          select l.id, l.seq, l.product_id, 'counted', \(qty), l.qty_remaining, d.at, d.day, l.expiry, l.unit_cost
          from lot l, stock_document d where l.id = '\(lot)';
          insert into stock_document_line (document_id, document_kind, line, lines_left, kind, lot_id, seq, product_id, qty, balance, unit_cost,
            running_refund, count_entry, count_line)
          select '\(identifier(99))', 'count', 1, 0, 'counted', l.id, l.seq, l.product_id, \(qty), l.qty_remaining, l.unit_cost, 0, c.entry_id, c.line
          from lot l, stock_take_count c where l.id = '\(lot)';
          insert into document_counter select kind, day, number from stock_document;
          set constraints all immediate
          """)
        return "ok"
      } catch {
        return error.constraint ?? error.logText
      }
    }
    #expect(try attempt(-1, of: shop.lots[0], in: take) == "ok", "right in all but what is bent below")
    #expect(try attempt(-2, of: shop.lots[0], in: take) == "stock_document_line_is_true")
    #expect(try attempt(1, of: shop.lots[0], in: take) == "stock_document_line_is_true")
    #expect(try attempt(-1, of: shop.lots[1], in: take) == "stock_document_line_is_true", "a count of another lot")
    #expect(try attempt(-1, of: shop.lots[0], in: other) == "stock_document_line_is_true", "a count of another stock take")
    #expect(try till.violations() == [])
  }

  /// Nobody can claim that the books said something else at the count.
  @Test func aCountMustNameWhereTheLedgerStood() throws {
    let shop = try Shop()
    let till = shop.till
    let take = try till.startTake()
    try till.count(take, [(.lot(shop.lots[0]), 9)])
    let connection = try Connection(till.database.superuser.with(user: "shelflife_serve").with(setting: "search_path", "shelf"))
    defer { connection.close() }
    for (seq, expected) in [(1, 11), (2, 10)] {
      do throws(PostgresError) {
        try connection.script(
          "insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted) select entry_id, 2, product_id, lot_id, \(seq), \(expected), 9 from stock_take_count"
        )
        Issue.record("nothing refused it")
      } catch { #expect(error.constraint == "stock_take_count_lot_id_seq_expected_fkey") }
    }
    #expect(try till.violations() == [])
  }
}

extension AppliedStockTake {
  /// What its document is called, if it has one.
  fileprivate var bookedAs: String { document?.number.text ?? "-" }
}
