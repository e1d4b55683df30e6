// The first start: the process speaks at once while its cluster is still being made.
import Glibc
import Testing

@Suite struct FirstStartTests {
  @Test func answersWhileTheClusterIsBeingMade() throws {
    let shop = Shop.empty("first-start/data")
    let sidecar = try shop.start()
    let start = ContinuousClock.now
    let owner = sidecar.request(
      "setup.createOwner", #"{"name":"Asta Lind","username":"asta","password":"\#(Shop.password)"}"#)
    let login = sidecar.request("auth.login", #"{"username":"ASTA","password":"\#(Shop.password)","bind":true}"#)
    let list = sidecar.request("products.list")
    let hello = sidecar.request("system.hello", #"{"client":{"name":"till","version":"1"},"progressToken":"start"}"#)
    let ping = sidecar.request("system.ping")
    let status = sidecar.request("system.status")
    try sidecar.send([owner, login, list, hello, ping, status].map(\.line).joined(separator: "\n"))

    let greeting = try sidecar.reply(hello.id, within: .seconds(5))
    _ = try sidecar.reply(ping.id, within: .seconds(5))
    let early = try sidecar.reply(status.id, within: .seconds(5))
    let atOnce = start.duration(to: .now)
    #expect(atOnce < .seconds(3), "hello, ping and status took \(atOnce)")
    #expect(greeting.result?["database"]?.text == "starting")
    #expect(greeting.result?["methods"]?.items.contains(.string("sales.create")) == true)
    #expect(early.result?["database"]?.text == "starting")
    #expect(sidecar.received.replies[owner.id] == nil, "the owner was made before there was a cluster")

    let made = try sidecar.reply(owner.id, within: .seconds(90))
    #expect(made.result?["recoveryCode"]?.text?.isEmpty == false, "\(made.line)")
    #expect(made.result?["role"]?.text == "OWNER")
    #expect(try sidecar.reply(login.id).result?["token"] != nil)
    #expect(try sidecar.reply(list.id).result?["items"]?.items == [])

    let progress = sidecar.received.notifications.filter { $0["method"]?.text == "$/progress" }.compactMap { $0["params"] }
    let percentages = progress.compactMap { $0["percentage"]?.int }
    #expect(progress.allSatisfy { $0["token"]?.text == "start" && $0["message"]?.text?.isEmpty == false })
    #expect(percentages == percentages.sorted(), "\(percentages)")
    #expect(percentages.last == 100 && Set(percentages).count >= 3, "\(percentages)")
    #expect(percentages.allSatisfy { (0...100).contains($0) })

    let late = try sidecar.result("system.status")
    #expect(late["database"]?.text == "ready" && late["ownerExists"]?.bool == true)
    #expect((late["schemaVersion"]?.int ?? 0) >= 1)
    #expect(
      try sidecar.call("setup.createOwner", #"{"name":"B","username":"bea","password":"\#(Shop.password)"}"#).errorName
        == "owner-already-exists")
    #expect(try sidecar.faultsInBooks() == [])

    #expect(try sidecar.finish() == .exited(0))
    #expect(sidecar.received.badLines == [])
    #expect(shop.isStopped())
  }

  @Test func endingDuringTheFirstStartLeavesNothingBehind() throws {
    let shop = Shop.empty("first-start-given-up")
    let sidecar = try shop.start(["--pg-bin", try SlowPrograms.directory()])
    try sidecar.result("system.ping")
    #expect(Spawning.eventually(within: .seconds(10)) { SlowPrograms.isCreating(shop) })
    let start = ContinuousClock.now
    #expect(try sidecar.finish(within: .seconds(20)) == .exited(0))
    let took = start.duration(to: .now)
    #expect(took < .seconds(3), "nobody waits for the cluster any more, but the end took \(took)")
    #expect(shop.isStopped())
    #expect(Processes.entries(shop.directory).filter { $0.hasPrefix("postgres.creating") } == [])

    let second = try shop.start()
    #expect(try second.call("products.list").errorName == "authorization-required")
    #expect(try second.finish() == .exited(0))
  }

  @Test func aCallWithADeadlineDoesNotWaitForTheCluster() throws {
    let sidecar = try Shop.empty("first-start-deadline").start(["--pg-bin", try SlowPrograms.directory()])
    let reply = try sidecar.call(
      "auth.login", #"{"username":"asta","password":"whatever-it-is","timeoutMs":100}"#, within: .seconds(5))
    #expect(reply.errorName == "deadline-exceeded" && reply.errorCode == 504, "\(reply.line)")
    #expect(try sidecar.finish(within: .seconds(15)) == .exited(0))
  }
}
