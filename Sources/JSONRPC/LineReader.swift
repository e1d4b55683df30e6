/// Cuts the input into lines, looking at every byte once and holding no more than one line and one read.

import Glibc

/// What has been read and not yet served. Used by whoever reads, one at a time.
struct LineReader: ~Copyable {
  enum Event {
    /// A line that is not blank, without its newline. Valid until the next `fill`.
    case line(UnsafeRawBufferPointer)
    /// A line went beyond the limit; reported once, the rest of it is skipped.
    case tooLong
  }

  private let lineBytes: Int
  private let readBytes: Int
  private var buffer: UnsafeMutableRawPointer
  private var capacity: Int
  /// The current line begins at `start`, has been searched up to `scanned` and read up to `end`.
  private var start = 0
  private var scanned = 0
  private var end = 0
  private var isSkipping = false
  private var isAtStreamStart = true

  init(limits: WireLimits) {
    lineBytes = limits.lineBytes
    readBytes = limits.readBytes
    capacity = 2 * limits.readBytes
    buffer = .allocate(byteCount: capacity, alignment: 16)
  }

  deinit {
    buffer.deallocate()
  }

  /// Whether bytes wait that `next` has not yet looked at or not yet found to be a line.
  var hasMore: Bool { start < end }

  /// One `read` from the descriptor.
  /// - Returns: what `read` returned; `errno` says why it is negative.
  mutating func fill(from descriptor: Int32) -> Int {
    makeRoom()
    let count = read(descriptor, buffer + end, readBytes)
    if count > 0 { end += count }
    return count
  }

  /// The next whole line, or nil when more must be read first.
  mutating func next() -> Event? {
    if isAtStreamStart, !skipByteOrderMark() { return nil }
    while start < end {
      guard let newline = memchr(buffer + scanned, 0x0A, end - scanned) else {
        scanned = end
        return checkUnfinished()
      }
      let lineStart = start
      let lineEnd = UnsafeRawPointer(newline) - UnsafeRawPointer(buffer)
      start = lineEnd + 1
      scanned = start
      if isSkipping {
        isSkipping = false
      } else if let event = event(from: lineStart, to: lineEnd) {
        return event
      }
    }
    return nil
  }

  /// What stands after the last newline once the input has ended.
  mutating func last() -> Event? {
    defer { start = end }
    return isSkipping || start == end ? nil : event(from: start, to: end)
  }

  private func event(from lineStart: Int, to lineEnd: Int) -> Event? {
    var count = lineEnd - lineStart
    let bytes = UnsafeRawBufferPointer(start: buffer + lineStart, count: count)
    if count > 0, bytes[count - 1] == 0x0D { count -= 1 }
    if count > lineBytes { return .tooLong }
    let isBlank = bytes.prefix(count).allSatisfy { $0 == 0x20 || $0 == 0x09 || $0 == 0x0D }
    return isBlank ? nil : .line(UnsafeRawBufferPointer(rebasing: bytes.prefix(count)))
  }

  private mutating func checkUnfinished() -> Event? {
    if isSkipping {
      start = end
      return nil
    }
    let count = end - start
    // One byte more may be the CR of a CRLF still to come.
    let mayBeWhole = count <= lineBytes || count == lineBytes + 1 && buffer.load(fromByteOffset: end - 1, as: UInt8.self) == 0x0D
    if mayBeWhole { return nil }
    isSkipping = true
    start = end
    return .tooLong
  }

  /// - Returns: false while the bytes so far may still become a byte order mark.
  private mutating func skipByteOrderMark() -> Bool {
    let mark: [UInt8] = [0xEF, 0xBB, 0xBF]
    let count = min(end - start, mark.count)
    for offset in 0..<count where buffer.load(fromByteOffset: start + offset, as: UInt8.self) != mark[offset] {
      isAtStreamStart = false
      return true
    }
    guard count == mark.count else { return false }
    isAtStreamStart = false
    start += count
    scanned = start
    return true
  }

  /// Makes sure that `readBytes` fit behind `end`; gives back what a long line has needed.
  private mutating func makeRoom() {
    if start == end {
      start = 0
      scanned = 0
      end = 0
      if capacity > 8 * readBytes { resize(to: 2 * readBytes) }
    }
    if capacity - end >= readBytes { return }
    if start > 0 {
      memmove(buffer, buffer + start, end - start)
      scanned -= start
      end -= start
      start = 0
    }
    if capacity - end >= readBytes { return }
    // An unfinished line is at most one byte longer than the limit, so this is the largest buffer there can be.
    let largest = lineBytes + 1 + readBytes
    resize(to: 2 * capacity < lineBytes ? 2 * capacity : max(largest, end + readBytes))
  }

  private mutating func resize(to newCapacity: Int) {
    let larger = UnsafeMutableRawPointer.allocate(byteCount: newCapacity, alignment: 16)
    larger.copyMemory(from: buffer, byteCount: end)
    buffer.deallocate()
    buffer = larger
    capacity = newCapacity
  }
}
