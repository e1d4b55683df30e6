// The database guards itself: what the serving role tries against history, sums and rules is refused by PostgreSQL.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

/// One attempt by the serving role and what must stop it, at the latest in the commit: a constraint or trigger by the end or the
/// beginning of its name, or `42501`, the lack of a right.
struct Attempt: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let sql: String
  let guardian: String

  init(_ title: String, _ sql: String, _ guardian: String) {
    testDescription = title
    self.sql = sql
    self.guardian = guardian
  }

  static let notAllowed = "42501"

  /// In the shop of `GuardTests` `:sale` has two lines, the first taken from two lots, of which `:lot` has units left.
  static let all = rewriting + forging + rules

  /// History is not rewritten.
  private static let rewriting =
    [
      ("a sale's total", "update sale set total = total + 1"), ("a receipt's number", "update sale set number = number + 1"),
      ("a line's quantity", "update sale_line set qty = qty + 1"), ("a frozen price", "update sale_line set unit_price = 0"),
      ("a movement", "update stock_movement set qty = qty - 1"), ("a frozen cost", "update stock_movement set unit_cost = 0"),
      ("a delivery's note", "update stock_in set note = 'x'"),
      ("what a lot received", "update lot set qty_received = qty_received + 1"),
      ("a lot's product", "update lot set product_id = (select id from product limit 1)"),
      ("an audit entry", "update audit_entry set action = 'x'"), ("an audit link", "update audit_link set hash = hash"),
      ("a stored key", "update idempotency_key set digest = digest"), ("a role", "update app_user set role = 'OWNER'"),
      ("an account's birthday", "update app_user set created_at = now()"),
      ("a product's birthday", "update product set created_at = now()"),
      ("deleting sales", "delete from sale"), ("deleting lines", "delete from sale_line"),
      ("deleting movements", "delete from stock_movement"), ("deleting deliveries", "delete from stock_in"),
      ("deleting lots", "delete from lot"), ("deleting products", "delete from product"),
      ("deleting people", "delete from app_user"),
      ("deleting the audit", "delete from audit_entry"), ("deleting links", "delete from audit_link"),
      ("deleting keys", "delete from idempotency_key"), ("deleting counters", "delete from day_counter"),
      ("emptying a table", "truncate stock_movement"), ("a second clock", "insert into clock_mark (id) values (1)"),
      ("a second head", "insert into audit_head (seq, hash) values (0, sha256('x'))"),
      ("the migrations", "insert into schema_migration select * from schema_migration"),
      ("switching triggers off", "alter table lot disable trigger all"),
      ("dropping a guard", "drop trigger lot_moves_forward on lot"),
      ("dropping a constraint", "alter table lot drop constraint lot_qty_remaining_check"),
      ("dropping a table", "drop table login_throttle"),
      ("a table of its own", "create table shelf.loot (n int)"), ("a table beside", "create table public.loot (n int)"),
      ("replaying as a replica", "set session_replication_role = replica"), ("another role", "set role shelflife_owner"),
      ("the superuser", "set role postgres"), ("granting itself more", "alter role shelflife_serve superuser"),
      (
        "replacing a function",
        "create or replace function shelf.lot_moves_forward() returns trigger language plpgsql as 'begin return new; end'"
      ),
      ("reading files", "select pg_read_file('/etc/passwd')"), ("running programs", "copy (select 1) to program 'true'"),
      ("an index that lies", "drop index lot_fefo"),
      ("the check's own eyes", "create or replace view shelf.sale_digest as select 1"),
    ].map { Attempt($0.0, $0.1, notAllowed) }

  private static let unknown = "'01950000-0000-7000-8000-00000000dead'::uuid"

  /// What is added must add up: each is a whole sale, or another document, but for the one thing that is bent.
  private static let forging = [
    Attempt("stock below zero", "update lot set qty_remaining = -1, seq = seq + 1", "lot_qty_remaining_check"),
    Attempt("stock from nowhere", "update lot set qty_remaining = qty_remaining + 1, seq = seq + 1", lastMovement),
    Attempt("stock to nowhere", "update lot set qty_remaining = 0, seq = seq + 1 where id = :lot", lastMovement),
    Attempt("stock without a step", "update lot set qty_remaining = qty_remaining + 1", "lot_moves_forward"),
    Attempt("a lot moved back", "update lot set seq = 1, qty_remaining = qty_received where id = :lot", "lot_moves_forward"),
    Attempt("a lot's cost behind the ledger's back", "update lot set unit_cost = 0 where id = :lot", "lot_moves_forward"),
    Attempt(
      "a lot's expiry behind the ledger's back", "update lot set expiry = '2099-01-01' where id = :lot", "lot_moves_forward"),
    Attempt("a movement beyond its lot", forged(step: ""), "movement_not_beyond_lot"),
    Attempt("a movement over another", forged(step: "", movement("m.seq", -1, "m.balance - 1")), "stock_movement_pkey"),
    Attempt(
      "a movement with a wrong balance",
      forged(step: step("l.qty_remaining - 2"), movement("m.seq + 1", -1, "m.balance - 2")), previousMovement),
    Attempt(
      "a movement after a hole",
      forged(step: step("l.qty_remaining - 1", by: 2), movement("m.seq + 2", -1, "m.balance - 1")), previousMovement),
    Attempt(
      "a sale that adds stock", forged(step: step("l.qty_remaining + 1"), movement("m.seq + 1", 1, "m.balance + 1")),
      "stock_movement_qty_check"),
    Attempt("a second beginning", received("m.seq + 1"), "stock_movement_first_check"),
    Attempt("stock sold to nobody", received("m.seq + 1", kind: "sold", qty: -1), "stock_movement_sold_check"),
    Attempt(
      "stock sold on a line of another product", forged(line: ":other"), "stock_movement_sale_id_line_product_id_fkey"),
    Attempt(
      "stock of one product under another's name",
      forged(line: ":other", movement("m.seq + 1", -1, "m.balance - 1", product: ":other")),
      "stock_movement_lot_id_product_id_fkey"),
    // A line has no key to its product: what it was taken from has.
    Attempt("a line of a product that nobody knows", forged(line: unknown), "stock_movement_sale_id_line_product_id_fkey"),
    Attempt(
      "a line of a product that nobody knows, and its movement",
      forged(line: unknown, movement("m.seq + 1", -1, "m.balance - 1", product: unknown)), "stock_movement_lot_id_product_id_fkey"
    ),
    Attempt(
      "expired stock sold", forged(movement("m.seq + 1", -1, "m.balance - 1", expiry: "'2020-01-01'")),
      "stock_movement_sold_check"),
    Attempt(
      "less taken than the line says", forged(movement("m.seq + 1", -1, "m.balance - 1", taken: 2)), "stock_movement_sold_check"),
    Attempt(
      "an allocation that announces another", forged(movement("m.seq + 1", -1, "m.balance - 1", takesLeft: 1)), lineSum),
    Attempt("a line appended to an old sale", line(":sale", "last_line + 1", left: 0, total: "total + 100"), previousLine),
    Attempt(
      "a line appended behind the last", line(":sale", "last_line + 1", left: -1, total: "total + 100"),
      "sale_line_lines_left_check"),
    Attempt("a line put in the place of another", line(":sale", "1", left: 1, total: "100"), "sale_line_pkey"),
    Attempt("a line before the first", line(":sale", "0", left: 2, total: "100"), "sale_line_line_check"),
    Attempt(
      "an allocation appended to an old line",
      step("l.qty_remaining - 1") + movement("m.seq + 1", -1, "m.balance - 1", sale: ":sale", take: 3, taken: 4), previousTake),
    Attempt("a sale without lines", head(total: 0, number: "max(number) + 1"), saleSum),
    Attempt("a sale with a wrong total", forged(total: 101), saleSum),
    Attempt("a gap in the receipts", forged(number: "max(number) + 2"), "sale_day_prev_number_fkey"),
    Attempt("a day that begins at two", forged(number: "2", day: "'2026-03-11'"), "sale_day_prev_number_fkey"),
    Attempt("a receipt twice", head(total: 100, number: "max(number)"), "sale_day_number_key"),
    Attempt("a receipt numbered zero", head(total: 100, number: "0"), "sale_number_check"),
    Attempt(
      "a line that is not quantity times price", line(":sale", "3", left: 0, total: "100", lineTotal: "99"), "sale_line_check"),
    Attempt("a line of nothing", line(":sale", "3", left: 0, total: "0", lineTotal: "0", qty: 0), "sale_line_qty_check"),
    Attempt(
      "receipts counted that nobody wrote", "update day_counter set receipts = receipts + 1", "day_counter_day_receipts_fkey"),
    Attempt(
      "deliveries counted that nobody made", "update day_counter set restocks = restocks + 1", "day_counter_day_restocks_fkey"),
    Attempt("a delivery without lots", delivery("max(number) + 1"), "stock_in_id_last_line_lines_left_fkey"),
    Attempt("a gap in the deliveries", delivery("max(number) + 2") + lot("1", of: ":new"), "stock_in_day_prev_number_fkey"),
    Attempt("a lot appended to an old delivery", lot("last_line + 1"), "lot_stock_in_id"),
    Attempt("a lot after a hole", lot("last_line + 2"), "lot_stock_in_id_prev_line_prev_left_fkey"),
    Attempt(
      "a lot without its first movement", delivery("max(number) + 1") + lot("1", of: ":new", withMovement: false), lastMovement),
    Attempt("a head that points nowhere", "update audit_head set seq = seq + 1", "audit_head_link_fkey"),
    Attempt(
      "a link after a hole", "insert into audit_link (seq, hash, entries) select seq + 2, hash, 1 from audit_head",
      "audit_link_prev_seq_fkey"),
    Attempt(
      "a link over another", "insert into audit_link (seq, hash, entries) select seq, hash, 1 from audit_head", "audit_link_pkey"),
    Attempt(
      "an entry added to an old link",
      """
      insert into audit_entry (link, entry, at, action, record_kind, record_id, record_digest)
      select link, 99, at, action, record_kind, record_id, record_digest from audit_entry where link = 1
      """, "audit_link_is_whole"),
  ]

  private static let lastMovement = "lot_id_seq_qty_remaining_fkey"
  private static let previousMovement = "stock_movement_lot_id_prev_seq_prev_balance_fkey"
  private static let previousTake = "stock_movement_sale_id_line_prev_take_prev_takes_left_prev_fkey"
  private static let previousLine = "sale_line_sale_id_prev_line_prev_left_prev_total_fkey"
  private static let lineSum = "sale_line_sale_id_line_last_take_takes_left_qty_fkey"
  private static let saleSum = "sale_id_last_line_lines_left_total_fkey"

  /// Values keep their rules.
  private static let rules = [
    Attempt("a second owner", person("OWNER", hash: strong, recovery: "sha256('x')"), "app_user_single_owner"),
    Attempt("an owner without a recovery code", person("OWNER", hash: strong), "app_user_check1"),
    Attempt("staff with a recovery code", person("STAFF", hash: strong, recovery: "sha256('x')"), "app_user_check1"),
    Attempt("a role that is none", person("BOSS", hash: strong), "app_user_role_check"),
    Attempt("a password in the clear", person("STAFF", hash: "kingfisher!"), "app_user_password_hash_check"),
    Attempt("a cheap hash", person("STAFF", hash: strong.replacing("$2b$10$", with: "$2b$09$")), "app_user_password_hash_check"),
    Attempt("a dear hash", person("STAFF", hash: strong.replacing("$2b$10$", with: "$2b$15$")), "app_user_password_hash_check"),
    Attempt("an old kind of hash", person("STAFF", hash: "$1$" + strong.dropFirst(3)), "app_user_password_hash_check"),
    Attempt("a hash with more behind", person("STAFF", hash: strong + "x"), "app_user_password_hash_check"),
    Attempt("a hash made weak", "update app_user set password_hash = 'x'", "app_user_password_hash_check"),
    Attempt("no owner left", "update app_user set is_active = false where role = 'OWNER'", "app_user_check"),
    Attempt("a name taken", "update app_user set username_key = 'olga'", "app_user_username_key_key"),
    Attempt(
      "credentials from before the first", "update app_user set credential_version = 0", "app_user_credential_version_check"),
    Attempt("a negative price", "update product set price = -1", "product_price_check"),
    Attempt("a price past the limit", "update product set price = 99999999990001", "product_price_check"),
    Attempt("two products of one name", "update product set name_key = 'aspirin'", "product_name_key_key"),
    Attempt("a negative reorder level", "update product set reorder_level = -1", "product_reorder_level_check"),
    Attempt("a status that is none", "update lot set status = 'fine'", "lot_status_check"),
    Attempt(
      "a second store", "insert into store select 2, name, address, phone, currency, time_zone, receipt_footer from store",
      "store_id_check"),
    Attempt("a currency that is none", "update store set currency = 'gold'", "store_currency_check"),
    Attempt(
      "a key that leads nowhere", "insert into idempotency_key values ('c:x', sha256('x'), now(), null, null)",
      "idempotency_key_check"),
    Attempt(
      "a key that leads to two", "insert into idempotency_key select 'c:x', sha256('x'), now(), 'x', id from sale limit 1",
      "idempotency_key_check"),
    Attempt(
      "a key to no sale", "insert into idempotency_key values ('c:x', sha256('x'), now(), null, gen_random_uuid())",
      "idempotency_key_sale_id_fkey"),
    Attempt(
      "a key with half a digest", "insert into idempotency_key values ('c:x', 'x', now(), 'x', null)",
      "idempotency_key_digest_check"),
    Attempt(
      "a key twice", "insert into idempotency_key select key, digest, at, 'x' from idempotency_key", "idempotency_key_pkey"),
  ]

  private static let strong = "$2b$10$" + String(repeating: "a", count: 53)

  private static func person(_ role: String, hash: String, recovery: String = "null") -> String {
    """
    insert into app_user (id, name, username, username_key, role, is_active, password_hash, recovery_hash, created_at)
    values (gen_random_uuid(), 'Eve', 'eve', 'eve', '\(role)', true, '\(hash)', \(recovery), now())
    """
  }

  /// Moves `:lot` on.
  private static func step(_ balance: String, by: Int = 1) -> String {
    "update lot l set seq = seq + \(by), qty_remaining = \(balance) where id = :lot;\n"
  }

  /// A movement of kind sold on `:lot`, whose last one is `m`, for line 1 of a sale.
  private static func movement(
    _ seq: String, _ qty: Int, _ balance: String, sale: String = ":new", product: String = "m.product_id",
    expiry: String = "null",
    take: Int = 1, takesLeft: Int = 0, taken: Int = 1
  ) -> String {
    """
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, expiry, unit_cost, sale_id, line, take, takes_left, taken)
    select m.lot_id, \(seq), \(product), 'sold', \(qty), \(balance), m.at, m.day, \(expiry), m.unit_cost, \(sale), 1, \(take), \(takesLeft), \(taken)
    from stock_movement m where m.lot_id = :lot and m.seq = (select max(seq) from stock_movement where lot_id = :lot);

    """
  }

  private static func received(_ seq: String, kind: String = "received", qty: Int = 5) -> String {
    step("l.qty_remaining + \(qty)") + """
      insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
      select m.lot_id, \(seq), m.product_id, '\(kind)', \(qty), m.balance + \(qty), m.at, m.day, m.unit_cost
      from stock_movement m where m.lot_id = :lot and m.seq = (select max(seq) from stock_movement where lot_id = :lot)
      """
  }

  private static func head(total: Int, number: String, day: String = "max(day)") -> String {
    """
    insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, last_line, total)
    select :new, \(day), \(number), now(), (select id from app_user limit 1), 'x', 'CASH', 1, \(total) from sale;

    """
  }

  /// A sale of one unit, right in all but what is asked for.
  static func forged(
    total: Int = 100, number: String = "max(number) + 1", day: String = "max(day)", line product: String = ":product",
    step: String = Attempt.step("l.qty_remaining - 1"), _ movement: String = Attempt.movement("m.seq + 1", -1, "m.balance - 1")
  ) -> String {
    head(total: total, number: number, day: day) + """
      insert into sale_line (sale_id, line, lines_left, id, product_id, product_name, qty, unit_price, line_total, running_total, last_take)
      values (:new, 1, 0, gen_random_uuid(), \(product), 'x', 1, 100, 100, 100, 1);

      """ + step + movement + """
        insert into day_counter (day, receipts) select day, number from sale where id = :new
        on conflict (day) do update set receipts = excluded.receipts
        """
  }

  private static func line(
    _ sale: String, _ line: String, left: Int, total: String, lineTotal: String = "100", qty: Int = 1
  ) -> String {
    """
    insert into sale_line (sale_id, line, lines_left, id, product_id, product_name, qty, unit_price, line_total, running_total, last_take)
    select \(sale), \(line), \(left), gen_random_uuid(), :product, 'x', \(qty), 100, \(lineTotal), \(total), 1 from sale where id = :sale
    """
  }

  private static func delivery(_ number: String) -> String {
    """
    insert into stock_in (id, day, number, created_by, created_at, last_line)
    select :new, max(day), \(number), (select id from app_user limit 1), now(), 1 from stock_in;

    """
  }

  private static func lot(_ line: String, of delivery: String? = nil, withMovement: Bool = true) -> String {
    """
    insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining)
    select :lost, :product, id, \(line), 0, 'forged', 0, now(), 50, 1, 50 from stock_in where id = \(delivery ?? ":delivery")
    """
      + (withMovement
        ? """
        ; insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
        values (:lost, 1, :product, 'received', 50, 50, now(), '2026-03-10', 0)
        """ : "")
  }
}

@Suite struct GuardTests {
  /// A shop with a sale of two lines, the first from two lots, and a key; `:names` of the attempts and what they stand for.
  private static func open() throws -> (database: ShopDatabase, names: [(String, String)]) {
    let till = try Till()
    let aspirin = try till.product("Aspirin", price: 100, id: identifier(1), tracksExpiry: false).id
    let zinc = try till.product("Zinc", price: 400, id: identifier(2), tracksExpiry: false).id
    try till.deliver(aspirin, 2, nil)
    till.pass(seconds: 1)
    let delivery = try till.deliver([till.item(aspirin, 9, nil), till.item(zinc, 9, nil)])
    let sale = try till.sell([(aspirin, 3), (zinc, 1)], id: identifier(3), key: key("the first"))
    return (
      till.database,
      [
        (":product", "'\(aspirin)'"), (":other", "'\(zinc)'"), (":sale", "'\(sale.id)'"),
        (":lot", "'\(delivery.items[0].lotID)'"),
        (":delivery", "'\(delivery.id)'"), (":new", "'\(identifier(99))'::uuid"), (":lost", "'\(identifier(98))'::uuid"),
      ]
    )
  }

  /// As the role that serves the shop, logged in as itself: no way back to the superuser is left open.
  private static func serving(_ database: ShopDatabase) throws -> Connection {
    try Connection(database.superuser.with(user: "shelflife_serve").with(setting: "search_path", "shelf"))
  }

  @Test func everyAttemptIsRefused() throws {
    let (database, names) = try Self.open()
    let connection = try Self.serving(database)
    defer { connection.close() }
    #expect(Attempt.all.count >= 40)
    for attempt in Attempt.all {
      let sql = names.reduce(attempt.sql) { $0.replacing($1.0, with: $1.1) }
      do throws(PostgresError) {
        try connection.script("begin")
        try connection.script(sql)
        // What the commit would look at.
        try connection.script("set constraints all immediate")
        Issue.record("\(attempt.testDescription): nothing refused it")
      } catch {
        let guardian = error.constraint ?? error.state?.code ?? "-"
        #expect(
          guardian.hasSuffix(attempt.guardian) || guardian.hasPrefix(attempt.guardian),
          "\(attempt.testDescription): \(error.logText)")
      }
      connection.rollback()
    }
    let till = try Till(database)
    #expect(try till.violations() == [], "and none of it left a trace")
  }

  /// The forged sale of the attempts is right but for what each of them bends: unbent, PostgreSQL takes it, and only the audit
  /// tells that nobody made it.
  @Test func aWholeForgedSaleIsNamedByTheAudit() throws {
    let (database, names) = try Self.open()
    let connection = try Self.serving(database)
    defer { connection.close() }
    let sql = names.reduce(Attempt.forged()) { $0.replacing($1.0, with: $1.1) }
    try connection.script("begin; \(sql); commit")
    let till = try Till(database)
    #expect(try till.violations() == ["audit-records: sale \(identifier(99)): was never audited"])
  }
}
