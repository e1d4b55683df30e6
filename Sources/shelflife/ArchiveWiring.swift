// PostgreSQL's programs as the backups want them: found for each use, so that an upgrade of the packages needs no restart.
import PostgresServer
import Shelflife

extension ArchivePrograms {
  /// - Parameter directory: the folder named by flag or environment; nil for the newest that is found.
  static func installed(in directory: String?) -> ArchivePrograms {
    ArchivePrograms(
      dump: { source, take, isCancelled in
        try inWords {
          try ArchiveTools(programs: try Programs.find(in: directory)).dump(
            connection: source.environment, schema: source.schema, role: source.role, snapshot: source.snapshot, take: take,
            isCancelled: isCancelled)
        }
      },
      text: { feed, take, isCancelled in
        try inWords {
          try ArchiveTools(programs: try Programs.find(in: directory)).text(
            feed: { input in try feed { try input.write($0) } }, take: take, isCancelled: isCancelled)
        }
      })
  }

  private static func inWords<Value>(_ work: () throws -> Value) throws -> Value {
    do {
      return try work()
    } catch let fault as ServerFault {
      let kind: ArchiveFailure.Kind =
        switch fault.code {
        case .archiveInvalid: .archive
        case .cancelled: .cancelled
        case .diskFull: .diskFull
        default: .program
        }
      throw ArchiveFailure(kind, fault.message)
    }
  }
}
