/// The way in: asks for the embedded cluster of a data directory and comes back with a lease on it.
import Glibc
import Synchronization

/// Which cluster, and how to start its supervisor. Plain values; any number of threads and processes may acquire leases.
package struct EmbeddedCluster: Sendable {
  /// How our own binary is started as a supervisor.
  package struct SupervisorCommand: Sendable {
    package let executable: String
    package let arguments: [String]

    /// - Parameter executable: our own binary; nil finds it, even after the file was replaced by an upgrade.
    /// - Parameter arguments: what leads to `Supervisor.run`; the rest is appended.
    package init(executable: String? = nil, arguments: [String] = ["supervise"]) {
      self.executable = executable ?? Self.ownExecutable()
      self.arguments = arguments
    }

    /// Its real path, so that the process list tells what runs; the link only if another file lies there by now.
    private static func ownExecutable() -> String {
      let link = "/proc/self/exe"
      guard let path = FileSystem.linkTarget(link), let there = FileSystem.status(path), let own = FileSystem.status(link),
        FileIdentity(there) == FileIdentity(own)
      else { return link }
      return path
    }
  }

  package let dataDirectory: DataDirectory
  private let command: SupervisorCommand
  private let arguments: SupervisorArguments
  /// How long to bear with a supervisor that holds the lock but cannot be reached.
  var unreachablePatience = ServerLimits.unreachableHolder

  /// - Parameters:
  ///   - dataDirectory: the shop's data directory, not the cluster inside it; it need not exist.
  ///   - programDirectory: the folder named by `--pg-bin`, if any; else the programs are searched for.
  ///   - supervisor: how the supervisor is started where none holds the data directory.
  ///   - serverUser: whom to run as instead of the directory's owner or `postgres`; for root only.
  ///   - roles: every database role that the shop connects as besides the superuser. PostgreSQL 15 lets nobody in as a
  ///     role that is not named here.
  package init(
    dataDirectory: String, programDirectory: String? = nil, supervisor: SupervisorCommand = SupervisorCommand(),
    serverUser: String? = nil, roles: [String]
  ) throws(ServerFault) {
    let data = try DataDirectory(dataDirectory)
    self.dataDirectory = data
    command = supervisor
    arguments = SupervisorArguments(
      dataDirectory: data.path, programDirectory: programDirectory, serverUser: serverUser, roles: roles)
  }

  /// Creates, starts, adopts or simply finds the server, and returns once it is ready. Blocks the calling thread, for as
  /// long as recovery takes if need be. Safe to call again at any time: that is how a lost lease is replaced.
  ///
  /// - Parameter progress: told about each step, on the calling thread.
  /// - Parameter isCancelled: asked about twenty times a second; once true, `.cancelled` is thrown.
  package func acquire(
    progress: (ClusterProgress) -> Void = { _ in }, isCancelled: () -> Bool = { false }
  ) throws(ServerFault) -> Lease {
    SpawnedSupervisors.reap()
    let clock = ContinuousClock()
    var silentEnds = 0
    var heldSince: ContinuousClock.Instant?
    while true {
      let user = try ServerUser.choose(dataDirectory: dataDirectory.path, name: arguments.serverUser)
      let connection = if let living = connect(to: user) { living } else { try spawn() }
      switch try follow(connection, progress, isCancelled) {
      case .ready(let lease): return lease
      case .busy:
        // Its holder is just starting or ending, so it is reachable or gone soon.
        let since = heldSince ?? clock.now
        heldSince = since
        if clock.now - since > unreachablePatience {
          throw ServerFault(
            .heldElsewhere,
            "The data directory \(dataDirectory.path) is in use by a database supervisor that cannot be reached from here. "
              + "Another container may be using the same directory.")
        }
        pause(isCancelled, milliseconds: clock.now - since > .seconds(1) ? 200 : 20)
      case .ended:
        silentEnds += 1
        heldSince = nil
        if silentEnds >= ServerLimits.silentEnds {
          throw ServerFault(
            .supervisorFailed,
            "The database supervisor ended without a word, again and again; see \(dataDirectory.supervisorLog).")
        }
        pause(isCancelled, milliseconds: 10 << min(silentEnds, 5))
      }
    }
  }

  private enum Outcome {
    case ready(Lease)
    case busy
    case ended
  }

  /// Listens to one supervisor until it has a result.
  private func follow(
    _ connection: Int32, _ progress: (ClusterProgress) -> Void, _ isCancelled: () -> Bool
  ) throws(ServerFault) -> Outcome {
    var isKept = false
    defer { if !isKept { close(connection) } }
    var lines = LineBuffer()
    var bytes = [UInt8](repeating: 0, count: 4_096)
    while true {
      if isCancelled() { throw ServerFault(.cancelled, "Nobody waits for the database any more.") }
      var polled = pollfd(fd: connection, events: Int16(POLLIN), revents: 0)
      guard poll(&polled, 1, 50) > 0 else { continue }
      let count = recv(connection, &bytes, bytes.count, Int32(MSG_DONTWAIT))
      if count < 0 && (errno == EINTR || errno == EAGAIN) { continue }
      guard count > 0 else { return .ended }
      lines.append(bytes[..<count])
      while let line = lines.next() {
        switch LeaseMessage(line: line) {
        case .progress(let step): progress(step)
        case .ready(let address):
          isKept = true
          return .ready(Lease(connection: connection, address: address, pending: lines))
        case .failed(let fault): throw fault
        case .busy: return .busy
        case nil: continue
        }
      }
    }
  }

  /// The supervisor that lives already, if one does and is who it should be.
  private func connect(to user: ServerUser) -> Int32? {
    guard let runtime = RuntimeDirectory.recorded(in: dataDirectory, user: user),
      let connection = UnixSocket.connect(to: runtime.leaseSocket)
    else { return nil }
    guard UnixSocket.peer(connection)?.user == user.uid else {
      close(connection)
      return nil
    }
    return connection
  }

  /// Starts a supervisor, whose first lease is ours from birth. If another one was faster, it says so and ends.
  private func spawn() throws(ServerFault) -> Int32 {
    let ends = try ServerFault.translating { () throws(SystemError) in try UnixSocket.pair() }
    defer { close(ends.1) }
    do throws(ServerFault) {
      let pid = try ChildProcess.start(
        ChildProcess.Command(
          command.executable, command.arguments + arguments.list, input: .descriptor(ends.1), leadsSession: true))
      SpawnedSupervisors.add(pid)
      return ends.0
    } catch {
      close(ends.0)
      throw ServerFault(.supervisorFailed, error.message)
    }
  }

  private func pause(_ isCancelled: () -> Bool, milliseconds: UInt32) {
    for _ in 0..<max(1, milliseconds / 20) where !isCancelled() { usleep(min(milliseconds, 20) * 1_000) }
  }
}

/// The supervisors that this process started, so that none of them stays behind as a zombie.
enum SpawnedSupervisors {
  private static let running = Mutex<[pid_t]>([])

  static func add(_ pid: pid_t) { running.withLock { $0.append(pid) } }

  static func reap() {
    running.withLock { pids in
      pids.removeAll { pid in
        var status: Int32 = 0
        return waitpid(pid, &status, WNOHANG) != 0
      }
    }
  }
}
