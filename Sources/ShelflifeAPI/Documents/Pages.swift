// Beside the documents: what protocol/ holds of the declarations, as whole files.
import JSONRPC

extension Catalogue {
  /// `openrpc.json`: the OpenRPC document, indented for people and for version control.
  package static func openRPCPage(version: String) -> String {
    var page = IndentedJSON()
    page.add(openRPC(version: version))
    return page.text + "\n"
  }

  /// `methods.md`.
  package static var methodPage: String { MethodPage(methods: declarations, events: EventDeclaration.all).text }

  /// `errors.md`.
  package static var errorPage: String { ErrorPage(faults: faults).text }

  /// `shelflife.d.ts`.
  package static var typeScript: String { TypeScript(methods: declarations, faults: faults, events: EventDeclaration.all).text }
}

/// JSON with a line for each member and item, except in arrays and objects that hold nothing.
private struct IndentedJSON {
  private(set) var text = ""
  private var depth = 0

  mutating func add(_ json: JSON) {
    switch json {
    case .array(let items): add(items, between: "[", and: "]") { $0.add($1) }
    case .object(let object):
      add(object.members, between: "{", and: "}") { page, member in
        page.add(.string(member.name))
        page.text += ": "
        page.add(member.value)
      }
    default:
      var writer = JSONWriter()
      writer.value(json)
      text += String(decoding: writer.bytes, as: UTF8.self)
    }
  }

  private mutating func add<Part>(_ parts: [Part], between open: String, and close: String, _ add: (inout Self, Part) -> Void) {
    text += open
    depth += 1
    for (index, part) in parts.enumerated() {
      text += (index == 0 ? "\n" : ",\n") + String(repeating: "  ", count: depth)
      add(&self, part)
    }
    depth -= 1
    if !parts.isEmpty { text += "\n" + String(repeating: "  ", count: depth) }
    text += close
  }
}
