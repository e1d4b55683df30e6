// A shop with some thousand documents, written past all guards: what a plan is judged on.
import Postgres
import TestSupport

@testable import Shelflife

/// 200 products with five deliveries each; 6 000 sales of one line, 200 a day, one in a hundred by Tess.
enum LargeShop {
  static let products = 200
  static let lots = 1_000
  static let sales = 6_000

  static func make() throws -> ShopDatabase {
    let shop = try ShopDatabase.staffed()
    let connection = try Connection(shop.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    try connection.script(sql)
    return shop
  }

  static func product(_ number: Int) -> Identifier { id(1, number) }
  static func lot(_ number: Int) -> Identifier { id(2, number) }
  static func sale(_ number: Int) -> Identifier { id(4, number) }

  private static func id(_ table: UInt64, _ number: Int) -> Identifier {
    Identifier(high: 0x0195_0000_0000_7000 + table << 32, low: 1 << 63 | UInt64(number))
  }

  private static func made(_ number: Int, _ n: String) -> String {
    "overlay('\(id(UInt64(number), 0).text)' placing lpad(to_hex(\(n)), 12, '0') from 25)::uuid"
  }

  /// On the sale's day, and not in the order of the numbers, as sales that were committed otherwise than they came.
  private static let soldAt =
    "(date '2026-02-01' + (n - 1) / 200)::timestamp at time zone 'UTC' + interval '8 hours' + n * 37 % 200 * interval '2 minutes'"

  private static var sql: String {
    #"""
    set session_replication_role = replica;
    insert into product (id, name, name_key, search_key, price, reorder_level, is_active, tracks_expiry, created_at, updated_at)
    select \#(made(1, "n")), 'Product ' || n, 'product ' || n, ' product ' || n, 100, 0, true, false, t, t
    from generate_series(1, \#(products)) n, (values (timestamptz '2026-01-01 08:00+00')) v (t);
    insert into stock_in (id, day, number, created_by, created_at, last_line)
    select \#(made(3, "n")), date '2026-01-01' + n / 100, n % 100 + 1, '\#(Person.olga.caller.userID)', '2026-01-01 08:00+00', 1
    from generate_series(1, \#(lots)) n;
    insert into lot (id, product_id, stock_in_id, line, lines_left, ref_no, unit_cost, received_at, qty_received, seq, qty_remaining)
    select \#(made(2, "n")), \#(made(1, "n % \(products) + 1")), \#(made(3, "n")), 1, 0, 'STK-' || n, 10000,
      '2026-01-01 08:00+00', 1000, 1, 1000
    from generate_series(1, \#(lots)) n;
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost)
    select id, 1, product_id, 'received', 1000, 1000, received_at, date '2026-01-01', 10000 from lot;
    insert into sale (id, day, number, sold_at, sold_by, seller_name, payment_method, last_line, total)
    select \#(made(4, "n")), date '2026-02-01' + (n - 1) / 200, (n - 1) % 200 + 1, \#(soldAt),
      case when n % 100 = 0 then '\#(Person.tess.caller.userID)'::uuid else '\#(Person.sam.caller.userID)'::uuid end, 'Sam', 'CASH',
      1, 100
    from generate_series(1, \#(sales)) n;
    insert into sale_line (sale_id, line, lines_left, id, product_id, product_name, qty, unit_price, line_total, running_total, last_take)
    select \#(made(4, "n")), 1, 0, \#(made(5, "n")), l.product_id, 'P', 1, 100, 100, 100, 1
    from generate_series(1, \#(sales)) n join lot l on l.id = \#(made(2, "n * 7 % \(lots) + 1"));
    insert into stock_movement (lot_id, seq, product_id, kind, qty, balance, at, day, unit_cost, sale_id, line, take, takes_left, taken)
    select l.id, 1 + row_number() over w, l.product_id, 'sold', -1, 1000 - row_number() over w, \#(soldAt),
      date '2026-02-01' + (n - 1) / 200, 10000, \#(made(4, "n")), 1, 1, 0, 1
    from generate_series(1, \#(sales)) n join lot l on l.id = \#(made(2, "n * 7 % \(lots) + 1"))
    window w as (partition by l.id order by n);
    update lot l set seq = m.seq, qty_remaining = m.balance
    from (select distinct on (lot_id) lot_id, seq, balance from stock_movement order by lot_id, seq desc) m where m.lot_id = l.id;
    insert into audit_link (seq, hash, entries) select n + 1000, sha256('x'), 1 from generate_series(1, 20000) n;
    insert into audit_entry (link, entry, at, user_id, action, record_kind, record_id, record_digest)
    select n + 1000, 1, timestamptz '2026-02-01 08:00+00' + n * interval '2 minutes', '\#(Person.sam.caller.userID)', 'sales.create', 'sale',
      \#(made(4, "n % \(sales) + 1")), sha256('x')
    from generate_series(1, 20000) n;
    set session_replication_role = origin;
    analyze
    """#
  }
}
