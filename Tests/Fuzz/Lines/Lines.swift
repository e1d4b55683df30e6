// Any bytes, whatever pieces they are read in, are cut into the same lines; each is a message, a batch or a refusal, and is answered
// under the id that it gave, digit for digit.
import FuzzSupport
import Glibc

@testable import JSONRPC

@main enum FuzzLines {
  static func main() {
    Fuzzing.run { data, count in
      FuzzLines.serve(Array(UnsafeBufferPointer(start: data, count: min(count, 32 << 10))))
      return 0
    }
  }

  /// Small, so that inputs reach them.
  private static func limits(readBytes: Int) -> WireLimits {
    var limits = WireLimits()
    limits.lineBytes = 512
    limits.readBytes = readBytes
    limits.batchMembers = 4
    return limits
  }

  private static func serve(_ bytes: [UInt8]) {
    let lines = cut(bytes, readBytes: 64 << 10)
    Fuzzing.hold(cut(bytes, readBytes: 3) == lines, "the lines depend on where the reads fall")
    Fuzzing.hold(lines == expected(bytes), "the lines are not those between the newlines")
    for case let line? in lines { line.withUnsafeBytes(take) }
  }

  /// The lines as the reader cuts them; nil for one that is too long.
  private static func cut(_ bytes: [UInt8], readBytes: Int) -> [[UInt8]?] {
    var ends: [Int32] = [0, 0]
    Fuzzing.hold(pipe(&ends) == 0, "no pipe")
    _ = bytes.withUnsafeBytes { write(ends[1], $0.baseAddress, $0.count) }
    close(ends[1])
    defer { close(ends[0]) }
    var reader = LineReader(limits: limits(readBytes: readBytes))
    var lines: [[UInt8]?] = []
    func take(_ event: LineReader.Event) {
      switch event {
      case .line(let text): lines.append(Array(text))
      case .tooLong: lines.append(nil)
      }
    }
    while reader.fill(from: ends[0]) > 0 {
      while let event = reader.next() { take(event) }
    }
    if let event = reader.last() { take(event) }
    return lines
  }

  private static func expected(_ bytes: [UInt8]) -> [[UInt8]?] {
    let text = bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? bytes.dropFirst(3) : bytes[...]
    return text.split(separator: 0x0A).compactMap { piece -> [UInt8]?? in
      let line = piece.last == 0x0D ? piece.dropLast() : piece
      if line.count > 512 { return .some(nil) }
      return line.allSatisfy { [0x20, 0x09, 0x0D].contains($0) } ? nil : .some(Array(line))
    }
  }

  private static func take(_ text: UnsafeRawBufferPointer) {
    switch Line(text, limits: limits(readBytes: 64)) {
    case .single(let message): answer(message)
    case .batch(let messages):
      Fuzzing.hold((1...4).contains(messages.count), "a batch of \(messages.count)")
      for message in messages { answer(message) }
    case .refused(let error): holdReply(Outgoing.error(error, id: .null), .null)
    }
  }

  private static func answer(_ message: Message) {
    switch message {
    case .call(let id?, _, _), .positional(let id?, _): holdReply(Outgoing.result(Array("{}".utf8), id: id), id)
    case .invalid(let id, let error): holdReply(Outgoing.error(error, id: id), id)
    case .call(nil, _, _), .positional(nil, _), .cancellation: Fuzzing.hold(!message.expectsReply, "nobody waits for this")
    }
  }

  private static func holdReply(_ reply: [UInt8], _ id: RequestID) {
    Fuzzing.hold(!reply.contains { $0 < 0x20 }, "the reply is more than a line")
    guard case .success(.object(let object)) = Result(catching: { () throws(JSONSyntaxError) in try JSONReader.read(reply) }),
      let echoed = object["id"]
    else { fatalError("the reply is none") }  // Allowed: as in `hold`.
    Fuzzing.hold(RequestID(echoed) == id, "the id came back as another")
  }
}
