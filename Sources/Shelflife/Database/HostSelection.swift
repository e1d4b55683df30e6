// Choosing the server that takes the shop's writes from what the hosts say. Asks nobody.

struct HostSelection {
  let memory: ServerMemory
  /// How many hosts the URL names.
  let hosts: Int

  private struct Writer {
    let answer: HostAnswer
    let standing: HostStanding
  }

  /// Whether a server that takes writes is no older than what is remembered, and something is.
  func isKnownWriter(among replies: [Hosts.Reply?]) -> Bool {
    writers(in: replies.compactMap { $0 }).contains { writer in
      let known = memory.timeline(of: writer.standing.system)
      return known > 0 && writer.standing.timeline >= known
        && memory.servedSystem ?? writer.standing.system == writer.standing.system
    }
  }

  /// - Throws: `ProvisionFailure`, in words, where no server may take the writes.
  func choose(among replies: [Hosts.Reply]) throws(ProvisionFailure) -> HostChoice {
    let answers = answers(in: replies)
    if hosts == 1, let only = answers.first, only.standing == nil {
      return HostChoice(configuration: only.configuration, standing: nil)
    }
    let writers = writers(in: replies)
    guard let first = writers.first else { throw noWriter(replies) }
    let own = try ofOneSystem(writers, system: memory.servedSystem ?? first.standing.system)
    let system = own[0].standing.system
    let seen = answers.compactMap(\.standing).filter { $0.system == system }.map(\.timeline).max() ?? 0
    let highest = max(seen, memory.timeline(of: system))
    let best = own.filter { $0.standing.timeline == highest }
    guard best.count <= 1 else { throw several(best, timeline: highest) }
    guard let chosen = best.first else { throw replaced(own[0], highest) }
    var configuration = chosen.answer.configuration
    if hosts > 1 { configuration["target_session_attrs"] = "read-write" }
    let others = own.filter { $0.standing.timeline < highest }.map { old in
      "\(old.answer.label) takes writes too, on timeline \(old.standing.timeline), and \(chosen.answer.label) on timeline "
        + "\(highest): it is an old primary, which is not used; stop it"
    }
    return HostChoice(configuration: configuration, standing: chosen.standing, notes: others)
  }

  private func answers(in replies: [Hosts.Reply]) -> [HostAnswer] {
    replies.compactMap { if case .success(let answer) = $0 { answer } else { nil } }
  }

  /// Each once, also where two hosts are names of one server.
  private func writers(in replies: [Hosts.Reply]) -> [Writer] {
    var found: [Writer] = []
    for answer in answers(in: replies) {
      guard let standing = answer.standing, !standing.isStandby else { continue }
      let isKnown = found.contains { $0.standing.system == standing.system && $0.standing.startedAt == standing.startedAt }
      if !isKnown { found.append(Writer(answer: answer, standing: standing)) }
    }
    return found
  }

  private func ofOneSystem(_ writers: [Writer], system: Int64) throws(ProvisionFailure) -> [Writer] {
    let own = writers.filter { $0.standing.system == system }
    let foreign = writers.filter { $0.standing.system != system }
    if let stranger = foreign.first, memory.servedSystem != nil, own.isEmpty {
      throw Self.refusal(
        "\(stranger.answer.label) is another server than the one that has served this shop until now; start shelflife anew if that is meant"
      )
    }
    if memory.servedSystem == nil, !foreign.isEmpty {
      throw Self.refusal("the hosts of the database URL are not copies of one server: \(Self.labels(writers.map(\.answer)))")
    }
    return own
  }

  private func several(_ writers: [Writer], timeline: Int) -> ProvisionFailure {
    Self.refusal(
      "\(Self.labels(writers.map(\.answer))) both take writes on timeline \(timeline), and nothing tells which is right: stop one of them"
    )
  }

  private func replaced(_ writer: Writer, _ highest: Int) -> ProvisionFailure {
    let way = memory.file.map { "; if it was put back on purpose, remove \($0) and start shelflife anew" } ?? ""
    return Self.refusal(
      "\(writer.answer.label) takes writes on timeline \(writer.standing.timeline), but timeline \(highest) has begun: it is an old primary "
        + "that was replaced\(way)")
  }

  private func noWriter(_ replies: [Hosts.Reply]) -> ProvisionFailure {
    let failures = replies.compactMap { if case .failure(let failure) = $0 { failure } else { nil } }
    let standbys = answers(in: replies)
    if standbys.isEmpty, hosts == 1, let only = failures.first { return only }
    let cause = failures.map(\.logText) + standbys.map { "\($0.label): takes no writes" }
    let reasons = failures.filter { !$0.isTransient }.map(\.reason)
    let reason =
      standbys.isEmpty
      ? reasons.first ?? failures.first?.reason ?? "no host answers"
      : "\(Self.labels(standbys)) takes no writes, being a standby, and no other server answers"
    return ProvisionFailure(
      reason: reason, logText: cause.joined(separator: "; "), isTransient: true,
      isRestoring: failures.contains(where: \.isRestoring),
      isDiskFull: failures.contains(where: \.isDiskFull))
  }

  private static func labels(_ answers: [HostAnswer]) -> String { answers.map(\.label).joined(separator: " and ") }

  /// Another server may still come up.
  private static func refusal(_ reason: String) -> ProvisionFailure {
    ProvisionFailure(reason: reason, logText: reason, isTransient: true)
  }
}
