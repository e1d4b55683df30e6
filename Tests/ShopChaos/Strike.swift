// Who is killed: gathered first, then killed without a pause between.
import Glibc

/// What may be killed, some of it more often than other.
protocol Weighted: CaseIterable {
  /// Its share of all draws is this of the sum.
  var weight: Int { get }
}

extension Weighted {
  static func draw(_ dice: inout Dice) -> Self {
    var place = dice.roll(allCases.reduce(0) { $0 + $1.weight })
    for victim in allCases {
      if place < victim.weight { return victim }
      place -= victim.weight
    }
    fail("there is nothing to draw")
  }
}

enum Victim: String, Weighted {
  case backend, backends, postmaster, server, supervisor, supervisorAndPostmaster
  case sidecar, sidecarAndBackend, sidecarAndServer, everything

  /// In a hundred and so many draws.
  var weight: Int {
    switch self {
    case .backend: 24
    case .backends: 10
    case .postmaster: 16
    case .server: 20
    case .supervisor: 6
    case .supervisorAndPostmaster: 3
    case .sidecar: 11
    case .sidecarAndBackend: 3
    case .sidecarAndServer: 4
    case .everything: 4
    }
  }

  var takesSidecar: Bool { [.sidecar, .sidecarAndBackend, .sidecarAndServer, .everything].contains(self) }

  /// Whether every connection of the shop is lost.
  var takesConnections: Bool { ![.supervisor, .sidecar].contains(self) }

  /// Whether the time until the next sale is the database's alone.
  var isOfDatabase: Bool { [.backend, .backends, .postmaster, .server].contains(self) }
}

struct Strike {
  let victim: Victim
  /// How long everybody sells as fast as the shop can, before.
  let burst: Int
  /// Until so many more are acknowledged: the kill falls right behind the last of them.
  let acknowledgements: Int?
  /// After so long a second victim is killed while the first comes back.
  let again: (victim: Victim, after: Int)?
  /// Which of the processes and backends.
  let pick: Int

  static func draw(_ dice: inout Dice) -> Strike {
    let victim = Victim.draw(&dice)
    let burst = dice.among(5...70) * millisecond
    let acknowledgements = dice.comesUp(percent: 60) ? dice.among(1...25) : nil
    let second = Victim.draw(&dice)
    let after = dice.among(1...250) * millisecond
    let again = dice.comesUp(percent: 40) && !second.takesSidecar && !victim.takesSidecar ? (second, after) : nil
    return Strike(victim: victim, burst: burst, acknowledgements: acknowledgements, again: again, pick: dice.roll(1_000))
  }
}

/// Who is to be killed.
struct Aim {
  let targets: [pid_t]
  /// Processes that go down with them, though not at once: a backend whose server was killed may finish a sale. Only what is sold
  /// when all of these are gone shows that the shop is back.
  let doomed: [pid_t]
}

struct Killer {
  let processes: ServerProcesses

  func aim(at victim: Victim, pick: Int, sidecar: Till) -> Aim {
    let backends = victim.takesConnections ? processes.postmaster.map { processes.backends(of: $0) } ?? [] : []
    return Aim(targets: targets(victim, pick: pick, sidecar: sidecar), doomed: backends)
  }

  /// The processes of a victim that are there now.
  private func targets(_ victim: Victim, pick: Int, sidecar: Till) -> [pid_t] {
    let postmaster = processes.postmaster
    let children = postmaster.map { Processes.children(of: $0) } ?? []
    let server = (postmaster.map { [$0] } ?? []) + children
    switch victim {
    case .backend: return backend(of: postmaster, children, pick)
    case .backends: return postmaster.map { processes.backends(of: $0) } ?? []
    case .postmaster: return postmaster.map { [$0] } ?? []
    case .server: return server
    case .supervisor: return processes.supervisors
    case .supervisorAndPostmaster: return processes.supervisors + (postmaster.map { [$0] } ?? [])
    case .sidecar: return [sidecar.pid]
    case .sidecarAndBackend: return [sidecar.pid] + backend(of: postmaster, children, pick)
    case .sidecarAndServer: return [sidecar.pid] + server
    case .everything: return processes.supervisors + server + [sidecar.pid]
    }
  }

  /// Mostly one that serves the shop, else any process of the server, such as the one that writes the log ahead.
  private func backend(of postmaster: pid_t?, _ children: [pid_t], _ pick: Int) -> [pid_t] {
    guard let postmaster else { return [] }
    let serving = processes.backends(of: postmaster)
    let choice = pick % 4 == 0 || serving.isEmpty ? children : serving
    return choice.isEmpty ? [] : [choice[pick % choice.count]]
  }

  /// False where all of them had ended by themselves.
  func kill(_ targets: [pid_t]) -> Bool {
    var isHit = false
    for pid in targets where Glibc.kill(pid, SIGKILL) == 0 { isHit = true }
    return isHit
  }
}
