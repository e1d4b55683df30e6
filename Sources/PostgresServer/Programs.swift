/// Where PostgreSQL's own programs are and which version they have.
import Glibc

package struct Programs: Sendable, Equatable {
  package enum Name: String, Sendable, CaseIterable {
    case initdb, postgres, psql
    case dump = "pg_dump"
    case restore = "pg_restore"
    case isReady = "pg_isready"
    case integrityCheck = "pg_amcheck"
  }

  /// The folder that holds them.
  package let directory: String
  /// As `postgres --version` says it, such as `15.18`.
  package let version: String
  package let major: Int

  /// The path of a program; a fault when this installation lacks it.
  package func path(_ name: Name) throws(ServerFault) -> String {
    let path = directory + "/" + name.rawValue
    guard Self.isProgram(path) else {
      throw ServerFault(.programsMissing, "\(directory) has no \(name.rawValue). \(Self.installation)")
    }
    return path
  }

  /// The version of one of the programs, such as `15.18`; nil when this installation lacks it or it does not run.
  package func version(of name: Name) -> String? {
    do throws(ServerFault) {
      let outcome = try ChildProcess.run(ChildProcess.Command(try path(name), ["--version"]))
      return outcome.succeeded ? Self.version(in: outcome.outputText) : nil
    } catch {
      return nil
    }
  }

  /// Finds the programs; takes some milliseconds, since it runs them to ask for their version.
  ///
  /// - Parameter directory: the folder named by flag or environment: it, or none.
  /// - Parameter preferredMajor: the major version of an existing cluster, which beats a newer installation.
  package static func find(in directory: String?, preferredMajor: Int? = nil) throws(ServerFault) -> Programs {
    if let directory {
      guard let found = try probe(directory) else {
        throw ServerFault(
          .programsMissing, "\(directory) does not hold PostgreSQL's programs initdb and postgres. \(installation)")
      }
      return try checked(found)
    }
    var found: [Programs] = []
    for candidate in candidates() {
      if let programs = try probe(candidate) { found.append(programs) }
    }
    if let preferred = found.first(where: { $0.major == preferredMajor }) { return try checked(preferred) }
    guard var newest = found.first else {
      throw ServerFault(.programsMissing, "PostgreSQL's programs were not found. \(installation)")
    }
    for programs in found where newest.versionNumbers.lexicographicallyPrecedes(programs.versionNumbers) { newest = programs }
    return try checked(newest)
  }

  static let installation =
    "Install PostgreSQL \(ServerLimits.oldestMajor) or newer (Debian and Ubuntu: apt install postgresql; Fedora: dnf install "
    + "postgresql-server), or name the folder of its programs with --pg-bin or SHELFLIFE_PG_BIN."

  private var versionNumbers: [Int] { version.split(separator: ".").map { Int($0.prefix { $0.isNumber }) ?? 0 } }

  private static func checked(_ programs: Programs) throws(ServerFault) -> Programs {
    guard programs.major >= ServerLimits.oldestMajor else {
      throw ServerFault(
        .programsTooOld, "PostgreSQL \(programs.version) in \(programs.directory) is too old. \(installation)")
    }
    return programs
  }

  private static func candidates() -> [String] {
    var candidates: [String] = []
    let path = getenv("PATH").map { String(cString: $0) } ?? "/usr/local/bin:/usr/bin:/bin"
    let folders = path.split(separator: ":").map(String.init).filter { $0.hasPrefix("/") }
    if let configuration = folders.map({ $0 + "/pg_config" }).first(where: isProgram) {
      do throws(ServerFault) {
        let outcome = try ChildProcess.run(ChildProcess.Command(configuration, ["--bindir"]))
        if outcome.succeeded, let line = outcome.outputText.split(separator: "\n").first { candidates.append(String(line)) }
      } catch {
        // A pg_config that cannot run only means one place fewer to look at.
      }
    }
    do throws(SystemError) {
      candidates += try FileSystem.entries("/usr/lib/postgresql").map { "/usr/lib/postgresql/\($0)/bin" }
    } catch {
      // No such folder outside Debian and its kin.
    }
    var seen: Set<String> = []
    return (candidates + folders).filter { seen.insert(home(of: $0)).inserted }
  }

  /// The folder that a linked `postgres` really lies in: links to single programs may lack the others.
  private static func home(of directory: String) -> String {
    guard let resolved = realpath(directory + "/" + Name.postgres.rawValue, nil) else { return directory }
    defer { free(resolved) }
    let path = String(cString: resolved)
    let folder = String(path[..<path.lastIndex(of: "/")!])
    return isProgram(folder + "/" + Name.initdb.rawValue) ? folder : directory
  }

  private static func probe(_ directory: String) throws(ServerFault) -> Programs? {
    let server = directory + "/" + Name.postgres.rawValue
    guard isProgram(server), isProgram(directory + "/" + Name.initdb.rawValue) else { return nil }
    let outcome = try ChildProcess.run(ChildProcess.Command(server, ["--version"]))
    guard outcome.succeeded, let version = version(in: outcome.outputText),
      let major = Int(version.prefix { $0.isNumber })
    else { return nil }
    return Programs(directory: home(of: directory), version: version, major: major)
  }

  /// The version in a line such as `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)` or `… 17beta1`.
  static func version(in line: String) -> String? {
    let words = line.split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard let index = words.firstIndex(of: "(PostgreSQL)"), index + 1 < words.count,
      words[index + 1].first?.isNumber == true
    else { return nil }
    return String(words[index + 1])
  }

  private static func isProgram(_ path: String) -> Bool {
    guard let status = FileSystem.status(path), status.kind == S_IFREG else { return false }
    return access(path, X_OK) == 0
  }
}
