// What a process tells its operator: a line for each call that says how it went and how long it took, and recordings of the wire.
import Glibc
import Testing

@Suite struct LogTests {
  private func lines(_ sidecar: Sidecar, _ message: String) -> [Value] {
    sidecar.errorText.split(separator: "\n").compactMap { Value.parse(String($0)) }.filter { $0["message"]?.text == message }
  }

  @Test func everyAnswerIsLoggedByWhoseFaultItIs() throws {
    let shop = try Shop.fresh("logged")
    let sidecar = try shop.open(["--log-level", "debug"])
    try sidecar.stock(1, qty: 1)
    let refused = try sidecar.post("sales.create", Params.sale(1, qty: 5))
    _ = try sidecar.reply(refused)
    try sidecar.send(#"{"jsonrpc":"2.0","id":"wrong \u00e9","method":"sales.creat"}"#)
    try sidecar.send("no json")
    try sidecar.result("backup.run")
    #expect(try sidecar.call("backup.verify", #"{"timeoutMs":30}"#).errorName == "deadline-exceeded")
    #expect(try sidecar.finish() == .exited(0))

    let calls = lines(sidecar, "call")
    let sale = try #require(calls.first { $0["method"]?.text == "sales.create" })
    #expect(sale["level"]?.text == "info" && sale["code"]?.text == "stock-too-low" && sale["id"]?.text == String(refused))
    let micros = try #require(sale["micros"]?.int)
    #expect(try micros > 0 && micros >= (#require(sale["waitedMicros"]?.int)))
    let login = try #require(calls.first { $0["method"]?.text == "auth.login" })
    #expect(login["level"]?.text == "debug" && login["code"] == nil)
    let typo = try #require(calls.first { $0["method"]?.text == "sales.creat" })
    #expect(typo["id"]?.text == "wrong é" && typo["level"]?.text == "info" && typo["code"]?.text == "method-not-found")
    let late = try #require(calls.first { $0["code"]?.text == "deadline-exceeded" })
    #expect(try late["level"]?.text == "warning" && #require(late["micros"]?.int) >= 30_000)
    let wire = lines(sidecar, "wire")
    #expect(wire.contains { $0["event"]?.text?.contains("parse-error") == true && $0["level"]?.text == "info" }, "\(wire)")
    #expect(calls.count >= 6 && calls.allSatisfy { $0["at"]?.text?.count == 24 })
  }

  @Test func goodCallsAreQuietUnlessAskedFor() throws {
    let sidecar = try Shop.fresh("quiet").open()
    try sidecar.stock(1, qty: 5)
    try sidecar.result("sales.create", Params.sale(1))
    #expect(try sidecar.finish() == .exited(0))
    #expect(lines(sidecar, "call").isEmpty)
  }

  @Test func aRecordingHoldsBothDirectionsAndNoSecret() throws {
    let shop = try Shop.fresh("recorded")
    let file = Shop.folder + "/recorded.trace"
    let sidecar = try shop.start(["--trace-file", file])
    let login = try sidecar.result("auth.login", #"{"username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
    let token = try #require(login["token"]?.text)
    try sidecar.result("products.create", #"{"token":"\#(token)","name":"Saline","sellingPrice":"4.50"}"#)
    try sidecar.send("no json with a secret: \(Shop.password)")
    try sidecar.send(String(repeating: " ", count: 9 << 20) + "1")
    try sidecar.result("system.ping")
    #expect(try sidecar.finish() == .exited(0))

    var status = stat()
    #expect(stat(file, &status) == 0 && status.st_mode & 0o777 == 0o600)
    let text = try #require(Processes.read(file))
    #expect(!text.contains(Shop.password) && !text.contains(token))
    let lines = text.split(separator: "\n").compactMap { Value.parse(String($0)) }
    #expect(lines.first?["direction"]?.text == "start" && lines.allSatisfy { $0["at"]?.text?.count == 24 })
    let sent = lines.filter { $0["direction"]?.text == "out" }
    #expect(sent.count == sidecar.received.lines.count)
    #expect(sent.first { $0["line"]?["id"]?.int == 1 }?["line"]?["result"]?["token"]?.text == "${token-1}")
    let received = lines.filter { $0["direction"]?.text == "in" }
    #expect(received[0]["line"]?["params"]?["password"]?.text == "${password-1}")
    #expect(received[1]["line"]?["params"]?["token"]?.text == "${token-1}")
    #expect(received[1]["line"]?["params"]?["sellingPrice"]?.text == "4.50")
    #expect(received[2]["bytes"]?.int == 23 + Shop.password.utf8.count && received[2]["line"] == nil)
    #expect(received.count == 4, "a line beyond the limit is not kept")

    let refused = try shop.start(["--trace-file", "/nowhere/at/all"])
    #expect(try refused.ending() == .exited(70))
    #expect(refused.errorText.contains("/nowhere/at/all"))
  }
}
