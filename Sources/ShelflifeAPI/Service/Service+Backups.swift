// What backup methods and the daily backup share: the folder, the database, and how their work is watched and ended.
import JSONRPC
import Shelflife

extension Service {
  /// - Throws: `backupNotPossible` where the process was made without a place for backups.
  func knownBackups() throws(Fault) -> Backups {
    guard let backups else { throw .backupNotPossible(reason: "This process has no folder for backups.") }
    return backups
  }

  /// Runs a call's work on backups; it is told of its progress and ends when it is given up.
  func backingUp<Value>(_ job: Job, _ work: (Backups, PreparedDatabase, BackupWatch) throws -> Value) throws -> Value {
    let backups = try knownBackups()
    guard let found = try keeper.database(isGivenUp: { job.stopReason != nil }) else {
      throw job.stopReason ?? Fault.requestCancelled
    }
    let watch = BackupWatch(
      interrupt: job.interrupt ?? SessionInterrupt(), progress: { job.progress($0, $1) },
      isCancelled: { job.stopReason != nil })
    defer { lookAtBackups() }
    return try work(backups, found.database, watch)
  }

  /// Looks through the folder, so that the standing of the backups is known without doing so.
  func lookAtBackups() {
    guard let standing = backups?.folder.standing(of: keeper.standing.shopID) else { return }
    backupStanding.withLock { $0 = standing }
  }

  /// After a restore: nobody is signed in, and whatever is known of the shop is read anew.
  func shopWasReplaced() {
    sessions.endAll()
    keeper.renew()
  }
}
