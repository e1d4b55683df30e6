// From the start of a process to its first reply, and to its first sale.

struct Starts {
  /// Nanoseconds.
  var replies: [Int] = []
  var sales: [Int] = []

  private mutating func record(_ binary: String, _ data: String, before: [String]) {
    let start = nanoseconds()
    let shop = Shop.start(binary, data)
    shop.call("system.ping")
    replies.append(nanoseconds() - start)
    var calls = Calls(seed: 11)
    shop.inOneGo(before + [request("sales.create", before.count == 1 ? calls.items() : Self.firstSale, id: 9)])
    sales.append(nanoseconds() - start)
    shop.end()
    awaitStop(of: data)
  }

  private static let firstSale = #"{"items":[{"productId":"\#(productID(1))","qty":1}]}"#

  /// In empty folders below `folder`: a cluster is made, an owner signs in, and the first product is delivered and sold.
  static func cold(_ binary: String, in folder: String, times: Int) -> Starts {
    var starts = Starts()
    for number in 0..<times {
      let data = "\(folder)/cold-\(number)"
      starts.record(
        binary, data,
        before: [
          request("setup.createOwner", Shop.owner, id: 1), request("auth.login", Shop.login, id: 2),
          request("products.create", #"{"id":"\#(productID(1))","name":"Aspirin","sellingPrice":"4.50"}"#, id: 3),
          request(
            "stockIn.create",
            #"{"items":[{"productId":"\#(productID(1))","qtyAdded":10,"unitCost":"2.1","expiryDate":"2040-01-31"}]}"#,
            id: 4),
        ])
      run("/bin/rm", ["-rf", data])
    }
    return starts
  }

  /// On the shop that was measured, its server stopped: it starts, the owner signs in and sells.
  static func warm(_ shop: Shop, times: Int) -> Starts {
    var starts = Starts()
    for _ in 0..<times { starts.record(shop.binary, shop.data, before: [request("auth.login", Shop.login, id: 1)]) }
    return starts
  }
}
