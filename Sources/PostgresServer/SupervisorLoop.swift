/// The supervisor's life: one loop that moves between phases as the server and the holders of the lease come and go.
import Glibc

/// Runs under the data directory's lock, so nobody else starts a server there meanwhile.
final class SupervisorLoop {
  private enum Phase {
    /// Nothing of ours runs, as far as is known: look what is there and decide.
    case deciding
    case creating(ClusterCreation)
    case starting(Postmaster)
    case ready(Postmaster, since: ContinuousClock.Instant)
    /// Between a failure and the next try.
    case resting(until: ContinuousClock.Instant)
    /// Processes of an earlier server must end before a new one may start.
    case clearing(since: ContinuousClock.Instant, patience: Duration)
    case stopping(Postmaster, since: ContinuousClock.Instant)
  }

  private let data: DataDirectory
  private let user: ServerUser
  private let runtime: RuntimeDirectory
  private let holders: LeaseHolders
  private let wakeUp: Int32
  private let log: SupervisorLog
  private let ballast: Ballast
  private let arguments: SupervisorArguments
  private let serverLog: ServerLog
  private let clock = ContinuousClock()

  private var phase = Phase.deciding
  /// Set for good once this supervisor takes nobody in any more.
  private var isOver = false
  private var programs: Programs?
  private var wasReady = false
  private var crashes = 0
  private var failedStarts = 0
  private var logStart: off_t = 0
  private var rounds = 0

  init(
    data: DataDirectory, user: ServerUser, runtime: RuntimeDirectory, holders: LeaseHolders, wakeUp: Int32,
    log: SupervisorLog, ballast: Ballast, arguments: SupervisorArguments
  ) {
    self.data = data
    self.user = user
    self.runtime = runtime
    self.holders = holders
    self.wakeUp = wakeUp
    self.log = log
    self.ballast = ballast
    self.arguments = arguments
    serverLog = ServerLog(path: data.serverLog)
  }

  /// Returns the exit status once the server is down and nobody holds the lease.
  func run() -> Int32 {
    var status: Int32 = 0
    while true {
      holders.refresh()
      if Signals.stopRequested && !isOver { giveUp(ServerFault(.stopped, "The database server was told to stop.")) }
      do throws(ServerFault) {
        guard let pause = try advance() else { break }
        wait(pause)
      } catch {
        status = 70
        if isOver { break }
        giveUp(error)
        phase = .deciding
      }
    }
    holders.stopListening()
    runtime.remove(from: data)
    log.write("ended")
    // Those who wait for our end see it when the process is gone and their connections with it.
    return status
  }

  private var isUnwanted: Bool { isOver || holders.present.isEmpty }

  /// One step; returns how long to wait for news at most, nil when all is done.
  private func advance() throws(ServerFault) -> Duration? {
    switch phase {
    case .deciding: return try decide()
    case .creating(let creation): return try watchCreation(creation)
    case .starting(let server): return try watchStart(server)
    case .ready(let server, let since): return try watch(server, since)
    case .resting(let end):
      if isUnwanted || clock.now >= end { phase = .deciding }
      return isUnwanted ? .zero : max(end - clock.now, .zero)
    case .clearing(let since, let patience): return try clear(since, patience)
    case .stopping(let server, let since): return watchStop(server, since)
    }
  }

  private func decide() throws(ServerFault) -> Duration? {
    let found = try inherited()
    if let orphan = found.postmaster {
      log.write("found the server \(orphan.process.pid) running without a supervisor")
      if orphan.file.status == .stopping {
        phase = .clearing(since: clock.now, patience: ServerLimits.fastStopPatience)
      } else if orphan.file.socketDirectory == runtime.path, orphan.file.status == .starting || runtime.hasServerSocket {
        phase = .starting(Postmaster(adopting: orphan.process))
      } else {
        stop(Postmaster(adopting: orphan.process))
      }
      return .zero
    }
    if !found.others.isEmpty {
      phase = .clearing(since: clock.now, patience: ServerLimits.leftoverPatience)
      return .zero
    }
    if isUnwanted { return nil }

    let existing = try data.clusterMajor(user: user)
    let programs = try Programs.find(in: arguments.programDirectory, preferredMajor: existing)
    self.programs = programs
    let settings = ClusterSettings(major: programs.major, user: user, roles: arguments.roles)
    guard let existing else {
      // What was there and is gone must not be covered up by an empty one.
      if wasReady { throw ServerFault(.startFailed, "The database in \(data.cluster) disappeared while it was in use.") }
      log.write("creating a cluster with PostgreSQL \(programs.version)")
      phase = .creating(try ClusterCreation(data: data, programs: programs, settings: settings))
      return .zero
    }
    guard existing == programs.major else {
      throw ServerFault(
        .versionMismatch,
        "The data directory \(data.path) holds a PostgreSQL \(existing) database, but the programs in \(programs.directory) are "
          + "PostgreSQL \(programs.major). Install PostgreSQL \(existing), or name the folder of its programs with --pg-bin. "
          + "Nothing was changed.")
    }
    do throws(ServerFault) {
      try start(programs, settings)
    } catch {
      guard hasMadeRoom(for: error) else { throw error }
    }
    return .zero
  }

  /// Gives the ballast up for a server that has no room to start; false when the fault is another, or nothing is left to give up.
  private func hasMadeRoom(for fault: ServerFault) -> Bool {
    guard fault.code == .diskFull, ballast.giveUp() else { return false }
    log.write("the disk is full: gave up the ballast")
    return true
  }

  private func tendBallast() {
    if ballast.tend() { log.write("the disk is full: gave up the ballast") }
  }

  /// What an earlier supervisor left running on this cluster.
  private func inherited() throws(ServerFault) -> (
    postmaster: (process: ProcessIdentity, file: PostmasterFile)?, others: [ProcessIdentity]
  ) {
    guard let status = FileSystem.status(data.cluster) else { return (nil, []) }
    let servers = try ServerFault.translating { () throws(SystemError) in
      try ProcessTable.servers(of: user.uid, cluster: FileIdentity(status))
    }
    guard let file = PostmasterFile.read(cluster: data.cluster), let process = servers.first(where: { $0.pid == file.pid })
    else { return (nil, servers) }
    return ((process, file), servers)
  }

  private func start(_ programs: Programs, _ settings: ClusterSettings) throws(ServerFault) {
    try settings.write(to: data.cluster)
    removeStalePidFile()
    runtime.clearServerSocket()
    serverLog.trim()
    logStart = serverLog.size
    let output = try serverLog.openForServer()
    defer { close(output) }
    // A server is recognised by its working directory: it must be there from its first moment.
    guard chdir(data.cluster) == 0 else { throw ServerFault(SystemError("enter", data.cluster), orElse: .startFailed) }
    defer { chdir("/") }
    let pid = try ChildProcess.start(
      ChildProcess.Command(
        try programs.path(.postgres), settings.commandLine(cluster: data.cluster, runtime: runtime),
        output: .descriptor(output), errors: .descriptor(output), leadsGroup: true))
    log.write("started PostgreSQL \(programs.version) as process \(pid)")
    phase = .starting(Postmaster(child: pid))
    holders.tell(.progress(ClusterProgress(stage: .starting, percentage: 80, message: "Starting the database")))
  }

  /// A pid file whose number now belongs to any living process of ours, or that is empty, blocks PostgreSQL for ever.
  /// That no server runs here was just seen in the process table. Any other stale file PostgreSQL handles itself.
  private func removeStalePidFile() {
    let path = data.cluster + "/postmaster.pid"
    guard FileSystem.status(path, followingLinks: false) != nil else { return }
    if let file = PostmasterFile.read(cluster: data.cluster), kill(file.pid, 0) != 0 { return }
    unlink(path)
    log.write("removed a stale postmaster.pid")
  }

  private func watchCreation(_ creation: ClusterCreation) throws(ServerFault) -> Duration {
    if isUnwanted {
      creation.abandon()
      log.write("gave up the creation: nobody waits for it")
      phase = .deciding
      return .zero
    }
    holders.tell(.progress(creation.progress()))
    guard let ending = try ChildProcess.reap(creation.pid) else { return .seconds(1) }
    try creation.finish(ending)
    log.write("created the cluster")
    phase = .deciding
    return .zero
  }

  private func watchStart(_ server: Postmaster) throws(ServerFault) -> Duration {
    guard server.isRunning else {
      failedStarts += 1
      let fault = ServerFault(
        lastWords: serverLog.lastWords(since: logStart), orElse: .startFailed, "The database server did not start.")
      log.write("\(fault.message) (\(describe(server)))")
      if hasMadeRoom(for: fault) {
        phase = .deciding
        return .zero
      }
      if failedStarts >= ServerLimits.failedStarts || fault.code != .startFailed { throw fault }
      rest(.milliseconds(200 << failedStarts))
      return .zero
    }
    if isUnwanted {
      stop(server)
      return .zero
    }
    guard server.isReady(cluster: data.cluster, runtime: runtime) else { return .milliseconds(5) }
    failedStarts = 0
    wasReady = true
    phase = .ready(server, since: clock.now)
    log.write("ready\(server.isChild ? "" : " (adopted)")")
    holders.tell(
      .ready(
        ServerAddress(
          socketDirectory: runtime.path, port: RuntimeDirectory.port, superuser: ClusterSettings.superuser,
          programDirectory: try knownPrograms().directory)))
    return .zero
  }

  /// An adopted server has no programs looked up yet.
  private func knownPrograms() throws(ServerFault) -> Programs {
    if let programs { return programs }
    let found = try Programs.find(in: arguments.programDirectory, preferredMajor: try data.clusterMajor(user: user))
    programs = found
    return found
  }

  private func watch(_ server: Postmaster, _ since: ContinuousClock.Instant) throws(ServerFault) -> Duration {
    guard server.isRunning else {
      if clock.now - since > ServerLimits.healthyAfter { crashes = 0 }
      crashes += 1
      log.write("the server ended unexpectedly (\(describe(server)))")
      guard crashes <= ServerLimits.restartDelays.count else {
        throw ServerFault(
          lastWords: serverLog.lastWords(since: logStart), orElse: .startFailed, "The database server keeps crashing.")
      }
      holders.tell(
        .progress(ClusterProgress(stage: .starting, percentage: 70, message: "Recovering the database after a crash")))
      rest(ServerLimits.restartDelays[crashes - 1])
      return .zero
    }
    if isUnwanted {
      stop(server)
      return .zero
    }
    guard runtime.isIntact else {
      giveUp(ServerFault(.supervisorFailed, "The folder \(runtime.path) with the server's sockets was removed."))
      return .zero
    }
    serverLog.trim()
    tendBallast()
    rounds += 1
    if rounds.isMultiple(of: 360) { runtime.touch() }
    return server.isChild ? .seconds(10) : .milliseconds(250)
  }

  private func rest(_ pause: Duration) {
    phase = .resting(until: clock.now + pause)
  }

  private func stop(_ server: Postmaster) {
    log.write("stopping the server \(server.pid)")
    server.stopFast()
    phase = .stopping(server, since: clock.now)
    holders.tell(.progress(ClusterProgress(stage: .stopping, percentage: 0, message: "Waiting for the database to stop")))
  }

  private func watchStop(_ server: Postmaster, _ since: ContinuousClock.Instant) -> Duration {
    guard server.isRunning else {
      log.write("stopped (\(describe(server)))")
      phase = .deciding
      return .zero
    }
    let waited = clock.now - since
    if waited > ServerLimits.fastStopPatience + ServerLimits.immediateStopPatience {
      server.stopByForce()
    } else if waited > ServerLimits.fastStopPatience || (waited > ServerLimits.stuckStopPatience && !isWritingCheckpoint) {
      log.write("the fast shutdown makes no progress: stopping at once")
      server.stopImmediately()
      return .milliseconds(500)
    }
    return server.isChild ? .milliseconds(200) : .milliseconds(5)
  }

  /// PostgreSQL 15 never ends a fast shutdown that reaches it while it recovers from the crash of one of its processes: it
  /// waits for a checkpointer that it does not start, or does not tell to end. One that gets on shows it in its title.
  private var isWritingCheckpoint: Bool {
    do throws(ServerFault) {
      return try inherited().others.contains { ProcessTable.title($0.pid).contains("shutdown checkpoint") }
    } catch {
      return true
    }
  }

  /// Waits for leftover processes, and after `patience` ends them: at once, then by force. The next start recovers.
  private func clear(_ since: ContinuousClock.Instant, _ patience: Duration) throws(ServerFault) -> Duration {
    let found = try inherited()
    if found.others.isEmpty && found.postmaster == nil {
      phase = .deciding
      return .zero
    }
    if let orphan = found.postmaster, orphan.file.status != .stopping {
      phase = .deciding
      return .zero
    }
    let waited = clock.now - since
    let victims = found.others + (found.postmaster.map { [$0.process] } ?? [])
    if waited > patience + ServerLimits.immediateStopPatience {
      for process in victims { kill(process.pid, SIGKILL) }
      return .milliseconds(50)
    }
    if waited > patience {
      for process in victims { kill(process.pid, SIGQUIT) }
      return .milliseconds(200)
    }
    return .milliseconds(5)
  }

  /// Tells all holders why, lets them go and takes nobody in any more; a server that still runs is stopped.
  private func giveUp(_ fault: ServerFault) {
    guard !isOver else { return }
    isOver = true
    log.write("giving up: \(fault.message)")
    holders.refresh()
    holders.tell(.failed(fault))
    holders.dismissAll()
    holders.stopListening()
  }

  private func describe(_ server: Postmaster) -> String {
    switch server.ending {
    case .exited(let status): "exit status \(status)"
    case .killed(let signal): "killed by signal \(signal)"
    case nil: "an orphan"
    }
  }

  /// Sleeps until a signal, a holder or `initdb` has news, or `pause` is over.
  private func wait(_ pause: Duration) {
    guard pause > .zero else { return }
    var descriptors = [wakeUp] + holders.present
    if holders.listener >= 0 { descriptors.append(holders.listener) }
    if case .creating(let creation) = phase { descriptors.append(creation.output) }
    var polled = descriptors.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
    let (seconds, attoseconds) = pause.components
    let milliseconds = seconds * 1_000 + (attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000
    _ = poll(&polled, nfds_t(polled.count), Int32(clamping: milliseconds))
    Signals.drain(wakeUp)
  }
}
