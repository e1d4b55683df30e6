// Returns, counts, recalls and other documents: what the serving role cannot forge, and what the check names of what a superuser bent.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

/// A return of one unit of the first allocation of `:sale`, right in all but what is asked for.
private struct ForgedReturn {
  var kind = "return"
  var number = "2"
  var day = "'2026-03-10'"
  var headSale = ":sale"
  var refund = "250"
  var lastLine = "1"
  var withHead = true
  var lineKind = "returned"
  var line = "1"
  var left = "0"
  var lot = ":lot"
  var movementKind = "returned"
  var qty = "1"
  var lineQty: String?
  var balance = "l.qty_remaining + 1"
  var cost = "m.unit_cost"
  var price = "250"
  var lineRefund = "250"
  var backNo = "2"
  var givenBack = "2"
  var giving = "m.sale_id, m.line, m.take, m.takes_left, m.taken, m.taken + m.qty"
  var disposition = "'restock', false"
  var withLine = true
  var counter = "2"

  var sql: String {
    (withHead
      ? """
      insert into stock_document (id, kind, day, number, at, made_by, maker_name, reason, sale_id, refund, last_line)
      select :new, '\(kind)', \(day), \(number), '2026-03-10T12:00:00Z', :olga, 'Olga', 'x', \(headSale), \(refund), \(lastLine);

      """ : "") + """
        update lot l set seq = seq + 1, qty_remaining = \(balance) where id = \(lot);
        insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost)
        select l.id, l.seq, l.product_id, '\(movementKind)', \(qty), l.qty_remaining, '2026-03-10T12:00:00Z', \(day), l.expiry, l.unit_cost
        from lot l where id = \(lot);

        """
      + (withLine
        ? """
        insert into stock_document_line (document_id, document_kind, line, lines_left, kind, lot_id, seq, product_id, qty, balance, unit_cost,
          sale_id, sale_line, take, takes_left, taken, taken_before, back_no, given_back, unit_price, refund, running_refund, disposition, is_forced)
        select \(withHead ? ":new" : ":return"), '\(kind)', \(line), \(left), '\(lineKind)', l.id, l.seq, l.product_id, \(lineQty ?? qty), l.qty_remaining, \(cost),
          \(giving), \(backNo), \(givenBack), \(price), \(lineRefund), \(withHead ? lineRefund : "750"), \(disposition)
        from lot l, stock_movement m where l.id = \(lot) and m.sale_id = :sale and m.line = 1 and m.take = 1;

        """ : "")
        + """
        insert into document_counter (kind, day, number) values ('\(kind)', \(day), \(counter))
        on conflict (kind, day) do update set number = excluded.number;

        """
  }

  static func bent(_ change: (inout ForgedReturn) -> Void) -> String {
    var forged = ForgedReturn()
    change(&forged)
    return forged.sql
  }
}

extension Attempt {
  /// In the shop of `DocumentGuardTests` the sale took 4 of `:lot` and 1 of `:second`; of the former one came back.
  static let documents = [
    Attempt("a return of another sale's unit", ForgedReturn.bent { $0.headSale = ":other" }, isTrue),
    Attempt(
      "more given back than was taken",
      ForgedReturn.bent {
        $0.givenBack = "5"
        $0.qty = "4"
        $0.balance = "l.qty_remaining + 4"
        $0.lineRefund = "1000"
        $0.refund = "1000"
      }, "stock_document_line_check2"),
    Attempt(
      "a return that forgets the one before",
      ForgedReturn.bent {
        $0.backNo = "1"
        $0.givenBack = "1"
      }, "sale_line_take_back_no_key"),
    Attempt(
      "a return after a hole", ForgedReturn.bent { $0.backNo = "3" },
      "stock_document_line_sale_id_sale_line_take_prev_back_no_pr_fkey"),
    Attempt(
      "a return that claims a larger allocation",
      ForgedReturn.bent { $0.giving = "m.sale_id, m.line, m.take, m.takes_left, 9, 0" },
      "stock_document_line_sale_id_sale_line_take_takes_left_take_fkey"),
    Attempt(
      "a return at another price",
      ForgedReturn.bent {
        $0.price = "900"
        $0.lineRefund = "900"
        $0.refund = "900"
      }, isTrue),
    Attempt(
      "a refund that is not quantity times price",
      ForgedReturn.bent {
        $0.lineRefund = "249"
        $0.refund = "249"
      }, "stock_document_line_check2"),
    Attempt(
      "a refund that is not that of the lines", ForgedReturn.bent { $0.refund = "251" },
      "stock_document_id_last_line_lines_left_refund_fkey"),
    Attempt("a return at another cost", ForgedReturn.bent { $0.cost = "1" }, isTrue),
    Attempt("a return to a lot that it did not come from", ForgedReturn.bent { $0.lot = ":third" }, isTrue),
    Attempt(
      "a line that says more than its movement",
      ForgedReturn.bent {
        $0.lineQty = "2"
        $0.givenBack = "3"
        $0.lineRefund = "500"
        $0.refund = "500"
      }, isTrue),
    Attempt(
      "a movement without a line",
      ForgedReturn.bent {
        $0.withLine = false
        $0.withHead = false
        $0.counter = "1"
      }, "stock_movement_lot_id_document_seq_fkey"),
    Attempt(
      "goods written off by no document",
      ForgedReturn.bent {
        $0.withLine = false
        $0.withHead = false
        $0.counter = "1"
        $0.movementKind = "written-off"
        $0.qty = "-1"
        $0.balance = "l.qty_remaining - 1"
      }, "stock_movement_lot_id_document_seq_fkey"),
    Attempt(
      "a return that takes goods away",
      ForgedReturn.bent {
        $0.qty = "-1"
        $0.balance = "l.qty_remaining - 1"
      }, "stock_movement_qty_check"),
    Attempt(
      "a line appended to an old return",
      ForgedReturn.bent {
        $0.withHead = false
        $0.line = "3"
        $0.counter = "1"
      }, "stock_document_line_document_id_prev_line_prev_left_prev_r_fkey"),
    Attempt(
      "a line in the place of another",
      ForgedReturn.bent {
        $0.line = "2"
        $0.withHead = false
        $0.counter = "1"
      }, "stock_document_line_pkey"),
    Attempt(
      "a document that announces another line", ForgedReturn.bent { $0.lastLine = "2" },
      "stock_document_id_last_line_lines_left_refund_fkey"),
    Attempt(
      "a gap in the returns",
      ForgedReturn.bent {
        $0.number = "3"
        $0.counter = "3"
      }, "stock_document_kind_day_prev_number_fkey"),
    Attempt("a return numbered twice", ForgedReturn.bent { $0.number = "1" }, "stock_document_kind_day_number_key"),
    Attempt(
      "returns counted that nobody made", "update document_counter set number = number + 1",
      "document_counter_kind_day_number_fkey"),
    Attempt("a return of no sale", ForgedReturn.bent { $0.headSale = "null" }, "stock_document_check"),
    Attempt(
      "a void of another day",
      ForgedReturn.bent {
        $0.kind = "void"
        $0.number = "1"
        $0.day = "'2026-03-11'"
        $0.counter = "1"
      }, isTrue),
    Attempt(
      "a write-off that refunds",
      ForgedReturn.bent {
        $0.kind = "write-off"
        $0.headSale = "null"
      }, "stock_document_check"),
    Attempt(
      "a lot beside no other",
      "insert into lot (id, product_id, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining) select :new, product_id, 'x', 0, now(), 0, 1, 5 from lot where id = :lot",
      "lot_origin_check"),
    Attempt(
      "a lot from nowhere",
      "insert into lot (id, product_id, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining, found_in, found_no) select :new, product_id, 'x', 0, now(), 0, 1, 5, :return, 1 from lot where id = :lot",
      "lot_id_seq_qty_remaining_fkey"),
    Attempt(
      "a count of what was not there",
      "insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted) select :entry, 2, product_id, id, seq, qty_remaining + 1, 3 from lot where id = :lot",
      "stock_take_count_lot_id_seq_expected_fkey"),
    Attempt(
      "a count of a lot of another product",
      "insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted) select :entry, 2, :soap, id, seq, qty_remaining, 3 from lot where id = :lot",
      "stock_take_count_lot_id_product_id_fkey"),
    Attempt(
      "a negative count",
      "insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted) select :entry, 2, product_id, id, seq, qty_remaining, -1 from lot where id = :lot",
      "stock_take_count_counted_check"),
    Attempt(
      "an ended recall opened again", "update recall set ended_at = null, ended_by = null, end_reason = null", "ended_stays_ended"
    ),
    Attempt(
      "a second recall of one batch",
      "insert into recall (id, batch_no, reason, day, started_at, started_by, starter_name) select gen_random_uuid(), b, 'x', '2026-03-10', now(), :olga, 'x' from unnest(array['B-7', 'b-7']) b",
      "recall_single_open"),
    Attempt(
      "a cancelled stock take opened again",
      "update stock_take set state = 'open', ended_at = null, ended_by = null, end_reason = null", "ended_stays_ended"),
  ]

  private static let isTrue = "stock_document_line_is_true"

  /// History is not rewritten here either.
  static let rewritingDocuments = [
    "update stock_document set refund = 0", "update stock_document_line set qty = 2", "delete from stock_document",
    "delete from stock_document_line", "delete from document_counter", "update recall set batch_no = 'x'", "delete from recall",
    "update stock_take set tolerance = 99", "delete from stock_take", "update stock_take_entry set counted_at = now()",
    "update stock_take_count set counted = 1", "delete from stock_take_count", "update lot set parent_lot_id = id",
  ].map { Attempt($0, $0, notAllowed) }
}

@Suite struct DocumentGuardTests {
  private struct Shop {
    let till: Till
    let names: [(String, String)]
  }

  private static func open() throws -> Shop {
    let till = try Till()
    let aspirin = try till.product("Aspirin", price: 250).id
    let soap = try till.product("Soap", tracksExpiry: false).id
    let delivery = try till.deliver([
      till.item(aspirin, 4, "2026-05-01"), till.item(aspirin, 9, "2026-06-01"), till.item(aspirin, 9, "2026-07-01"),
    ])
    let sale = try till.sell([(aspirin, 5)])
    let other = try till.sell([(aspirin, 1)])
    let back = try till.done("sales.return") {
      try Returns.create(
        NewReturn(
          id: nil, sale: .id(sale.id), items: [.init(line: 1, qty: try Quantity(2), disposition: .restock)], disposition: nil,
          reason: nil, note: nil), in: $0)
    }
    let lots = delivery.items.map(\.lotID)
    let names = [
      (":sale", sale.id), (":other", other.id), (":return", back.id), (":lot", lots[0]), (":second", lots[1]),
      (":third", lots[2]),
      (":soap", soap), (":olga", Person.olga.caller.userID), (":new", identifier(99)), (":take", identifier(97)),
      (":entry", identifier(96)),
    ].map { ($0.0, "'\($0.1)'::uuid") }
    try till.sql(
      named(
        """
        insert into recall (id, batch_no, reason, day, started_at, started_by, starter_name, ended_at, ended_by, end_reason)
        values (gen_random_uuid(), 'B-9', 'x', '2026-03-10', now(), :olga, 'Olga', now(), :olga, 'over');
        insert into stock_take (id, day, started_at, started_by, starter_name, is_blind, tolerance, covers_all, state, last_entry, ended_at,
          ended_by, end_reason)
        values (:take, '2026-03-10', now(), :olga, 'Olga', false, 0, true, 'cancelled', 1, now(), :olga, 'x');
        insert into stock_take_entry values (:entry, :take, 1, now(), :olga, 'Olga');
        insert into stock_take_count (entry_id, line, product_id, lot_id, seq, expected, counted)
        select :entry, 1, product_id, id, seq, qty_remaining, 3 from lot where id = :lot
        """, names))
    return Shop(till: till, names: names)
  }

  private static func named(_ sql: String, _ names: [(String, String)]) -> String {
    names.reduce(sql) { $0.replacing($1.0, with: $1.1) }
  }

  /// The return's own lines: two units came back, the last taken first, so one to each lot.
  @Test func everyAttemptIsRefused() throws {
    let shop = try Self.open()
    let connection = try Connection(
      shop.till.database.superuser.with(user: "shelflife_serve").with(setting: "search_path", "shelf"))
    defer { connection.close() }
    // The one that is bent in nothing is taken: what refuses the others is what they bent.
    try connection.script("begin; " + Self.named(ForgedReturn().sql, shop.names) + "set constraints all immediate; rollback")
    for attempt in Attempt.documents + Attempt.rewritingDocuments {
      do throws(PostgresError) {
        try connection.script("begin")
        try connection.script(Self.named(attempt.sql, shop.names))
        try connection.script("set constraints all immediate")
        Issue.record("\(attempt.testDescription): nothing refused it")
      } catch {
        let guardian = error.constraint ?? error.state?.code ?? "-"
        #expect(guardian.hasSuffix(attempt.guardian), "\(attempt.testDescription): \(error.logText)")
      }
      connection.rollback()
    }
  }

  /// With every guard off, the check names what was bent.
  @Test(arguments: [
    (
      "update stock_document_line set lot_id = :third, seq = 1 where take = 1",
      "document-lines: line "
    ),
    ("update stock_document set refund = 1", "document-lines: return 1 of 2026-03-10: refund 1, its lines make 500"),
    ("delete from stock_document_line where line = 1", "document-lines: return 1 of 2026-03-10: 2 lines, of which 1 are there"),
    ("delete from stock_document_line where line = 1", "by no document"),
    ("update stock_document set number = 2", "document-numbers: return numbers of 2026-03-10"),
    ("update stock_document_line set back_no = 2 where take = 1", "its returns do not add up"),
    ("update stock_document_line set unit_cost = 1", "its cost is not what the sale froze"),
    ("update stock_movement set day = '2026-03-09' where kind = 'returned'", "is not as its movement"),
    ("update stock_document set note = 'never said'", "audit-records: return "),
    ("update lot set expiry = '2030-01-01'", "its expiry or cost is not what its last movement set down"),
    ("update stock_take_count set expected = 4", "stock-takes: count 1 of entry"),
    ("update stock_take set last_entry = 2", "stock-takes: stock take"),
    ("update recall set reason = 'none'", "audit-records: recall "),
  ])
  func theCheckNamesIt(sql: String, named: String) throws {
    let shop = try Self.open()
    try shop.till.sql("set session_replication_role = replica; " + Self.named(sql, shop.names))
    let violations = try shop.till.violations()
    #expect(violations.contains { $0.contains(named) }, "\(violations)")
  }
}
