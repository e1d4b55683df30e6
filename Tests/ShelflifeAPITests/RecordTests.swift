// Shapes: records, their members of every presence, and everything wrong found at once.
import JSONRPC
import ShelflifeAPI
import Testing

struct Account: Sendable, Equatable {
  let name: String
  let limit: Int
  let note: String?
  let password: String
}

struct Created: Sendable, Equatable {
  let account: Plain
  let recoveryCode: String?
}

struct Plain: Sendable, Equatable {
  let name: String
  let cost: Int?
}

extension Shape<Account> {
  static let account = Shape.record(
    .required("name", .string(1...5), "The name.", \.name),
    .defaulted("limit", .integer(1...500), "How many.", default: 50, \.limit),
    .optional("note", .string(1...5), "A note.", \.note),
    .secret("password", .string(8...72), "The password.", \.password),
    make: Account.init)
}

extension Shape<Plain> {
  static let plain = Shape.record(
    .required("name", .text, "The name.", \.name),
    .optional("cost", .integer, "For the owner only.", \.cost),
    make: Plain.init)
}

extension Shape<Created> {
  static let created = Shape.record(
    .members(of: .plain, \.account),
    .shownOnce("recoveryCode", .text, "Shown once.", \.recoveryCode),
    make: Created.init)
}

@Suite struct RecordTests {
  private func text<Value>(_ shape: Shape<Value>, _ value: Value, omitsSecrets: Bool = false) -> String {
    String(decoding: shape.encode(value, moneyScale: 2, omitsSecrets: omitsSecrets), as: UTF8.self)
  }

  @Test func readsMembersInAnyOrder() throws {
    let expected = Account(name: "Ada", limit: 7, note: "x", password: "12345678")
    for sent in [
      #"{"name":"Ada","limit":7,"note":"x","password":"12345678"}"#,
      #"{"password":"12345678","note":"x","limit":7,"name":"Ada"}"#,
      #"{"limit":7,"name":"Ada","password":"12345678","note":"x"}"#,
    ] {
      #expect(try Shape<Account>.account.decode(json(sent), moneyScale: 2) == expected)
    }
  }

  @Test func nullCountsAsAbsentWhereAMemberMayBeAbsent() throws {
    let expected = Account(name: "Ada", limit: 50, note: nil, password: "12345678")
    for sent in [#"{"name":"Ada","password":"12345678"}"#, #"{"name":"Ada","limit":null,"note":null,"password":"12345678"}"#] {
      #expect(try Shape<Account>.account.decode(json(sent), moneyScale: 2) == expected)
    }
    #expect(try issues(Shape<Account>.account, #"{"name":null,"password":null}"#) == ["name wrong-type", "password wrong-type"])
  }

  @Test func everythingWrongIsToldAtOnce() throws {
    let sent = #"{"nmae":"Ada","limit":0,"note":7,"Password":"x"}"#
    #expect(
      try issues(Shape<Account>.account, sent) == [
        "name required", "limit out-of-range", "note wrong-type", "password required", "nmae unknown-member",
        "Password unknown-member",
      ])
  }

  @Test func unknownMembersAreFoundAtEveryDepth() throws {
    let sent =
      #"{"items":[{"productId":"01931b1e-7c00-7000-8000-000000000001","qty":1},{"productId":"01931b1e-7c00-7000-8000-000000000001","qty":1,"price":1}],"notes":""}"#
    #expect(try issues(Shape<SaleInput>.saleInput, sent) == ["items[1].price unknown-member", "notes unknown-member"])
    #expect(try issues(Shape<SaleInput>.saleInput, "[]") == [" wrong-type"])
  }

  @Test func aLongUnknownNameIsCut() throws {
    let sent = try json(#"{"name":"Ada","password":"12345678","\#(String(repeating: "n", count: 100_000))":1}"#)
    let error = #expect(throws: ShapeFault.self) { try Shape<Account>.account.decode(sent, moneyScale: 2) }
    #expect(error?.issues.first?.path == String(repeating: "n", count: ShapeLimits.nameInPath) + "…")
  }

  @Test func endlessIssuesAreCounted() throws {
    let members = (0..<5_000).map { "\"m\($0)\":0" }.joined(separator: ",")
    let error = #expect(throws: ShapeFault.self) { try Shape<Nothing>.nothing.decode(json("{\(members)}"), moneyScale: 2) }
    #expect(error?.issues.count == ShapeLimits.issues + 1)
    #expect(error?.issues.last?.code == "more-issues")
    #expect(error?.issues.last?.message == "There are 4000 more issues.")
  }

  @Test func writesWhatIsThere() {
    #expect(text(.plain, Plain(name: "a", cost: nil)) == #"{"name":"a"}"#)
    #expect(text(.plain, Plain(name: "a", cost: 3)) == #"{"name":"a","cost":3}"#)
    #expect(text(.nothing, Nothing()) == "{}")
    let account = Account(name: "Ada", limit: 50, note: nil, password: "12345678")
    #expect(text(.account, account) == #"{"name":"Ada","limit":50,"password":"12345678"}"#)
  }

  @Test func secretsStayOutOfWhatIsStored() {
    let account = Account(name: "Ada", limit: 50, note: nil, password: "12345678")
    #expect(text(.account, account, omitsSecrets: true) == #"{"name":"Ada","limit":50}"#)
    let created = Created(account: Plain(name: "a", cost: nil), recoveryCode: "ABCD")
    #expect(text(.created, created) == #"{"name":"a","recoveryCode":"ABCD"}"#)
    #expect(text(.created, created, omitsSecrets: true) == #"{"name":"a","recoveryCode":null}"#)
  }

  @Test func membersOfAnotherRecordStandBesideItsOwn() throws {
    let created = try Shape<Created>.created.decode(json(#"{"recoveryCode":"x","cost":2,"name":"a"}"#), moneyScale: 2)
    #expect(created == Created(account: Plain(name: "a", cost: 2), recoveryCode: "x"))
    #expect(
      try issues(Shape<Created>.created, #"{"recoveryCode":null,"cost":"2","more":1}"#) == [
        "name required", "cost wrong-type", "more unknown-member",
      ])
    #expect(try issues(Shape<Created>.created, #"{"name":"a"}"#) == ["recoveryCode required"])
  }

  @Test func whatIsWrittenReadsBackTheSame() throws {
    #expect(try Shape<Sale>.sale.decode(Shape<Sale>.sale.json(Example.sale, moneyScale: 2), moneyScale: 2) == Example.sale)
    let input = Shape<SaleInput>.saleInput
    #expect(try input.decode(input.json(Example.saleInput, moneyScale: 3), moneyScale: 3) == Example.saleInput)
  }
}
