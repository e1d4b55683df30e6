// What can be wrong with a backup's file, or with the place where one is to be put.
import Glibc

package enum BackupFileError: Error, Equatable, Sendable {
  /// Nothing is at this path.
  case notFound
  /// It is no whole and unaltered backup; the reason completes "the backup cannot be used: …".
  case invalid(String)
  /// Something has this name already.
  case exists
  /// The folder does not exist, or is a symbolic link or no folder at all.
  case notADirectory
  case diskFull
  /// The rights of this process do not suffice; completes "cannot …".
  case notPermitted(String)
  case cancelled
  /// Anything else that the system refused; completes "cannot …".
  case system(String)

  /// Why a system call failed, by `errno`.
  init(_ action: String, number: Int32 = errno) {
    let words = "\(action): \(String(cString: strerror(number)))"
    switch number {
    case ENOSPC, EDQUOT: self = .diskFull
    case EEXIST: self = .exists
    case EACCES, EPERM, EROFS: self = .notPermitted(words)
    default: self = .system(words)
    }
  }
}
