// What a line wants to be answered with, judged by the tests' own reader: the ids of the replies, not what they say.

enum LineJudge {
  /// A key for each line that must come back: the id as it is written in the reply, or `batch` and the ids of its members, sorted.
  static func replies(to bytes: [UInt8]) -> [String] {
    var lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: true).map { Array($0) }
    for index in lines.indices where lines[index].last == 0x0D { lines[index].removeLast() }
    return lines.flatMap { line -> [String] in
      if line.allSatisfy({ [0x20, 0x09, 0x0D].contains($0) }) { return [] }
      guard let value = Value.parse(line) else { return ["null"] }
      guard case .array(let members) = value else { return reply(to: value).map { [$0] } ?? [] }
      if members.isEmpty || members.count > 1_000 { return ["null"] }
      let keys = members.compactMap(reply)
      return keys.isEmpty ? [] : [batch(keys)]
    }
  }

  /// The key of a line that came back; nil for a notification.
  static func key(of line: Value) -> String? {
    if case .array(let members) = line { return batch(members.compactMap { $0["id"].flatMap(id) }) }
    return line["id"].flatMap(id)
  }

  private static func batch(_ keys: [String]) -> String { "batch " + keys.sorted().joined(separator: " ") }

  /// Under which id a message is answered; nil if it is not.
  private static func reply(to message: Value) -> String? {
    guard case .object = message else { return "null" }
    guard let sent = message["id"] else { return isRequest(message) ? nil : "null" }
    return id(sent) ?? "null"
  }

  private static func id(_ value: Value) -> String? {
    switch value {
    case .null: "null"
    case .string(let text): "\"" + text.unicodeScalars.map { "\($0.value)" }.joined(separator: ",")
    case .number(let digits): digits.contains { ".eE".contains($0) } ? nil : digits
    default: nil
    }
  }

  private static func isRequest(_ message: Value) -> Bool {
    guard case .string(let version)? = message["jsonrpc"], Array(version.utf8) == Array("2.0".utf8),
      message["method"]?.text != nil
    else { return false }
    switch message["params"] {
    case nil, .object, .array: return true
    default: return false
    }
  }
}

extension Value {
  /// As JSON, every character that is not plain ASCII escaped.
  var json: String {
    switch self {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .number(let digits): digits
    case .string(let text): Self.quoted(text)
    case .array(let items): "[" + items.map(\.json).joined(separator: ",") + "]"
    case .object(let members): "{" + members.map { Self.quoted($0.name) + ":" + $0.value.json }.joined(separator: ",") + "}"
    }
  }

  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for unit in text.utf16 {
      switch unit {
      case 0x22, 0x5C: quoted += "\\" + String(UnicodeScalar(UInt8(unit)))
      case 0x20...0x7E: quoted += String(UnicodeScalar(UInt8(unit)))
      default:
        let digits = String(unit, radix: 16)
        quoted += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      }
    }
    return quoted + "\""
  }

  /// A copy with the member put in its place, or at the end if there is none.
  func setting(_ name: String, _ value: Value) -> Value {
    guard case .object(var members) = self else { return .object([Member(name: name, value: value)]) }
    if let index = members.firstIndex(where: { $0.name == name }) {
      members[index] = Member(name: name, value: value)
    } else {
      members.append(Member(name: name, value: value))
    }
    return .object(members)
  }
}
