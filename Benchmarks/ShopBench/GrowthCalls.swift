// The reads whose cost is told of each shop: first pages of every list, and reports of spans of days.

struct GrowthCall {
  let label: String
  let method: String
  let params: String

  init(_ label: String, _ method: String, _ params: String = "{}") {
    self.label = label
    self.method = method
    self.params = params
  }

  /// What a shop is asked. A popular product and a rare one are the first and one of the last.
  static func all(of shop: GrownShop) -> [GrowthCall] {
    let popular = productID(1)
    let rare = productID(Fill.products - 8)
    let stella = shop.stellaID
    let newest = shop.sidecar.call("sales.list", #"{"limit":1}"#)
    let receipt = newest.member("receiptNo")
    let lot = newest.member("lotId")
    return [
      GrowthCall("products.list", "products.list"),
      GrowthCall("products.list, a word", "products.list", #"{"query":"milk"}"#),
      GrowthCall("products.get", "products.get", #"{"id":"\#(popular)"}"#),
      GrowthCall("inventory.list", "inventory.list"),
      GrowthCall("inventory.list, with lots", "inventory.list", #"{"withLots":true}"#),
      GrowthCall("inventory.get, popular", "inventory.get", #"{"productId":"\#(popular)"}"#),
      GrowthCall(
        "sales.quote, popular and rare", "sales.quote",
        #"{"items":[{"productId":"\#(popular)","qty":1},{"productId":"\#(rare)","qty":1}]}"#),
      GrowthCall("sales.list, newest", "sales.list"),
      GrowthCall("sales.list, of a month", "sales.list", #"{"from":"2025-03-01","to":"2025-03-31"}"#),
      GrowthCall("sales.list, by a seller", "sales.list", #"{"soldByUserId":"\#(stella)"}"#),
      GrowthCall("sales.list, by a product, popular", "sales.list", #"{"productId":"\#(popular)"}"#),
      GrowthCall("sales.list, by a product, rare", "sales.list", #"{"productId":"\#(rare)"}"#),
      GrowthCall("sales.list, by product and seller", "sales.list", #"{"productId":"\#(rare)","soldByUserId":"\#(stella)"}"#),
      GrowthCall("sales.list, by a lot", "sales.list", #"{"lotId":"\#(lot)"}"#),
      GrowthCall("sales.get", "sales.get", #"{"receiptNo":"\#(receipt)"}"#),
      GrowthCall("sales.returnable", "sales.returnable", #"{"receiptNo":"\#(receipt)"}"#),
      GrowthCall("stockIn.list, newest, 5", "stockIn.list", #"{"limit":5}"#),
      GrowthCall("stockIn.list, by a product, 5", "stockIn.list", #"{"productId":"\#(popular)","limit":5}"#),
      GrowthCall("audit.list, newest", "audit.list"),
      GrowthCall("audit.list, by a user", "audit.list", #"{"userId":"\#(stella)"}"#),
      GrowthCall("audit.list, of deliveries", "audit.list", #"{"recordKind":"stock-in"}"#),
      GrowthCall("audit.list, of an action, rare", "audit.list", #"{"action":"users.create"}"#),
      GrowthCall("audit.list, of a month", "audit.list", #"{"from":"2025-03-01","to":"2025-03-31"}"#),
      GrowthCall("audit.list, of a record", "audit.list", #"{"recordId":"\#(popular)"}"#),
      GrowthCall("stock.card, popular", "stock.card", #"{"productId":"\#(popular)"}"#),
      GrowthCall("stock.card, rare", "stock.card", #"{"productId":"\#(rare)"}"#),
      GrowthCall("stock.card, of a lot", "stock.card", #"{"lotId":"\#(lot)"}"#),
      GrowthCall("stock.documents, 5", "stock.documents", #"{"limit":5}"#),
      GrowthCall("stock.documents, returns, 5", "stock.documents", #"{"kind":"return","limit":5}"#),
      GrowthCall("stock.documents, by a product, 5", "stock.documents", #"{"productId":"\#(popular)","limit":5}"#),
      GrowthCall("stock.asOf, now", "stock.asOf", #"{"date":"\#(shop.today)"}"#),
      GrowthCall("stock.asOf, a day of 2025", "stock.asOf", #"{"date":"2025-06-30"}"#),
      GrowthCall("lots.get", "lots.get", #"{"lotId":"\#(lot)"}"#),
      GrowthCall("lots.trace", "lots.trace", #"{"lotId":"\#(lot)"}"#),
      GrowthCall("recalls.list", "recalls.list"),
      GrowthCall("stockTake.list", "stockTake.list"),
      GrowthCall("changes.since, now", "changes.since"),
      GrowthCall("backup.list", "backup.list"),
      GrowthCall("dashboard.summary", "dashboard.summary"),
      GrowthCall("reports.lowStock", "reports.lowStock"),
      GrowthCall("reports.expiring", "reports.expiring"),
      GrowthCall("reports.expired", "reports.expired"),
      GrowthCall("reports.writeOffs, a month", "reports.writeOffs", #"{"from":"2025-03-01","to":"2025-03-31"}"#),
      GrowthCall("reports.topProducts, a month", "reports.topProducts", #"{"from":"2025-03-01","to":"2025-03-31"}"#),
      GrowthCall("reports.topProducts, a year", "reports.topProducts", #"{"from":"2025-01-01","to":"2025-12-31"}"#),
      GrowthCall("reports.topProducts, five years", "reports.topProducts"),
    ]
      + spans.flatMap { span in
        ["day", "user", "product"].map {
          GrowthCall(
            "reports.sales, \(span.label) by \($0)", "reports.sales",
            #"{"from":"\#(span.from)","to":"\#(span.to)","groupBy":"\#($0)"}"#)
        }
      } + [
        GrowthCall(
          "reports.sales, today by product", "reports.sales",
          #"{"from":"\#(shop.today)","to":"\#(shop.today)","groupBy":"product"}"#)
      ]
  }

  private static let spans = [
    (label: "a day", from: "2025-03-12", to: "2025-03-12"), (label: "a month", from: "2025-03-01", to: "2025-03-31"),
    (label: "the first month", from: "2021-01-01", to: "2021-01-31"), (label: "a year", from: "2025-01-01", to: "2025-12-31"),
    (label: "five years", from: "2021-01-01", to: "2025-12-31"),
  ]
}

extension String {
  /// The text of the first member of that name in a reply.
  func member(_ name: String) -> String {
    guard let start = firstRange(of: "\"\(name)\":\"")?.upperBound else { fail("no \(name) in \(prefix(400))") }
    return String(self[start...].prefix { $0 != "\"" })
  }
}
