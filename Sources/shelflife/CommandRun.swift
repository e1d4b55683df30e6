// One run of a command other than `serve`: where it stands, how it is ended, and how its outcome is told.
import ArgumentParser
import Glibc
import JSONRPC
import PostgresServer
import Shelflife
import ShelflifeAPI

/// The flags of every command that works on a shop.
struct CommandFlags: ParsableArguments {
  @OptionGroup(title: "Which shop") var place: PlaceFlags

  @Flag(help: "Print exactly one JSON object instead of words.")
  var json = false

  @Flag(help: "Tell on stderr how far the work is, also where that is no terminal.")
  var progress = false
}

/// What a command found or did.
struct Answer {
  /// For people: whole lines.
  let words: String
  let json: [UInt8]
  /// False where something was found that must not stay as it is.
  var isGood = true
}

/// The surroundings of one command's work. Safe from any thread.
final class CommandRun: Sendable {
  let configuration: Configuration
  let interruption: Interruption
  /// What was standard input before it was pointed at nothing.
  let input: Int32
  private let output: Int32
  private let isJSON: Bool
  private let progressLine: ProgressLine

  private init(
    _ configuration: Configuration, _ interruption: Interruption, streams: (input: Int32, output: Int32), _ flags: CommandFlags
  ) {
    self.configuration = configuration
    self.interruption = interruption
    (input, output) = streams
    isJSON = flags.json
    progressLine = ProgressLine(isWanted: flags.progress)
  }

  /// Does a command's work and ends the process: 0 done, 1 refused or problems found, 70 a defect, 130 interrupted.
  ///
  /// - Throws: `ValidationError` for flags that make no sense; the work has not begun then.
  static func perform(_ flags: CommandFlags, _ work: (CommandRun) throws -> Answer) throws -> Never {
    let configuration = try Configuration(flags.place)
    let streams: (input: Int32, output: Int32)
    do {
      streams = try StandardStreams.guardStreams()
    } catch {
      complain("shelflife: the standard streams cannot be used")
      _exit(EX_SOFTWARE)
    }
    let interruption = Interruption()
    interruption.takeSignals()
    let run = CommandRun(configuration, interruption, streams: streams, flags)
    let status: Int32
    do {
      let answer = try work(run)
      run.progressLine.clear()
      run.tell(answer.words, answer.json)
      status = answer.isGood ? EXIT_SUCCESS : EXIT_FAILURE
    } catch {
      run.progressLine.clear()
      status = run.tell(error)
    }
    // Static destructors can crash at exit; everything that matters has been written.
    _exit(status)
  }

  var now: Instant { configuration.clock.now() }

  /// How the work on a backup is watched and ended.
  var watch: BackupWatch {
    BackupWatch(
      interrupt: interruption.interrupt, progress: { self.progress($0, $1) }, isCancelled: { self.interruption.isCancelled })
  }

  func progress(_ percentage: Int, _ message: String) { progressLine.tell(percentage, message) }

  /// Asks whoever sits at the terminal; nil where nobody does.
  func ask(_ question: String) -> String? {
    guard isatty(input) == 1, isatty(STDERR_FILENO) == 1 else { return nil }
    Terminal.write(question, to: STDERR_FILENO)
    return Terminal.readLine(input) { interruption.isCancelled } ?? ""
  }

  /// Gives `work` the shop that is there, and lets go of it afterwards; interrupting ends the wait for it.
  func withShop<Value>(_ work: (LocalShop) throws -> Value) throws -> Value {
    let shop = try LocalShop(configuration)
    interruption.whenCancelled { shop.giveUpWaiting() }
    defer { shop.release() }
    return try work(shop)
  }

  /// The database of the shop that is there, fit to serve; waits a moment for one that is on its way.
  ///
  /// - Parameters:
  ///   - shop: the way to it.
  ///   - mayBeMade: whether a shop that is not there yet is made.
  /// - Throws: `ProvisionFailure`, `Fault.databaseUnavailable` where there is no shop.
  func database(of shop: LocalShop, mayBeMade: Bool = false) throws -> PreparedDatabase {
    if !mayBeMade, try sight(of: shop).schemaVersion == 0 { throw noShop }
    if configuration.databaseURL != nil, let stranger = try sight(of: shop).stranger {
      throw Fault.databaseUnavailable(
        reason: "The database holds \(stranger), which is not of a shop. Make a database for the shop alone and name that one.")
    }
    return try patiently { () throws(ProvisionFailure) in try shop.prepare { self.progress($0, $1) } }
  }

  /// Whether the data directory holds an embedded cluster.
  func hasCluster() throws -> Bool {
    let data = try DataDirectory(configuration.dataDirectory)
    let state = try DirectoryState.look(at: data, for: try ServerUser.choose(dataDirectory: data.path))
    return ![.missing, .noCluster].contains(state.contents)
  }

  /// What is there, looked at without changing it, or making it.
  func sight(of shop: LocalShop) throws -> ShopSight {
    if configuration.databaseURL == nil, try !hasCluster() { throw noShop }
    return try patiently { () throws(ProvisionFailure) in try shop.look { self.progress($0, $1) } }
  }

  /// What is answered where there is nothing to work on.
  var noShop: Fault {
    let place = configuration.databaseURL == nil ? "in \(configuration.dataDirectory)" : "behind the database URL"
    return .databaseUnavailable(
      reason:
        "There is no shop \(place) yet. Name the right one with --data-dir or --database-url, or make one with shelflife serve or shelflife migrate --new."
    )
  }

  /// A server that is just restarting, or a restore that is at its last step, needs a moment.
  private func patiently<Value>(_ work: () throws(ProvisionFailure) -> Value) throws -> Value {
    let end = ContinuousClock.now + .seconds(3)
    while true {
      do throws(ProvisionFailure) {
        return try work()
      } catch {
        if interruption.isCancelled { throw Fault.requestCancelled }
        guard error.isTransient, ContinuousClock.now < end else { throw error }
        WorkerThread.sleep(for: .milliseconds(200))
      }
    }
  }

  private func tell(_ words: String, _ json: [UInt8]) {
    Terminal.write(isJSON ? json + [0x0A] : Array(words.utf8), to: output)
  }

  /// Says why the work was not done, and returns the status that says the same.
  private func tell(_ error: any Error) -> Int32 {
    let fault = interruption.isCancelled ? .requestCancelled : Self.fault(error)
    guard let fault else {
      let cause = Terminal.plain(ShopFailure(error).logText)
      complain("shelflife: something went wrong inside: \(cause)")
      if isJSON { tell("", CommandOutput.defect) }
      return EX_SOFTWARE
    }
    if isJSON { tell("", CommandOutput.failure(fault)) } else { complain("shelflife: \(Terminal.plain(fault.words))") }
    return fault == .requestCancelled ? Interruption.status : EXIT_FAILURE
  }

  /// Why something failed, for people.
  func words(_ error: any Error) -> String { Self.fault(error)?.words ?? "Something went wrong inside." }

  /// What a person is told; nil for a defect.
  private static func fault(_ error: any Error) -> Fault? {
    switch error {
    case let fault as Fault: return fault
    case let failure as ProvisionFailure: return .databaseUnavailable(reason: failure.reason)
    case let fault as ServerFault: return .databaseUnavailable(reason: fault.message)
    default:
      switch ShopFailure(error) {
      case .fault(let fault): return fault
      case .connectionLost: return .databaseUnavailable(reason: "the connection was lost")
      default: return nil
      }
    }
  }
}

extension Fault {
  /// For whoever typed the command.
  fileprivate var words: String {
    switch self {
    case .databaseUnavailable(let reason), .backupNotPossible(let reason): reason
    case .backupInvalid(let reason): "\(description.message) \(reason)"
    case .confirmationRequired: "\(description.message) Give --yes if that is what you want."
    case .requestCancelled: "interrupted; nothing was left half done"
    default: description.message
    }
  }
}

extension String {
  /// A path as typed, from the root.
  ///
  /// - Throws: `ValidationError` for one that no file can have.
  func absolutePath() throws -> String {
    guard !isEmpty, !unicodeScalars.contains(where: { $0.value < 32 || $0.value == 127 }) else {
      throw ValidationError("A path must not be empty or hold control characters.")
    }
    if hasPrefix("/") { return self }
    guard let directory = getcwd(nil, 0) else { throw ValidationError("The working directory is gone; name a whole path.") }
    defer { free(directory) }
    return String(cString: directory) + "/" + self
  }
}
