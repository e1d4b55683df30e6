/// What must come back, to the byte, for input that no honest client sends.

import Glibc
import JSONRPC
import Testing

struct Hostile: Sendable, CustomTestStringConvertible {
  let name: String
  let input: [UInt8]
  let replies: [String]

  init(_ name: String, _ input: String, _ replies: String...) {
    self.init(name, Array(input.utf8), replies)
  }

  init(_ name: String, bytes: [UInt8], _ replies: String...) {
    self.init(name, bytes, replies)
  }

  private init(_ name: String, _ input: [UInt8], _ replies: [String]) {
    self.name = name
    self.input = input
    self.replies = replies
  }

  var testDescription: String { name }
}

private let noObject = "A message must be an object."
private let badID = "The id must be a string, an integer or null."
private let badVersion = "The member jsonrpc must be \"2.0\"."
private let badMethod = "The method must be a string."
private let badParams = "Params must be an object."
private let pong = #"{"pong":true}"#
private let ping = request("1", "ping")

private func positional(_ id: String) -> String {
  let message = "Params must be an object with named members."
  return failure(
    id, -32602, "validation-error", message,
    details: #"{"issues":[{"path":"","code":"expected-object","message":"\#(message)"}]}"#)
}

/// A string in the params of an echo, given as raw bytes.
private func echo(_ bytes: [UInt8]) -> [UInt8] {
  Array(#"{"jsonrpc":"2.0","id":1,"method":"echo","params":{"t":""#.utf8) + bytes + Array("\"}}".utf8)
}

private let textOffset = 55

private func nested(_ depth: Int) -> String {
  String(repeating: "[", count: depth) + String(repeating: "]", count: depth)
}

let malformedText: [Hostile] = [
  Hostile("a word", "hello", parseError(0, "unexpected-byte")),
  Hostile("an open object", "{", parseError(1, "unexpected-end")),
  Hostile("cut in a string", #"{"jsonrpc":"2.0","id":1,"met"#, parseError(28, "unexpected-end")),
  Hostile("cut after the colon", #"{"id":"#, parseError(6, "unexpected-end")),
  Hostile("a trailing comma in an object", #"{"id":1,}"#, parseError(8, "unexpected-byte")),
  Hostile("a trailing comma in an array", "[1,]", parseError(3, "unexpected-byte")),
  Hostile("a leading comma", "[,1]", parseError(1, "unexpected-byte")),
  Hostile("a missing comma", #"{"a":1 "b":2}"#, parseError(7, "unexpected-byte")),
  Hostile("a missing colon", #"{"a" 1}"#, parseError(5, "unexpected-byte")),
  Hostile("a member without a name", "{1:2}", parseError(1, "unexpected-byte")),
  Hostile("single quotes", "{'id':1}", parseError(1, "unexpected-byte")),
  Hostile("a comment", "{}// no", parseError(2, "unexpected-byte")),
  Hostile("two messages on a line", ping + ping, parseError(ping.utf8.count, "unexpected-byte")),
  Hostile("the wrong bracket", "[1}", parseError(2, "unexpected-byte")),
  Hostile("a stray bracket", "]", parseError(0, "unexpected-byte")),
  Hostile("NaN", "NaN", parseError(0, "unexpected-byte")),
  Hostile("Infinity", "-Infinity", parseError(1, "invalid-number")),
  Hostile("an upper-case literal", "True", parseError(0, "unexpected-byte")),
  Hostile("half a literal", "nul", parseError(3, "unexpected-end")),
  Hostile("a literal that goes on", "nulll", parseError(4, "unexpected-byte")),
  Hostile("a leading zero", "01", parseError(1, "invalid-number")),
  Hostile("a leading plus", "+1", parseError(0, "unexpected-byte")),
  Hostile("a lonely minus", "-", parseError(1, "unexpected-end")),
  Hostile("no digits before the point", ".5", parseError(0, "unexpected-byte")),
  Hostile("no digits after the point", "1.x", parseError(2, "invalid-number")),
  Hostile("no digits in the exponent", "1e+}", parseError(3, "invalid-number")),
  Hostile("a hexadecimal number", "0x10", parseError(1, "unexpected-byte")),
  Hostile("duplicate members", #"{"jsonrpc":"2.0","id":1,"id":2,"method":"ping"}"#, parseError(24, "duplicate-member")),
  Hostile("duplicates after unescaping", #"{"id":1,"\u0069d":2}"#, parseError(8, "duplicate-member")),
  Hostile("duplicates deep in params", #"{"params":{"a":[{"b":1,"b":1}]}}"#, parseError(23, "duplicate-member")),
  Hostile("an unknown escape", #"["\x"]"#, parseError(2, "invalid-escape")),
  Hostile("a short unicode escape", #"["\u12"]"#, parseError(2, "invalid-escape")),
  Hostile("a lone high surrogate", #"["\ud800"]"#, parseError(2, "lone-surrogate")),
  Hostile("a lone low surrogate", #"["\uDC00"]"#, parseError(2, "lone-surrogate")),
  Hostile("two high surrogates", #"["\ud800\ud800"]"#, parseError(2, "lone-surrogate")),
  Hostile("surrogates the wrong way round", #"["\udc00\ud800"]"#, parseError(2, "lone-surrogate")),
  Hostile("a high surrogate and a letter", #"["\ud800x"]"#, parseError(2, "lone-surrogate")),
  Hostile("65 open brackets", nested(65), parseError(64, "too-deep")),
  Hostile("100 000 open brackets", String(repeating: "[", count: 100_000), parseError(64, "too-deep")),
  Hostile("65 brackets of both kinds", String(repeating: #"{"a":["#, count: 33), parseError(192, "too-deep")),
]

let malformedBytes: [Hostile] = [
  Hostile("a raw NUL", bytes: echo([0x61, 0]), parseError(textOffset + 1, "control-character")),
  Hostile("a raw tab", bytes: echo([0x09]), parseError(textOffset, "control-character")),
  Hostile("a raw CR", bytes: echo([0x0D]), parseError(textOffset, "control-character")),
  Hostile("a raw escape character", bytes: echo([0x1B]), parseError(textOffset, "control-character")),
  Hostile("a NUL between lines", bytes: [0], parseError(0, "unexpected-byte")),
  Hostile("a form feed as space", bytes: [0x0C, 0x31], parseError(0, "unexpected-byte")),
  Hostile("a no-break space", bytes: [0xC2, 0xA0, 0x31], parseError(0, "unexpected-byte")),
  Hostile("Latin-1", bytes: echo([0xE9]), parseError(textOffset, "invalid-utf8")),
  Hostile("a stray continuation", bytes: echo([0x80]), parseError(textOffset, "invalid-utf8")),
  Hostile("an overlong slash", bytes: echo([0xC0, 0xAF]), parseError(textOffset, "invalid-utf8")),
  Hostile("an overlong NUL of three", bytes: echo([0xE0, 0x80, 0x80]), parseError(textOffset, "invalid-utf8")),
  Hostile("beyond U+10FFFF", bytes: echo([0xF4, 0x90, 0x80, 0x80]), parseError(textOffset, "invalid-utf8")),
  Hostile("a raw surrogate", bytes: echo([0xED, 0xA0, 0x80]), parseError(textOffset, "lone-surrogate")),
  Hostile("a CESU pair", bytes: echo([0xED, 0xA0, 0xBD, 0xED, 0xB8, 0x80]), parseError(textOffset, "lone-surrogate")),
  Hostile("a character cut short", bytes: echo([0xE2, 0x82]), parseError(textOffset, "invalid-utf8")),
  Hostile("0xFF", bytes: echo([0xFF]), parseError(textOffset, "invalid-utf8")),
  Hostile("UTF-16", bytes: [0xFF, 0xFE, 0x7B, 0, 0x7D, 0], parseError(0, "unexpected-byte")),
  Hostile("two byte order marks", bytes: [0xEF, 0xBB, 0xBF, 0xEF, 0xBB, 0xBF, 0x31], parseError(0, "unexpected-byte")),
  Hostile(
    "a byte order mark later on", bytes: [0x31, 0x0A, 0xEF, 0xBB, 0xBF, 0x31], invalid("null", noObject),
    parseError(0, "unexpected-byte")),
  Hostile("half a byte order mark", bytes: [0xEF, 0xBB], parseError(0, "unexpected-byte")),
]

let invalidRequests: [Hostile] = [
  Hostile("a number", "1", invalid("null", noObject)),
  Hostile("a string", #""ping""#, invalid("null", noObject)),
  Hostile("null", "null", invalid("null", noObject)),
  Hostile("an empty object", "{}", invalid("null", badVersion)),
  Hostile("no version", #"{"id":1,"method":"ping"}"#, invalid("1", badVersion)),
  Hostile("version 1.0", #"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, invalid("1", badVersion)),
  Hostile("a number as version", #"{"jsonrpc":2.0,"id":1,"method":"ping"}"#, invalid("1", badVersion)),
  Hostile("no method", #"{"jsonrpc":"2.0","id":"a"}"#, invalid(#""a""#, badMethod)),
  Hostile("a number as method", #"{"jsonrpc":"2.0","id":"a","method":1}"#, invalid(#""a""#, badMethod)),
  Hostile("a response", #"{"jsonrpc":"2.0","id":3,"result":{}}"#, invalid("3", badMethod)),
  Hostile("invalid without an id", #"{"jsonrpc":"2.0","method":null}"#, invalid("null", badMethod)),
  Hostile("a fraction as id", #"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, invalid("null", badID)),
  Hostile("an integer with a point", #"{"jsonrpc":"2.0","id":1.0,"method":"ping"}"#, invalid("null", badID)),
  Hostile("an exponent as id", #"{"jsonrpc":"2.0","id":1e3,"method":"ping"}"#, invalid("null", badID)),
  Hostile("a boolean as id", #"{"jsonrpc":"2.0","id":true,"method":"ping"}"#, invalid("null", badID)),
  Hostile("an object as id", #"{"jsonrpc":"2.0","id":{},"method":"ping"}"#, invalid("null", badID)),
  Hostile("an array as id", #"{"jsonrpc":"2.0","id":[1],"method":"ping"}"#, invalid("null", badID)),
  Hostile("a bad id and no method", #"{"jsonrpc":"2.0","id":false}"#, invalid("null", badID)),
  Hostile("a string as params", request("1", "ping", #""x""#), invalid("1", badParams)),
  Hostile("null params", request("1", "ping", "null"), invalid("1", badParams)),
  Hostile("scalar params without an id", #"{"jsonrpc":"2.0","method":"ping","params":1}"#, invalid("null", badParams)),
  Hostile("positional params", request("1", "ping", "[1]"), positional("1")),
  Hostile("empty positional params", request(#""x""#, "echo", "[]"), positional(#""x""#)),
  Hostile("positional params without an id", #"{"jsonrpc":"2.0","method":"ping","params":[1]}"#),
  Hostile("an unknown method", request("1", "nope"), failure("1", -32601, "method-not-found", "There is no such method.")),
  Hostile("an unknown notification", #"{"jsonrpc":"2.0","method":"nope"}"#),
  Hostile("a cancellation of nothing", #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":99}}"#),
  Hostile("a cancellation without params", #"{"jsonrpc":"2.0","method":"$/cancelRequest"}"#),
  Hostile("a cancellation with a bad id", #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":[]}}"#),
  Hostile(
    "a cancellation as request", request("5", "$/cancelRequest", #"{"id":1}"#),
    failure("5", -32601, "method-not-found", "There is no such method.")),
  Hostile("an empty batch", "[]", invalid("null", "A batch must not be empty.")),
  Hostile("a batch of a number", "[1]", "[" + invalid("null", noObject) + "]"),
  Hostile("a batch of an array", "[[]]", "[" + invalid("null", noObject) + "]"),
  Hostile("a broken batch", #"[{"jsonrpc":"2.0","id":1,"method":"ping"},"#, parseError(42, "unexpected-end")),
  Hostile(
    "a batch of good and bad",
    "[\(ping),7,\(request("2", "ping", "3")),{\"jsonrpc\":\"2.0\",\"method\":\"ping\"},\(request("null", "echo"))]",
    "[" + result("1", pong) + "," + invalid("null", noObject) + "," + invalid("2", badParams) + "," + result("null", "{}") + "]"),
  Hostile("a batch of notifications", #"[{"jsonrpc":"2.0","method":"ping"},{"jsonrpc":"2.0","method":"echo"}]"#),
  Hostile(
    "1 001 members", "[" + Array(repeating: ping, count: 1_001).joined(separator: ",") + "]",
    invalid("null", "A batch holds at most 1000 messages.")),
]

let unusualButValid: [Hostile] = [
  Hostile("64 open brackets", #"{"jsonrpc":"2.0","id":1,"method":"ping","params":{"a":\#(nested(62))}}"#, result("1", pong)),
  Hostile("blank lines", "\n \t\r\n\r\r\n\n\(ping)\n\n", result("1", pong)),
  Hostile("CRLF", "\(ping)\r\n\(request("2", "ping"))\r\n", result("1", pong), result("2", pong)),
  Hostile("no last newline", "\(ping)\n\(request("2", "ping"))", result("1", pong), result("2", pong)),
  Hostile("a byte order mark", bytes: [0xEF, 0xBB, 0xBF] + Array(ping.utf8), result("1", pong)),
  Hostile("space around everything", "\t { \"jsonrpc\" : \"2.0\" ,\r\"id\" : 1 , \"method\" : \"ping\" } \r", result("1", pong)),
  Hostile(
    "a huge id", request("123456789012345678901234567890123456789", "ping"),
    result("123456789012345678901234567890123456789", pong)),
  Hostile("a negative id", request("-0", "ping"), result("-0", pong)),
  Hostile("an empty id", request(#""""#, "ping"), result(#""""#, pong)),
  Hostile("a null id", request("null", "ping"), result("null", pong)),
  Hostile("an id to escape", request(#""\u0000\"\\\/\n\u00e9""#, "ping"), result(#""\u0000\"\\/\né""#, pong)),
  Hostile("escaped members", #"{"\u006asonrpc":"\u0032.0","\u0069d":1,"m\u0065thod":"p\u0069ng"}"#, result("1", pong)),
  Hostile("unknown members", #"{"jsonrpc":"2.0","id":1,"method":"ping","extra":[1],"meta":null}"#, result("1", pong)),
  Hostile(
    "text and numbers come back unchanged",
    request("1", "echo", #"{"s":"e\u0301 é \ud83d\ude00 \u0000\u2028\ufeff","n":-1.50e+0400,"z":0.10}"#),
    result("1", "{\"s\":\"e\u{301} é 😀 \\u0000\u{2028}\u{FEFF}\",\"n\":-1.50e+0400,\"z\":0.10}")),
  Hostile(
    "equal only to the eye", request("1", "echo", "{\"é\":1,\"e\u{301}\":2}"), result("1", "{\"é\":1,\"e\u{301}\":2}")),
  Hostile(
    "every kind of failure has its place", request("1", "fail"),
    failure("1", 409, "no-luck", "No \"luck\".", details: #"{"n":1}"#, retryable: true)),
]

@Suite struct HostileInputTests {
  @Test(arguments: malformedText + malformedBytes + invalidRequests + unusualButValid)
  func repliesExactly(_ hostile: Hostile) {
    let piped = PipedPeer()
    piped.send(hostile.input)
    #expect(piped.finish() == hostile.replies)
    #expect(piped.waitForEnd())
  }

  /// Each input is followed by an honest ping: whatever came before, it is served.
  @Test func survivesAllOfThemOnOnePipe() {
    let piped = PipedPeer()
    var expected: [String] = []
    for (number, hostile) in (malformedText + invalidRequests).enumerated() {
      let id = "\"honest-\(number)\""
      piped.send(hostile.input + [0x0A] + Array(request(id, "ping").utf8) + [0x0A])
      expected += hostile.replies + [result(id, pong)]
    }
    #expect(piped.finish() == expected)
  }

  @Test func thereAreEnough() {
    #expect(malformedText.count + malformedBytes.count + invalidRequests.count >= 90)
  }

  /// The whole table once more, one byte a write: where the reads fall must not matter.
  @Test func byteByByte() {
    for cases in [
      malformedText.filter { $0.input.count < 1_000 } + malformedBytes.filter { $0.input.first != 0xEF },
      invalidRequests.filter { $0.input.count < 1_000 } + unusualButValid.filter { $0.input.first != 0xEF },
    ] {
      let piped = PipedPeer()
      for hostile in cases {
        for byte in hostile.input + [0x0A] { piped.send([byte]) }
      }
      #expect(piped.finish() == cases.flatMap(\.replies))
    }
    let marked = PipedPeer()
    for byte in [0xEF, 0xBB, 0xBF] + Array(ping.utf8) + [0x0D, 0x0A] {
      marked.send([byte])
      usleep(100)
    }
    #expect(marked.line() == result("1", pong))
  }
}
