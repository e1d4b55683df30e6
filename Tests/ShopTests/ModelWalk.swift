// A random shop day after day, beside its model: how a step is taken and held against the model, and what is sold and delivered.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

struct Walk {
  private(set) var till: Till
  let watch: Connection
  /// The server's process behind it.
  private let watcher: String
  var model: PlainShop
  var dice: Seeded
  var operations = 0
  var last = "the beginning"
  /// What came of what: `return sale-voided`, `void done`.
  var seen: Set<String> = []
  var hasFailed = false
  var proposals: [(confirmation: String, told: String)] = []
  var names: [Identifier: String] { model.articles.mapValues(\.name) }

  private(set) var ids: [Identifier] = []
  /// In the order in which they were made.
  private(set) var receipts: [Identifier] = []
  private var nextID: UInt64 = 1
  private var calls: [SaleCall] = []
  private let productNames = (1...20).map { "Product \($0)" }

  init(_ test: String = #function) throws {
    dice = Seeded(test)
    let till = try Till()
    let limit = StoreChange(
      name: nil, address: nil, phone: nil, currency: nil, timeZone: nil, receiptFooter: nil, sessionMaxAgeHours: nil,
      sessionIdleMinutes: nil, backupFolder: .kept, backupKeepDaily: nil, backupKeepMonthly: nil,
      staffReturnLimit: Money(minor: 1_000_000_000))
    _ = try till.done("store.update") { try Stores.update(limit, in: $0) }
    self.till = till
    model = PlainShop(at: till.now)
    watch = try Connection(till.database.superuser.with(setting: "search_path", "shelf"))
    watcher = try watch.script("select pg_backend_pid()")[0][0] ?? ""
  }

  /// The lots that hold something.
  func shelf() throws -> String {
    try watch.script(
      "select string_agg(ref_no || ':' || qty_remaining || ':' || status, ' ' order by ref_no collate \"C\") from lot where is_open"
    )[0][0] ?? ""
  }

  mutating func newID() -> Identifier {
    nextID += 1
    return identifier(nextID)
  }

  mutating func step() throws {
    try pass(seconds: dice.percent(4) ? dice.int(0...200_000) : dice.int(0...900))
    operations += 1
    switch dice.int(1...100) {
    case _ where ids.count < 3, 1: try createProduct()
    case 2...5: try changeProduct()
    case 6...17: try deliver(lines: dice.int(1...4))
    case 18...20: try quote()
    case 21...22:
      let size = dice.percent(5) ? 64 : dice.int(2...16)
      operations += size - 1
      try sell(try (0..<size).map { _ in try sale() })
    case 23...33: try takeBack()
    case 34...39: try void()
    case 40...45: try remove()
    case 46...47: try writeOffExpired()
    case 48...53: try correct()
    case 54...56: try setStatus()
    case 57...58: try recall()
    case 59: try endRecall()
    case 60...62: try cancelDelivery()
    case 63...75: try stockTake()
    case 76: try restart()
    case 77...78: try readBack()
    default: try sell([try sale()])
    }
  }

  mutating func pass(seconds: Int) throws {
    till.pass(seconds: Int64(seconds))
    model.turn(to: till.now)
  }

  // MARK: - Holding the shop against the model

  /// - Parameters:
  ///   - kind: what was done.
  ///   - answer: the shop's.
  ///   - expected: the model's.
  mutating func hold(_ kind: String, _ answer: String, _ expected: String) {
    let isFault = answer.first?.isLowercase == true
    seen.insert("\(kind) \(isFault ? String(answer.prefix { $0 != ":" && $0 != " " }) : "done")")
    if answer != expected {
      hasFailed = true
      Issue.record("\(kind), \(last):\n\(answer)\ninstead of\n\(expected)")
    }
  }

  /// A write, or the words of the fault that refused it. Now and then the server breaks the connection off just before the commit: then
  /// nothing has happened, and a new session does it anew.
  mutating func write<Value: Sendable>(
    _ method: String, by person: Person = .olga, told: (Value) -> String, _ body: (WriteTransaction) throws -> Value
  ) throws -> (words: String, value: Value?) {
    if dice.percent(1) {
      do {
        _ = try till.done(method, by: person.caller) { transaction in
          let value = try body(transaction)
          try Self.hangUp(till.database, sparing: watcher)
          return value
        }
        throw Unexpected("\(method) was committed by a session that is gone")
      } catch is PostgresError {
        seen.insert("broken off")
        try open()
      } catch is Fault {}
    }
    do {
      let value = try till.done(method, by: person.caller, body)
      return (told(value), value)
    } catch let fault as Fault {
      return (words(of: fault), nil)
    } catch let error as PostgresError {
      throw Unexpected("\(method), \(last): \(error.logText)")
    }
  }

  /// A document in the model's words; the lots that it made are learnt.
  mutating func learn(_ document: StockDocument?) {
    for line in document?.lines ?? [] where model.references[line.lotID] == nil { model.learn(line.lotID, is: line.lotRefNo) }
  }

  func words(of fault: Fault) -> String {
    let name = fault.description.name
    switch fault {
    case .productNotFound, .lotNotFound, .validation, .expiryInPast: return name
    case .productInactive(let ids): return "\(name): " + ids.map(model.name).sorted().joined(separator: "; ")
    case .lotTooLow(let lots):
      return "\(name): " + lots.map { "\($0.lotRefNo) \($0.requested) of \($0.available)" }.joined(separator: "; ")
    case .returnExceedsSale(let lines):
      return "\(name): " + lines.map { "\($0.line) \($0.requested) of \($0.returnable)" }.joined(separator: "; ")
    case .stockInUsed(let ids): return "\(name): " + ids.map { model.references[$0] ?? "?" }.joined(separator: ", ")
    case .recountNeeded(let lots):
      return "\(name): " + lots.map { "\($0.lotRefNo ?? "found") \($0.counted) of \($0.expected)" }.joined(separator: "; ")
    default: return fault.told(names)
    }
  }

  // MARK: - Sessions

  /// The server ends every session of the shop but one and its own, and answers once they are gone.
  static func hangUp(_ database: ShopDatabase, sparing watcher: String) throws {
    let connection = try Connection(database.superuser)
    defer { connection.close() }
    try connection.script(
      """
      select pg_terminate_backend(pid, 10000) from pg_stat_activity
      where datname = current_database() and pid not in (pg_backend_pid(), \(watcher))
      """)
  }

  private mutating func open() throws {
    till.session.close()
    let now = till.now
    till = try Till(till.database)
    till.now = now
  }

  private mutating func restart() throws {
    last = "restart"
    try open()
    seen.insert("restart")
  }

  // MARK: - The catalogue and deliveries

  private mutating func createProduct() throws {
    let id = newID()
    let article = PlainShop.Article(
      name: dice.pick(productNames), price: Int64(dice.int(0...2_000)), isActive: true, tracksExpiry: dice.percent(70))
    last = "create \(article)"
    let isTaken = model.articles.values.contains { $0.name == article.name }
    let answer = try refusal {
      try till.product(article.name, price: article.price, id: id, tracksExpiry: article.tracksExpiry)
    }
    hold("create", answer, isTaken ? "product-name-taken" : "ok")
    if isTaken { return }
    model.articles[id] = article
    ids.append(id)
  }

  private mutating func changeProduct() throws {
    let id = dice.pick(ids)
    guard var article = model.articles[id] else { return }
    if dice.percent(60) { article.price = Int64(dice.int(0...2_000)) }
    if dice.percent(20) { article.name = dice.pick(productNames) }
    if dice.percent(30) { article.isActive = dice.percent(90) }
    if dice.percent(10) { article.tracksExpiry.toggle() }
    last = "change \(article)"
    let isTaken = model.articles.contains { $0.key != id && $0.value.name == article.name }
    let answer = try refusal {
      try till.change(
        id, name: article.name, price: article.price, isActive: article.isActive, tracksExpiry: article.tracksExpiry)
    }
    hold("change", answer, isTaken ? "product-name-taken" : "ok")
    if !isTaken { model.articles[id] = article }
  }

  mutating func batch() -> String? { dice.percent(40) ? nil : dice.pick(["A-1", "a-1", "B-2", "b-2", "C-3", "D-4", "E-5"]) }

  mutating func deliver(lines: Int) throws {
    let items = try (0..<lines).map { _ in
      let id = dice.percent(1) ? newID() : dice.pick(ids)
      let dated = model.articles[id]?.tracksExpiry != dice.percent(2)
      let expiry = till.now.day.adding(days: dice.percent(5) ? -dice.int(1...9) : dice.int(0...40))
      return NewStockInItem(
        productID: id, qtyAdded: try Quantity(Int64(dice.int(1...30))),
        unitCost: UnitCost(tenThousandths: Int64(dice.int(0...90_000))),
        expiryDate: dated ? expiry : nil, batchNo: batch())
    }
    let new = NewStockIn(id: nil, items: items, supplierName: nil, note: nil, allowExpired: dice.percent(50))
    last = "deliver \(items)"
    let expected = model.deliver(items, allowExpired: new.allowExpired)
    let made = try write("stockIn.create", told: \.number.text) { try StockIns.create(new, in: $0) }
    hold("deliver", made.words, expected)
    for (index, item) in (made.value?.items ?? []).enumerated() {
      model.learn(item.lotID, is: "\(made.words)-\(index + 1)")
    }
  }

  // MARK: - Sales

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
    let expected = calls.map { call in
      model.turn(to: call.info.now)
      return model.sell(call)
    }
    let outcomes = try outcomes(calls)
    for (index, outcome) in outcomes.enumerated() {
      hold("sell", outcome.told(names), expected[index])
      if case .done(.done(let sale), _) = outcome {
        #expect(sale.number.day == calls[index].info.now.day && sale.id == calls[index].request.id)
        receipts.append(sale.id)
      }
    }
  }

  /// Now and then the server breaks the connection off while the first sale is being made: then none has happened.
  private mutating func outcomes(_ calls: [SaleCall]) throws -> [SaleOutcome<Sale>] {
    var doomed = calls
    if dice.percent(2) {
      let (database, watcher) = (till.database, watcher)
      let info = calls[0].info
      doomed[0].info = CallInfo(
        method: info.method, now: info.now, caller: info.caller, key: info.key, moneyScale: info.moneyScale,
        mayCommit: {
          do { try Self.hangUp(database, sparing: watcher) } catch { Issue.record("\(error)") }
          return true
        })
    }
    do { return try till.outcomes(doomed) } catch is PostgresError {
      seen.insert("sale broken off")
      try open()
      return try till.outcomes(calls)
    }
  }

  private mutating func quote() throws {
    let request = try sale().request
    try pass(seconds: 0)
    last = "quote \(request)"
    let answer: String
    do { answer = try till.read { try Sales.quote(request, in: $0) }.told } catch let fault as Fault {
      answer = fault.told(names)
    }
    hold("quote", answer, model.quote(request))
  }
}
