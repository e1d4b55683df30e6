// Shapes: a member where null takes the value away, and objects whose members have any name.
import JSONRPC
import Shelflife
import Testing

@testable import ShelflifeAPI

private struct Place: Sendable, Equatable {
  let folder: Setting<String>
  let name: String?
}

@Suite struct SettingShapeTests {
  private let place: Shape<Place> = .record(
    .clearable("folder", .string(1...5), "A folder.", \.folder), .optional("name", .string(1...5), "A name.", \.name),
    make: { Place(folder: $0, name: $1) })

  private func read(_ text: String) throws -> Place {
    try place.decode(JSONReader.read(Array(text.utf8)[...]), moneyScale: 2)
  }

  @Test func absentNullAndAValueAreThreeThings() throws {
    for (text, setting) in [("{}", .kept), (#"{"folder":null}"#, .cleared), (#"{"folder":"/b"}"#, .set("/b"))]
      as [(String, Setting)]
    {
      let read = try read(text)
      #expect(read == Place(folder: setting, name: nil))
      #expect(String(decoding: place.encode(read, moneyScale: 2), as: UTF8.self) == text, "as it is digested")
    }
    #expect(try read(#"{"name":null}"#) == Place(folder: .kept, name: nil))
    #expect(throws: ShapeFault.self) { try read(#"{"folder":"/too long"}"#) }
    do {
      _ = try read(#"{"folder":5,"name":6}"#)
      Issue.record("both are wrong")
    } catch let fault as ShapeFault {
      #expect(fault.issues.map(\.path) == ["folder", "name"])
    }
  }

  @Test func mapsDocumentThemselves() {
    let schema = Schema(.map(Schema(.nullable(.text()))))
    #expect(schema.json(.result).text == #"{"type":"object","additionalProperties":{"type":["string","null"]}}"#)
    #expect(Schema(.nullable(schema)).json(.result)["type.1"] == "null")
    #expect(TypeScript.type(schema, .result, indent: "") == "Record<string, string | null>")
    #expect(!schema.isDirectional && Schema(.map(.decimal())).isDirectional)
  }

  /// Whatever stands in an entry, an object of texts comes out.
  @Test(arguments: [
    (#"{"a": "1", "b": null}"#, #"{"a":"1","b":null}"#), ("{}", "{}"), ("", #"{"unreadable":""}"#),
    (#"{"a": 1}"#, #"{"unreadable":"{\"a\": 1}"}"#), ("[]", #"{"unreadable":"[]"}"#),
    (#"{"a":"1"} x"#, #"{"unreadable":"{\"a\":\"1\"} x"}"#),
  ])
  func changedMembersAreAlwaysAnObject(text: String, json: String) throws {
    #expect(try #require(ChangedMembers(text)).json.text == json)
    #expect(ChangedMembers(nil) == nil)
  }
}
