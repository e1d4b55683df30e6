// Every text and number that any method takes, hostile; and the server's own log of what it was then asked.
import Glibc
import Testing

@Suite struct HostileFieldTests {
  /// What the server was asked: the texts of each prepared statement, by name, and the others.
  private struct Asked {
    var prepared: [String: Set<String>] = [:]
    var simple: Set<String> = []

    /// - Parameter log: written with `@@` before each entry.
    init(_ log: Substring) {
      for entry in log.split(separator: "@@") {
        let text = String(entry.drop { $0 == " " })
        if let rest = text.suffix(after: "LOG:  execute "), let colon = rest.firstIndex(of: ":") {
          let name = String(rest[..<colon].prefix { $0 != "#" && $0 != "/" })
          prepared[name, default: []].insert(rest[colon...].dropFirst(2).trimmed)
        } else if let rest = text.suffix(after: "LOG:  statement: ") {
          simple.insert(String(rest.trimmed.replacing(/'[^']*'/, with: "'…'")))
        }
      }
    }
  }

  @Test(.timeLimit(.minutes(4)))
  func everyFieldTakesAnythingAndNothingBecomesSQL() throws {
    let server = try PlainServer("hostile-fields")
    try server.start([
      "log_statement=all", "log_parameter_max_length=0", "log_parameter_max_length_on_error=0", "log_line_prefix=@@",
    ])
    try server.sql("create database shop")
    let flags = ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/hostile-fields-data"]
    let sidecar = try Sidecar(Sidecar.Options(flags: flags, environment: ["DATABASE_URL": server.url("shop")]))
    try sidecar.result(
      "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
    try sidecar.login()
    let examples = try Shop.played(sidecar, slowToo: true)
    let honest = server.log

    var calls = 0
    for example in examples { calls += try attack(example, through: sidecar) }
    #expect(calls > 1_500, "\(calls) calls")
    #expect(try sidecar.result("system.check", within: .seconds(60))["ok"]?.bool == true)
    #expect(try sidecar.result("audit.verify", within: .seconds(60))["ok"]?.bool == true)
    #expect(sidecar.received.badLines == [])
    #expect(try sidecar.finish() == .exited(0))
    try check(Asked(server.log.dropFirst(honest.count)), against: Asked(honest[...]))
  }

  /// Sends a call for each of its fields with each odd value; every one is answered, once, and with no incident.
  private func attack(_ example: MethodExample, through sidecar: Sidecar) throws -> Int {
    var sent: [(id: Int, what: String)] = []
    func send(_ field: FieldPath, _ value: Value, _ name: String) throws {
      sent.append((try sidecar.post(example.method, field.putting(value, in: example.params).json), "\(field) = \(name)"))
    }
    // What every call may carry is read in one place: a write and a read are enough.
    let isPlain = ["sales.create", "products.list"].contains(example.method)
    let texts = isPlain ? ["idempotencyKey", "progressToken"].map { FieldPath(steps: [.member($0)]) } : []
    let numbers = isPlain ? [FieldPath(steps: [.member("timeoutMs")])] : []
    for field in example.fields(of: ["string"]) + texts {
      for (name, text) in field.isFree ? Hostile.texts : Hostile.shapes { try send(field, .string(text), name) }
    }
    for field in example.fields(of: ["integer", "number"]) + numbers {
      for digits in Hostile.numbers { try send(field, .number(digits), String(digits.prefix(40))) }
    }
    for (id, what) in sent {
      let reply = try sidecar.reply(id, within: .seconds(60))
      if reply.errorName == "internal-error" { Issue.record("\(example.method) \(what): \(reply.line)") }
    }
    return sent.count
  }

  /// Every statement is one of the list, with the one text that it has; nothing else was asked than before the attack.
  private func check(_ attacked: Asked, against honest: Asked) throws {
    let path = #filePath.split(separator: "/").dropLast(2).map { "/" + $0 }.joined()
    let list = try #require(Processes.read(path + "/ShopTests/Snapshots/statements.txt"))
    let listed = Set(list.split(separator: "\n").compactMap { $0.split(separator: " ").first.map(String.init) })
    #expect(listed.count > 100 && attacked.prepared.count > 60, "\(listed.count) listed, \(attacked.prepared.count) seen")
    let transactions: Set = ["begin", "begin snapshot", "begin read only", "commit", "rollback"]
    #expect(Set(attacked.prepared.keys).subtracting(listed).subtracting(transactions) == [])
    for (name, texts) in attacked.prepared {
      #expect(texts.union(honest.prepared[name] ?? []).count == 1, "\(name) has several texts")
      #expect(!texts.contains { $0.contains("canary") }, "\(name)")
    }
    // Chores come when they like.
    let chores: Set = [
      "listen \"shelflife_changes\"", "select datname from pg_database where starts_with(datname, '…') order by datname",
    ]
    #expect(attacked.simple.subtracting(honest.simple).subtracting(chores) == [])
  }
}

extension String {
  fileprivate func suffix(after prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0.isWhitespace }.reversed().drop { $0.isWhitespace }.reversed())
  }
}
