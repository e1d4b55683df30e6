// The version of the library that this process speaks with PostgreSQL through.
import CLibPQ

package enum LibraryVersion {
  /// Of the library as it was loaded, such as `15.18`.
  package static var text: String {
    let number = Int(PQlibVersion())
    return "\(number / 10_000).\(number % 10_000)"
  }
}
