// Reports over the wire: who sees what, params that are refused, and pages.
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct ReportTests {
  /// Two products, a sale by the owner and two by staff; the owner is bound.
  private func shop() throws -> (wire: Wire, staff: String) {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let sam = try wire.token(.sam)
    let (tea, soap) = (try wire.stock("Tea", 40, id: 1), try wire.stock("Soap", 3, id: 2))
    for (sale, token) in [(Wire.sale(tea, 2), nil), (Wire.sale(soap, 3), sam), (Wire.sale(tea, 1), sam)] {
      let more = token.map { #","token":"\#($0)"}"# }
      let reply = try wire.call("sales.create", more.map { sale.dropLast() + $0 } ?? sale)
      #expect(reply.outcome == "ok")
    }
    return (wire, sam)
  }

  @Test func figuresOverTheWire() throws {
    let (wire, _) = try shop()
    let range = #""from":"2026-03-10","to":"2026-03-10""#
    let figures = #""salesCount":3,"qty":6,"totalAmount":"15.00","cost":"6.0000","profit":"9.0000""#
    let byDay = try wire.call("reports.sales", #"{\#(range),"groupBy":"day"}"#)
    let takenBack =
      #""returnsCount":0,"returnedQty":0,"refundedAmount":"0.00","voidedCount":0,"voidedAmount":"0.00","voidedReceiptNos":[]"#
    let items = #""items":[{"businessDate":"2026-03-10",\#(figures)}],"nextCursor":null"#
    #expect(byDay["result"] == #"{"totals":{\#(figures)},"takenBack":{\#(takenBack)},\#(items)}"#)
    let byUser = try wire.call("reports.sales", #"{\#(range),"groupBy":"user"}"#)
    #expect(byUser["result.items.1.user.name"] == "Sam Staff" && byUser["result.items.1.profit"] == "6.0000")
    #expect(byUser["result.items.0.productId"] == nil && byUser["result.items.0.businessDate"] == nil)
    let byProduct = try wire.call("reports.sales", #"{\#(range),"groupBy":"product","limit":1}"#)
    #expect(byProduct["result.items.0.productName"] == "Soap" && byProduct["result.items.0.user"] == nil)
    let cursor = byProduct["result.nextCursor"] ?? ""
    let next = try wire.call("reports.sales", #"{\#(range),"groupBy":"product","limit":1,"cursor":"\#(cursor)"}"#)
    #expect(next["result.items.0.productName"] == "Tea" && next["result.nextCursor"] == "null")
    #expect(next["result.totals"] == byDay["result.totals"])
    for other in [
      #"{\#(range),"groupBy":"user","cursor":"\#(cursor)"}"#,
      #"{"from":"2026-03-09","to":"2026-03-10","groupBy":"product","cursor":"\#(cursor)"}"#,
    ] {
      #expect(try wire.call("reports.sales", other).issues == ["cursor"])
    }
    let none = try wire.call("reports.sales", #"{"from":"2026-03-11","to":"2026-04-10","groupBy":"day"}"#)
    #expect(
      none["result.totals.totalAmount"] == "0.00" && none["result.totals.profit"] == "0.0000" && none["result.items"] == "[]")

    let best = try wire.call("reports.topProducts", #"{"by":"revenue"}"#)
    #expect(best["result.items.0.productName"] == "Tea", "equal ones by id")
    let second = try wire.call(
      "reports.topProducts",
      #"{"limit":1,"cursor":"\#(try wire.call("reports.topProducts", #"{"limit":1}"#)["result.nextCursor"] ?? "")"}"#)
    #expect(second["result.items.0.productName"] == "Soap" && second["result.nextCursor"] == "null")
    #expect(try wire.call("reports.lowStock")["result.items.0.totalQty"] == "0")
  }

  @Test func paramsThatAreRefused() throws {
    let (wire, _) = try shop()
    for (method, params, paths) in [
      ("reports.sales", "{}", ["from", "to", "groupBy"]),
      ("reports.sales", #"{"from":"2026-03-11","to":"2026-03-10","groupBy":"day"}"#, ["to"]),
      ("reports.sales", #"{"from":"2026-02-30","to":"2026-03-10","groupBy":"month"}"#, ["from", "groupBy"]),
      ("reports.topProducts", #"{"from":"2026-03-11","to":"2026-03-10"}"#, ["to"]),
      ("reports.topProducts", #"{"by":"name","limit":0}"#, ["by", "limit"]),
      ("reports.topProducts", #"{"cursor":"zzz"}"#, ["cursor"]),
      ("reports.expiring", #"{"days":-1}"#, ["days"]), ("reports.expiring", #"{"days":3651}"#, ["days"]),
      ("reports.expired", #"{"days":3}"#, ["days"]), ("reports.lowStock", #"{"cursor":"AAAAAAAAAAAAAA"}"#, ["cursor"]),
      ("reports.expired", #"{"cursor":"AAAAAAAAAAAAAA"}"#, ["cursor"]), ("dashboard.summary", #"{"limit":1}"#, ["limit"]),
    ] {
      #expect(try wire.call(method, params).issues == paths, "\(method) \(params)")
    }
  }

  @Test func staffSeeTheirOwnSalesAndNoCost() throws {
    let (wire, sam) = try shop()
    let own = try wire.call("dashboard.summary", #"{"token":"\#(sam)"}"#)
    #expect(own["result.salesCount"] == "2" && own["result.totalAmount"] == "10.00")
    #expect(own["result.latestSales.0.soldBy.name"] == "Sam Staff" && own["result.latestSales.2"] == nil)
    #expect(own["result.cost"] == nil && own["result.profit"] == nil && !own.text.contains("unitCost"))
    let whole = try wire.call("dashboard.summary")
    #expect(whole["result.salesCount"] == "3" && whole["result.cost"] == "6.0000" && whole["result.profit"] == "9.0000")
    #expect(whole["result.lowStockCount"] == "1" && own["result.lowStockCount"] == "1", "the counts are the shop's")
    #expect(whole["result.businessDate"] == "2026-03-10")
    let idle = try wire.call("dashboard.summary", #"{"token":"\#(try wire.token(.tess))"}"#)
    #expect(idle["result.salesCount"] == "0" && idle["result.totalAmount"] == "0.00" && idle["result.latestSales"] == "[]")
    for method in ["reports.sales", "reports.topProducts", "reports.lowStock", "reports.expiring", "reports.expired"] {
      #expect(try wire.call(method, #"{"token":"\#(sam)"}"#).outcome == "forbidden", "\(method)")
    }
  }

  /// Amounts have the currency's decimals, costs and profits four.
  @Test func decimalsAreThoseOfTheCurrency() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    _ = try wire.call("store.update", #"{"currency":"JPY"}"#)
    let tea = Wire.id(1)
    _ = try wire.call("products.create", #"{"id":"\#(tea)","name":"Tea","sellingPrice":"3","tracksExpiry":false}"#)
    _ = try wire.call("stockIn.create", #"{"items":[{"productId":"\#(tea)","qtyAdded":9,"unitCost":"3.5001"}]}"#)
    #expect(try wire.call("sales.create", Wire.sale(tea, 2)).outcome == "ok")
    let board = try wire.call("dashboard.summary")
    #expect(board["result.totalAmount"] == "6" && board["result.cost"] == "7.0002" && board["result.profit"] == "-1.0002")
  }
}
