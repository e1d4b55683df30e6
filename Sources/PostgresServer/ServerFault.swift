/// What can go wrong between asking for the embedded cluster and having it, in words for the shop's owner.
import Glibc

package struct ServerFault: Error, Sendable, Equatable {
  /// The kind of fault, stable enough to switch on; its raw value travels on the lease's socket.
  package enum Code: String, Sendable, CaseIterable {
    /// PostgreSQL's programs were not found, or not all of them.
    case programsMissing = "programs-missing"
    /// The programs found are older than the oldest supported major version.
    case programsTooOld = "programs-too-old"
    /// The programs found are of another major version than the cluster, the server or the archive they are used on.
    case versionMismatch = "version-mismatch"
    /// The directory holds something that is not ours; it is left alone.
    case foreignDirectory = "foreign-directory"
    /// The user as whom the server runs cannot reach the directory.
    case unreachable
    /// A file or directory belongs to somebody else or may not be used.
    case notPermitted = "not-permitted"
    case readOnly = "read-only"
    case diskFull = "disk-full"
    /// The user as whom the server should run does not exist or may not be used.
    case userMissing = "user-missing"
    case createFailed = "create-failed"
    case startFailed = "start-failed"
    /// The directory is locked by a supervisor that cannot be reached from here (another container).
    case heldElsewhere = "held-elsewhere"
    /// The supervisor could not be started or ended without a word.
    case supervisorFailed = "supervisor-failed"
    /// The supervisor was told to stop (SIGTERM).
    case stopped
    /// The caller no longer wanted it.
    case cancelled
    /// A child process could not be started, or its outcome was lost.
    case childFailed = "child-failed"
    /// `pg_dump` could not make the archive.
    case dumpFailed = "dump-failed"
    /// `pg_restore` could not read what should be an archive.
    case archiveInvalid = "archive-invalid"
  }

  package let code: Code
  /// One or two English sentences without secrets; safe for `reason` in `system.status`.
  package let message: String
  /// Whether the same request can succeed later without anybody changing a setting.
  package let isRetryable: Bool

  package init(_ code: Code, _ message: String) {
    self.init(code, message, isRetryable: code.usuallyPasses)
  }

  init(_ code: Code, _ message: String, isRetryable: Bool) {
    self.code = code
    self.message = message
    self.isRetryable = isRetryable
  }

  /// The fault behind a failed system call: a full disk, a read-only one and a refusal have codes of their own.
  init(_ error: SystemError, orElse code: Code = .supervisorFailed) {
    let words = "\(error.action) \(error.path): \(error.reason)"
    switch error.number {
    case ENOSPC, EDQUOT: self.init(.diskFull, "No space is left on the disk (cannot \(words)).")
    case EROFS: self.init(.readOnly, "The file system is read-only (cannot \(words)).")
    case EACCES, EPERM: self.init(.notPermitted, "Cannot \(words).")
    default: self.init(code, "Cannot \(words).")
    }
  }

  /// The fault behind the last words of a PostgreSQL program.
  init(lastWords: String, orElse code: Code, _ introduction: String) {
    if lastWords.contains("No space left on device") || lastWords.contains("Disk quota exceeded") {
      self.init(.diskFull, "No space is left on the disk. \(introduction) PostgreSQL says: \(lastWords)")
    } else if lastWords.contains("Read-only file system") {
      self.init(.readOnly, "The file system is read-only. \(introduction) PostgreSQL says: \(lastWords)")
    } else {
      self.init(code, lastWords.isEmpty ? introduction : "\(introduction) PostgreSQL says: \(lastWords)")
    }
  }
}

extension ServerFault.Code {
  fileprivate var usuallyPasses: Bool {
    switch self {
    case .diskFull, .startFailed, .heldElsewhere, .supervisorFailed, .stopped, .childFailed, .dumpFailed: true
    default: false
    }
  }
}

extension ServerFault {
  /// Runs `body` and turns a failed system call into a fault.
  static func translating<Result>(
    orElse code: Code = .supervisorFailed, _ body: () throws(SystemError) -> Result
  ) throws(ServerFault) -> Result {
    do throws(SystemError) {
      return try body()
    } catch {
      throw ServerFault(error, orElse: code)
    }
  }
}
