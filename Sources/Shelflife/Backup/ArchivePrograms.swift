// PostgreSQL's own programs as the backups see them: whoever makes the process says how they are run.
import Postgres

/// How archives are made and taken apart. Both functions block; any thread may call them.
package struct ArchivePrograms: Sendable {
  /// What is to be archived.
  package struct Source: Sendable {
    /// libpq's settings as environment variables, secrets among them: never to be put on a command line or into a log.
    package let environment: [String: String]
    package let schema: String
    /// The role to read as.
    package let role: String?
    /// The exported snapshot that the archive is to show.
    package let snapshot: String
  }

  /// Writes an archive piece by piece to `take`.
  package let dump:
    @Sendable (
      _ source: Source, _ take: (UnsafeRawBufferPointer) throws -> Void, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> Void
  /// Turns an archive, which `feed` writes piece by piece on a thread of its own, into the text of its data, piece by piece to
  /// `take`. Nothing in the archive is executed.
  package let text:
    @Sendable (
      _ feed: @escaping @Sendable (_ write: (UnsafeRawBufferPointer) throws -> Void) throws -> Void,
      _ take: (UnsafeRawBufferPointer) throws -> Void, _ isCancelled: @escaping @Sendable () -> Bool
    ) throws -> Void

  package init(
    dump:
      @escaping @Sendable (
        Source, (UnsafeRawBufferPointer) throws -> Void, @escaping @Sendable () -> Bool
      ) throws -> Void,
    text:
      @escaping @Sendable (
        @escaping @Sendable ((UnsafeRawBufferPointer) throws -> Void) throws -> Void, (UnsafeRawBufferPointer) throws -> Void,
        @escaping @Sendable () -> Bool
      ) throws -> Void
  ) {
    self.dump = dump
    self.text = text
  }
}

/// Why one of the programs did not do its work, in words for people.
package struct ArchiveFailure: Error {
  package enum Kind: Sendable {
    /// The archive is not one, or not whole.
    case archive
    /// The program is missing, too old, or was refused by the server.
    case program
    case diskFull
    case cancelled
  }

  package let kind: Kind
  package let reason: String

  package init(_ kind: Kind, _ reason: String) {
    self.kind = kind
    self.reason = reason
  }
}
