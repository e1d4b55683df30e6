/// What is JSON and what is not; that nothing changes between reading and writing.

import JSONRPC
import Testing

private func read(_ text: String) throws(JSONSyntaxError) -> JSON {
  try JSONReader.read(Array(text.utf8))
}

private func object(_ members: KeyValuePairs<String, JSON>) -> JSON {
  .object(JSONObject(members: members.map { JSONObject.Member(name: $0.key, value: $0.value) }))
}

@Suite struct JSONReaderTests {
  @Test func readsEveryKindOfValue() throws {
    let text = #" { "a" : [ 1 , -2.50e+3 , "x" , true , false , null , { } , [ ] ] , "" : { "b" : "\u00e9\ud83d\ude00" } } "#
    let elements: [JSON] = [
      .number(JSONNumber(digits: "1")), .number(JSONNumber(digits: "-2.50e+3")), .string("x"), .bool(true), .bool(false), .null,
      object([:]),
      .array([]),
    ]
    #expect(try read(text) == object(["a": .array(elements), "": object(["b": .string("é😀")])]))
  }

  @Test(arguments: [
    "0", "-0", "1", "-1", "10", "0.0", "-0.5", "1e5", "1E5", "1e+5", "1e-5", "0e0", "1.5e10", "123456789012345678901234567890",
    "1e400",
    "0.1000",
  ])
  func keepsNumbersAsDigits(_ digits: String) throws {
    #expect(try read(digits) == .number(JSONNumber(digits: digits)))
    #expect(try read("[\(digits)]") == .array([.number(JSONNumber(digits: digits))]))
  }

  @Test func numbersHaveExactValuesOrNone() {
    func number(_ digits: String) -> JSONNumber { JSONNumber(digits: digits) }
    #expect(number("9223372036854775807").int64 == .max)
    #expect(number("-9223372036854775808").int64 == .min)
    #expect(number("9223372036854775808").int64 == nil)
    #expect(number("1.0").int64 == nil)
    #expect(number("1e3").int64 == nil)
    #expect(number("9223372036854775808").isInteger)
    #expect(!number("1.0").isInteger && !number("1e3").isInteger)
    func decimal(_ digits: String) -> [Int64]? { number(digits).decimal.map { [$0.mantissa, Int64($0.scale)] } }
    #expect(decimal("12.50") == [1250, 2])
    #expect(decimal("-0.05") == [-5, 2])
    #expect(decimal("7") == [7, 0])
    #expect(decimal("-92233720368547758.08") == [.min, 2])
    #expect(decimal("92233720368547758.08") == nil)
    #expect(decimal("1e2") == nil)
  }

  @Test func membersKeepTheirOrderAndAreFoundByExactName() throws {
    guard case .object(let found) = try read(#"{"b":1,"é":2,"a":3}"#) else { return #expect(Bool(false)) }
    #expect(found.members.map(\.name) == ["b", "é", "a"])
    #expect(found["a"] == .number(JSONNumber(digits: "3")))
    #expect(found["é"] != nil)
    #expect(found["e\u{301}"] == nil)
    #expect(found["c"] == nil)
  }

  @Test func findsDuplicatesInLargeObjects() throws {
    for count in [2, 11, 12, 13, 14, 500] {
      let names = (0..<count).map { #""n\#($0)":1"# }
      #expect(throws: Never.self) { try read("{\(names.joined(separator: ","))}") }
      for index in [0, count / 2, count - 1] {
        let text = "{\(names.joined(separator: ",")),\"\\u006e\(index)\":2}"
        #expect(throws: JSONSyntaxError(offset: text.utf8.count - "\"\\u006e\(index)\":2}".utf8.count, reason: .duplicateMember))
        {
          try read(text)
        }
      }
    }
    // The same name on different levels is no duplicate.
    #expect(throws: Never.self) { try read(#"{"a":{"a":{"a":1}},"b":[{"a":1},{"a":1}]}"#) }
  }

  @Test func allows64OpenBrackets() throws {
    for (open, close) in [("[", "]"), (#"{"a":"#, "}")] {
      for depth in [1, 63, 64] {
        let inner = open == "[" ? "" : "1"
        #expect(throws: Never.self) {
          try read(String(repeating: open, count: depth) + inner + String(repeating: close, count: depth))
        }
      }
      #expect(throws: JSONSyntaxError(offset: 64 * open.utf8.count, reason: .tooDeep)) {
        try read(String(repeating: open, count: 65))
      }
    }
    // Brackets that are closed again do not count.
    #expect(throws: Never.self) { try read("[" + Array(repeating: "[[]]", count: 100).joined(separator: ",") + "]") }
  }

  /// The scanner takes eight bytes at a time: each special byte is tried at each place of it.
  @Test func findsEveryByteAtEveryPlace() {
    for length in 0..<20 {
      for place in 0...length {
        for byte in UInt8.min ... .max {
          var text = [UInt8](repeating: 0x61, count: length)
          text.insert(byte, at: place)
          let line = [0x22] + text + [0x22]
          let reading = Result { () throws(JSONSyntaxError) in try JSONReader.read(line) }
          switch byte {
          case ..<0x20: #expect(reading == .failure(JSONSyntaxError(offset: place + 1, reason: .controlCharacter)))
          case 0x22:
            let expected: Result<JSON, JSONSyntaxError> = .failure(JSONSyntaxError(offset: place + 2, reason: .unexpectedByte))
            #expect(reading == expected)
          case 0x5C: #expect(reading != .success(.string(String(decoding: text, as: UTF8.self))))
          case 0x80...: #expect(reading == .failure(JSONSyntaxError(offset: place + 1, reason: .invalidUTF8)))
          default: #expect(reading == .success(.string(String(decoding: text, as: UTF8.self))))
          }
        }
      }
    }
  }

  @Test func judgesUTF8LikeTheStandardLibrary() {
    var random = SeededGenerator()
    let leads: [UInt8] = [0x24, 0x7F, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED, 0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF]
    let tails: [UInt8] = [0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0x41]
    for _ in 0..<20_000 {
      var text: [UInt8] = []
      for _ in 0..<Int.random(in: 1...3, using: &random) {
        text.append(leads.randomElement(using: &random) ?? 0)
        for _ in 0..<Int.random(in: 0...3, using: &random) { text.append(tails.randomElement(using: &random) ?? 0) }
      }
      let expected = String(validating: text, as: UTF8.self)
      let reading = Result { () throws(JSONSyntaxError) in try JSONReader.read([0x22] + text + [0x22]) }
      switch reading {
      case .success(let value): #expect(value == expected.map(JSON.string), "\(text) seed \(random.seed)")
      case .failure: #expect(expected == nil, "\(text) seed \(random.seed)")
      }
    }
  }

  @Test func unescapesEverything() throws {
    #expect(try read(#""\"\\\/\b\f\n\r\t""#) == .string("\"\\/\u{8}\u{C}\n\r\t"))
    #expect(
      try read(#""\u0000\u001f\u007F\u0080\u07ff\u0800\uD7FF\ue000\uFFFF""#)
        == .string("\0\u{1F}\u{7F}\u{80}\u{7FF}\u{800}\u{D7FF}\u{E000}\u{FFFF}"))
    #expect(try read(#""\ud800\udc00\uDBFF\uDFFF""#) == .string("\u{10000}\u{10FFFF}"))
    #expect(try read(#""plain\u0041plain and long enough\u00e9""#) == .string("plainAplain and long enoughé"))
  }

  @Test func textBeyondTheValueIsRefused() {
    #expect(throws: JSONSyntaxError(offset: 0, reason: .unexpectedEnd)) { try read("") }
    #expect(throws: JSONSyntaxError(offset: 2, reason: .unexpectedEnd)) { try read("  ") }
    #expect(throws: JSONSyntaxError(offset: 2, reason: .unexpectedByte)) { try read("1 1") }
    #expect(throws: JSONSyntaxError(offset: 1, reason: .unexpectedByte)) { try JSONReader.read([0x31, 0x00]) }
  }

  @Test func slicesCountFromTheirOwnStart() throws {
    let bytes = Array("xx[1,2]yy".utf8)
    #expect(try JSONReader.read(bytes[2..<7]) == .array([.number(JSONNumber(digits: "1")), .number(JSONNumber(digits: "2"))]))
    #expect(throws: JSONSyntaxError(offset: 5, reason: .unexpectedByte)) { try JSONReader.read(bytes[2...]) }
  }
}

@Suite struct JSONWriterTests {
  @Test func putsCommasWhereTheyBelong() {
    var writer = JSONWriter()
    writer.beginObject()
    writer.name("a")
    writer.beginArray()
    writer.int(1)
    writer.beginArray()
    writer.endArray()
    writer.beginObject()
    writer.endObject()
    writer.null()
    writer.endArray()
    writer.name("b")
    writer.bool(false)
    writer.name("c")
    writer.raw(Array(#"{"x":1}"#.utf8))
    writer.name("d")
    writer.string("e")
    writer.endObject()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":[1,[],{},null],"b":false,"c":{"x":1},"d":"e"}"#)
  }

  @Test func escapesWhatMustBeAndNothingElse() {
    #expect(
      ScriptedHandler.text(.string("\"\\/\u{8}\u{C}\n\r\t\0\u{1F}\u{7F}é\u{2028}😀"))
        == "\"\\\"\\\\/\\b\\f\\n\\r\\t\\u0000\\u001f\u{7F}é\u{2028}😀\"")
  }

  /// Names and texts that are written without looking at them come out as those that are looked at.
  @Test func writesPreparedNamesAndPlainTexts() {
    let names = [JSONName("a"), JSONName("q\"\\é")]
    var writer = JSONWriter(capacity: 1)
    writer.beginObject()
    writer.name(names[0])
    writer.plainString(3) { buffer in buffer.update(fromContentsOf: Array("xyz".utf8)) }
    writer.name(names[1])
    writer.beginArray()
    writer.plainString(100) { _ in 0 }
    writer.plainString(0) { _ in 0 }
    writer.endArray()
    writer.name(names[0])
    writer.int(Int64(-7))
    writer.endObject()
    #expect(String(decoding: writer.bytes, as: UTF8.self) == #"{"a":"xyz","q\"\\é":["",""],"a":-7}"#)
  }

  @Test func writesIntegersOfEverySize() {
    func text(_ value: some FixedWidthInteger) -> String {
      var writer = JSONWriter()
      writer.int(value)
      return String(decoding: writer.bytes, as: UTF8.self)
    }
    #expect(text(0) == "0")
    #expect(text(Int64.min) == "-9223372036854775808")
    #expect(text(Int64.max) == "9223372036854775807")
    #expect(text(UInt64.max) == "18446744073709551615")
    #expect(text(Int8.min) == "-128")
    #expect(text(1_000_000) == "1000000")
  }
}
