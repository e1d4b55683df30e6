// The machine: PostgreSQL's programs, the data directory and who may use it, the sockets' folder, the disk, the clock.
import PostgresServer
import Shelflife

extension Doctor {
  enum Machine {
    case noShop
    /// Starting the database would fail, or change something.
    case unfit
    case fit
  }

  static let scarceBytes: UInt64 = 2 << 30
  static let tooFewBytes: UInt64 = 256 << 20
  private static let believableYears = 2025...2100

  func examineMachineClock() {
    let year = run.now.day.components.year
    if Self.believableYears.contains(year) { return }
    found(
      "system-clock", .problem, "The machine believes that it is the year \(year).",
      advice: "Set the clock; an empty battery on the board makes it forget.")
  }

  /// The embedded cluster's surroundings.
  func examineMachine() -> Machine {
    let data: DataDirectory
    let state: DirectoryState
    let user: ServerUser
    do throws(ServerFault) {
      data = try DataDirectory(configuration.dataDirectory)
      user = try ServerUser.choose(dataDirectory: data.path)
      state = try DirectoryState.look(at: data, for: user)
    } catch {
      found("data-directory", .problem, error.message)
      return .unfit
    }
    let major: Int? = if case .cluster(let major) = state.contents { major } else { nil }
    let hasPrograms = examinePrograms(clusterMajor: major)
    let isSound = examine(state, of: data, for: user)
    let hasSockets = examineSockets(state)
    // A server that is stopped for want of room starts again where there is some.
    let hasRoom = examineDisk(below: data.path) || state.isServed
    if [.missing, .noCluster].contains(state.contents) { return .noShop }
    return state.isServed || hasPrograms && isSound && hasSockets && hasRoom ? .fit : .unfit
  }

  /// - Returns: whether the server could be started with them.
  @discardableResult
  func examinePrograms(clusterMajor: Int?) -> Bool {
    let isEmbedded = configuration.databaseURL == nil
    let programs: Programs
    do throws(ServerFault) {
      programs = try Programs.find(in: configuration.programDirectory, preferredMajor: clusterMajor)
    } catch {
      // Behind a URL only backups need them.
      found("programs", isEmbedded ? .problem : .warning, error.message)
      return false
    }
    if let clusterMajor, clusterMajor != programs.major {
      found(
        "programs", .problem,
        "The database is of PostgreSQL \(clusterMajor), the programs in \(programs.directory) are of \(programs.major).",
        advice: "Install PostgreSQL \(clusterMajor) beside it, or name its folder with --pg-bin.")
      return false
    }
    found(
      "programs", "PostgreSQL \(programs.version) in \(programs.directory)", PatchLevel.complaint(about: programs.version),
      update: "the system's packages of PostgreSQL \(programs.major)")
    if let clusterMajor { examineBackupPrograms(programs, serverMajor: clusterMajor) }
    return true
  }

  /// A part that is there and works, which is a warning where it lacks fixes.
  func found(_ name: String, _ what: String, _ lacking: String?, update: String) {
    if let lacking {
      found(name, .warning, "\(what) \(lacking).", advice: "Update \(update), then start shelflife anew.")
    } else {
      found(name, .ok, what + ".")
    }
  }

  /// The library in this process.
  func examineLibrary() {
    let version = Provision.libraryVersion
    found("libpq", "libpq \(version)", PatchLevel.complaint(about: version), update: "the system's package libpq5")
  }

  /// What backups need, once the server's version is known.
  func examineBackupPrograms(serverMajor: Int) {
    do throws(ServerFault) {
      examineBackupPrograms(try Programs.find(in: configuration.programDirectory), serverMajor: serverMajor)
    } catch {
      // That there are none is told already.
    }
  }

  private func examineBackupPrograms(_ programs: Programs, serverMajor: Int) {
    let wanted: [(name: Programs.Name, isNeeded: Bool)] = [(.dump, true), (.restore, true), (.integrityCheck, false)]
    var isWhole = true
    for (name, isNeeded) in wanted {
      let version = programs.version(of: name)
      if let version, let major = Int(version.prefix { $0.isNumber }), major >= serverMajor { continue }
      isWhole = false
      found(
        "backup-programs", isNeeded ? .problem : .warning,
        version.map { "\(name.rawValue) in \(programs.directory) is \($0), older than the server's \(serverMajor)." }
          ?? "\(programs.directory) has no \(name.rawValue) that runs.",
        advice: isNeeded
          ? "Backups need it: install PostgreSQL \(serverMajor)'s client programs."
          : "Install postgresql-contrib of that version.")
    }
    if isWhole { found("backup-programs", .ok, "pg_dump, pg_restore and pg_amcheck fit the server.") }
  }

  /// - Returns: whether starting the server would leave the directory as it is.
  private func examine(_ state: DirectoryState, of data: DataDirectory, for user: ServerUser) -> Bool {
    let before = findings.count
    let hasCluster = if case .cluster = state.contents { true } else { false }
    func problem(_ message: String, _ advice: String) { found("data-directory", .problem, message, advice: advice) }
    switch state.contents {
    case .foreign(let name):
      problem("\(data.path) is somebody else's: it holds “\(name)”.", "Name an empty or new folder with --data-dir.")
    case .notADirectory: problem("\(data.path) is not a folder.", "Name a folder with --data-dir.")
    case .closed:
      problem("\(data.path) may not be looked into by this user.", "Run shelflife as the folder's owner, or as root.")
    case .broken(let words):
      problem(words, "Move it away and restore a backup with shelflife restore.")
    case .missing, .noCluster, .cluster: break
    }
    if let closed = state.closedFolder {
      problem(
        "The user \(user.name), as whom PostgreSQL runs, may not enter \(closed).",
        "Let that user through (chmod o+x \(closed)), or choose another folder with --data-dir.")
    }
    for (path, owner) in state.strangers {
      problem("\(path) belongs to \(owner), not to \(user.name).", "chown -R \(user.name) \(path)")
    }
    // The first start makes a new folder private by itself.
    for path in hasCluster ? state.openFolders : [] {
      problem("Others than its owner may use \(path), and with it the shop's data.", "chmod 700 \(path)")
    }
    if findings.count > before { return false }
    if state.contents == .missing {
      found("data-directory", .ok, "\(data.path) does not exist yet; the first start makes it.")
    } else {
      found("data-directory", .ok, "\(data.path) is private to \(user.name).")
    }
    return true
  }

  private func examineSockets(_ state: DirectoryState) -> Bool {
    if let complaint = state.socketComplaint {
      found(
        "socket-directory", .problem, complaint,
        advice: "The database's sockets lie there: put its rights right (chmod 1777 /tmp).")
      return false
    }
    found("socket-directory", .ok, "\(state.socketFolder) can hold the database's sockets.")
    return true
  }

  /// - Returns: whether there is room enough to go on.
  @discardableResult
  func examineDisk(below path: String) -> Bool {
    guard let free = DiskSpace.free(at: path) else {
      found("disk-space", .warning, "How much room the disk below \(path) has cannot be told.")
      return true
    }
    let words = "\(Terminal.size(Int64(clamping: free))) free below \(path)."
    if free < Self.tooFewBytes {
      found("disk-space", .problem, words, advice: "Free some space now: a full disk stops the till.")
    } else if free < Self.scarceBytes {
      found("disk-space", .warning, words, advice: "Free some space before it runs out.")
    } else {
      found("disk-space", .ok, words)
    }
    return free >= Self.tooFewBytes
  }
}
