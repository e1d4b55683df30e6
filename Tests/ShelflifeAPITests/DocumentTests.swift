// Documents: schemas, OpenRPC, TypeScript and pages, from the declarations of the tests' small shop.
import JSONRPC
import ShelflifeAPI
import Testing

@Suite struct DocumentTests {
  private func text(_ json: JSON) -> String {
    var writer = JSONWriter()
    writer.value(json)
    return String(decoding: writer.bytes, as: UTF8.self)
  }

  @Test func schemasOfParams() {
    #expect(
      text(Shape<Account>.account.schema.json(.params)) == #"{"type":"object","properties":{"#
        + #""name":{"type":"string","minLength":1,"maxLength":5,"description":"The name."},"#
        + #""limit":{"type":["integer","null"],"minimum":1,"maximum":500,"description":"How many.","default":50},"#
        + #""note":{"type":["string","null"],"minLength":1,"maxLength":5,"description":"A note."},"#
        + #""password":{"type":"string","minLength":8,"maxLength":72,"description":"The password.","writeOnly":true}},"#
        + #""required":["name","password"],"additionalProperties":false}"#)
  }

  @Test func schemasOfResults() {
    #expect(
      text(Shape<Created>.created.schema.json(.result)) == #"{"type":"object","properties":{"#
        + #""name":{"type":"string","description":"The name."},"cost":{"type":"integer","description":"For the owner only."},"#
        + #""recoveryCode":{"type":["string","null"],"description":"Shown once."}},"#
        + #""required":["name","recoveryCode"],"additionalProperties":false}"#)
  }

  @Test func aDefaultIsForParamsAndAlwaysThereInResults() throws {
    guard case .object(let schema) = Shape<SaleInput>.saleInput.schema.json(.result) else { throw Refusal("test", "no object") }
    #expect(schema["required"] == ["items", "paymentMethod"])
    #expect(text(.object(schema)).contains("default") == false)
  }

  @Test func schemasOfValues() {
    #expect(text(Shape<Role>.role.schema.json(.params)) == #"{"type":"string","enum":["OWNER","STAFF"]}"#)
    #expect(text(Shape<Role>.role.nullable.schema.json(.params)) == #"{"type":["string","null"],"enum":["OWNER","STAFF",null]}"#)
    #expect(text(Shape<Price>.price.schema.json(.params)) == ##"{"$ref":"#/components/schemas/MoneyInput"}"##)
    #expect(text(Shape<Price>.price.schema.json(.result)) == ##"{"$ref":"#/components/schemas/Money"}"##)
    #expect(
      text(Shape<Price>.price.nullable.schema.json(.result))
        == ##"{"anyOf":[{"$ref":"#/components/schemas/Money"},{"type":"null"}]}"##)
    #expect(
      text(Shape<[Int]>.array(of: .integer, count: 1...500).examples([1]).schema.json(.params))
        == #"{"type":"array","items":{"type":"integer"},"minItems":1,"maxItems":500,"examples":[[1]]}"#)
    #expect(text(Shape<JSON>.anything.described("Any.").schema.json(.result)) == #"{"description":"Any."}"#)
  }

  @Test func openRPCIsTheSameEachTimeAndWhole() throws {
    let document = Methods.document
    #expect(document.problems == [])
    #expect(document.bytes == OpenRPC(title: "Shop", version: "1.0.0", description: "A shop.", methods: Methods.all).bytes)
    #expect(try JSONReader.read(document.bytes) == document.document)
    #expect(!document.bytes.contains(UInt8(ascii: "\n")))
  }

  @Test func everyReferenceOfOpenRPCResolves() throws {
    let document = Methods.document.document
    var references: [String] = []
    func visit(_ json: JSON) {
      switch json {
      case .object(let object):
        if case .string(let reference) = object["$ref"] { references.append(reference) }
        for member in object.members { visit(member.value) }
      case .array(let items): items.forEach(visit)
      default: break
      }
    }
    visit(document)
    #expect(
      Set(references).isSuperset(of: [
        "#/components/schemas/Sale", "#/components/schemas/Money", "#/components/schemas/MoneyInput",
        "#/components/schemas/Shortage",
        "#/components/contentDescriptors/idempotencyKey",
      ]))
    for reference in references {
      var place: JSON? = document
      for step in reference.split(separator: "/").dropFirst() {
        if case .object(let object) = place { place = object[String(step)] } else { place = nil }
      }
      #expect(place != nil, "\(reference) leads nowhere")
    }
  }

  @Test func methodsOfOpenRPC() throws {
    guard case .object(let document) = Methods.document.document, case .array(let methods) = document["methods"],
      case .object(let create) = methods[0], case .array(let params) = create["params"],
      case .array(let errors) = create["errors"]
    else { throw Refusal("test", "not an OpenRPC document") }
    #expect(document["openrpc"] == "1.4.1")
    let order = params.map { param -> String in
      guard case .object(let object) = param, case .string(let name) = object["name"] ?? object["$ref"] else { return "?" }
      return name
    }
    #expect(
      order == [
        "items", "paymentMethod", "note", "#/components/contentDescriptors/token", "#/components/contentDescriptors/timeoutMs",
        "#/components/contentDescriptors/progressToken", "#/components/contentDescriptors/idempotencyKey",
      ])
    #expect(create["x-role"] == "signed-in")
    #expect(create["x-lane"] == "write")
    #expect(create["x-faults"] == ["product-not-found", "product-inactive", "stock-too-low"])
    #expect(errors.count == 2, "one entry for each code")
  }

  @Test func twoShapesOfOneNameAreAProblem() {
    let other = Method(
      "sales.other", "Another.", access: .owner, lane: .read, params: Shape<Nothing>.nothing,
      result: Shape<Plain>.plain.named("Sale"))
    let document = OpenRPC(
      title: "", version: "", description: "", methods: Methods.all + [other.declaration, Methods.list.declaration])
    #expect(document.problems == ["two methods are named sales.list", "two different shapes are named Sale"])
    let leak = Method("a.b", "", access: .owner, lane: .read, params: Shape<Nothing>.nothing, result: Shape<Account>.account)
    #expect(
      OpenRPC(title: "", version: "", description: "", methods: [leak.declaration]).problems
        == ["the result of a.b has the secret password"])
  }

  @Test func typeScript() {
    let text = TypeScript(methods: Methods.all, faults: [.productNotFound, .stockTooLow]).text
    #expect(text.contains("export type Money = string;\n"))
    #expect(text.contains("export type MoneyInput = string | number;\n"))
    #expect(text.contains("export interface Sale {\n  /** The sale. */\n  id: string;\n"))
    #expect(text.contains("  note: string | null;\n"))
    #expect(text.contains("  \"sales.list\": {\n    params: {} & CommonParams;\n    result: {\n"))
    #expect(text.contains("      items: Array<Sale>;\n"))
    #expect(text.contains("      paymentMethod?: string | null;\n"))
    #expect(text.contains("  | \"product-not-found\"\n  | \"stock-too-low\";\n"))
  }

  @Test func methodPage() {
    let text = MethodPage(methods: Methods.all).text
    #expect(text.contains("\n| [`sales.create`](#salescreate) | signed-in | write | Sells. |\n"))
    #expect(text.contains("\n## sales.create\n\nSells.\n\nAll or nothing.\n\nRole: signed-in. Lane: write.\n"))
    #expect(text.contains("\n| `items[].qty` | integer 1…1000000 | How many. |\n"))
    #expect(text.contains("\n| `paymentMethod?` | string, 1…40 characters or null, default `\"CASH\"` | How it is paid. |\n"))
    #expect(
      text.contains("\nErrors of its own, the first that holds: `product-not-found`, `product-inactive`, `stock-too-low`.\n"))
    #expect(text.contains("\nResult: [Sale](#sale).\n"))
    #expect(text.contains("\n## Sale\n"))
  }

  @Test func errorPage() {
    let page = ErrorPage(faults: [.productNotFound, .productInactive, .stockTooLow])
    #expect(page.problems == [])
    #expect(page.text.contains("\n## 409\n"))
    #expect(
      page.text.contains(
        "\n| `product-inactive` | A product is switched off. | no | Take it off the receipt \\| ask the owner. | null |\n"))
    #expect(page.text.contains("\n| `stock-too-low` | Not enough is in stock. | yes | Show what is missing. | `[string]` |\n"))
    #expect(ErrorPage(faults: [.stockTooLow, .stockTooLow]).problems == ["stock-too-low is listed twice"])
  }
}
