// A network namespace with a cable into it, for a till whose network can be lost.
import Glibc

final class TillNetwork {
  /// Only where the machine lets root make one: a container may forbid it.
  static let isPossible: Bool = {
    guard getuid() == 0, let program else { return false }
    let name = "shelflife-try-\(getpid())"
    guard (try? Spawning.run([program, "netns", "add", name])) != nil else { return false }
    let cable = "shlt\(getpid())"
    let hasCable =
      (try? Spawning.run([program, "link", "add", cable, "type", "veth", "peer", "name", "till0", "netns", name])) != nil
    if hasCable { _ = try? Spawning.run([program, "link", "del", cable]) }
    return (try? Spawning.run([program, "netns", "del", name])) != nil && hasCable
  }()

  private static let program = (["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip"] as [String]).first { access($0, X_OK) == 0 }

  /// The machine's end of the cable.
  let address: String
  /// The till's.
  let tillAddress: String
  private let name: String
  private let cable: String

  init() throws {
    let number = Int(getpid()) % 200
    name = "shelflife-\(getpid())"
    cable = "shlf\(getpid())"
    address = "10.231.\(number).1"
    tillAddress = "10.231.\(number).2"
    try ip("netns", "add", name)
    try ip("link", "add", cable, "type", "veth", "peer", "name", "till0", "netns", name)
    try ip("addr", "add", address + "/30", "dev", cable)
    try ip("link", "set", cable, "up")
    try inside("addr", "add", tillAddress + "/30", "dev", "till0")
    try inside("link", "set", "till0", "up")
    try inside("link", "set", "lo", "up")
  }

  deinit {
    // Whatever is left of it goes with the machine.
    _ = try? ip("link", "del", cable)
    _ = try? ip("netns", "del", name)
  }

  /// What is put before a program that is to run at the till's end.
  var launcher: [String] { [Self.program ?? "ip", "netns", "exec", name] }

  /// Pulls the cable out: what is sent is lost, and nobody says so.
  func cut() throws { try ip("link", "set", cable, "down") }

  func mend() throws { try ip("link", "set", cable, "up") }

  private func ip(_ arguments: String...) throws { try Spawning.run([Self.program ?? "ip"] + arguments) }

  private func inside(_ arguments: String...) throws { try Spawning.run([Self.program ?? "ip", "-n", name] + arguments) }
}
