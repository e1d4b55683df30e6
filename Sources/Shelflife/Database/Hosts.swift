// Which of a database URL's hosts takes the shop's writes: asked at each bringing-up, so that no two sessions end on different servers.
import Glibc
import Postgres
import Synchronization

/// What a server says of itself.
struct HostStanding: Sendable {
  let isStandby: Bool
  /// The same for a server and its copies.
  let system: Int64
  /// Rises with each promotion.
  let timeline: Int
  /// Microseconds since 1970: tells two servers apart that are copies of each other.
  let startedAt: Int64
}

/// One host that answered.
struct HostAnswer: Sendable {
  /// The way to this host alone, by the address that answered: nothing needs to ask for its name again.
  let configuration: ConnectionConfiguration
  /// Nil where the server does not tell.
  let standing: HostStanding?

  var label: String { configuration.label }
}

/// The host for all sessions of the process.
struct HostChoice {
  let configuration: ConnectionConfiguration
  let standing: HostStanding?
  /// What somebody should look after, in words.
  var notes: [String] = []
}

struct Hosts {
  typealias Reply = Result<HostAnswer, ProvisionFailure>

  /// How long the others may take once a server was found that may take the writes, where it is known how far the shop had come: one that
  /// does not answer is of no use, and one that answers later is no surprise to the memory.
  private static let grace = Duration.milliseconds(500)
  /// How long a host may take beyond its connection's time limit, and how long one without such a limit.
  private static let answerTime = Duration.milliseconds(500)
  private static let longest = Duration.seconds(10)

  let given: ConnectionConfiguration
  let memory: ServerMemory

  /// Asks all hosts at once and takes the one that may write.
  ///
  /// - Throws: `ProvisionFailure`, in words, where there is none, or none that is safe.
  func choose() throws(ProvisionFailure) -> HostChoice {
    let hosts = given.hosts
    let limit = (given.hostTimeout ?? Self.longest) + Self.answerTime
    let selection = HostSelection(memory: memory, hosts: hosts.count)
    if hosts.count == 1 { return try selection.choose(among: [Self.reply(of: hosts[0], within: limit)]) }
    let replies = Replies(count: hosts.count)
    for (index, host) in hosts.enumerated() {
      let ask: @Sendable () -> Void = { replies.set(index, Self.reply(of: host, within: limit)) }
      if !aside(ask) { ask() }
    }
    let end = ContinuousClock.now + limit + Self.answerTime
    var graceEnds: ContinuousClock.Instant?
    while true {
      let found = replies.all
      if graceEnds == nil, selection.isKnownWriter(among: found) { graceEnds = .now + Self.grace }
      if !found.contains(where: { $0 == nil }) || ContinuousClock.now >= min(end, graceEnds ?? end) {
        return try selection.choose(among: zip(found, hosts).map { $0 ?? .failure(Self.late($1)) })
      }
      usleep(2_000)
    }
  }

  private final class Replies: Sendable {
    private let state: Mutex<[Reply?]>

    init(count: Int) { state = Mutex(Array(repeating: nil, count: count)) }

    func set(_ index: Int, _ reply: Reply) { state.withLock { $0[index] = reply } }

    var all: [Reply?] { state.withLock { $0 } }
  }

  private static func late(_ host: ConnectionConfiguration) -> ProvisionFailure {
    ProvisionFailure(
      reason: "\(host.label) does not answer", logText: "\(host.label): no answer in time", isTransient: true)
  }

  private static func reply(of host: ConnectionConfiguration, within limit: Duration) -> Reply {
    Reply { () throws(ProvisionFailure) in
      try Provision.explaining {
        do {
          return try ask(host, within: limit)
        } catch PostgresError.deadlineExceeded {
          throw late(host)
        } catch let error as PostgresError {
          throw ConnectionTrouble.failure(error) ?? error
        }
      }
    }
  }

  private static func ask(_ host: ConnectionConfiguration, within limit: Duration) throws -> HostAnswer {
    var pinned = host
    let canary = Random.hex(8)
    var asking = host.with(setting: HostStatements.canary, canary)
    asking["target_session_attrs"] = "any"
    let connection = try enter(asking, until: .now + limit)
    defer { connection.close() }
    if let address = connection.hostAddress { pinned["hostaddr"] = address }
    try requireOwnSession(connection, canary)
    do throws(PostgresError) {
      return HostAnswer(configuration: pinned, standing: try connection.first(HostStatements.standing))
    } catch {
      // A service that looks like PostgreSQL need not have all of its functions.
      guard error.isRefusal else { throw error }
      return HostAnswer(configuration: pinned, standing: nil)
    }
  }

  /// Connects to a server whose database a restore may have closed.
  private static func enter(_ host: ConnectionConfiguration, until end: ContinuousClock.Instant) throws -> Connection {
    do throws(PostgresError) {
      return try Connection(host, deadline: end)
    } catch {
      guard error.state == .notInPrerequisite else { throw error }
      return try Connection(Provision.administrator(of: host), deadline: end)
    }
  }

  /// Refuses a session that is not one process of the server from its beginning to its end, with the settings it was begun with: the shop
  /// relies on settings, prepared statements, locks and notifications of its sessions.
  private static func requireOwnSession(_ connection: Connection, _ canary: String) throws {
    let row = try connection.script(HostStatements.session).first ?? []
    guard row.count == 2, row[0] == String(connection.processID), row[1] == canary else { throw ConnectionTrouble.pooler }
  }
}
