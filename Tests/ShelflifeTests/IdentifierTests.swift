// Identifiers and document numbers: one text each, kept order, no cut digits.
import Synchronization
import Testing

@testable import Shelflife

@Suite struct IdentifierTests {
  @Test func readsAnyCaseAndWritesLower() throws {
    let id = try Identifier(parsing: "0192F0C1-2d3e-7ABC-8def-0123456789AB")
    #expect(id.text == "0192f0c1-2d3e-7abc-8def-0123456789ab")
    #expect(id.high == 0x0192_f0c1_2d3e_7abc && id.low == 0x8def_0123_4567_89ab)
    id.withBytes { bytes in
      #expect(Array(bytes.prefix(3)) == [0x01, 0x92, 0xf0])
      #expect(Identifier(bytes: bytes) == id)
    }
    #expect(Identifier(bytes: UnsafeRawBufferPointer(start: nil, count: 0)) == nil)
    var appended: [UInt8] = [1, 2]
    id.append(to: &appended)
    #expect(appended == [1, 2] + Array(id.text.utf8))
  }

  @Test(arguments: [
    "", "0192f0c12d3e7abc8def0123456789ab", "{0192f0c1-2d3e-7abc-8def-0123456789ab}", "0192f0c1-2d3e-7abc-8def-0123456789a",
    "0192f0c1-2d3e-7abc-8def-0123456789abc", "0192f0c1-2d3e-7abc-8def-0123456789ag", "0192f0c12-d3e-7abc-8def-0123456789ab",
    "0192f0c1-2d3e-7abc-8def_0123456789ab", "0192f0c1-2d3e-7abc-8def-0123456789é",
  ])
  func refuses(text: String) {
    #expect(fault { () throws(ValueFault) in try Identifier(parsing: text) } == .notAnIdentifier)
  }

  @Test func textKeepsValueAndOrder() throws {
    var random = Seeded()
    for _ in 0..<10_000 {
      let a = random.identifier()
      let b = random.int(0...1) == 0 ? random.identifier() : Identifier(high: a.high, low: random.next())
      #expect(try Identifier(parsing: a.text) == a)
      #expect((a < b) == (a.text < b.text))
    }
  }

  @Test func madeOnesCarryTheirInstantAndAscend() throws {
    let maker = IdentifierMaker()
    var random = Seeded()
    var now = try Instant(parsing: "2026-03-01T09:30:00.000Z")
    var last = Identifier(high: 0, low: 0)
    for _ in 0..<20_000 {
      // The clock mostly stands still, sometimes goes on, sometimes steps back.
      let step = random.int(0...9)
      now = now.adding(milliseconds: step == 0 ? 1 : step == 1 ? -1 : 0)
      let id = maker.make(at: now)
      #expect(id > last)
      #expect(id.version == 7)
      #expect(id.low >> 62 == 0b10)
      last = id
    }
    let later = now.adding(seconds: 60)
    #expect(Int64(maker.make(at: later).high >> 16) == later.unixMilliseconds)
  }

  @Test func aFullMillisecondRunsIntoTheNext() {
    let maker = IdentifierMaker(random: { buffer in for place in buffer.indices { buffer[place] = 0xff } })
    let now = Instant(unixSeconds: 1_800_000_000)
    let first = maker.make(at: now)
    #expect(Int64(first.high >> 16) == now.unixMilliseconds)
    var last = first
    for _ in 0..<1000 {
      let next = maker.make(at: now)
      #expect(next > last)
      last = next
    }
  }

  @Test func timesOutsideOfTheFormatAreHeld() {
    let maker = IdentifierMaker()
    let old = maker.make(3, at: .earliest)
    #expect(old[0].high >> 16 == 0)
    #expect(old == old.sorted() && Set(old).count == 3)
    #expect(maker.make(at: Instant(microsecondsSince2000: .max)) > old[2])
  }

  @Test func threadsNeverMakeTheSame() {
    let maker = IdentifierMaker()
    let made = Mutex<[[Identifier]]>([])
    onThreads(4) {
      let mine = (0..<5000).map { _ in maker.make(at: Instant(unixSeconds: 1)) }
      made.withLock { $0.append(mine) }
    }
    let all = made.withLock { $0 }
    #expect(all.allSatisfy { $0 == $0.sorted() })
    #expect(Set(all.joined()).count == 20_000)
  }
}

@Suite struct DocumentNumberTests {
  private static let day = Day(year: 2026, month: 3, day: 1)

  @Test(
    arguments: [
      (1, "RCPT-20260301-0001"), (9999, "RCPT-20260301-9999"), (10_000, "RCPT-20260301-10000"),
      (123_456, "RCPT-20260301-123456"), (.max, "RCPT-20260301-2147483647"),
    ] as [(Int32, String)])
  func growsWiderAndIsNeverCut(number: Int32, text: String) throws {
    let day = try #require(Self.day)
    let document = try #require(DocumentNumber(.receipt, day: day, number: number))
    #expect(document.text == text)
    #expect(try DocumentNumber(parsing: text) == document)
  }

  @Test(arguments: [
    "", "RCPT-20260301-001", "RCPT-20260301-00001", "RCPT-20260301-010000", "RCPT-20260301-0000", "RCPT-20260230-0001",
    "rcpt-20260301-0001", "RCPT-2026031-0001", "RCPT-20260301-", "RCPT-20260301-0001 ", "RCPT-20260301-2147483648",
    "RCPT-20260301-99999999999999999999999", "INV-20260301-0001", "RCPT-20260301--001", "RCPT-20260301-0001-1",
    "RCPT20260301-0001",
    "RCPT-00000301-0001",
  ])
  func refuses(text: String) {
    #expect(fault { () throws(ValueFault) in try DocumentNumber(parsing: text) } == .notADocumentNumber)
  }

  @Test func kindsAreKeptApart() throws {
    #expect(try DocumentNumber(parsing: "STK-20260301-0001").kind == .delivery)
    #expect(try DocumentNumber(parsing: "RET-20260301-0001").kind == .saleReturn)
    #expect(try DocumentNumber(parsing: "STK-20260301-0001", kind: .delivery).number == 1)
    #expect(fault { () throws(ValueFault) in try DocumentNumber(parsing: "STK-20260301-0001", kind: .receipt) } != nil)
    #expect(DocumentNumber(.receipt, day: .earliest, number: 0) == nil)
  }

  @Test func textsComeBack() throws {
    var random = Seeded()
    for _ in 0..<5000 {
      let kind = try #require(DocumentNumber.Kind.allCases.randomElement(using: &random))
      let day = Day(daysSince2000: Int32(random.int(-730_119...2_921_939)))
      let document = try #require(
        DocumentNumber(kind, day: day, number: Int32(random.int(1...Int(Int32.max)) >> random.int(0...25)) | 1))
      #expect(try DocumentNumber(parsing: document.text) == document)
      if let lot = LotReference(delivery: document, line: Int32(random.int(1...500))) {
        #expect(kind == .delivery)
        #expect(try LotReference(parsing: lot.text) == lot)
      } else {
        #expect(kind != .delivery)
      }
    }
  }

  @Test func lotReferences() throws {
    #expect(try LotReference(parsing: "STK-20260301-0001-12").line == 12)
    for text in [
      "STK-20260301-0001", "STK-20260301-0001-", "STK-20260301-0001-0", "STK-20260301-0001-01", "RCPT-20260301-0001-1",
      "STK-20260301-0001-1-1", "STK-20260301-001-1",
    ] {
      #expect(fault { () throws(ValueFault) in try LotReference(parsing: text) } == .notALotReference, "\(text)")
    }
  }
}
