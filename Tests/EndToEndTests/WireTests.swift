// The bytes on the pipe: how they are cut makes no difference, and every line that comes back is a message.
import Glibc
import Testing

@Suite(.serialized) struct WireTests {
  private static let shop = Result { try Shop.fresh("wire") }

  /// Calls of every kind, good and bad. Its writes carry keys: a second run is answered with what the first one did.
  private static let script: [String] = {
    let product = Params.id(1)
    return [
      #"{"jsonrpc":"2.0","id":"in","method":"auth.login","params":{"username":"owner","password":"\#(Shop.password)","bind":true}}"#,
      #"{"jsonrpc":"2.0","id":1,"method":"products.create","params":{"id":"\#(product)","name":"Ibuprofène 400 mg – 20 “cachets” 💊","sellingPrice":"4.50","tracksExpiry":false,"idempotencyKey":"w1"}}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"stockIn.create","params":{"items":[{"productId":"\#(product)","qtyAdded":10,"unitCost":1.25}],"idempotencyKey":"w2"}}"#,
      #"{"jsonrpc":"2.0","id":3,"method":"sales.create","params":{"items":[{"productId":"\#(product)","qty":3}],"note":"t\u00e4glich \ud83d\ude00","idempotencyKey":"w3"}}"#,
      "",
      "  \t ",
      #"{"jsonrpc":"2.0","id":123456789012345678901234567890,"method":"sales.get","params":{"receiptNo":"RCPT-20260312-0001"}}"#,
      #"{"jsonrpc":"2.0","id":"ü","method":"no.such"}"#,
      #"{"jsonrpc":"2.0","id":null,"method":"products.get","params":{"id":"\#(product)"}}"#,
      #"{"jsonrpc":"2.0","id":5,"method":"products.list","params":{"qeury":"x","limit":0}}"#,
      #"{"jsonrpc":"2.0","id":6,"method":"products.list","params":[1]}"#,
      #"{"jsonrpc":"2.0","id":7,"method":"products.list","params":3}"#,
      #"{"jsonrpc":"2.0","id":8.5,"method":"system.ping"}"#,
      #"{"jsonrpc":"2.0","method":"products.list"}"#,
      #"[{"jsonrpc":"2.0","id":"a","method":"products.get","params":{"id":"\#(product)"}},{"jsonrpc":"2.0","method":"system.ping"},7]"#,
      "[]",
      #"[{"jsonrpc":"2.0","method":"system.ping"}]"#,
      #"{"jsonrpc":"2.0","id":9,"method":"#,
      #"{"jsonrpc":"2.0","id":9,"id":9,"method":"system.ping"}"#,
      #"{"jsonrpc":"2.0","id":10,"method":"system.ping","params":{"a":"\ud800"}}"#,
      "not json at all",
      #"{"jsonrpc":"2.0","id":11,"method":"auth.me"}"#,
    ]
  }()

  /// The last line of the script; sent without a newline.
  private static let last = #"{"jsonrpc":"2.0","id":"last","method":"inventory.get","params":{"productId":"\#(Params.id(1))"}}"#

  private enum Delivery: CaseIterable {
    case atOnce, byteByByte, inOddPieces, withCarriageReturns, afterByteOrderMark
  }

  /// Plays the script to a new process and returns its replies, sorted, since they may come in any order; without the token.
  private func play(_ delivery: Delivery) throws -> [String] {
    let sidecar = try Self.shop.get().start(["--fixed-now", "2026-03-12T09:00:00Z"])
    let newline = delivery == .withCarriageReturns ? "\r\n" : "\n"
    var bytes = Array((Self.script + [Self.last]).joined(separator: newline).utf8)
    if delivery == .afterByteOrderMark { bytes = [0xEF, 0xBB, 0xBF] + bytes }
    switch delivery {
    case .atOnce, .withCarriageReturns, .afterByteOrderMark: try sidecar.write(bytes)
    case .byteByByte:
      for byte in bytes {
        try sidecar.write([byte])
        // Lets the reader have each byte for itself.
        usleep(20)
      }
    case .inOddPieces:
      for start in stride(from: 0, to: bytes.count, by: 37) {
        try sidecar.write(bytes[start..<min(start + 37, bytes.count)])
        usleep(200)
      }
    }
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.badLines == [], "every line is a message")
    #expect(sidecar.received.lines.allSatisfy { !$0.contains("\r") })
    return sidecar.received.lines.filter { !$0.hasPrefix(#"{"jsonrpc":"2.0","id":"in","#) }.sorted()
  }

  @Test func howTheBytesAreCutMakesNoDifference() throws {
    let expected = try play(.atOnce)
    // The login is left out; blank lines, notifications and the batch of them are not answered.
    #expect(expected.count == Self.script.count - 5 + 1)
    #expect(
      expected.contains { $0.contains(#""id":"last""#) && $0.contains(#""totalQty":7"#) }, "a last line without newline is served"
    )
    #expect(expected.contains { $0.contains(#""id":123456789012345678901234567890,"result""#) })
    #expect(expected.contains { $0.contains("–") && $0.contains("💊") || $0.contains("\\ud83d\\udc8a") })
    for delivery in Delivery.allCases {
      let replies = try play(delivery)
      let different = zip(expected, replies).first { $0 != $1 }
      #expect(replies == expected, "\(delivery): \(different.map { "\($0)" } ?? "")")
    }
  }

  @Test func aPipedFileNeedsNoWaiting() throws {
    let sidecar = try Self.shop.get().start(["--fixed-now", "2026-03-12T10:00:00Z"])
    let lines = [
      #"{"jsonrpc":"2.0","id":1,"method":"auth.login","params":{"username":"owner","password":"\#(Shop.password)","bind":true}}"#,
      #"{"jsonrpc":"2.0","id":2,"method":"products.create","params":\#(Params.product(2, name: "Zinc ointment"))}"#,
      #"{"jsonrpc":"2.0","id":3,"method":"inventory.get","params":{"productId":"\#(Params.id(2))"}}"#,
      #"{"jsonrpc":"2.0","id":4,"method":"stockIn.create","params":{"items":[{"productId":"\#(Params.id(2))","qtyAdded":4,"unitCost":"1"}]}}"#,
      #"{"jsonrpc":"2.0","id":5,"method":"inventory.get","params":{"productId":"\#(Params.id(2))"}}"#,
      #"{"jsonrpc":"2.0","id":6,"method":"sales.create","params":\#(Params.sale(2, qty: 3))}"#,
      #"{"jsonrpc":"2.0","id":7,"method":"sales.create","params":\#(Params.sale(2, qty: 3))}"#,
      #"{"jsonrpc":"2.0","id":8,"method":"sales.create","params":\#(Params.sale(2, qty: 1))}"#,
      #"{"jsonrpc":"2.0","id":9,"method":"inventory.get","params":{"productId":"\#(Params.id(2))"}}"#,
      #"{"jsonrpc":"2.0","id":10,"method":"system.check"}"#,
    ]
    try sidecar.write(Array(lines.joined(separator: "\n").utf8))
    #expect(try sidecar.finish() == .exited(0))
    let replies = sidecar.received.replies
    #expect(replies.count == 10 && sidecar.received.badLines == [])
    // A read sees all that came before it, and may see more.
    #expect(replies[3]?.result != nil, "the product was there")
    #expect(replies[9]?.result?["totalQty"]?.int == 0)
    #expect(replies[6]?.result != nil && replies[8]?.result != nil)
    #expect(replies[7]?.errorName == "stock-too-low")
    #expect(replies[10]?.result?["ok"]?.bool == true)
  }

  @Test func filesServeAsStdinAndStdout() throws {
    let shop = try Self.shop.get()
    let files = Shop.folder + "/wire-file"
    let login =
      #"{"jsonrpc":"2.0","id":1,"method":"auth.login","params":{"username":"owner","password":"\#(Shop.password)","bind":true}}"#
    let me = #"{"jsonrpc":"2.0","id":2,"method":"auth.me"}"#
    try Spawning.run(["/bin/sh", "-c", "cat > '\(files).in'"], input: login + "\n" + me + "\n")
    let command = ([try Program.path] + shop.flags).map { "'\($0)'" }.joined(separator: " ")
    try Spawning.run(["/bin/sh", "-c", "\(command) < '\(files).in' > '\(files).out' 2> '\(files).err'"])
    let lines = (Processes.read(files + ".out") ?? "").split(separator: "\n").map { Value.parse(String($0)) }
    #expect(lines.count == 2 && lines.contains { $0?["result"]?["username"]?.text == "owner" }, "\(lines)")
    try Spawning.run(["/bin/sh", "-c", "\(command) < /dev/null > /dev/null 2>&1"])
  }

  @Test func aLineThatIsTooLongIsSkippedAndTheNextIsServed() throws {
    let sidecar = try Self.shop.get().start()
    try sidecar.write(Array(repeating: UInt8(ascii: "x"), count: 9 << 20) + [0x0A])
    let after = try sidecar.post("system.ping")
    #expect(try sidecar.reply(after).result?["now"] != nil)
    #expect(sidecar.received.others.first?.errorName == "message-too-large")
    #expect(sidecar.received.others.first?.errorCode == -32600)
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func theDocumentOfTheProtocolNamesEveryMethod() throws {
    let sidecar = try Self.shop.get().start()
    let document = try sidecar.result("rpc.discover")
    let names = try #require(document["methods"]?.items.compactMap { $0["name"]?.text })
    #expect(try sidecar.result("system.hello")["methods"]?.items.compactMap(\.text).sorted() == names.sorted())
    #expect(names.contains("rpc.discover"))
    #expect(try sidecar.finish() == .exited(0))
  }
}
