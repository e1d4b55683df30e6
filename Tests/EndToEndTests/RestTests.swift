// What a process at rest gives back, and that it works on all the same.
import Testing

@Suite struct RestTests {
  @Test func memoryIsGivenBackAtRest() throws {
    let sidecar = try Shop.fresh("rest").open()
    for number in 1...300 { try sidecar.stock(number, name: "Product \(number)", qty: 10) }
    let busy = Processes.residentKilobytes(sidecar.pid)
    try #require(busy > 0)
    var least = busy
    _ = Spawning.eventually(within: .seconds(20)) {
      least = min(least, Processes.residentKilobytes(sidecar.pid))
      return least <= busy * 3 / 4
    }
    #expect(least <= busy * 3 / 4, "\(busy) kB at work, \(least) kB at rest")
    #expect(try sidecar.result("sales.create", Params.sale(300))["receiptNo"] != nil)
    #expect(try sidecar.finish() == .exited(0))
  }
}
