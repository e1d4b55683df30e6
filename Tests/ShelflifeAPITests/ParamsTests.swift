// What params may hold: unknown members at every depth, every issue at once, and what staff get to see.
import JSONRPC
import TestSupport
import Testing

@testable import Shelflife
@testable import ShelflifeAPI

@Suite struct ParamsTests {
  @Test func unknownMembersAreNamedAtEveryDepth() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let id = Wire.id(1)
    for (method, params, path) in [
      ("system.ping", #"{"nope":1}"#, "nope"),
      ("system.hello", #"{"client":{"name":"x","version":"1","nope":1}}"#, "client.nope"),
      ("sales.create", #"{"items":[{"productId":"\#(id)","qty":1,"nope":1}]}"#, "items[0].nope"),
      ("sales.quote", #"{"items":[{"productId":"\#(id)","qty":1},{"productId":"\#(id)","qty":1,"Qty":1}]}"#, "items[1].Qty"),
      (
        "stockIn.create", #"{"items":[{"productId":"\#(id)","qtyAdded":1,"unitCost":1,"expirydate":"2027-01-01"}]}"#,
        "items[0].expirydate"
      ),
      ("products.list", #"{"Limit":1}"#, "Limit"), ("sales.get", #"{"receiptNo":"RCPT-20260310-0001","no":1}"#, "no"),
      ("products.list", #"{"idempotencyKey":"k"}"#, "idempotencyKey"),
      ("auth.login", #"{"username":"x","password":"y","bound":true}"#, "bound"),
    ] {
      let reply = try wire.call(method, params)
      #expect(reply.outcome == "validation-error" && reply["error.code"] == "-32602" && reply.issues == [path], "\(reply.text)")
    }
  }

  /// The database keeps no empty reason: it is refused at the door, whoever asks for one.
  @Test func aReasonIsNeverEmpty() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let id = Wire.id(1)
    for (method, params) in [
      ("sales.return", #""saleId":"\#(id)","disposition":"restock""#), ("sales.void", #""saleId":"\#(id)""#),
      ("stock.returnToSupplier", #""items":[{"lotId":"\#(id)"}]"#), ("stockIn.cancel", #""id":"\#(id)""#),
      ("lots.setStatus", #""lotId":"\#(id)","status":"ok""#), ("lots.correct", #""lotId":"\#(id)""#),
      ("recalls.start", #""batchNo":"B""#), ("recalls.end", #""recallId":"\#(id)""#),
      ("stockTake.apply", #""stockTakeId":"\#(id)""#), ("stockTake.cancel", #""stockTakeId":"\#(id)""#),
    ] {
      let reply = try wire.call(method, "{\(params),\"reason\":\"  \"}")
      #expect(reply.outcome == "validation-error" && reply.issues == ["reason"], "\(method): \(reply.text)")
    }
  }

  @Test func everyIssueIsToldAtOnce() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    let sale = try wire.call(
      "sales.create",
      #"""
      {"items":[{"productId":"x","qty":0,"expectedUnitPrice":"1.234"},{"qty":"2","nope":1},7],"paymentMethod":"","note":5,"foo":1,"timeoutMs":0,"idempotencyKey":""}
      """#.replacing("\n", with: ""))
    #expect(
      Set(sale.issues) == [
        "items[0].productId", "items[0].qty", "items[0].expectedUnitPrice", "items[1].productId", "items[1].qty", "items[1].nope",
        "items[2]", "paymentMethod", "note", "foo", "timeoutMs", "idempotencyKey",
      ], "\(sale.text)")
    #expect(sale.issues.count == 12)
    let product = try wire.call(
      "products.create", #"{"name":" ","sellingPrice":-1,"reorderLevel":1000001,"isActive":"yes","tracksExpiry":0,"id":"1"}"#)
    #expect(Set(product.issues) == ["name", "sellingPrice", "reorderLevel", "isActive", "tracksExpiry", "id"])
    #expect(try Set(wire.call("products.create").issues) == ["name", "sellingPrice"])
    #expect(try wire.call("sales.create", #"{"items":[]}"#).issues == ["items"])
    let many = Array(repeating: #"{"productId":"\#(Wire.id(1))","qty":1}"#, count: 501).joined(separator: ",")
    #expect(try wire.call("sales.create", #"{"items":[\#(many)]}"#).issues == ["items"])
    #expect(
      try wire.call("users.create", #"{"name":"x","username":"a b","password":"short"}"#).issues.sorted() == [
        "password", "username",
      ])
  }

  @Test func moneyIsExact() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    for (number, (written, read)) in [
      (#""12.50""#, "12.50"), ("12.5", "12.50"), ("12", "12.00"), (#""0""#, "0.00"), ("99999999.99", "99999999.99"), ("1e2", nil),
      (#""1e2""#, nil), ("12.505", nil), ("12.500", nil), (#""012.50""#, nil), ("100000000", nil), ("-0.01", nil), ("-0", nil),
      (#""+1""#, nil), (#""1,5""#, nil), ("null", nil), ("true", nil), (#"" 1""#, nil), (#""""#, nil), (#""1.""#, nil),
      (#"".5""#, nil),
      ("0.1e1", nil),
    ].enumerated() {
      let reply = try wire.call("products.create", #"{"name":"p\#(number)","sellingPrice":\#(written)}"#)
      #expect(reply["result.sellingPrice"] == read, "\(written): \(reply.text)")
      if read == nil { #expect(reply.issues == ["sellingPrice"], "\(written): \(reply.text)") }
    }
  }

  @Test func lists() throws {
    let wire = try Wire()
    _ = try wire.token(.olga, bind: true)
    for (number, name) in ["Apple", "Banana", "Cherry"].enumerated() { _ = try wire.stock(name, 5, id: number + 1) }
    let first = try wire.call("products.list", #"{"limit":2}"#)
    let cursor = try #require(first["result.nextCursor"])
    #expect(first["result.items.1.name"] == "Banana" && first["result.items.2.name"] == nil)
    let second = try wire.call("products.list", #"{"limit":2,"cursor":"\#(cursor)"}"#)
    #expect(second["result.items.0.name"] == "Cherry" && second["result.nextCursor"] == "null")
    for (method, params, path) in [
      ("products.list", #"{"cursor":"\#(cursor)","includeInactive":true}"#, "cursor"),
      ("products.list", #"{"cursor":"\#(cursor)","query":"a"}"#, "cursor"),
      ("inventory.list", #"{"cursor":"\#(cursor)"}"#, "cursor"),
      ("users.list", #"{"cursor":"\#(cursor)"}"#, "cursor"), ("products.list", #"{"cursor":"nonsense"}"#, "cursor"),
      ("products.list", #"{"limit":0}"#, "limit"), ("products.list", #"{"limit":501}"#, "limit"),
      ("sales.list", #"{"from":"2026-03-02","to":"2026-03-01"}"#, "to"), ("sales.list", #"{"from":"2026-02-30"}"#, "from"),
      ("stockIn.list", #"{"from":"2026-03-02","to":"2026-03-01"}"#, "to"),
    ] {
      #expect(try wire.call(method, params).issues == [path], "\(method) \(params)")
    }
    let stockIns = try #require(wire.call("stockIn.list", #"{"limit":1}"#)["result.nextCursor"])
    #expect(try wire.call("sales.list", #"{"cursor":"\#(stockIns)"}"#).issues == ["cursor"], "a cursor is one list's own")
  }

  @Test func staffNeverSeeACost() throws {
    let wire = try Wire()
    let sam = try wire.token(.sam)
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    func both(_ method: String, _ params: String) throws -> (owner: String, staff: String) {
      let staff = try wire.call(method, #"{"token":"\#(sam)","# + params.dropFirst())
      return (try wire.call(method, params).text, staff.text)
    }
    let key = #","idempotencyKey":"k""#
    let sale = try wire.call("sales.create", #"{"token":"\#(sam)","# + Wire.sale(soap, 2, key).dropFirst())
    let again = try wire.call("sales.create", #"{"token":"\#(sam)","# + Wire.sale(soap, 2, key).dropFirst())
    #expect(sale["result.receiptNo"] == "RCPT-20260310-0001" && sale["result"] == again["result"])
    #expect(!sale.text.contains("unitCost"))
    let id = try #require(sale["result.id"])
    for (method, params) in [
      ("sales.quote", Wire.sale(soap)), ("inventory.get", #"{"productId":"\#(soap)"}"#),
      ("inventory.list", #"{"withLots":true}"#),
      ("sales.get", #"{"id":"\#(id)"}"#), ("sales.list", #"{"limit":9}"#),
    ] {
      let (owner, staff) = try both(method, params)
      #expect(owner.contains(#""unitCost":"1.0000""#), "\(method): \(owner)")
      #expect(staff.contains(#""result""#) && !staff.contains("unitCost"), "\(method): \(staff)")
    }
  }

  @Test func keysOverTheWire() throws {
    let wire = try Wire(.empty())
    let owner = #"{"name":"Olga","username":"olga","password":"kingfisher!","idempotencyKey":"setup"}"#
    let first = try wire.call("setup.createOwner", owner)
    #expect(first["result.recoveryCode"].map { $0.count >= 16 } == true)
    let again = try wire.call("setup.createOwner", owner.replacing("kingfisher!", with: "another-one"))
    #expect(again["result.recoveryCode"] == "null" && again["result.id"] == first["result.id"], "\(again.text)")
    #expect(try wire.call("setup.createOwner", owner.replacing("Olga", with: "Eve")).outcome == "idempotency-key-reused")
    _ = try wire.token(.olga, bind: true)
    let soap = try wire.stock("Soap", 9, id: 1)
    let key = #","idempotencyKey":"k""#
    let sale = try wire.call("sales.create", Wire.sale(soap, 2, key))
    #expect(sale.outcome == "ok")
    let spelled = try wire.call(
      "sales.create",
      #"{"idempotencyKey":"k","timeoutMs":9000,"paymentMethod":"CASH","items":[{"qty":2,"productId":"\#(soap.uppercased())"}]}"#
    )
    #expect(spelled["result"] == sale["result"], "the same call, spelled otherwise: \(spelled.text)")
    #expect(try wire.call("sales.create", Wire.sale(soap, 3, key)).outcome == "idempotency-key-reused")
    #expect(try wire.call("products.create", #"{"name":"x","sellingPrice":1\#(key)}"#).outcome == "idempotency-key-reused")
    let stolen = try wire.call("products.create", #"{"name":"Tea","sellingPrice":1,"idempotencyKey":"p"}"#)
    #expect(
      try wire.call("products.create", #"{"name":"Tea","sellingPrice":"1.00","idempotencyKey":"p"}"#)["result"]
        == stolen["result"])
    #expect(try wire.call("sales.create", Wire.sale(soap, 1, #","idempotencyKey":"p""#)).outcome == "idempotency-key-reused")
    #expect(try wire.call("system.check")["result.ok"] == "true")
    #expect(!wire.logged.contains { $0.contains("kingfisher") || $0.contains("another-one") })
  }
}
