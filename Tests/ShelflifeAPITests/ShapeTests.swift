// Shapes: every rule of every primitive, array and page, as tables of what is sent and what comes of it.
import JSONRPC
import Shelflife
import ShelflifeAPI
import Testing

/// The JSON value that `text` spells.
func json(_ text: String) throws -> JSON { try JSONReader.read(Array(text.utf8)) }

/// `path code` of every issue, in order; empty if the value is accepted.
func issues<Value>(_ shape: Shape<Value>, _ text: String, moneyScale: Int = 2) throws -> [String] {
  let sent = try json(text)
  do throws(ShapeFault) {
    _ = try shape.decode(sent, moneyScale: moneyScale)
    return []
  } catch {
    return error.issues.map { "\($0.path) \($0.code)" }
  }
}

@Suite struct ShapeTests {
  @Test(
    arguments: [
      ("1", nil), ("1000000", nil), ("0", "out-of-range"), ("1000001", "out-of-range"), ("-1", "out-of-range"),
      ("-0", "out-of-range"),
      ("1.0", "not-an-integer"), ("1e3", "not-an-integer"), ("1E3", "not-an-integer"), ("0.5", "not-an-integer"),
      ("9223372036854775807", "out-of-range"), ("9223372036854775808", "out-of-range"),
      ("-99999999999999999999999999", "out-of-range"), ("99999999999999999999999999.5", "not-an-integer"),
      ("\"1\"", "wrong-type"), ("true", "wrong-type"), ("null", "wrong-type"), ("[1]", "wrong-type"), ("{}", "wrong-type"),
    ] as [(String, String?)])
  func integers(sent: String, code: String?) throws {
    #expect(try issues(Shape<Int32>.integer(1...1_000_000), sent) == (code.map { [" \($0)"] } ?? []))
  }

  @Test func integersKeepEveryDigit() throws {
    let shape = Shape<Int64>.integer
    for value in [Int64.min, -1, 0, 1, .max] {
      #expect(try shape.decode(json(String(value)), moneyScale: 2) == value)
      #expect(String(decoding: shape.encode(value, moneyScale: 2), as: UTF8.self) == String(value))
    }
    #expect(try issues(shape, "-9223372036854775809") == [" out-of-range"])
  }

  @Test(
    arguments: [
      (#""ab""#, nil), (#""abcd""#, nil), (#""éé""#, nil), (#""a""#, "too-short"), (#""""#, "too-short"),
      (#""abcde""#, "too-long"),
      (#""👩‍👩‍👧‍👦""#, "too-long"), (#""a\u0000b""#, "control-character"), (#""a\nb""#, "control-character"),
      (#""a\u007f""#, "control-character"),
      (#""a\u0085""#, "control-character"), ("12", "wrong-type"), ("false", "wrong-type"), ("null", "wrong-type"),
    ] as [(String, String?)])
  func strings(sent: String, code: String?) throws {
    #expect(try issues(.string(2...4), sent) == (code.map { [" \($0)"] } ?? []))
  }

  @Test(arguments: [
    (#""12.50""#, 2, 1250), ("12.5", 2, 1250), ("12.50", 2, 1250), ("0", 2, 0), (#""0.05""#, 2, 5), ("7", 0, 7),
    ("1.234", 3, 1234),
  ])
  func decimalsKeepTheDigitsThatWereWritten(sent: String, scale: Int, minor: Int) throws {
    #expect(try Shape<Price>.price.decode(json(sent), moneyScale: scale).minor == Int64(minor))
  }

  @Test(arguments: [
    ("12.505", "too-many-decimals"), ("1e3", "not-a-decimal"), ("-1", "not-a-decimal"), (#""1,5""#, "not-a-decimal"),
    (#""01.5""#, "not-a-decimal"), (#""0x10""#, "not-a-decimal"), (#"" 1""#, "not-a-decimal"), (#""""#, "not-a-decimal"),
    ("100000000", "out-of-range"), ("true", "wrong-type"), ("null", "wrong-type"), (#"{"a":1}"#, "wrong-type"),
  ])
  func decimalsThatAreRefused(sent: String, code: String) throws {
    #expect(try issues(Shape<Price>.price, sent) == [" \(code)"])
  }

  @Test(arguments: [(0, "5"), (2, "0.05"), (3, "0.005")])
  func decimalsAreWrittenAsStringsOfTheCurrency(scale: Int, text: String) {
    #expect(String(decoding: Shape<Price>.price.encode(Price(minor: 5), moneyScale: scale), as: UTF8.self) == "\"\(text)\"")
  }

  @Test func booleans() throws {
    #expect(try Shape<Bool>.bool.decode(.bool(true), moneyScale: 2))
    #expect(try issues(.bool, "1") == [" wrong-type"])
    #expect(try issues(.bool, "\"true\"") == [" wrong-type"])
  }

  @Test func enumerations() throws {
    #expect(try Shape<Role>.role.decode(json("\"STAFF\""), moneyScale: 2) == .staff)
    #expect(Shape<Role>.role.encode(.owner, moneyScale: 2) == Array("\"OWNER\"".utf8))
    #expect(try issues(Shape<Role>.role, "\"owner\"") == [" not-allowed"])
    #expect(try issues(Shape<Role>.role, "\"OWNER \"") == [" not-allowed"])
    #expect(try issues(Shape<Role>.role, "1") == [" wrong-type"])
  }

  struct Named: Sendable { let name: String }
  enum Unit: Sendable, CaseIterable { case kelvin }

  @Test func namesAreComparedByteForByte() throws {
    let shape = Shape<Unit>.enumeration(["K": .kelvin])
    #expect("K" == "\u{212A}", "Swift takes the kelvin sign for a K")
    #expect(try issues(shape, "\"\u{212A}\"") == [" not-allowed"])
    #expect(try issues(shape, "\"K\"") == [])
    let record = Shape<Named>.record(.required("K", .text, "", \.name), make: Named.init)
    #expect(try issues(record, "{\"\u{212A}\":\"\"}") == ["K required", "\u{212A} unknown-member"])
  }

  @Test func arraysNameEveryItemThatIsWrong() throws {
    let shape = Shape<[Int]>.array(of: .integer(0...9), count: 1...4)
    #expect(try shape.decode(json("[1,2,3]"), moneyScale: 2) == [1, 2, 3])
    #expect(try issues(shape, "[1,10,2,\"3\"]") == ["[1] out-of-range", "[3] wrong-type"])
    #expect(try issues(shape, "[]") == [" too-few-items"])
    #expect(try issues(shape, "[1,1,1,1,10]") == [" too-many-items"])
    #expect(try issues(shape, "{}") == [" wrong-type"])
    #expect(try issues(.array(of: shape), "[[1],[1,2,11]]") == ["[1][2] out-of-range"])
  }

  @Test func pages() throws {
    let shape = Shape<Page<Int>>.page(of: .integer)
    #expect(
      shape.encode(Page(items: [1, 2], nextCursor: nil), moneyScale: 2) == Array(#"{"items":[1,2],"nextCursor":null}"#.utf8))
    #expect(try shape.decode(json(#"{"items":[],"nextCursor":"x"}"#), moneyScale: 2) == Page(items: [], nextCursor: "x"))
  }

  @Test func nullable() throws {
    let shape = Shape<Int>.integer(0...9).nullable
    #expect(try shape.decode(.null, moneyScale: 2) == nil)
    #expect(try shape.decode(json("3"), moneyScale: 2) == 3)
    #expect(try issues(shape, "10") == [" out-of-range"])
    #expect(shape.encode(nil, moneyScale: 2) == Array("null".utf8))
  }

  @Test func mappedShapesMayRefuse() throws {
    let even = Shape<Int>.integer(0...9).mapped(
      from: { value throws(Refusal) in
        if value % 2 == 1 { throw Refusal("odd", "An even number is needed.") }
        return value / 2
      }, to: { $0 * 2 })
    #expect(try even.decode(json("8"), moneyScale: 2) == 4)
    #expect(try issues(even, "7") == [" odd"])
    #expect(even.encode(3, moneyScale: 2) == Array("6".utf8))
  }

  @Test func aWrongKindNamesBothKinds() throws {
    let error = #expect(throws: ShapeFault.self) { try Shape<Int>.integer(1...5).decode(.array([]), moneyScale: 2) }
    #expect(error?.issues == [ValidationIssue(path: "", code: "wrong-type", message: "Expected an integer, not an array.")])
  }

  @Test func whatWasSentIsNeverRepeated() throws {
    let secret = "hunter2-hunter2"
    let sent = try json(
      #"{"items":[{"productId":"\#(secret)","qty":"\#(secret)","expectedUnitPrice":"\#(secret)"}],"paymentMethod":["\#(secret)"]}"#
    )
    let error = #expect(throws: ShapeFault.self) { try Shape<SaleInput>.saleInput.decode(sent, moneyScale: 2) }
    let found = try #require(error?.issues)
    #expect(
      found.map { "\($0.path) \($0.code)" } == [
        "items[0].productId not-an-id", "items[0].qty wrong-type", "items[0].expectedUnitPrice not-a-decimal",
        "paymentMethod wrong-type",
      ])
    #expect(found.allSatisfy { !$0.message.contains("hunter2") && !$0.path.contains("hunter2") })
  }
}
