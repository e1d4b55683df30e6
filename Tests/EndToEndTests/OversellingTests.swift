// Eight pipes at one lot: it is sold once, to the last unit, and never beyond.
import Testing

@Suite struct OversellingTests {
  private static let tills = 8
  private static let stock = 1_000
  private static let salesPerTill = 200

  @Test(.timeLimit(.minutes(3)))
  func eightTillsSellOneLotToItsLastUnit() throws {
    let shop = try Shop.fresh("overselling")
    let clock = ["--fixed-now", "2026-03-12T09:00:00Z"]
    let first = try shop.open(clock)
    try first.stock(1, qty: Self.stock)
    let others = try (1..<Self.tills).map { _ in try shop.start(clock) }
    for till in others { try till.login() }
    let tills = [first] + others

    let requests = tills.map { till in
      (0..<Self.salesPerTill).map { _ in till.request("sales.create", Params.sale(1)) }
    }
    for (till, requests) in zip(tills, requests) { try till.send(requests.map(\.line).joined(separator: "\n")) }

    var receipts: [String] = []
    var refusals = 0
    for (till, requests) in zip(tills, requests) {
      for request in requests {
        let reply = try till.reply(request.id, within: .seconds(90))
        if let receipt = reply.result?["receiptNo"]?.text {
          receipts.append(receipt)
          #expect(reply.result?["items"]?[0]?["allocations"]?[0]?["qtyTaken"]?.int == 1)
        } else {
          refusals += 1
          let shortage = reply.details?["shortages"]?[0]
          #expect(reply.errorName == "stock-too-low" && reply.errorCode == 409, "\(reply.line)")
          #expect(shortage?["requested"]?.int == 1 && shortage?["available"]?.int == 0, "\(reply.line)")
        }
      }
    }
    #expect(receipts.count == Self.stock)
    #expect(refusals == Self.tills * Self.salesPerTill - Self.stock)
    #expect(receipts.sorted() == (1...Self.stock).map { Params.receipt("20260312", $0) })
    #expect(try first.result("inventory.get", #"{"productId":"\#(Params.id(1))"}"#)["totalQty"]?.int == 0)
    #expect(try first.faultsInBooks() == [])
    for till in tills {
      #expect(try till.finish() == .exited(0))
      #expect(till.received.badLines == [])
    }
    #expect(shop.isStopped())
  }

  @Test(.timeLimit(.minutes(3)))
  func tillsThatSellTheSameProductsInAnyOrderNeverBlockEachOther() throws {
    let shop = try Shop.fresh("any-order")
    let first = try shop.open()
    let products = 12
    for product in 0..<products {
      try first.result("products.create", Params.product(product, name: "Syrup no. \(product)"))
      for _ in 0..<3 {
        try first.result("stockIn.create", #"{"items":[{"productId":"\#(Params.id(product))","qtyAdded":50,"unitCost":"1"}]}"#)
      }
    }
    let tills = try [first] + (1..<4).map { _ in try shop.open() }
    var random = SeededGenerator(seed: 99)
    let requests = tills.map { till in
      (0..<150).map { _ in
        let items = (0..<products).shuffled(using: &random).prefix(6).map { #"{"productId":"\#(Params.id($0))","qty":1}"# }
        return till.request("sales.create", #"{"items":[\#(items.joined(separator: ","))]}"#)
      }
    }
    // One at a time in turn, so that the tills' transactions meet.
    for index in 0..<150 { for (till, requests) in zip(tills, requests) { try till.send(requests[index].line) } }
    var units = 0
    for (till, requests) in zip(tills, requests) {
      for request in requests {
        let reply = try till.reply(request.id, within: .seconds(60))
        #expect(reply.result != nil || reply.errorName == "stock-too-low", "\(reply.line)")
        units += reply.result?["items"]?.items.count ?? 0
      }
    }
    let left = try first.all("inventory.list").reduce(0) { $0 + ($1["totalQty"]?.int ?? 0) }
    #expect(left == products * 150 - units)
    #expect(try first.faultsInBooks() == [])
    for till in tills { #expect(try till.finish() == .exited(0)) }
    #expect(shop.isStopped())
  }
}
