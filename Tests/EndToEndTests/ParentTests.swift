// A parent that dies is noticed although something else still holds the pipe open.
import Glibc
import Testing

@Suite struct ParentTests {
  @Test func aDeadParentIsNoticed() throws {
    let shop = try Shop.fresh("parent")
    let shell = BackgroundShell("parent")
    let sidecar = try shop.open { $0.launcher = shell.launcher }
    try sidecar.stock(1, qty: 10)
    let child = try shell.child()
    #expect(child != sidecar.pid && Processes.isRunning(child))

    // Its stdin stays open: we hold the other end.
    sidecar.kill(SIGKILL)
    let start = ContinuousClock.now
    let isGone = BackgroundShell.ends(child, within: .seconds(6))
    let took = start.duration(to: .now)
    #expect(isGone && took <= .seconds(3), "gone after \(took)")
    #expect(shop.isStopped())
  }

  @Test func aDeadParentIsNoticedDuringTheFirstStart() throws {
    let shop = Shop.empty("parent-first-start")
    let shell = BackgroundShell("parent-first-start")
    let sidecar = try shop.start(["--pg-bin", try SlowPrograms.directory()]) { $0.launcher = shell.launcher }
    try sidecar.result("system.ping")
    _ = Spawning.eventually(within: .seconds(10)) { SlowPrograms.isCreating(shop) }
    let child = try shell.child()
    sidecar.kill(SIGKILL)
    #expect(BackgroundShell.ends(child, within: .seconds(3)))
    #expect(shop.isStopped())
  }

  @Test func aClosedStdoutEndsTheProcess() throws {
    let shop = try Shop.fresh("closed-stdout")
    let sidecar = try shop.open()
    try sidecar.stock(1, qty: 10)
    let errors = try Spawning.pipe()
    // A second process of the shop, whose stdout nobody will ever read again.
    let input = try Spawning.pipe()
    let output = try Spawning.pipe()
    let pid = try Spawning.start(
      [try Program.path] + shop.flags, environment: Spawning.environment, input: input.read, output: output.write,
      errors: errors.write)
    for end in [input.read, output.write, errors.write] { close(end) }
    defer { for end in [input.write, errors.read] { close(end) } }
    close(output.read)
    let ending = Spawning.wait(pid, within: .seconds(10))
    #expect(ending == .exited(0), "a closed stdout counts as the end of input")
    if ending == nil { kill(pid, SIGKILL) }
    #expect(try sidecar.result("sales.create", Params.sale(1))["receiptNo"] != nil)
    #expect(try sidecar.finish() == .exited(0))
  }
}
