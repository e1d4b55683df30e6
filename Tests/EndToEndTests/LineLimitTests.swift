// The ends of what a line may be: 8 MiB, 64 brackets, a gigabyte without an end, and cuts at every byte.
import Glibc
import Testing

@Suite(.serialized) struct LineLimitTests {
  private static let shop = Result { try Shop.fresh("line-limits") }
  private static let mostBytes = 8 << 20
  /// What the process may hold at most while one line of any length goes through it: the longest line twice, and itself.
  private static let mostKilobytes = 120 << 10

  private static func ping(_ id: Int, padding: Int = 0) -> [UInt8] {
    Array(#"{"jsonrpc":"2.0","id":\#(id),"method":"system.ping"}"#.utf8) + Array(repeating: UInt8(ascii: " "), count: padding)
  }

  @Test func theLongestLineIsServedAndOneByteMoreIsNot() throws {
    let sidecar = try Self.shop.get().start()
    for (id, ending) in [(1, "\n"), (2, "\r\n")] {
      let room = Self.mostBytes - Self.ping(id).count
      try sidecar.write(Self.ping(id, padding: room) + Array(ending.utf8))
      #expect(try sidecar.reply(id).result?["now"] != nil)
      try sidecar.write(Self.ping(id + 10, padding: room) + Array(ending.utf8))
    }
    try sidecar.write(Self.ping(3) + [0x0A])
    #expect(try sidecar.reply(3).result?["now"] != nil)
    #expect(sidecar.received.others.map(\.errorName) == ["message-too-large", "message-too-large"])
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.lines.count == 5)
  }

  /// A single text of almost all that a line may hold is read, and refused by what it is for.
  @Test func aTextOfEightMebibytesIsRefusedByName() throws {
    let sidecar = try Self.shop.get().open()
    let name = String(repeating: "a", count: Self.mostBytes - 200)
    let reply = try sidecar.call("products.create", #"{"name":"\#(name)","sellingPrice":"1.00"}"#)
    #expect(reply.errorName == "validation-error" && reply.details?["issues"]?[0]?["path"]?.text == "name")
    #expect(reply.line.utf8.count < 1_000, "what was sent is not repeated")
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func sixtyFourBracketsAreReadAndSixtyFiveAreNot() throws {
    let sidecar = try Self.shop.get().start()
    func line(_ id: Int, brackets: Int) -> String {
      let nested = String(repeating: "[", count: brackets - 2) + String(repeating: "]", count: brackets - 2)
      return #"{"jsonrpc":"2.0","id":\#(id),"method":"system.ping","params":{"a":\#(nested)}}"#
    }
    try sidecar.send(line(1_001, brackets: 64))
    #expect(try sidecar.reply(1_001).errorName == "validation-error")
    try sidecar.send(line(1_002, brackets: 65))
    try sidecar.result("system.ping")
    #expect(sidecar.received.others.map(\.errorName) == ["parse-error"])
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test(.timeLimit(.minutes(2)))
  func aGigabyteWithoutANewlineTakesNoMemory() throws {
    let sidecar = try Self.shop.get().start()
    try sidecar.result("system.ping")
    let piece = Array(repeating: UInt8(ascii: "{"), count: 1 << 20)
    var most = 0
    for _ in 0..<1_024 {
      try sidecar.write(piece)
      most = max(most, Processes.residentKilobytes(sidecar.pid))
    }
    #expect(most > 0 && most < Self.mostKilobytes, "\(most) kB")
    try sidecar.write([0x0A])
    try sidecar.result("system.ping")
    #expect(sidecar.received.others.map(\.errorName) == ["message-too-large"])
    let after = Processes.residentKilobytes(sidecar.pid)
    #expect(after < Self.mostKilobytes / 2, "\(after) kB are kept")
    #expect(try sidecar.finish() == .exited(0))
  }

  /// Wherever the reads of the process fall, the line is one.
  @Test func aLineCutAnywhereIsOneLine() throws {
    let sidecar = try Self.shop.get().start()
    let text = #"{"jsonrpc":"2.0","id":"é💊\u00e9\ud83d\ude00","method":"system.ping","params":{}}"# + "\r\n"
    let line = Array(text.utf8)
    for cut in 1..<line.count {
      try sidecar.write(line[..<cut])
      // Lets the reader come and see half a line.
      usleep(300)
      try sidecar.write(line[cut...])
    }
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.others.count == line.count - 1)
    #expect(sidecar.received.others.allSatisfy { $0.result?["now"] != nil && $0.value["id"]?.text == "é💊é😀" })
    #expect(sidecar.received.badLines == [])
  }
}
