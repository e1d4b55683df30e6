// What can go wrong with backups, in the shop's own words.
import Postgres

enum BackupFault {
  /// Runs `body` and turns failures of files and programs into faults.
  static func told<Value>(_ body: () throws -> Value) throws -> Value {
    do {
      return try body()
    } catch let failure as BackupFileError {
      throw fault(failure)
    } catch let failure as ArchiveFailure {
      switch failure.kind {
      case .archive: throw Fault.backupInvalid(reason: failure.reason)
      case .program: throw Fault.backupNotPossible(reason: failure.reason)
      case .diskFull: throw Fault.diskFull
      case .cancelled: throw Fault.requestCancelled
      }
    } catch let error as MigrationError {
      // What stopped it is told like anything else that stops a statement.
      throw error.postgresError ?? error
    } catch let error as PostgresError where error.state == .insufficientPrivilege {
      throw Fault.backupNotPossible(reason: "The database role lacks the rights that this needs.")
    } catch let error as PostgresError where error.state == .objectInUse {
      throw Fault.backupNotPossible(reason: "Sessions of other programs in the shop's database do not end.")
    }
  }

  /// Why something failed, for people.
  static func words(_ error: any Error) -> String {
    do {
      return try told { throw error }
    } catch Fault.backupInvalid(let reason), Fault.backupNotPossible(let reason) {
      return reason
    } catch Fault.diskFull {
      return "The disk is full."
    } catch let fault as Fault {
      return fault.description.message
    } catch {
      return "It failed for an unforeseen reason."
    }
  }

  private static func fault(_ failure: BackupFileError) -> Fault {
    switch failure {
    case .notFound: .backupNotFound
    case .invalid(let reason): .backupInvalid(reason: "The file cannot be used: \(reason).")
    case .exists: .backupNotPossible(reason: "There is a file of that name already; nothing is written over.")
    case .notADirectory: .backupNotPossible(reason: "The folder does not exist, or is not a folder.")
    case .diskFull: .diskFull
    case .cancelled: .requestCancelled
    case .notPermitted(let words), .system(let words): .backupNotPossible(reason: "Cannot \(words).")
    }
  }
}
