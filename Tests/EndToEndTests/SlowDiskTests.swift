// A disk on which every flush takes long: nothing is acknowledged before it is there, nothing is lost, and nobody waits who need not.
import Glibc
import Testing

@Suite struct SlowDiskTests {
  @Test func whatIsAcknowledgedIsOnTheDiskHoweverSlowItIs() throws {
    let disk = try SlowDisk("slow-disk-programs")
    let shop = try Shop.fresh("slow-disk")
    let till = try shop.open(["--pg-bin", disk.programs])
    try till.stock(1, qty: 1_000)
    for _ in 0..<4 { try till.result("sales.create", Params.sale(1)) }
    try disk.makeSlow()

    let began = ContinuousClock.now
    try till.result("sales.create", Params.sale(1, key: "alone"))
    #expect(began.duration(to: .now) >= SlowDisk.delay, "it was acknowledged when it was on the disk")

    // While flushes take their time: calls that need none are answered at once, waiting sales share them, deadlines hold.
    let sales = try (0..<40).map { try till.post("sales.create", Params.sale(1, key: "many-\($0)")) }
    let hurried = try till.post("sales.create", Params.sale(1, key: "hurried", timeout: 50))
    let asked = ContinuousClock.now
    try till.result("system.ping")
    #expect(asked.duration(to: .now) < SlowDisk.delay)
    let answer = try till.reply(hurried, within: .seconds(60))
    #expect(answer.result != nil || ["deadline-exceeded", "outcome-unknown"].contains(answer.errorName ?? ""), "\(answer.line)")
    let replies = try sales.map { try till.reply($0, within: .seconds(60)) }
    #expect(replies.allSatisfy { $0.result != nil })
    #expect(began.duration(to: .now) < SlowDisk.delay * 30, "forty sales did not wait for a flush each")

    // The server dies while they wait for the disk. What was told is there, and what was not is settled under its key.
    let last = try (0..<20).map { try till.post("sales.create", Params.sale(1, key: "last-\($0)")) }
    usleep(300_000)
    if let postmaster = shop.postmaster { kill(postmaster, SIGKILL) }
    disk.makeFast()
    for (number, id) in last.enumerated() {
      let reply = try till.reply(id, within: .seconds(60))
      let again = try till.result("sales.create", Params.sale(1, key: "last-\(number)"), within: .seconds(60))
      if let told = reply.result { #expect(told["receiptNo"]?.text == again["receiptNo"]?.text) }
    }
    // The hurried one is there if it was acknowledged, is not if it was given up, and may be if nobody knows.
    let extra = try till.sales().count - (4 + 1 + 40 + 20)
    #expect(answer.result != nil ? extra == 1 : answer.errorName == "deadline-exceeded" ? extra == 0 : (0...1).contains(extra))
    #expect(try till.faultsInBooks() == [])
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}
