// The files under protocol/ that are made from the declarations: equal to what the declarations say today.
import Foundation
import Testing

@testable import ShelflifeAPI

@Suite struct PagesTests {
  /// What `scripts/generate` wrote.
  private func committed(_ name: String) throws -> String {
    let root = URL(fileURLWithPath: #filePath + "/../../..").standardized
    return try String(contentsOf: root.appending(path: "protocol/" + name), encoding: .utf8)
  }

  /// Names the first line that differs, since the files are long.
  private func expectSame(_ made: String, _ name: String) throws {
    let old = try committed(name).split(separator: "\n", omittingEmptySubsequences: false)
    let new = made.split(separator: "\n", omittingEmptySubsequences: false)
    let place = zip(old, new).enumerated().first { $1.0 != $1.1 }?.offset ?? min(old.count, new.count)
    // Compared apart, so that a failure does not print both files.
    let isSame = old == new
    #expect(isSame, "protocol/\(name) line \(place + 1) is not what the declarations say: run scripts/generate")
  }

  /// That each still answers what stands in its example is for `scripts/examples` to find out.
  @Test func everyMethodHasAnExample() {
    #expect(Catalogue.declarations.filter(\.examples.isEmpty).map(\.name) == [])
    let named = Set(RecordedExamples.byMethod.keys)
    #expect(named.subtracting(Catalogue.declarations.map(\.name)) == [], "there is no such method")
  }

  /// Pages that are written by hand name methods and events; each name is one that there is.
  @Test(arguments: ["migrating.md", "wire.md"])
  func everyNameOnAPageExists(_ page: String) throws {
    let known = Set(Catalogue.declarations.map(\.name) + EventDeclaration.all.map(\.name))
    let kinds = Set(known.compactMap { $0.split(separator: ".").first })
    let named = try committed(page).matches(of: /`([a-zA-Z]+\.[a-zA-Z]+)`/).map { String($0.output.1) }
    #expect(named.count > 10)
    // `error.code` and file names begin with other words.
    #expect(named.filter { kinds.contains($0.prefix { $0 != "." }) && !known.contains($0) } == [])
  }

  @Test func openRPCIsCurrent() throws {
    let version = try #require(try committed("openrpc.json").firstMatch(of: /"version": "([^"]+)"/))
    try expectSame(Catalogue.openRPCPage(version: String(version.output.1)), "openrpc.json")
  }

  @Test func methodPageIsCurrent() throws { try expectSame(Catalogue.methodPage, "methods.md") }

  @Test func errorPageIsCurrent() throws { try expectSame(Catalogue.errorPage, "errors.md") }

  @Test func typeScriptIsCurrent() throws { try expectSame(Catalogue.typeScript, "shelflife.d.ts") }

  @Test func indentingChangesNothing() throws {
    let flat = try JSONSerialization.jsonObject(with: Data(Catalogue.openRPCBytes(version: "1.2.3")))
    let indented = try JSONSerialization.jsonObject(with: Data(Catalogue.openRPCPage(version: "1.2.3").utf8))
    #expect(try #require(flat as? NSDictionary) == #require(indented as? NSDictionary))
  }

  @Test func theDeclarationsAgree() {
    let document = OpenRPC(title: "", version: "", description: "", methods: Catalogue.declarations)
    #expect(document.problems == [])
    #expect(ErrorPage(faults: Catalogue.faults).problems == [])
  }

  @Test func everyMethodAndFaultIsOnItsPage() {
    for method in Catalogue.declarations {
      #expect(Catalogue.methodPage.contains("\n## \(method.name)\n"))
      #expect(Catalogue.typeScript.contains("\n  \"\(method.name)\": {\n"))
    }
    for fault in Catalogue.faults {
      #expect(Catalogue.errorPage.contains("| `\(fault.dataCode)` |"))
      #expect(Catalogue.typeScript.contains("\n  | \"\(fault.dataCode)\""))
    }
  }
}
