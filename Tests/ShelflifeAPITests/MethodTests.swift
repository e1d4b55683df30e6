// Methods: the common members, reading params, and the documents made from declarations.
import JSONRPC
import Shelflife
import Testing

@testable import ShelflifeAPI

extension FaultDescription {
  static let productNotFound = FaultDescription(
    code: 404, dataCode: "product-not-found", meaning: "A product does not exist.", retryable: false,
    whatTheTillShouldDo: "Look the product up again.")
  static let productInactive = FaultDescription(
    code: 409, dataCode: "product-inactive", meaning: "A product is switched off.", retryable: false,
    whatTheTillShouldDo: "Take it off the receipt | ask the owner.")
  static let stockTooLow = FaultDescription(
    code: 409, dataCode: "stock-too-low", meaning: "Not enough is in stock.", retryable: true,
    whatTheTillShouldDo: "Show what is missing.", details: Schema(.array(Schema(.named("Shortage", .text())), 0...Int.max)))
}

enum Methods {
  static let create = Method(
    "sales.create", "Sells.", description: "All or nothing.", access: .signedIn, lane: .write, group: WriteGroup(1),
    params: Shape<SaleInput>.saleInput, result: Shape<Sale>.sale, faults: [.productNotFound, .productInactive, .stockTooLow])
  static let open = Method(
    "accounts.open", "Opens an account.", access: .everyone, lane: .hashingWrite, params: Shape<Account>.account,
    result: Shape<Created>.created)
  static let list = Method(
    "sales.list", "Lists sales.", access: .owner, lane: .read, params: Shape<Nothing>.nothing,
    result: Shape<Page<Sale>>.page(of: .sale))

  static let all = [create.declaration.with([threeLines]), open.declaration, list.declaration]
  private static let threeLines = MethodDeclaration.Example(
    name: "three lines", params: Shape<SaleInput>.saleInput.json(Example.saleInput, moneyScale: 2),
    result: Shape<Sale>.sale.json(Example.sale, moneyScale: 2))
  static let document = OpenRPC(title: "Shop", version: "1.0.0", description: "A shop.", methods: all)
}

@Suite struct MethodTests {
  private func object(_ text: String) throws -> JSONObject {
    guard case .object(let object) = try json(text) else { throw Refusal("test", "no object") }
    return object
  }

  private func problems(_ text: String) throws -> [String] {
    let params = try object(text)
    do throws(ShapeFault) {
      _ = try Methods.create.read(params, Methods.create.common(params), moneyScale: 2)
      return []
    } catch {
      return error.issues.map { "\($0.path) \($0.code)" }
    }
  }

  @Test func commonMembersRideBesideTheMethodsOwn() throws {
    let params = try object(
      #"{"token":"t","items":[{"productId":"01931b1e-7c00-7000-8000-000000000001","qty":1}],"timeoutMs":5,"progressToken":7,"idempotencyKey":"k","note":null}"#
    )
    let common = Methods.create.common(params)
    #expect(common.token == "t" && common.timeoutMs == 5 && common.progressToken == .integer("7") && common.idempotencyKey == "k")
    let input = try Methods.create.read(params, common, moneyScale: 2)
    #expect(input.items.count == 1 && input.paymentMethod == "CASH" && input.note == nil)
  }

  @Test(arguments: [
    (#""timeoutMs":0"#, "timeoutMs out-of-range"), (#""timeoutMs":600001"#, "timeoutMs out-of-range"),
    (#""timeoutMs":1.5"#, "timeoutMs not-an-integer"), (#""token":7"#, "token wrong-type"),
    (#""progressToken":true"#, "progressToken wrong-type"),
    (#""progressToken":1.0"#, "progressToken not-an-integer"), (#""idempotencyKey":"""#, "idempotencyKey too-short"),
    (#""idempotencyKey":"a\u0000""#, "idempotencyKey control-character"),
    ("\"idempotencyKey\":\"\(String(repeating: "x", count: 129))\"", "idempotencyKey too-long"),
    ("\"idempotency\u{212A}ey\":\"x\"", "idempotency\u{212A}ey unknown-member"),
  ])
  func commonMembersAreCheckedWithTheRest(member: String, issue: String) throws {
    let item = #"{"productId":"01931b1e-7c00-7000-8000-000000000001","qty":1}"#
    #expect(try problems("{\"items\":[\(item)],\(member)}") == [issue])
    #expect(Set(try problems("{\"items\":[],\(member)}")) == [issue, "items too-few-items"])
  }

  @Test func onlyWritesTakeAKeyAndOnlyParamsTakeCommonMembers() throws {
    let params = try object(#"{"idempotencyKey":"k","token":"t"}"#)
    #expect(
      throws: ShapeFault(issues: [
        ValidationIssue(path: "idempotencyKey", code: "unknown-member", message: "There is no such member.")
      ]
      )
    ) {
      try Methods.list.read(params, Methods.list.common(params), moneyScale: 2)
    }
    #expect(
      try problems(#"{"items":[{"productId":"01931b1e-7c00-7000-8000-000000000001","qty":1,"token":"t"}]}"#) == [
        "items[0].token unknown-member"
      ])
  }

  @Test func nullCommonMembersAreAbsent() throws {
    let common = Methods.create.common(try object(#"{"token":null,"timeoutMs":null,"progressToken":null,"idempotencyKey":null}"#))
    #expect(common.token == nil && !common.hasUnreadableToken && common.issues.isEmpty)
    #expect(Methods.create.common(try object(#"{"token":["t"]}"#)).hasUnreadableToken)
  }

  @Test func theSameCallHasTheSameCanonicalForm() throws {
    func canonical(_ text: String) throws -> String {
      let params = try object(text)
      let input = try Methods.open.read(params, Methods.open.common(params), moneyScale: 2)
      return String(decoding: Methods.open.canonical(input, moneyScale: 2), as: UTF8.self)
    }
    let first = try canonical(#"{"name":"Ada","password":"12345678","token":"a","idempotencyKey":"k"}"#)
    #expect(first == #"{"name":"Ada","limit":50}"#)
    #expect(try canonical(#"{"idempotencyKey":"k","limit":50,"password":"87654321","name":"Ada","note":null}"#) == first)
    #expect(try canonical(#"{"name":"Bob","password":"12345678"}"#) != first)
  }

  @Test func aFaultsDetails() {
    let error = RPCError.validation([ValidationIssue(path: "a.b", code: "required", message: "m")])
    #expect(error.details == Array(#"{"issues":[{"path":"a.b","code":"required","message":"m"}]}"#.utf8))
  }
}
