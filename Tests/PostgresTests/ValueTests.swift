// Every type through the server and back, also judged by the server's own text.
import Postgres
import TestSupport
import Testing

@Suite struct ValueTests {
  private func check<Value: Equatable & Sendable>(
    _ type: String, _ values: [(Value?, String?)], bind: @escaping @Sendable (Value?, inout Parameters) -> Void,
    read: @escaping @Sendable (inout RowReader) throws -> Value?
  ) throws {
    let connection = try connect()
    let statement = Statement<Value?, (Value?, String?)>(
      "value \(type)", "select $1::\(type), ($1::\(type))::text", bind: bind,
      decode: { row in (try read(&row), try row.optionalText()) })
    for (value, text) in values {
      let back = try #require(try connection.first(statement, value))
      #expect(back.0 == value)
      #expect(back.1 == text)
    }
  }

  @Test func integers() throws {
    try check("int2", [(Int16.min, "-32768"), (.max, "32767"), (0, "0"), (nil, nil)]) {
      $1.int2($0)
    } read: {
      try $0.optionalInt2()
    }
    try check("int4", [(Int32.min, "-2147483648"), (.max, "2147483647"), (-1, "-1"), (nil, nil)]) {
      $1.int4($0)
    } read: {
      try $0.optionalInt4()
    }
    try check("int8", [(Int64.min, "-9223372036854775808"), (.max, "9223372036854775807"), (nil, nil)]) {
      $1.int8($0)
    } read: {
      try $0.optionalInt8()
    }
  }

  @Test func boolsTextsAndBytes() throws {
    try check("bool", [(true, "true"), (false, "false"), (nil, nil)]) {
      $1.bool($0)
    } read: {
      try $0.optionalBool()
    }
    let long = String(repeating: "żółw 🐢 ", count: 40_000)
    try check("text", [("", ""), ("a'b\\c\"\n", "a'b\\c\"\n"), ("é🐢", "é🐢"), (long, long), (nil, nil)]) {
      $1.text($0)
    } read: {
      try $0.optionalText()
    }
    try check("bytea", [([], "\\x"), ([0, 255, 10], "\\x00ff0a"), (nil, nil)]) {
      $1.bytea($0)
    } read: {
      try $0.optionalBytea()
    }
    try check("json", [("{\"a\" : [1,2]}", "{\"a\" : [1,2]}"), (nil, nil)]) {
      $1.json($0)
    } read: {
      try $0.optionalText()
    }
    try check("jsonb", [("{\"a\": [1, 2]}", "{\"a\": [1, 2]}"), (nil, nil)]) {
      $1.jsonb($0)
    } read: {
      try $0.optionalJSONB()
    }
  }

  @Test func uuidsAndTimes() throws {
    let bits = UUIDBits(high: 0x0189_0000_0000_7fff, low: 0x8000_0000_0000_0001)
    try check(
      "uuid",
      [
        (bits, "01890000-0000-7fff-8000-000000000001"), (UUIDBits(high: 0, low: 0), "00000000-0000-0000-0000-000000000000"),
        (nil, nil),
      ]
    ) {
      $1.uuid($0)
    } read: {
      try $0.optionalUUID()
    }
    try check("date", [(0, "2000-01-01"), (-1, "1999-12-31"), (9497, "2026-01-01"), (nil, nil), (Int32.max, "infinity")]) {
      $1.date($0)
    } read: {
      try $0.optionalDate()
    }
    try check(
      "timestamptz", [(0, "2000-01-01 00:00:00+00"), (-1, "1999-12-31 23:59:59.999999+00"), (Int64.min, "-infinity"), (nil, nil)]
    ) {
      $1.timestamptz($0)
    } read: {
      try $0.optionalTimestamptz()
    }
  }

  private func checkArray<T: BinaryType>(_ type: T.Type, _ name: String, _ values: [T.Value]) throws
  where T.Value: Equatable & Sendable {
    let connection = try connect()
    let dense = Statement<[T.Value], [T.Value]>(
      "array \(name)", "select $1::\(name)[]", bind: { $1.array(T.self, $0) }, decode: { row in try row.array(of: T.self) })
    let sparse = Statement<[T.Value?], [T.Value?]>(
      "sparse \(name)", "select $1::\(name)[]", bind: { $1.array(T.self, $0) }, decode: { row in try row.sparseArray(of: T.self) }
    )
    let count = Statement<[T.Value?], Int32?>(
      "count \(name)", "select (select count(*)::int4 from unnest($1::\(name)[]) e where e is null)",
      bind: { $1.array(T.self, $0) }, decode: { row in try row.optionalInt4() })
    for part in [[], Array(values.prefix(1)), values] { #expect(try connection.run(dense, part) == [part]) }
    let withNulls: [T.Value?] = [nil] + values.map { $0 } + [nil]
    #expect(try connection.run(sparse, withNulls) == [withNulls])
    #expect(try connection.run(count, withNulls) == [2])
    #expect(try connection.run(sparse, []) == [[]])
    let mixed = Statement<[T.Value?], [T.Value]>(
      "mixed \(name)", "select $1::\(name)[]", bind: { $1.array(T.self, $0) }, decode: { row in try row.array(of: T.self) })
    let error = try failure { _ = try connection.run(mixed, withNulls) }
    guard case .decoding = error else { return wrong("\(error)") }
  }

  @Test func arrays() throws {
    try checkArray(SQLType.Int2.self, "int2", [.min, 0, .max])
    try checkArray(SQLType.Int4.self, "int4", [.min, 0, .max])
    try checkArray(SQLType.Int8.self, "int8", [.min, 0, .max])
    try checkArray(SQLType.Boolean.self, "bool", [true, false])
    try checkArray(SQLType.Text.self, "text", ["", "a,b\"{}", "NULL", "é🐢"])
    try checkArray(SQLType.UUID<UUIDBits>.self, "uuid", [UUIDBits(high: 1, low: 2), UUIDBits(high: .max, low: .max)])
    try checkArray(SQLType.Date.self, "date", [-1, 0, 9496])
    try checkArray(SQLType.Timestamptz.self, "timestamptz", [-1, 0, 1_000_000])
    try checkArray(SQLType.JSONB.self, "jsonb", ["{}", "[1, 2]"])
    try checkArray(SQLType.Bytea.self, "bytea", [[], [0, 1]])
  }

  @Test func namedArrayMethodsAndNullArrays() throws {
    struct All: Sendable {
      let numbers: [Int64]
      let ids: [UUIDBits]
      let days: [Int32?]
    }
    let all = All(
      numbers: [1, 2, 3], ids: [UUIDBits(high: 1, low: 1), UUIDBits(high: 2, low: 2), UUIDBits(high: 3, low: 3)],
      days: [5, nil, 7])
    let rows = Statement<All, (Int64, UUIDBits, Int32?)>(
      "unnest", "select * from unnest($1::int8[], $2::uuid[], $3::date[]) as t(n, id, d) order by n",
      bind: { all, p in
        p.int8s(all.numbers.lazy.map { $0 * 10 })
        p.uuids(all.ids)
        p.dates(all.days)
      }, decode: { row in (try row.int8(), try row.uuid(), try row.optionalDate()) })
    let found = try connect().run(rows, all)
    #expect(found.map(\.0) == [10, 20, 30])
    #expect(found.map(\.1) == all.ids)
    #expect(found.map(\.2) == all.days)
    let null = Statement<Void, [Int64]?>(
      "null array", "select $1::int8[]", bind: { $1.null() }, decode: { row in try row.optionalArray(of: SQLType.Int8.self) })
    #expect(try connect().run(null) == [nil])
  }

  @Test func randomValuesSurvive() throws {
    let seed = UInt64.random(in: 0 ... .max)
    print("seed \(seed)")
    var dice = Dice(seed: seed)
    let statement = Statement<(Int64?, String?, [Int64?], UUIDBits), (Int64?, String?, [Int64?], UUIDBits)>(
      "random", "select $1::int8, $2::text, $3::int8[], $4::uuid",
      bind: { value, p in
        p.int8(value.0)
        p.text(value.1)
        p.int8s(value.2)
        p.uuid(value.3)
      },
      decode: { row in
        (try row.optionalInt8(), try row.optionalText(), try row.sparseArray(of: SQLType.Int8.self), try row.uuid())
      })
    let connection = try connect()
    for _ in 0..<300 {
      let scalars = (0..<Int.random(in: 0...50, using: &dice)).map { _ in
        Unicode.Scalar(UInt32.random(in: 1...0xd7ff, using: &dice)) ?? "x"
      }
      var text = ""
      text.unicodeScalars.append(contentsOf: scalars)
      let numbers = (0..<Int.random(in: 0...40, using: &dice)).map { _ in
        Bool.random(using: &dice) ? Int64(bitPattern: dice.next()) : nil
      }
      let value = (
        Bool.random(using: &dice) ? Int64(bitPattern: dice.next()) : nil, Bool.random(using: &dice) ? text : nil, numbers,
        UUIDBits(high: dice.next(), low: dice.next())
      )
      let back = try #require(try connection.first(statement, value))
      #expect(
        back.0 == value.0 && back.1?.utf8.elementsEqual(value.1?.utf8 ?? "".utf8) == value.1.map { _ in true }
          && back.2 == value.2 && back.3 == value.3)
    }
  }

  @Test func wrongShapesAreRefused() throws {
    let connection = try connect()
    let misfits: [(String, Statement<Void, Void>)] = [
      ("type", Statement("w1", "select 1::int8") { row in _ = try row.int4() }),
      ("null", Statement("w2", "select null::int4") { row in _ = try row.int4() }),
      ("too few columns", Statement("w3", "select 1") { row in _ = (try row.int4(), try row.int4()) }),
      ("too many columns", Statement("w4", "select 1, 2") { row in _ = try row.int4() }),
      ("array type", Statement("w5", "select array[1]") { row in _ = try row.int8s() }),
      ("two dimensions", Statement("w6", "select array[[1],[2]]") { row in _ = try row.int4s() }),
      ("scalar as array", Statement("w7", "select 'abcdefghijklmnopqrstuvwxyz'::text") { row in _ = try row.texts() }),
    ]
    for (what, statement) in misfits {
      let error = try failure { _ = try connection.run(statement) }
      guard case .decoding = error else {
        Issue.record("\(what): \(error)")
        continue
      }
    }
    #expect(try connection.run(one) == [1])
  }

  @Test func valuesWithNULAreRefusedByTheServer() throws {
    let statement = Statement<String, String>("nul", "select $1::text", bind: { $1.text($0) }, decode: { row in try row.text() })
    let connection = try connect()
    #expect(try failure { _ = try connection.run(statement, "a\0b") }.state == .characterNotInRepertoire)
    #expect(try connection.run(statement, "ok") == ["ok"])
  }
}
