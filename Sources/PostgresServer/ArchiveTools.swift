/// pg_dump and pg_restore as filters: archives flow through this process, which alone decides what is done with them.
import Glibc
import Synchronization

package struct ArchiveTools: Sendable {
  private let programs: Programs

  package init(programs: Programs) { self.programs = programs }

  /// Dumps one schema, as an exported snapshot shows it, in the custom format. Blocks the calling thread.
  ///
  /// - Parameter connection: libpq's settings by the names of their variables (`PGHOST`, `PGPASSWORD`, …), which is how pg_dump
  ///   gets them: nothing else of it is on a command line.
  /// - Parameter schema: the schema's name as it is, without quotes.
  /// - Parameter role: the role that reads, if not the one that connects.
  /// - Parameter snapshot: what `pg_export_snapshot()` told a transaction that stays open meanwhile.
  /// - Parameter take: called on the calling thread with each piece of the archive; what it throws ends pg_dump and is thrown on.
  /// - Parameter isCancelled: asked about twenty times a second; once true pg_dump is ended and `.cancelled` thrown.
  ///
  /// Throws a `ServerFault`: `.versionMismatch` when the server is newer than pg_dump, `.dumpFailed` with its words otherwise.
  package func dump(
    connection: [String: String], schema: String, role: String? = nil, snapshot: String,
    take: (UnsafeRawBufferPointer) throws -> Void, isCancelled: () -> Bool = { false }
  ) throws {
    var arguments = [
      "--format=custom", "--compress=1", "--no-password", "--no-unlogged-table-data",
      "--schema=\(ClusterSettings.quoted(schema))", "--snapshot=\(snapshot)",
    ]
    if let role { arguments.append("--role=\(role)") }
    let command = ChildProcess.Command(try programs.path(.dump), arguments, environment: connection)
    let outcome = try Self.stream(command, take: take, isCancelled: isCancelled)
    guard outcome.ending != .exited(0) else { return }
    let words = Self.words(outcome.errors, hiding: connection["PGPASSWORD"])
    if words.contains("server version mismatch") {
      throw ServerFault(
        .versionMismatch,
        "The database server is newer than the pg_dump in \(programs.directory), which is of PostgreSQL \(programs.version). "
          + "Install the programs of the server's version or name their folder with --pg-bin. PostgreSQL says: \(words)")
    }
    throw ServerFault(
      lastWords: words, orElse: .dumpFailed, "The database could not be dumped (pg_dump \(outcome.ending.words)).")
  }

  /// Turns an archive into the text of its data, by pg_restore without any database. Blocks the calling thread.
  ///
  /// Nothing in the archive is run: whatever the text says is for the caller to read, with distrust.
  ///
  /// - Parameter feed: called on a thread of its own; writes the archive. What it throws is thrown on, unless `take` threw.
  ///   It should throw on what its writer throws. It has returned when this returns.
  /// - Parameter take: called on the calling thread with each piece of the text; what it throws ends pg_restore and is thrown on.
  /// - Parameter isCancelled: asked about twenty times a second; once true pg_restore is ended and `.cancelled` thrown.
  ///
  /// Throws a `ServerFault`: `.versionMismatch` for an archive of a newer pg_dump, `.archiveInvalid` when pg_restore refused it
  /// or crashed over it. Text may have been taken before.
  package func text(
    feed: @escaping @Sendable (ChildInput) throws -> Void, take: (UnsafeRawBufferPointer) throws -> Void,
    isCancelled: () -> Bool = { false }
  ) throws {
    let command = ChildProcess.Command(try programs.path(.restore), ["--format=custom", "--data-only", "--file=-"])
    let failure = FirstError()
    let outcome = try Self.stream(
      command,
      feed: { input in
        do {
          try feed(input)
        } catch {
          failure.note(error)
          input.stop()
        }
      }, take: take, isCancelled: isCancelled, failure)
    if let error = failure.error { throw error }
    guard outcome.ending != .exited(0) else { return }
    let words = Self.words(outcome.errors, hiding: nil)
    if words.contains("unsupported version") {
      if case .killed(let signal) = outcome.ending, [SIGKILL, SIGTERM, SIGINT, SIGHUP].contains(signal) {
        throw ServerFault(.childFailed, "pg_restore was ended from outside by signal \(signal); try again.")
      }
      throw ServerFault(
        .versionMismatch,
        "The archive was written by a newer pg_dump than the programs in \(programs.directory), which are of PostgreSQL "
          + "\(programs.version). Install newer ones or name their folder with --pg-bin. PostgreSQL says: \(words)")
    }
    throw ServerFault(
      lastWords: words, orElse: .archiveInvalid, "The archive cannot be read (pg_restore \(outcome.ending.words)).")
  }

  /// `ChildProcess.stream` with a `take` that may throw.
  private static func stream(
    _ command: ChildProcess.Command, feed: (@Sendable (ChildInput) -> Void)? = nil,
    take: (UnsafeRawBufferPointer) throws -> Void, isCancelled: () -> Bool, _ feedFailure: FirstError = FirstError()
  ) throws -> (ending: ChildProcess.Ending, errors: [UInt8]) {
    var refusal: (any Error)?
    do throws(ServerFault) {
      return try ChildProcess.stream(
        command, feed: feed,
        take: { bytes in
          do { try take(bytes) } catch { refusal = error }
          return refusal == nil
        }, isCancelled: isCancelled)
    } catch {
      throw refusal ?? (error.code == .cancelled ? nil : feedFailure.error) ?? error
    }
  }

  /// A program's first complaint, in one short line without control characters.
  static func words(_ errors: [UInt8], hiding secret: String?) -> String {
    let lines = String(decoding: errors, as: UTF8.self).split(whereSeparator: \.isNewline)
    let first = lines.firstIndex { $0.contains("error:") } ?? lines.startIndex
    var text = lines[first...].prefix(3).joined(separator: " ")
    if let secret, !secret.isEmpty {
      text = text.split(separator: secret, omittingEmptySubsequences: false).joined(separator: "…")
    }
    let plain = String.UnicodeScalarView(text.unicodeScalars.filter { $0.value >= 32 && !(127...159).contains($0.value) })
    return String(String(plain).prefix(ServerLimits.childWords))
  }
}

/// The error with which a feeding thread ended.
private final class FirstError: Sendable {
  private let state = Mutex<(any Error)?>(nil)

  var error: (any Error)? { state.withLock { $0 } }

  func note(_ error: any Error) {
    // That the child ended is told by how it ended.
    if (error as? ServerFault)?.code == .cancelled { return }
    state.withLock { $0 = $0 ?? error }
  }
}

extension ChildProcess.Ending {
  /// Completes a sentence that begins with the program's name.
  fileprivate var words: String {
    switch self {
    case .exited(let status): "ended with status \(status)"
    case .killed(let signal): "was ended by signal \(signal)"
    }
  }
}
