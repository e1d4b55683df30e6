// What the shop's tests share: a till that a test works by hand, with a clock and ids of the test's choosing.
import Glibc
import Postgres
import TestSupport
import Testing

@testable import Shelflife

/// One session with a shop's database. Belongs to one thread.
final class Till {
  let database: ShopDatabase
  let session: ShopSession
  let interrupt: SessionInterrupt
  /// Where it sells from now on.
  var name: TillName
  /// The clock reading of every call until the test sets another.
  var now: Instant
  /// The decimal places of the shop's currency.
  var moneyScale = 2

  init(_ database: ShopDatabase, name: String = "Counter", at time: String = "2026-03-10T12:00:00Z") throws {
    self.database = database
    self.name = try TillName(parsing: name)
    interrupt = SessionInterrupt()
    session = try ShopSession(
      database.prepared, isForWrites: true, interrupt: interrupt, deadline: .now + .seconds(60))
    now = try Instant(parsing: time)
  }

  convenience init(at time: String = "2026-03-10T12:00:00Z") throws { try self.init(.staffed(), at: time) }

  deinit { session.close() }

  func at(_ time: String) throws { now = try Instant(parsing: time) }

  func pass(seconds: Int64) { now = now.adding(seconds: seconds) }

  func info(
    _ method: String, by person: Caller? = Person.olga.caller, key: WriteKey? = nil,
    mayCommit: @escaping @Sendable () -> Bool = { true }
  ) -> CallInfo {
    CallInfo(method: method, now: now, caller: person, key: key, moneyScale: moneyScale, mayCommit: mayCommit)
  }

  func write<Value: Sendable>(
    _ method: String, by person: Caller? = Person.olga.caller, key: WriteKey? = nil, encode: (Value) -> String = { _ in "" },
    _ body: (WriteTransaction) throws -> Value
  ) throws -> WriteAnswer<Value> {
    try session.write(info(method, by: person, key: key), encode: { value, _ in Array(encode(value).utf8) }, body)
  }

  /// A write without a key, which is therefore never a replay.
  func done<Value: Sendable>(
    _ method: String, by person: Caller? = Person.olga.caller, _ body: (WriteTransaction) throws -> Value
  ) throws -> Value {
    guard case .done(let value) = try write(method, by: person, body) else { throw Unexpected("\(method) was replayed") }
    return value
  }

  func read<Value>(by person: Caller? = Person.olga.caller, _ body: (ReadTransaction) throws -> Value) throws -> Value {
    try session.read(info("read", by: person), body).value
  }

  // MARK: - The catalogue and deliveries

  @discardableResult
  func product(
    _ name: String, price: Int64 = 250, id: Identifier? = nil, isActive: Bool = true, tracksExpiry: Bool = true
  ) throws -> Product {
    let new = NewProduct(
      id: id, name: try Name(parsing: name), sellingPrice: Money(minor: price), reorderLevel: 0, isActive: isActive,
      tracksExpiry: tracksExpiry)
    return try done("products.create") { try Products.create(new, in: $0) }
  }

  @discardableResult
  func change(
    _ id: Identifier, name: String? = nil, price: Int64? = nil, isActive: Bool? = nil, tracksExpiry: Bool? = nil
  ) throws -> Product {
    let change = ProductChange(
      id: id, name: try name.map { try Name(parsing: $0) }, sellingPrice: price.map(Money.init(minor:)), reorderLevel: nil,
      isActive: isActive, tracksExpiry: tracksExpiry)
    return try done("products.update") { try Products.update(change, in: $0) }
  }

  @discardableResult
  func deliver(_ items: [NewStockInItem], id: Identifier? = nil, allowExpired: Bool = false) throws -> StockIn {
    let new = NewStockIn(id: id, items: items, supplierName: nil, note: nil, allowExpired: allowExpired)
    return try done("stockIn.create") { try StockIns.create(new, in: $0) }
  }

  func item(_ product: Identifier, _ qty: Int64, _ expiry: String?, cost: Int64 = 10_000) throws -> NewStockInItem {
    NewStockInItem(
      productID: product, qtyAdded: try Quantity(qty), unitCost: UnitCost(tenThousandths: cost),
      expiryDate: try expiry.map { try Day(parsing: $0) }, batchNo: nil)
  }

  @discardableResult
  func deliver(_ product: Identifier, _ qty: Int64, _ expiry: String?, cost: Int64 = 10_000) throws -> StockIn {
    try deliver([item(product, qty, expiry, cost: cost)], allowExpired: true)
  }

  // MARK: - Selling

  func call(
    _ lines: [(Identifier, Int64)], by person: Person = .sam, id: Identifier? = nil, key: WriteKey? = nil,
    expecting price: Int64? = nil, mayCommit: @escaping @Sendable () -> Bool = { true }
  ) throws -> SaleCall {
    SaleCall(
      info: info("sales.create", by: person.caller, key: key, mayCommit: mayCommit),
      request: SaleRequest(
        id: id,
        items: try lines.map {
          SaleRequestItem(productID: $0.0, qty: try Quantity($0.1), expectedUnitPrice: price.map(Money.init(minor:)))
        }, paymentMethod: "CASH", note: nil))
  }

  /// Makes the sales as one group, and what it leaves over as the next, until every one has its outcome.
  func outcomes(_ calls: [SaleCall]) throws -> [SaleOutcome<Sale>] {
    var outcomes = [SaleOutcome<Sale>](repeating: .notYet, count: calls.count)
    var left = Array(calls.indices)
    while !left.isEmpty {
      let made = try session.sell(left.map { calls[$0] }, at: name)
      #expect(made.count == left.count)
      for (index, outcome) in zip(left, made) { outcomes[index] = outcome }
      let still = left.filter { if case .notYet = outcomes[$0] { true } else { false } }
      guard still.count < left.count else { throw Unexpected("a group made no headway") }
      left = still
    }
    return outcomes
  }

  func outcome(_ call: SaleCall) throws -> SaleOutcome<Sale> {
    guard let outcome = try outcomes([call]).first else { throw Unexpected("no outcome") }
    return outcome
  }

  /// A sale made, or the fault that refused it.
  @discardableResult
  func sell(
    _ lines: [(Identifier, Int64)], by person: Person = .sam, id: Identifier? = nil, key: WriteKey? = nil,
    expecting price: Int64? = nil
  ) throws -> Sale {
    try made(outcome(call(lines, by: person, id: id, key: key, expecting: price)))
  }

  func made(_ outcome: SaleOutcome<Sale>) throws -> Sale {
    switch outcome {
    case .done(.done(let sale), _): return sale
    case .done(.replayed(let stored), _): throw Unexpected("replayed \(stored)")
    case .refused(let fault): throw fault
    case .notYet: throw Unexpected("not yet")
    }
  }

  // MARK: - Looking behind

  /// The first column of each row, read past all grants.
  @discardableResult
  func sql(_ text: String) throws -> [String] {
    let connection = try Connection(database.superuser.with(setting: "search_path", "shelf"))
    defer { connection.close() }
    return try connection.script(text).map { $0.first.flatMap(\.self) ?? "null" }
  }

  func violations() throws -> [String] {
    try read { try Check.run(in: $0) { _, _ in } }.flatMap { check in check.violations.map { "\(check.name): \($0)" } }
  }
}

/// Waits up to five seconds for something that another session brings about.
func eventually(_ condition: () throws -> Bool) rethrows -> Bool {
  let end = ContinuousClock.now + .seconds(5)
  while try !condition() {
    guard ContinuousClock.now < end else { return false }
    usleep(10_000)
  }
  return true
}

struct Unexpected: Error, CustomStringConvertible {
  let description: String
  init(_ description: String) { self.description = description }
}

func key(_ text: String, _ digest: String = "the same call") -> WriteKey {
  WriteKey(client: text, digest: Digest.sha256(digest).bytes)
}

/// The fault that `body` throws; nil if it throws none.
func fault(_ body: () throws -> Void) throws -> Fault? {
  do {
    try body()
    return nil
  } catch let fault as Fault { return fault }
}

/// The stable name of the fault that `body` throws; `ok` if it throws none.
func refusal(_ body: () throws -> Void) throws -> String { try fault(body)?.description.name ?? "ok" }

func identifier(_ number: UInt64) -> Identifier { Identifier(high: 0x0195_0000_0000_7000, low: 1 << 63 | number) }
