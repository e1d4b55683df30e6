// One run of `serve`: the pipe, the lanes, the database, and an orderly end.
import Glibc
import JSONRPC
import PostgresServer
import Shelflife
import ShelflifeAPI
import Synchronization

enum Server {
  /// How often the parent is looked at: one that died is noticed also where something else holds the pipe open. As often it is
  /// asked whether the process is at rest.
  private static let parentInterval = Duration.milliseconds(500)

  /// Serves until stdin ends, SIGTERM, SIGINT, SIGHUP or `system.shutdown`, once every accepted call is answered.
  ///
  /// - Returns: the exit status.
  static func run(_ configuration: Configuration) throws -> Int32 {
    let streams = try StandardStreams.guardStreams()
    let signals = blockSignals()
    let stderr = StderrLog(level: configuration.logLevel)
    let log = ServiceLog(
      level: configuration.logLevel, call: { level, call in stderr.write(level, call) },
      write: { level, message, fields in stderr.write(level, message, fields) })
    let trace = try trace(configuration, log)
    let ending = Ending()
    let service = try Service(
      Service.Options(
        version: programVersion, till: configuration.till, clock: configuration.clock, bcryptCost: configuration.bcryptCost,
        backups: try Server.backups(configuration), freeBytes: { DiskSpace.free(at: configuration.dataDirectory) },
        hasRoom: try room(configuration), standby: configuration.standby),
      database: databaseSource(configuration), log: log, shutDown: { ending.stop() })
    let dispatcher = Dispatcher(service: service)
    let peer = Peer(
      input: streams.input, output: streams.output, handler: dispatcher, trace: trace
    ) { event in
      log.write(LogLevel(event), "wire", ["event": "\(event)"])
      if case .outputClosed = event { ending.beginGrace() }
    }
    ending.set(peer, dispatcher)
    WorkerThread.start(name: "signals") {
      var signals = signals
      var signal: Int32 = 0
      while sigwait(&signals, &signal) == 0 {
        log.write(.info, "signal", ["number": String(signal)])
        peer.stop()
        ending.beginGrace()
      }
    }
    let parent = getppid()
    WorkerThread.start(name: "parent") {
      var thrift = Thrift()
      while getppid() == parent {
        WorkerThread.sleep(for: parentInterval)
        // Its start is over once the database is there.
        if service.isReady { thrift.look() }
      }
      log.write(.warning, "the parent is gone", [:])
      peer.abandonOutput()
      ending.beginGrace()
    }
    service.start()
    peer.run()
    service.stop()
    stderr.flush()
    return EXIT_SUCCESS
  }

  private static func trace(_ configuration: Configuration, _ log: ServiceLog) throws -> WireTrace? {
    guard let path = configuration.traceFile else { return nil }
    let file = try TraceFile(path, clock: configuration.clock, version: programVersion) { error in
      log.write(.error, "the trace file could not be written and ends here", ["cause": String(cString: strerror(error))])
    }
    return { direction, line in file.record(direction, line) }
  }

  /// SIGTERM, SIGINT and SIGHUP go to one thread that waits for them; the children we start get them back.
  private static func blockSignals() -> sigset_t {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, SIGTERM)
    sigaddset(&signals, SIGINT)
    sigaddset(&signals, SIGHUP)
    pthread_sigmask(SIG_BLOCK, &signals, nil)
    return signals
  }

  /// The backups of the data directory, also where the database is elsewhere.
  static func backups(_ configuration: Configuration) throws -> Backups {
    Backups(
      folder: try DataDirectory(configuration.dataDirectory).backups, programs: .installed(in: configuration.programDirectory),
      codec: .json, programVersion: programVersion)
  }

  /// Whether the embedded cluster has room for a write; how another server stands only its own refusals tell.
  private static func room(_ configuration: Configuration) throws -> @Sendable () -> Bool {
    guard configuration.databaseURL == nil else { return { true } }
    let ballast = Ballast(try DataDirectory(configuration.dataDirectory))
    return { ballast.leavesRoom }
  }

  static func databaseSource(_ configuration: Configuration) throws -> DatabaseSource {
    let shop = try LocalShop(configuration)
    return DatabaseSource(
      prepare: { progress throws(ProvisionFailure) in
        let database = try shop.prepare(progress)
        try database.requireServing()
        return database
      }, release: { shop.release() }, isElsewhere: configuration.databaseURL != nil)
  }
}

/// The end that is asked for from outside: by a call, a signal, or a client that is gone.
private final class Ending: Sendable {
  /// How long a client may take to read the last replies, and a write to come to its end.
  private static let grace = Duration.seconds(10)

  /// So many seconds a write that was given up has for its answer; each try to learn its outcome may get stuck again.
  private static let stuckTries = 8

  /// Made after everything that may ask for the end.
  private let served = Mutex<(peer: Peer, dispatcher: Dispatcher)?>(nil)
  private let hasBegun = Atomic<Bool>(false)

  func set(_ peer: Peer, _ dispatcher: Dispatcher) { served.withLock { $0 = (peer, dispatcher) } }

  func stop() { served.withLock { $0 }?.peer.stop() }

  /// From now on a client that reads nothing more does not keep the process from ending for long, nor a standby that stays away.
  func beginGrace() {
    guard let (peer, dispatcher) = served.withLock({ $0 }), !hasBegun.exchange(true, ordering: .relaxed) else { return }
    WorkerThread.start(name: "grace") {
      WorkerThread.sleep(for: Self.grace)
      for _ in 0..<Self.stuckTries where dispatcher.giveUpWrites(stuckFor: Self.grace) { WorkerThread.sleep(for: .seconds(1)) }
      peer.abandonOutput()
      while true {
        WorkerThread.sleep(for: .seconds(1))
        _ = dispatcher.giveUpWrites(stuckFor: Self.grace)
      }
    }
  }
}
