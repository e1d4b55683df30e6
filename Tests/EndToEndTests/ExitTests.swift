// The end of a process: its status, and that whoever was accepted gets an answer first.
import Glibc
import Testing

@Suite(.serialized) struct ExitTests {
  private static let shop = Result { try Shop.fresh("exit") }
  private static let product = 1

  /// A process on the suite's shop, with plenty of one product.
  private func open() throws -> Sidecar {
    let sidecar = try Self.shop.get().open()
    if try sidecar.call("products.get", #"{"id":"\#(Params.id(Self.product))"}"#).errorName != nil {
      try sidecar.stock(Self.product, qty: 100_000)
    }
    return sidecar
  }

  private func expectAllSold(_ ids: [Int], _ sidecar: Sidecar) {
    let replies = sidecar.received.replies
    let failed = ids.filter { replies[$0]?.result?["receiptNo"]?.text == nil }
    #expect(failed.isEmpty, "\(failed.count) of \(ids.count), first: \(replies[failed.first ?? 0]?.line ?? "no reply")")
    let receipts = Set(ids.compactMap { replies[$0]?.result?["receiptNo"]?.text })
    #expect(receipts.count == ids.count)
    #expect(sidecar.received.badLines == [])
  }

  @Test func zeroAfterTheEndOfInput() throws {
    let sidecar = try Self.shop.get().start()
    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.lines == [])
  }

  @Test func everySaleOfABurstIsAnsweredAlthoughInputEndsAtOnce() throws {
    let sidecar = try open()
    let requests = (0..<200).map { _ in sidecar.request("sales.create", Params.sale(Self.product)) }
    try sidecar.write(Array((requests.map(\.line).joined(separator: "\n")).utf8))
    #expect(try sidecar.finish() == .exited(0))
    expectAllSold(requests.map(\.id), sidecar)
  }

  @Test(arguments: [SIGTERM, SIGINT])
  func everyAcceptedSaleIsAnsweredAfterASignal(signal: Int32) throws {
    let sidecar = try open()
    let requests = (0..<150).map { _ in sidecar.request("sales.create", Params.sale(Self.product)) }
    try sidecar.send(requests.map(\.line).joined(separator: "\n"))
    // Its answer tells that all before it have been read.
    try sidecar.result("system.ping")
    sidecar.kill(signal)
    #expect(try sidecar.ending() == .exited(0))
    expectAllSold(requests.map(\.id), sidecar)
  }

  @Test func aSignalDuringTheStartEndsTheProcess() throws {
    let sidecar = try Self.shop.get().start()
    let list = try sidecar.post("products.list")
    let status = try sidecar.result("system.status")
    sidecar.kill(SIGTERM)
    #expect(status["database"]?.text == "starting")
    #expect(try sidecar.ending(within: .seconds(10)) == .exited(0))
    #expect(
      ["authorization-required", "shutting-down"].contains(sidecar.received.replies[list]?.errorName), "accepted, so answered")
  }

  @Test func shutdownComesAfterEverythingBeforeIt() throws {
    let sidecar = try open()
    let sales = (0..<150).map { _ in sidecar.request("sales.create", Params.sale(Self.product)) }
    let shutdown = sidecar.request("system.shutdown")
    try sidecar.send((sales + [shutdown]).map(\.line).joined(separator: "\n"))
    #expect(try sidecar.ending() == .exited(0), "without the end of input")
    expectAllSold(sales.map(\.id), sidecar)
    let replies = sidecar.received.replies
    #expect(replies[shutdown.id]?.result == .object([]))
    #expect(sidecar.received.lines.last == replies[shutdown.id]?.line)
  }

  @Test func theBooksBalanceAfterAllOfIt() throws {
    let sidecar = try open()
    #expect(try sidecar.faultsInBooks() == [])
    #expect(try sidecar.finish() == .exited(0))
    #expect(try Self.shop.get().isStopped())
  }

  @Test(arguments: [
    (["--bcrypt-cost", "9"], [:]), (["--bcrypt-cost", "15"], [:]), (["--bcrypt-cost", "ten"], [:]),
    (["--log-level", "loud"], [:]),
    (["--fixed-now", "yesterday"], [:]), (["--fixed-now", "2026-02-30T09:00:00Z"], [:]),
    (["--database-url", "http://example.com/"], [:]),
    (["--no-such-flag"], [:]), (["stray"], [:]), (["serve", "stray"], [:]), (["--data-dir"], [:]),
    ([], ["SHELFLIFE_BCRYPT_COST": "9"]), ([], ["SHELFLIFE_LOG_LEVEL": "loud"]), ([], ["SHELFLIFE_FIXED_NOW": "noon"]),
    ([], ["DATABASE_URL": "http://example.com/"]),
  ])
  func badUsageIs64(flags: [String], environment: [String: String]) throws {
    let sidecar = try Sidecar(
      Sidecar.Options(
        flags: flags, environment: environment.merging(["SHELFLIFE_DATA_DIR": Shop.folder + "/never"]) { a, _ in a }))
    #expect(try sidecar.ending(within: .seconds(10)) == .exited(64))
    #expect(sidecar.received.lines == [] && sidecar.received.badLines == [], "stdout is for the protocol")
    #expect(!sidecar.errorText.isEmpty)
    #expect(access(Shop.folder + "/never", F_OK) != 0)
  }

  @Test func flagsBeatTheEnvironment() throws {
    let sidecar = try Self.shop.get().start(["--log-level", "error"]) {
      $0.environment = [
        "SHELFLIFE_BCRYPT_COST": "99", "SHELFLIFE_LOG_LEVEL": "loud", "SHELFLIFE_DATA_DIR": Shop.folder + "/never",
      ]
    }
    #expect(try sidecar.call("products.list").errorName == "authorization-required")
    #expect(try sidecar.finish() == .exited(0))
    #expect(access(Shop.folder + "/never", F_OK) != 0)
  }

  @Test func theEnvironmentBeatsTheDefaults() throws {
    let sidecar = try Sidecar(
      Sidecar.Options(environment: [
        "SHELFLIFE_DATA_DIR": try Self.shop.get().directory, "SHELFLIFE_BCRYPT_COST": "10",
        "SHELFLIFE_FIXED_NOW": "2031-05-06T07:08:09Z",
      ]))
    #expect(try sidecar.result("system.ping")["now"]?.text?.hasPrefix("2031-05-06T07:08:") == true)
    try sidecar.login()
    #expect(try sidecar.finish() == .exited(0))
  }
}
