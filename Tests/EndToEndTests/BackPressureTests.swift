// A client that does not read: the process waits, grows no further, and loses nothing.
import Glibc
import Testing

@Suite struct BackPressureTests {
  /// Memory that nothing here may need; the program itself takes a tenth.
  private static let mostKilobytes = 200 << 10

  @Test func stdoutThatIsNotReadStopsTheReadingOfStdin() throws {
    let shop = try Shop.fresh("back-pressure")
    let sidecar = try shop.start { $0.readsOutput = false }
    // Big answers, small ones, and some that need the database.
    let login = sidecar.request("auth.login", #"{"username":"owner","password":"\#(Shop.password)","bind":true}"#)
    try sidecar.send(login.line)
    var ids = [login.id]
    var taken = 0
    var pending: [UInt8] = []
    let end = ContinuousClock.now + .seconds(40)
    while ContinuousClock.now < end, taken < 256 << 20 {
      let requests =
        [sidecar.request("rpc.discover"), sidecar.request("products.list")] + (0..<7).map { _ in sidecar.request("system.ping") }
      pending = Array(requests.map { $0.line + "\n" }.joined().utf8)
      ids += requests.map(\.id)
      let count = try sidecar.offer(pending, until: .now + .milliseconds(1_500))
      taken += count
      pending.removeFirst(count)
      if !pending.isEmpty { break }
    }
    #expect(!pending.isEmpty, "the process has read \(taken) bytes and goes on")
    let before = Processes.residentKilobytes(sidecar.pid)
    usleep(700_000)
    let after = Processes.residentKilobytes(sidecar.pid)
    #expect(before < Self.mostKilobytes && after < Self.mostKilobytes && after < before + 4_096, "\(before) kB, then \(after) kB")
    #expect(try sidecar.offer(pending, until: .now + .milliseconds(200)) == 0)

    sidecar.startReading()
    // The last nine are those of which the process has not read everything; it does once it is rid of what came before.
    for id in ids.dropLast(9) { _ = try sidecar.reply(id) }
    try sidecar.write(pending)
    for id in ids.suffix(9) { _ = try sidecar.reply(id) }
    let replies = sidecar.received.replies
    #expect(replies.count == ids.count)
    let failed = ids.compactMap { replies[$0]?.errorName }
    #expect(failed.isEmpty, "\(Set(failed))")
    #expect(sidecar.received.badLines == [])
    #expect(try sidecar.finish() == .exited(0))
  }

  /// A reader who is behind need not guess what the half of a reply meant, where a whole one is no longer than a pipe takes at once.
  @Test(arguments: [1, 2, 9, 17, 50])
  func aKillLeavesNoHalfReply(of calls: Int) throws {
    let shop = try Shop.fresh("half-reply-\(calls)")
    let sidecar = try shop.start { $0.readsOutput = false }
    let batch = "[" + (0..<calls).map { _ in sidecar.request("system.ping").line }.joined(separator: ",") + "]\n"
    let batches = Array(String(repeating: batch, count: (4 << 20) / batch.utf8.count).utf8)
    #expect(try sidecar.offer(batches, until: .now + .seconds(1)) > 64 << 10)
    sidecar.kill(SIGKILL)
    #expect(try sidecar.ending() == .killed(SIGKILL))
    sidecar.startReading()
    #expect(sidecar.wait { $0.isAtEnd ? true : nil } == true)
    #expect(sidecar.received.badLines.map { $0.suffix(40) } == [])
    #expect(sidecar.received.others.allSatisfy { $0.line.utf8.count < 4_096 && $0.line.hasSuffix("}]") })
    #expect(sidecar.received.lines.reduce(0) { $0 + $1.utf8.count + 1 } > 48 << 10, "the pipe was full")
  }

  @Test func salesGoOnAlthoughNobodyReadsTheLog() throws {
    let shop = try Shop.fresh("log-pressure")
    let sidecar = try shop.open(["--log-level", "debug"]) { $0.readsErrors = false }
    try sidecar.stock(1, qty: 1_000)
    // Each is logged and not run.
    let notification = #"{"jsonrpc":"2.0","method":"sales.create","params":\#(Params.sale(1))}"#
    for _ in 0..<40 { try sidecar.send(Array(repeating: notification, count: 100).joined(separator: "\n")) }
    let start = ContinuousClock.now
    for _ in 0..<50 { try sidecar.result("sales.create", Params.sale(1)) }
    let took = start.duration(to: .now)
    #expect(took < .seconds(10), "50 sales took \(took)")
    #expect(try sidecar.result("inventory.get", #"{"productId":"\#(Params.id(1))"}"#)["totalQty"]?.int == 950)
    #expect(Processes.residentKilobytes(sidecar.pid) < Self.mostKilobytes)
    #expect(try sidecar.finish(within: .seconds(10)) == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func aReaderThatComesBackAfterTheEndOfInputGetsEverything() throws {
    let shop = try Shop.fresh("late-reader")
    let sidecar = try shop.start { $0.readsOutput = false }
    let requests = (0..<40).map { _ in sidecar.request("rpc.discover") }
    try sidecar.send(requests.map(\.line).joined(separator: "\n"))
    sidecar.closeInput()
    usleep(500_000)
    #expect(Processes.isRunning(sidecar.pid), "unread answers are not thrown away")
    sidecar.startReading()
    #expect(try sidecar.finish() == .exited(0))
    #expect(requests.allSatisfy { sidecar.received.replies[$0.id]?.result != nil })
    #expect(sidecar.received.badLines == [])
  }
}
