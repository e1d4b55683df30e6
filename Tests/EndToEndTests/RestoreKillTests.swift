// A restore that is killed: whenever it happens, the shop is afterwards either as it was or as the backup has it, and whole.
import Glibc
import Testing

@Suite struct RestoreKillTests {
  @Test func killedAtAnyMomentItLeavesOneOfTwoShops() throws {
    let shop = try Shop.fresh("restore-killed")
    var till = try shop.open()
    try till.stock(1, qty: 10_000)
    for _ in 0..<20 { try till.result("sales.create", Params.sale(1)) }
    let path = try till.backUp()
    let old = try till.image()
    for _ in 0..<20 { try till.result("sales.create", Params.sale(1)) }
    var new = try till.image()

    // How long a restore takes here: the kills are spread over it.
    let start = ContinuousClock.now
    #expect(try till.restore(path).result != nil)
    let length = start.duration(to: .now)
    try till.login()
    #expect(try till.image() == old)
    for _ in 0..<5 { try till.result("sales.create", Params.sale(1)) }
    new = try till.image()

    var outcomes = (asBefore: 0, restored: 0)
    for point in 1...20 {
      _ = try till.post("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#)
      // The last quarter gets half of the kills: there the databases change places.
      let share = point <= 10 ? point * 7 : 70 + (point - 10) * 3
      usleep(UInt32((length * share / 100) / .microseconds(1)))
      till.kill(SIGKILL)
      #expect(try till.ending() == .killed(SIGKILL))

      till = try shop.open()
      let image = try till.image()
      if image == old {
        outcomes.restored += 1
        for _ in 0..<3 { try till.result("sales.create", Params.sale(1)) }
        new = try till.image()
      } else {
        #expect(image == new, "kill \(point): neither the one nor the other shop")
        outcomes.asBefore += 1
      }
      #expect(try till.faultsInBooks() == [], "kill \(point)")
      #expect(try till.call("sales.quote", #"{"items":[{"productId":"\#(Params.id(1))","qty":1}]}"#).result != nil)
    }
    #expect(outcomes.asBefore > 0, "\(outcomes)")
    #expect(try till.restore(path).result != nil, "and it can still be restored")
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}
