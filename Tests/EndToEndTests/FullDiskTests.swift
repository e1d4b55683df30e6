// A disk that runs full while a till sells: what was acknowledged stays, the shop can be read, and selling goes on where there is room.
import Glibc
import Testing

@Suite(.serialized, .enabled(if: SmallDisk.isPossible)) struct FullDiskTests {
  private static let ballast = 32 << 10

  private func hasBallast(_ shop: Shop) -> Bool {
    Spawning.eventually(within: .seconds(30)) { shop.ballastKilobytes >= Self.ballast }
  }

  /// Sells once and waits as long as it takes until there is room again.
  private func sellsAgain(_ till: Sidecar) throws -> Bool {
    try Spawning.eventually(within: .seconds(30)) {
      let reply = try till.call("sales.create", Params.sale(1))
      if reply.result == nil, reply.errorName != "disk-full" { throw Failure(reply.line) }
      return reply.result != nil
    }
  }

  @Test func theShopIsReadAndBackedUpAndSellsAgainByItself() throws {
    let disk = try SmallDisk("full-disk", megabytes: 500)
    let shop = try disk.shop()
    let till = try shop.open()
    try till.stock(1, qty: 100_000)
    #expect(hasBallast(shop), "it is laid up once there is a server")

    // The disk fills up under sales.
    var made = 0
    var refused: Set<String> = []
    let filling = try RunningFill(disk)
    while !filling.isOver {
      for id in try (0..<16).map({ _ in try till.post("sales.create", Params.sale(1)) }) {
        let reply = try till.reply(id)
        if reply.result != nil { made += 1 } else { refused.insert("\(reply.errorName ?? "") \(reply.errorCode ?? 0)") }
      }
    }
    let refusal = try till.call("sales.create", Params.sale(1))
    #expect(refusal.errorName == "disk-full" && refusal.errorCode == 503, "\(refusal.line)")
    #expect(refusal.value["error"]?["data"]?["retryable"]?.bool == true)
    #expect(made > 0 && refused.isSubset(of: ["disk-full 503"]), "\(made) sales, \(refused)")

    // What is left of the disk is for reading, signing in and a backup.
    #expect(Spawning.eventually(within: .seconds(30)) { shop.ballastKilobytes == 0 }, "it is given up")
    #expect(try till.sales().count == made)
    let other = try shop.open()
    #expect(try other.result("auth.me")["username"]?.text == Shop.username)
    #expect(try other.result("auth.logout") == .object([]))
    #expect(try other.finish() == .exited(0))
    let elsewhere = Shop.folder + "/full-disk-elsewhere"
    mkdir(elsewhere, 0o700)
    _ = try till.backUp()
    #expect(try till.result("backup.export", #"{"targetPath":"\#(elsewhere)"}"#)["path"]?.text?.hasPrefix(elsewhere) == true)
    #expect(
      try till.call("sales.create", Params.sale(1)).errorName == "disk-full", "the room that was given up invites no writes")
    #expect(try till.call("products.create", Params.product(2, name: "Gauze")).errorName == "disk-full")

    disk.free()
    #expect(try sellsAgain(till))
    #expect(try till.sales().count == made + 1)
    #expect(hasBallast(shop), "it is laid up anew")
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  /// PostgreSQL ends when it cannot write its log, and cannot recover without room for it.
  @Test func aServerThatCannotWriteItsLogRecoversInTheBallastsPlace() throws {
    let disk = try SmallDisk("full-log", megabytes: 500)
    let shop = try disk.shop()
    let till = try shop.open()
    try till.stock(1, qty: 1_000)
    for _ in 0..<5 { try till.result("sales.create", Params.sale(1)) }
    #expect(hasBallast(shop))
    try disk.fill()
    shop.writeLog(megabytes: 40)

    #expect(
      try Spawning.eventually(within: .seconds(30)) { try till.call("sales.list", #"{"timeoutMs":5000}"#).result != nil },
      "it is read again although nothing was freed")
    #expect(shop.ballastKilobytes == 0)
    #expect(try till.sales().count == 5, "nothing acknowledged is lost")
    #expect(try till.call("sales.create", Params.sale(1)).errorName == "disk-full")
    #expect((Processes.read(shop.directory + "/postgres.log") ?? "").contains("PANIC"), "the server has indeed ended")
    #expect((Processes.read(shop.directory + "/supervisor.log") ?? "").contains("gave up the ballast"))

    disk.free()
    #expect(try sellsAgain(till))
    #expect(try till.faultsInBooks() == [])
    #expect(try till.sales().count == 6)
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }

  @Test func withoutBallastTheReasonIsToldUntilThereIsRoom() throws {
    let disk = try SmallDisk("full-bare", megabytes: 500)
    let shop = try disk.shop()
    let till = try shop.open()
    try till.stock(1, qty: 1_000)
    try till.result("sales.create", Params.sale(1))
    #expect(hasBallast(shop))
    try disk.fill()
    unlink(shop.directory + "/ballast")
    try disk.fill()
    shop.writeLog(megabytes: 40)

    #expect(
      try Spawning.eventually(within: .seconds(30)) {
        try till.call("sales.list", #"{"timeoutMs":5000}"#).errorName == "disk-full"
      }, "the word for it, also where nothing can be read")
    #expect(try till.call("sales.create", Params.sale(1)).errorName == "disk-full")
    let status = try till.result("system.status")
    #expect(
      status["database"]?.text == "unavailable" && status["reason"]?.text?.contains("No space is left") == true, "\(status)")
    #expect(try till.result("system.ping")["now"] != nil)

    disk.free()
    #expect(try sellsAgain(till))
    #expect(try till.sales().count == 2)
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}

/// A disk that fills up over some seconds.
private final class RunningFill {
  private let pid: pid_t
  private var ending: Ending?

  init(_ disk: SmallDisk) throws {
    pid = try Spawning.start(
      [
        "/bin/sh", "-c",
        "cd '\(disk.path)' && while dd if=/dev/zero bs=1M count=8; do sleep 0.05; done >> filler 2> /dev/null; dd if=/dev/zero bs=4k >> filler",
      ], environment: Spawning.environment, input: nil, output: nil, errors: nil)
  }

  deinit {
    if ending == nil {
      kill(pid, SIGKILL)
      _ = Spawning.wait(pid, within: .seconds(5))
    }
  }

  var isOver: Bool {
    if ending == nil { ending = Spawning.wait(pid, within: .zero) }
    return ending != nil
  }
}
