// The reader of pg_restore's text: rows and nothing but rows, however the text is cut into pieces.
import Testing

@testable import Shelflife

@Suite struct CopyTextTests {
  /// One table's rows as they were read.
  struct Block: Equatable {
    let table: String
    let columns: [String]
    var rows: [UInt8] = []
    var isEnded = false

    init(_ table: String, _ columns: [String], _ rows: String = "", isEnded: Bool = true) {
      self.table = table
      self.columns = columns
      self.rows = Array(rows.utf8)
      self.isEnded = isEnded
    }
  }

  private func blocks(_ text: [UInt8], pieces: () -> Int) throws -> [Block] {
    var reader = CopyTextReader(schema: "shelf")
    var blocks: [Block] = []
    try text.withUnsafeBytes { bytes in
      var rest = bytes[...]
      while !rest.isEmpty {
        let piece = rest.prefix(pieces())
        rest = rest.dropFirst(piece.count)
        try reader.read(UnsafeRawBufferPointer(rebasing: piece)) { event in
          switch event {
          case .begin(let table, let columns):
            #expect(blocks.last?.isEnded != false)
            blocks.append(Block(table, columns, isEnded: false))
          case .data(let bytes):
            #expect(blocks.last?.isEnded == false && !bytes.isEmpty)
            blocks[blocks.count - 1].rows += bytes
          case .end: blocks[blocks.count - 1].isEnded = true
          }
        }
      }
    }
    try reader.finish()
    return blocks
  }

  private func blocks(_ text: String) throws -> [Block] {
    let whole = try blocks(Array(text.utf8)) { .max }
    for size in [1, 2, 3] { #expect(try blocks(Array(text.utf8)) { size } == whole, "in pieces of \(size)") }
    return whole
  }

  private func refusal(_ text: String) -> CopyTextError? {
    do {
      _ = try blocks(text)
      return nil
    } catch {
      return error as? CopyTextError
    }
  }

  @Test func whatPgRestoreWrites() throws {
    let text = """
      --
      -- PostgreSQL database dump
      --

      \\restrict f3Xw0

      -- Dumped from database version 15.18 (Debian 15.18-0+deb12u1)
      SET statement_timeout = 0;
      SELECT pg_catalog.set_config('search_path', '', false);

      --
      -- Data for Name: store; Type: TABLE DATA; Schema: shelf; Owner: postgres
      --

      COPY shelf.store (id, "Name", "a ""b"", (c)") FROM stdin;
      1\tÆgir\\tx\t\\N
      \\.


      COPY shelf.lot (id) FROM stdin;
      \\.

      COPY shelf."odd.table" (id) FROM stdin;
      7
      \\.
      SELECT pg_catalog.setval('shelf.n', 7, true);
      \\unrestrict f3Xw0

      """
    #expect(
      try blocks(text) == [
        Block("store", ["id", "Name", "a \"b\", (c)"], "1\tÆgir\\tx\t\\N\n"), Block("lot", ["id"]),
        Block("odd.table", ["id"], "7\n"),
      ])
    #expect(try blocks("") == [])
    #expect(try blocks("no newline at the end") == [])
    #expect(try blocks("COPY shelf.a (b) FROM stdin;\n\\.\n") == [Block("a", ["b"])])
  }

  @Test(arguments: [
    "\n", "\\", "\\.", "\\..", " \\.", "\\. ", "\\.\r", "a\\.", "\\\\.", "\\\n\\", ".", "COPY shelf.a (b) FROM stdin;", "-- x",
    "\r", "\0",
    "\\.x\n\\\n\\.", "\\N", "\\.\t1",
  ])
  func rowsAreLeftAsTheyAre(_ row: String) throws {
    guard row != "\\." && !row.hasSuffix("\n\\.") else { return }
    let rows = "\(row)\n1\n\(row)\n\(row)\n"
    #expect(try blocks("COPY shelf.a (b) FROM stdin;\n\(rows)\\.\n\n-- end\n") == [Block("a", ["b"], rows)])
  }

  @Test(arguments: [
    "\\! touch /tmp/x", "\\copy shelf.a from program 'id'", "DROP SCHEMA shelf CASCADE;", "copy shelf.a (b) from stdin;",
    " COPY shelf.a (b) FROM stdin;", "COPY shelf.a (b) FROM PROGRAM 'id';", "COPY shelf.a (b) FROM stdin; ",
    "COPY shelf.a (b) FROM stdin;\r",
    "COPY shelf.a (b) TO stdout;", "\\.", "1\t2\t3", "`id`", "/* COPY", "COPY ",
  ])
  func otherLinesAreSkipped(_ line: String) throws {
    #expect(try blocks("\(line)\nCOPY shelf.a (b) FROM stdin;\n1\n\\.\n\(line)\n") == [Block("a", ["b"], "1\n")])
    #expect(try blocks(line) == [])
  }

  @Test(arguments: [
    "COPY public.a (b) FROM stdin;", "COPY a (b) FROM stdin;", "COPY shelf.a FROM stdin;", "COPY shelf.a  FROM stdin;",
    "COPY shelf.a () FROM stdin;", "COPY shelf.a (b) FROM stdin; DROP TABLE x; COPY shelf.a (b) FROM stdin;",
    "COPY shelf.\"a (b) FROM stdin;",
    "COPY shelf.a (b,c) FROM stdin;", "COPY shelf.a (b, ) FROM stdin;", "COPY \"Shelf\".a (b) FROM stdin;",
    "COPY shelf.A (b) FROM stdin;",
    "COPY shelf.a.b (b) FROM stdin;", "COPY shelf.a (b) WITH (x) FROM stdin;", "COPY (select 1) FROM stdin;",
    "COPY shelf.\"\" (b) FROM stdin;",
    "COPY  shelf.a (b) FROM stdin;",
  ])
  func foreignRowsAreRefused(_ line: String) {
    #expect(refusal("\(line)\n1\n\\.\n") == .foreignRows)
  }

  @Test func textThatEndsWithinRowsIsRefused() {
    let begin = "COPY shelf.a (b) FROM stdin;"
    for rest in ["", "\n", "\n1", "\n1\n", "\n1\n\\", "\n1\n\\.", "\n1\n\\.x\n", "\n\\.\r\n"] {
      #expect(refusal(begin + rest) == .cutShort, "\(rest)")
    }
    #expect(refusal(begin + "\n\\.\n" + begin) == .cutShort)
  }

  @Test func linesOutsideOfRowsAreBounded() throws {
    let longest = String(repeating: "x", count: CopyTextReader.longestLine)
    #expect(try blocks(Array((longest + "\n" + longest).utf8)) { 65_536 } == [])
    for more in ["x", "x\n"] {
      #expect(throws: CopyTextError.lineTooLong) { try blocks(Array((longest + more).utf8)) { 65_536 } }
    }
    let rows = String(repeating: longest, count: 3) + "\n"
    let text = "COPY shelf.a (b) FROM stdin;\n" + rows + "\\.\n"
    #expect(try blocks(Array(text.utf8)) { 65_536 } == [Block("a", ["b"], rows)])
  }

  @Test func anErrorOfTheTakerIsThrownOn() {
    struct Own: Error {}
    var reader = CopyTextReader(schema: "shelf")
    #expect(throws: Own.self) {
      try Array("COPY shelf.a (b) FROM stdin;\n".utf8).withUnsafeBytes { bytes in try reader.read(bytes) { _ in throw Own() } }
    }
  }

  @Test func anyBlocksInAnyPiecesAreRead() throws {
    var dice = Seeded()
    let lines = [
      "", "\\", "\\\\.", "\\..", "\\.\r", "\r", "a\\.", "COPY shelf.a (b) FROM stdin;", "1\t2\t\\N", "\\N", "\u{e9}\u{0}", "\\.x",
      "\\. ",
    ]
    let noise = ["", "--", "-- COPY", "SET x = 1;", "\\.", "\\restrict x", "copy shelf.a (b) from stdin;"]
    let names = ["a", "_b9", "A", "a b", "\"", "ö", "a.b", "from stdin;", ") FROM stdin;"]
    func quoted(_ name: String) -> String {
      let isPlain = name.utf8.allSatisfy { (97...122).contains($0) || $0 == 95 || (48...57).contains($0) }
      return isPlain
        ? name : "\"" + name.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
    for _ in 0..<400 {
      var text = ""
      var wanted: [Block] = []
      for _ in 0..<dice.int(0...4) {
        for _ in 0..<dice.int(0...3) { text += noise.randomElement(using: &dice)! + "\n" }
        let rows = (0..<dice.int(0...6)).map { _ in
          dice.int(0...9) == 0 ? String(repeating: "\\.", count: dice.int(2...300)) : lines.randomElement(using: &dice)!
        }.map { $0 + "\n" }.joined()
        let block = Block(
          names.randomElement(using: &dice)!, (0..<dice.int(1...4)).map { _ in names.randomElement(using: &dice)! }, rows)
        text +=
          "COPY shelf.\(quoted(block.table)) (\(block.columns.map(quoted).joined(separator: ", "))) FROM stdin;\n\(rows)\\.\n"
        wanted.append(block)
      }
      let largest = [1, 3, 20, 5_000].randomElement(using: &dice)!
      #expect(try blocks(Array(text.utf8)) { dice.int(1...largest) } == wanted)
    }
  }
}
