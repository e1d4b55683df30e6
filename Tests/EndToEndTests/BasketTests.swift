// Real baskets through the pipe, sixty-four at a time, against a shop in memory that knows every answer beforehand.
import Glibc
import Testing

@Suite struct BasketTests {
  private static let depth = 64
  private static let seed: UInt64 = 20_260_312

  @Test(.timeLimit(.minutes(5)))
  func everyBasketIsSoldFirstExpiredFirstOut() throws {
    let (source, baskets) = try Self.baskets()
    print("baskets: \(baskets.count) from \(source), seed \(Self.seed)")
    let shop = try Shop.fresh("baskets")
    let sidecar = try shop.open(["--fixed-now", "2026-03-12T09:00:00Z"])
    var replay = Replay(seed: Self.seed)
    try replay.prepare(baskets, sidecar)

    let start = ContinuousClock.now
    var window: [(id: Int, line: String, expected: ModelShop.Outcome)] = []
    func settle(downTo count: Int) throws {
      while window.count > count {
        let (id, line, expected) = window.removeFirst()
        let reply = try sidecar.reply(id)
        #expect(Replay.outcome(reply) == expected, "\(line)\n\(reply.line)")
      }
    }
    for basket in baskets {
      for step in replay.steps(for: basket, sidecar) {
        try sidecar.send(step.line)
        window.append(step)
        try settle(downTo: Self.depth - 1)
      }
    }
    try settle(downTo: 0)
    let model = replay.model
    print(
      "baskets: \(model.sales) sold, \(replay.refusals) refused, \(model.deliveries) deliveries in \(start.duration(to: .now))")
    #expect(model.sales > baskets.count / 2 && replay.refusals > baskets.count / 100, "the replay tries both ways to answer")

    try expectSameStock(sidecar, model)
    let receipts = try sidecar.sales().compactMap { $0["receiptNo"]?.text }
    #expect(receipts == (1...model.sales).reversed().map { Params.receipt(model.today.digits, $0) })
    let deliveries = try sidecar.all("stockIn.list").compactMap { $0["refNo"]?.text }
    #expect(deliveries == (1...model.deliveries).reversed().map { "STK-\(model.today.digits)-\(Params.padded($0, 4))" })
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.badLines == [])
    #expect(shop.isStopped())
  }

  private func expectSameStock(_ sidecar: Sidecar, _ model: ModelShop) throws {
    let listed = try sidecar.all("inventory.list", #""withLots":true"#)
    #expect(listed.count == model.products.count)
    let found = Dictionary(uniqueKeysWithValues: listed.map { ($0["id"]?.text ?? "", $0) })
    for product in model.products {
      let item = try #require(found[Params.id(product.number)])
      #expect(item["name"]?.text == product.name)
      #expect(item["totalQty"]?.int == model.available(product.number), "\(product.name)")
      #expect(item["expiredQty"]?.int == model.expired(product.number), "\(product.name)")
      #expect(item["nearestExpiry"]?.text == model.nearestExpiry(product.number), "\(product.name)")
      let lots = item["lots"]?.items.map { [$0["lotRefNo"]?.text ?? "", String($0["qtyRemaining"]?.int ?? -1)] }
      let expected = (model.lots[product.number] ?? []).filter { $0.remaining > 0 }.map { [$0.refNo, String($0.remaining)] }
      #expect(lots == expected, "\(product.name)")
    }
  }

  /// The baskets named by `SHELFLIFE_BASKETS`, those that lie beside the package, or the bundled sample.
  private static func baskets() throws -> (source: String, baskets: [[String]]) {
    var text: String?
    var source = "the bundled sample"
    if let chosen = getenv("SHELFLIFE_BASKETS").map({ String(cString: $0) }) {
      guard let chosenText = Processes.read(chosen) else { throw Failure("SHELFLIFE_BASKETS: cannot read \(chosen)") }
      (text, source) = (chosenText, chosen)
    } else {
      let package = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
      let beside = "/\(package)/../shared/data/baskets.csv"
      if let found = Processes.read(beside) { (text, source) = (found, beside) }
    }
    let lines = (text ?? String(decoding: PackageResources.baskets_csv, as: UTF8.self)).split(whereSeparator: \.isNewline)
    let baskets = lines.map { line in
      line.split(separator: ",").map { Replay.trimmed($0) }.filter { !$0.isEmpty }
    }.filter { !$0.isEmpty }
    guard !baskets.isEmpty else { throw Failure("no baskets in \(source)") }
    return (source, baskets)
  }
}

/// Turns baskets into requests and the answers that they must get.
private struct Replay {
  private(set) var model = ModelShop(today: TestDay(year: 2026, month: 3, day: 12))
  private(set) var refusals = 0
  private var random: SeededGenerator
  private var numbers: [String: Int] = [:]

  init(seed: UInt64) { random = SeededGenerator(seed: seed) }

  static func trimmed(_ text: Substring) -> String {
    var text = text
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    return String(text)
  }

  /// Makes every product of the baskets and a first delivery of each.
  mutating func prepare(_ baskets: [[String]], _ sidecar: Sidecar) throws {
    for name in Set(baskets.joined()).sorted() {
      let product = ModelShop.Product(
        number: model.products.count, name: name, price: Int.random(in: 0...2_000, using: &random),
        tracksExpiry: Int.random(in: 0..<5, using: &random) > 0)
      numbers[name] = product.number
      model.add(product)
      try sidecar.result(
        "products.create",
        Params.product(product.number, name: name, price: ModelShop.money(product.price), tracksExpiry: product.tracksExpiry))
    }
    for start in stride(from: 0, to: model.products.count, by: 50) {
      let products = Array(model.products[start..<min(start + 50, model.products.count)])
      let delivery = delivery(of: products, sidecar)
      try sidecar.send(delivery.line)
      let reply = try sidecar.reply(delivery.id)
      guard Self.outcome(reply) == delivery.expected else { throw Failure("\(reply.line)") }
    }
  }

  /// The requests for one basket: now and then a delivery of what people buy, then the sale.
  mutating func steps(for basket: [String], _ sidecar: Sidecar) -> [(id: Int, line: String, expected: ModelShop.Outcome)] {
    var steps: [(id: Int, line: String, expected: ModelShop.Outcome)] = []
    var wanted = basket.compactMap { numbers[$0] }
    if Int.random(in: 0..<8, using: &random) == 0 {
      steps.append(delivery(of: Set(wanted).sorted().map { model.products[$0] }, sidecar))
    }
    if Int.random(in: 0..<10, using: &random) == 0 { wanted.append(wanted[0]) }
    let lines = wanted.map { ModelShop.Line(product: $0, qty: Int.random(in: 1...3, using: &random)) }
    let items = lines.map { line in
      let price =
        Bool.random(using: &random) ? #","expectedUnitPrice":"\#(ModelShop.money(model.products[line.product].price))""# : ""
      return #"{"productId":"\#(Params.id(line.product))","qty":\#(line.qty)\#(price)}"#
    }
    let request = sidecar.request("sales.create", #"{"items":[\#(items.joined(separator: ","))]}"#)
    let expected = model.sell(lines)
    if case .short = expected { refusals += 1 }
    steps.append((request.id, request.line, expected))
    return steps
  }

  private mutating func delivery(
    of products: [ModelShop.Product], _ sidecar: Sidecar
  ) -> (id: Int, line: String, expected: ModelShop.Outcome) {
    let lines = products.map { product in
      let expiry = product.tracksExpiry ? model.today.adding(Int.random(in: -4...40, using: &random)) : nil
      return (product: product.number, qty: Int.random(in: 5...40, using: &random), expiry: expiry)
    }
    let items = lines.map { line in
      let expiry = line.expiry.map { #","expiryDate":"\#($0)""# } ?? ""
      return #"{"productId":"\#(Params.id(line.product))","qtyAdded":\#(line.qty),"unitCost":"0.7350"\#(expiry)}"#
    }
    let request = sidecar.request("stockIn.create", #"{"items":[\#(items.joined(separator: ","))],"allowExpired":true}"#)
    return (request.id, request.line, model.deliver(lines))
  }

  /// What a reply says, in the model's words; nil if it says something else.
  static func outcome(_ reply: Reply) -> ModelShop.Outcome? {
    if let refNo = reply.result?["refNo"]?.text { return .delivered(refNo: refNo) }
    if let sale = reply.result, let receipt = sale["receiptNo"]?.text, let total = sale["totalAmount"]?.text {
      let lines = sale["items"]?.items.map { item in
        item["allocations"]?.items.map {
          ModelShop.Taken(lot: $0["lotRefNo"]?.text ?? "", expiry: $0["expiryDate"]?.text, qty: $0["qtyTaken"]?.int ?? -1)
        } ?? []
      }
      return .sold(receipt: receipt, total: total, lines: lines ?? [])
    }
    guard reply.errorName == "stock-too-low", let shortages = reply.details?["shortages"]?.items else { return nil }
    return .short(
      Dictionary(
        shortages.map { shortage in
          let skipped = shortage["skippedLots"]?.items.filter { $0["reason"]?.text == "expired" } ?? []
          return (
            shortage["productId"]?.text ?? "",
            ModelShop.Shortage(
              product: shortage["productName"]?.text ?? "", requested: shortage["requested"]?.int ?? -1,
              available: shortage["available"]?.int ?? -1,
              skipped: Dictionary(skipped.map { ($0["lotRefNo"]?.text ?? "", $0["qty"]?.int ?? -1) }) { $1 })
          )
        }
      ) { $1 })
  }
}
