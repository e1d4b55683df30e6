// Where identifiers, keys, tokens and recovery codes get what nobody can guess.
import CSystem
import Glibc

/// Random bytes from the kernel. Any thread may ask.
package enum Random {
  package static func fill(_ buffer: UnsafeMutableRawBufferPointer) {
    var rest = buffer[...]
    while !rest.isEmpty {
      let piece = UnsafeMutableRawBufferPointer(rebasing: rest)
      let count = csystem_random(piece.baseAddress, piece.count)
      // Allowed: without randomness no key, token or identifier is safe, and no caller could go on.
      guard count > 0 || errno == EINTR else { fatalError("the system gives no random bytes") }
      rest = rest.dropFirst(max(count, 0))
    }
  }

  package static func bytes(_ count: Int) -> [UInt8] {
    var bytes = [UInt8](repeating: 0, count: count)
    bytes.withUnsafeMutableBytes { fill($0) }
    return bytes
  }

  /// Any number above zero.
  package static func positive() -> Int32 {
    max(1, bytes(4).reduce(0) { $0 << 8 | Int32($1) } & .max)
  }

  /// So many lower-case hexadecimal digits.
  package static func hex(_ digits: Int) -> String {
    let alphabet = Array("0123456789abcdef".utf8)
    return String(decoding: bytes(digits).map { alphabet[Int($0 & 15)] }, as: UTF8.self)
  }
}
