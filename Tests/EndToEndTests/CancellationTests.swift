// Giving calls up while somebody else holds what they need: nothing has changed, and everybody else is served.
import Glibc
import Testing

@Suite(.serialized) struct CancellationTests {
  private static let shop = Result { try Shop.fresh("cancellation") }
  private static let lots = "select from shelf.lot for update"

  /// A process with ten units of each of two products, of which nothing is sold yet.
  private func open(_ product: Int) throws -> Sidecar {
    let sidecar = try Self.shop.get().open()
    try sidecar.stock(product, name: "Bandage \(product)", qty: 10)
    return sidecar
  }

  private func quantity(_ product: Int, _ sidecar: Sidecar) throws -> Int? {
    try sidecar.result("inventory.get", #"{"productId":"\#(Params.id(product))"}"#)["totalQty"]?.int
  }

  private func cancel(_ id: Int, _ sidecar: Sidecar) throws {
    try sidecar.send(#"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":\#(id)}}"#)
  }

  @Test func aDeadlineEndsASaleThatWaitsForALock() throws {
    let sidecar = try open(1)
    let holder = try Holder(Self.lots, try Self.shop.get())
    let start = ContinuousClock.now
    let late = try sidecar.post("sales.create", Params.sale(1, timeout: 400))
    let behind = try sidecar.post("sales.create", Params.sale(1, timeout: 500))
    #expect(try sidecar.result("system.ping", within: .milliseconds(1_500))["now"] != nil, "pings are served meanwhile")
    for id in [late, behind] {
      let reply = try sidecar.reply(id, within: .seconds(10))
      #expect(reply.errorName == "deadline-exceeded" && reply.errorCode == 504, "\(reply.line)")
    }
    let took = start.duration(to: .now)
    #expect(took > .milliseconds(390) && took < .seconds(4), "\(took)")
    holder.release()
    #expect(try quantity(1, sidecar) == 10)
    #expect(try sidecar.result("sales.create", Params.sale(1, timeout: 20_000))["receiptNo"] != nil)
    #expect(try quantity(1, sidecar) == 9)
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func aCancelledSaleHasChangedNothing() throws {
    let sidecar = try open(2)
    let before = try sidecar.sales().count
    let holder = try Holder(Self.lots, try Self.shop.get())
    let running = try sidecar.post("sales.create", Params.sale(2, qty: 2, key: "cancelled"))
    let waiting = try sidecar.post("sales.create", Params.sale(2, qty: 3))
    let kept = try sidecar.post("sales.create", Params.sale(2, qty: 4))
    usleep(300_000)
    try cancel(waiting, sidecar)
    let queued = try sidecar.reply(waiting, within: .seconds(5))
    #expect(queued.errorName == "request-cancelled" && queued.errorCode == -32800, "\(queued.line)")
    try cancel(running, sidecar)
    #expect(try sidecar.reply(running, within: .seconds(5)).errorName == "request-cancelled")
    #expect(sidecar.received.replies[kept] == nil)
    holder.release()
    #expect(try sidecar.reply(kept).result?["receiptNo"] != nil)
    #expect(try quantity(2, sidecar) == 6)
    #expect(try sidecar.sales().count == before + 1)
    // Neither a number nor the key was used up.
    let again = try sidecar.result("sales.create", Params.sale(2, qty: 2, key: "cancelled"))
    #expect(again["items"]?[0]?["qty"]?.int == 2)
    #expect(try quantity(2, sidecar) == 4)
    #expect(try sidecar.faultsInBooks() == [])
    // What is over, or was never there, can be cancelled without harm.
    try cancel(kept, sidecar)
    try cancel(987_654, sidecar)
    #expect(try sidecar.result("system.ping")["now"] != nil)
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.badLines == [])
  }

  @Test func pingsAndCancellationsAreReadWhileTheHouseIsFull() throws {
    let sidecar = try open(3)
    let holder = try Holder(Self.lots, try Self.shop.get())
    let sales = (0..<400).map { _ in sidecar.request("sales.create", Params.sale(3)) }
    try sidecar.send(sales.map(\.line).joined(separator: "\n"))
    #expect(try sidecar.result("system.ping", within: .seconds(5))["now"] != nil)
    #expect(try sidecar.result("system.status", within: .seconds(5))["database"]?.text == "ready")
    let cancelled = Set(sales.map(\.id).enumerated().filter { $0.offset >= 5 && $0.offset % 2 == 1 }.map(\.element))
    for id in cancelled { try cancel(id, sidecar) }
    for id in cancelled { #expect(try sidecar.reply(id, within: .seconds(10)).errorName == "request-cancelled") }
    holder.release()
    let rest = try sales.map(\.id).filter { !cancelled.contains($0) }.map { try sidecar.reply($0) }
    #expect(rest.count { $0.result != nil } == 10)
    #expect(rest.count { $0.errorName == "stock-too-low" } == rest.count - 10)
    // Those that came first were served first.
    #expect(rest.prefix(10).allSatisfy { $0.result != nil })
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
  }

  @Test func theEndOfInputWaitsForASaleThatWaits() throws {
    let sidecar = try open(4)
    let holder = try Holder(Self.lots, try Self.shop.get())
    let sale = try sidecar.post("sales.create", Params.sale(4))
    sidecar.closeInput()
    usleep(400_000)
    #expect(Processes.isRunning(sidecar.pid))
    holder.release()
    #expect(try sidecar.ending() == .exited(0))
    #expect(sidecar.received.replies[sale]?.result?["receiptNo"] != nil)
  }
}
