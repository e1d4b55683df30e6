/// Random documents and random damage: what is written is read back, and damage is judged as Python judges it.

import Glibc
import JSONRPC
import Testing

/// Random values, names free of duplicates.
struct JSONGenerator {
  var random = SeededGenerator()

  mutating func value(depth: Int = 0) -> JSON {
    switch Int.random(in: 0..<(depth < 6 ? 8 : 5), using: &random) {
    case 0: return .null
    case 1: return .bool(Bool.random(using: &random))
    case 2: return .number(JSONNumber(digits: digits()))
    case 3, 4: return .string(text())
    case 5, 6: return .array((0..<Int.random(in: 0..<6, using: &random)).map { _ in value(depth: depth + 1) })
    default:
      var members: [JSONObject.Member] = []
      for index in 0..<Int.random(in: 0..<20, using: &random) {
        members.append(JSONObject.Member(name: "\(index)" + text(), value: value(depth: depth + 3)))
      }
      return .object(JSONObject(members: members))
    }
  }

  mutating func digits() -> String {
    func run(_ count: Int) -> String { (0..<count).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined() }
    var text = random.chance(1, in: 3) ? "-" : ""
    text +=
      random.chance(1, in: 4) ? "0" : "\(Int.random(in: 1...9, using: &random))" + run(Int.random(in: 0..<25, using: &random))
    if random.chance(1, in: 3) { text += "." + run(Int.random(in: 1..<8, using: &random)) }
    if random.chance(1, in: 4) {
      text += (["e", "E", "e+", "E-"].randomElement(using: &random) ?? "e") + run(Int.random(in: 1..<5, using: &random))
    }
    return text
  }

  mutating func text() -> String {
    let ranges: [ClosedRange<UInt32>] = [
      0...0x1F, 0x20...0x7E, 0x20...0x7E, 0x22...0x22, 0x5C...0x5C, 0x7F...0x7FF, 0x300...0x36F, 0x800...0xD7FF, 0xE000...0xFFFF,
      0x10000...0x10FFFF,
    ]
    var text = String.UnicodeScalarView()
    for _ in 0..<Int.random(in: 0..<24, using: &random) {
      let range = ranges.randomElement(using: &random) ?? 0...0
      if let scalar = Unicode.Scalar(UInt32.random(in: range, using: &random)) { text.append(scalar) }
    }
    return String(text)
  }

  /// The bytes with a few of them changed, removed, doubled or moved.
  mutating func damaged(_ bytes: [UInt8]) -> [UInt8] {
    let telling =
      Array("{}[]\",:\\u0123dDcCeE+-. \ttrfn/'\u{7F}é😀".utf8) + [0x00, 0x0A, 0x0D, 0x1F, 0xC0, 0xED, 0xA0, 0xF4, 0x90, 0xFF]
    var bytes = bytes
    for _ in 0..<Int.random(in: 1...3, using: &random) {
      let place = Int.random(in: 0...bytes.count, using: &random)
      switch Int.random(in: 0..<5, using: &random) {
      case 0: bytes.insert(telling.randomElement(using: &random) ?? 0, at: place)
      case 1 where place < bytes.count: bytes.remove(at: place)
      case 2 where place < bytes.count: bytes[place] = telling.randomElement(using: &random) ?? 0
      case 3: bytes.removeLast(min(bytes.count, Int.random(in: 0..<8, using: &random)))
      case 4 where place < bytes.count:
        let end = min(bytes.count, place + Int.random(in: 1..<12, using: &random))
        bytes.insert(contentsOf: bytes[place..<end], at: Int.random(in: 0...bytes.count, using: &random))
      default: break
      }
    }
    return bytes
  }
}

private func written(_ value: JSON) -> [UInt8] {
  var writer = JSONWriter()
  writer.value(value)
  return writer.bytes
}

@Suite struct JSONPropertyTests {
  @Test func whatIsWrittenIsReadBack() throws {
    var generator = JSONGenerator()
    for _ in 0..<1_500 {
      let value = generator.value()
      let bytes = written(value)
      #expect(!bytes.contains { $0 < 0x20 }, "seed \(generator.random.seed)")
      #expect(try JSONReader.read(bytes) == value, "seed \(generator.random.seed)")
    }
  }

  /// Damaged text is refused within its bounds, or it is JSON that survives another round.
  @Test func damageNeverPassesUnseen() throws {
    var generator = JSONGenerator()
    var refused = 0
    for _ in 0..<1_000 {
      let whole = written(generator.value())
      for _ in 0..<8 {
        let bytes = generator.damaged(whole)
        do throws(JSONSyntaxError) {
          let value = try JSONReader.read(bytes)
          #expect(try JSONReader.read(written(value)) == value, "seed \(generator.random.seed)")
        } catch {
          refused += 1
          #expect((0...bytes.count).contains(error.offset), "seed \(generator.random.seed)")
          // What stands before the offset is not what is wrong.
          let before = Result { () throws(JSONSyntaxError) in try JSONReader.read(bytes[..<error.offset]) }
          if case .failure(let earlier) = before, error.reason != .duplicateMember, error.reason != .loneSurrogate {
            #expect(
              earlier.offset >= error.offset || earlier.reason == .invalidUTF8 || earlier.reason == .loneSurrogate,
              "seed \(generator.random.seed)")
          }
        }
      }
    }
    #expect(refused > 1_000)
  }

  /// Python's reader, told to be as strict as ours where it can be told, judges the same texts.
  @Test(.enabled(if: access("/usr/bin/python3", X_OK) == 0))
  func agreesWithPython() throws {
    var generator = JSONGenerator()
    var texts: [[UInt8]] = []
    while texts.count < 6_000 {
      let whole = written(generator.value())
      for _ in 0..<4 {
        let bytes = generator.damaged(whole)
        if bytes.count < 4_000 { texts.append(bytes) }
      }
    }
    let verdicts = try judgeWithPython(texts)
    #expect(verdicts.utf8.count == texts.count)
    var accepted = 0
    for (text, verdict) in zip(texts, verdicts.utf8) {
      let reading = Result { () throws(JSONSyntaxError) in try JSONReader.read(text) }
      if case .failure(let error) = reading, error.reason == .tooDeep { continue }
      let isAccepted = if case .success = reading { true } else { false }
      #expect(
        isAccepted == (verdict == UInt8(ascii: "1")),
        "\(reading) for \(String(decoding: text, as: UTF8.self)), seed \(generator.random.seed)")
      accepted += isAccepted ? 1 : 0
    }
    #expect(accepted > 100 && accepted < texts.count - 100)
  }

  private func judgeWithPython(_ texts: [[UInt8]]) throws -> String {
    let script = """
      import json, sys
      def refuse(*_): raise ValueError
      def members(pairs):
        if len({name for name, _ in pairs}) != len(pairs): raise ValueError
        return dict(pairs)
      def check(value):
        if isinstance(value, str): value.encode('utf-8')
        elif isinstance(value, list): [check(each) for each in value]
        elif isinstance(value, dict): [(check(name), check(each)) for name, each in value.items()]
      for line in open(sys.argv[1]):
        try:
          text = bytes.fromhex(line).decode('utf-8')
          check(json.loads(text, parse_constant=refuse, parse_int=str, parse_float=str, object_pairs_hook=members))
          print(1, end='')
        except (ValueError, UnicodeError, RecursionError): print(0, end='')
      """
    let digits = Array("0123456789abcdef".utf8)
    var lines: [UInt8] = []
    for text in texts { lines += text.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] } + [0x0A] }
    var path = Array("/tmp/shelflife-json-XXXXXX\0".utf8CString.dropLast())
    let file = mkstemp(&path)
    defer { unlink(path) }
    #expect(lines.withUnsafeBytes { write(file, $0.baseAddress, $0.count) } == lines.count)
    close(file)
    let output = makePipe()
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_adddup2(&actions, output.writing, 1)
    posix_spawn_file_actions_addclose(&actions, output.reading)
    defer { posix_spawn_file_actions_destroy(&actions) }
    var arguments = [strdup("python3"), strdup("-c"), strdup(script), strdup(path), nil]
    defer { for argument in arguments { free(argument) } }
    var process = pid_t()
    #expect(posix_spawn(&process, "/usr/bin/python3", &actions, nil, &arguments, environ) == 0)
    close(output.writing)
    var verdicts: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = Glibc.read(output.reading, &buffer, buffer.count)
      if count <= 0 { break }
      verdicts += buffer[..<count]
    }
    close(output.reading)
    var status: Int32 = 0
    waitpid(process, &status, 0)
    return String(decoding: verdicts, as: UTF8.self)
  }
}
