// The load of a pipe: as cheap as it can be, since it shares the cores with what it measures.
import Glibc
import Histogram

typealias Latencies = Histogram<UInt32>

extension Histogram where Count == UInt32 {
  /// Of nanoseconds up to a minute, to three digits.
  static func ofLatencies() -> Latencies {
    Latencies(highestTrackableValue: 60_000_000_000, numberOfSignificantValueDigits: .three)
  }
}

/// What one slice of a load came to.
struct Sample {
  var count = 0
  var nanoseconds = 0
  /// Of each call; nil where more than one was in flight.
  var latencies: Latencies?
  /// Bytes of WAL that the server wrote meanwhile.
  var wal = 0

  mutating func add(_ other: Sample) {
    count += other.count
    nanoseconds += other.nanoseconds
    wal += other.wal
    guard let more = other.latencies else { return }
    if latencies?.add(more) == nil { latencies = more }
  }

  /// Calls in a hundred seconds.
  var rate: Int { nanoseconds == 0 ? 0 : count * 100_000_000_000 / nanoseconds }
}

/// Request lines that are made before the clock starts, sent in their order and from the front again.
struct Script {
  private let bytes: [UInt8]
  /// Where each line starts, and where the last one ends.
  private let starts: [Int]
  private var next = 0

  init(_ lines: [String]) {
    var bytes: [UInt8] = []
    var starts = [0]
    for line in lines {
      bytes += Array(line.utf8)
      bytes.append(0x0A)
      starts.append(bytes.count)
    }
    self.bytes = bytes
    self.starts = starts
  }

  /// Sends so many lines with one write, or two at the end of the script.
  mutating func send(_ count: Int, to descriptor: Int32) {
    var left = count
    while left > 0 {
      let last = min(next + left, starts.count - 1)
      left -= last - next
      var from = starts[next]
      while from < starts[last] {
        let written = bytes.withUnsafeBytes { write(descriptor, $0.baseAddress! + from, starts[last] - from) }
        guard written > 0 else { fail("the process is gone") }
        from += written
      }
      next = last == starts.count - 1 ? 0 : last
    }
  }
}

/// Reads replies in large pieces and looks at no more of them than whether there is a refusal among them.
struct Replies {
  private static let refusal = #""error":{"#
  /// The end of the piece before is kept in front of the next, so that a refusal across both is seen.
  private static let kept = 512
  /// With a zero behind the piece, for `strstr`.
  private var piece = [UInt8](repeating: 0x20, count: kept + (1 << 18) + 1)

  /// The last bytes that have come.
  var end: ArraySlice<UInt8> { piece[..<Self.kept] }

  /// Waits for one piece. Returns how many replies ended in it.
  mutating func receive(from descriptor: Int32) -> Int {
    piece.withUnsafeMutableBytes { bytes in
      let start = bytes.baseAddress! + Self.kept
      let count = read(descriptor, start, bytes.count - Self.kept - 1)
      guard count > 0 else { fail("the process ended") }
      start.storeBytes(of: 0, toByteOffset: count, as: UInt8.self)
      if strstr(bytes.baseAddress!.assumingMemoryBound(to: CChar.self), Self.refusal) != nil {
        fail(
          "a call was refused: " + String(decoding: UnsafeRawBufferPointer(start: start, count: min(count, 2_000)), as: UTF8.self)
        )
      }
      var lines = 0
      var from = start
      while let newline = memchr(from, 0x0A, start + count - from) {
        lines += 1
        from = UnsafeMutableRawPointer(newline) + 1
      }
      memmove(bytes.baseAddress!, start + count - Self.kept, Self.kept)
      return lines
    }
  }
}

extension Sidecar {
  /// Keeps so many calls of a script in flight for a time, in nanoseconds, and then waits for the last reply. New calls are sent
  /// as soon as `batch` have been answered.
  func load(_ script: inout Script, inFlight: Int, batch: Int = 1, for duration: Int) -> Sample {
    var replies = Replies()
    var sample = Sample()
    let start = nanoseconds()
    if inFlight == 1 {
      var latencies = Latencies.ofLatencies()
      var before = start
      while before < start + duration {
        script.send(1, to: input)
        while replies.receive(from: output) == 0 {}
        let after = nanoseconds()
        latencies.record(UInt64(after - before))
        sample.count += 1
        before = after
      }
      sample.latencies = latencies
    } else {
      script.send(inFlight, to: input)
      var waiting = inFlight
      while waiting > 0 {
        let answered = replies.receive(from: output)
        sample.count += answered
        waiting -= answered
        if inFlight - waiting >= batch, nanoseconds() < start + duration {
          script.send(inFlight - waiting, to: input)
          waiting = inFlight
        }
      }
    }
    sample.nanoseconds = nanoseconds() - start
    return sample
  }

  /// All pages of a list, each asked for by the cursor of the one before. Returns how many there were.
  func walk(_ method: String, _ params: String) -> Int {
    var replies = Replies()
    var cursor = ""
    var pages = 0
    while true {
      send(request(method, "{\(params)\(cursor)}", id: pages))
      while replies.receive(from: output) == 0 {}
      pages += 1
      guard let label = replies.end.firstRange(of: Array(#""nextCursor":"#.utf8)) else { fail("a page without nextCursor") }
      // The reply ends with the cursor, two brackets and a newline.
      let next = replies.end[label.upperBound...].dropLast(3)
      if next.elementsEqual("null".utf8) { return pages }
      cursor = ",\"cursor\":" + String(decoding: next, as: UTF8.self)
    }
  }
}
