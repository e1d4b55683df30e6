// Values that write their text into a buffer: the same as their text, and never more than they said.
import Testing

@testable import Shelflife

@Suite struct WrittenTextTests {
  private func written(_ most: Int, _ write: (UnsafeMutableBufferPointer<UInt8>) -> Int) -> String {
    withUnsafeTemporaryAllocation(of: UInt8.self, capacity: most) { buffer in
      let count = write(buffer)
      #expect(count <= most)
      return String(decoding: buffer[..<count], as: UTF8.self)
    }
  }

  @Test func identifiers() throws {
    var seeded = Seeded()
    for _ in 0..<2_000 {
      let id = seeded.identifier()
      let text = written(Identifier.textBytes, id.write(to:))
      #expect(text == id.text && text.utf8.count == 36)
      #expect(try Identifier(parsing: text) == id)
    }
    #expect(Identifier(high: 0x0123_4567_89ab_cdef, low: 0xfedc_ba98_7654_3210).text == "01234567-89ab-cdef-fedc-ba9876543210")
  }

  @Test func daysAndInstants() throws {
    var seeded = Seeded()
    let days = [Day.earliest.daysSince2000, Day.latest.daysSince2000, 0, 59, 60, -1, Int32.min, Int32.max]
    for number in days + (0..<2_000).map({ _ in Int32(seeded.int(-730_119...2_921_939)) }) {
      let day = Day(daysSince2000: number)
      #expect(written(Day.textBytes, day.write(to:)) == day.text)
      guard day >= .earliest, day <= .latest else { continue }
      #expect(try Day(parsing: day.text) == day)
      let instant = Instant(microsecondsSince2000: Int64(number) * 86_400_000_000 + seeded.int64(0...86_399_999) * 1_000)
      let text = written(Instant.textBytes, instant.write(to:))
      #expect(text == instant.text)
      #expect(try Instant(parsing: text) == instant)
    }
    #expect(Instant.earliest.text == "0001-01-01T00:00:00.000Z" && Instant.latest.text == "9999-12-31T23:59:59.999Z")
  }

  @Test func amounts() {
    var seeded = Seeded()
    for number in [0, 1, -1, 9, 10, Int64.max, Int64.min] + (0..<2_000).map({ _ in Int64(bitPattern: seeded.next()) >> 20 }) {
      for digits in 0...4 {
        #expect(
          written(Money.textBytes) { Money(minor: number).write(to: $0, digits: digits) }
            == Money(minor: number).text(digits: digits))
      }
      #expect(written(Money.textBytes, UnitCost(tenThousandths: number).write(to:)) == UnitCost(tenThousandths: number).text)
    }
    for number in [Int128.max, .min, 0, -5, Int128(UInt64.max), Int128(UInt64.max) + 1, 10_000] {
      #expect(written(Money.textBytes, Amount(tenThousandths: number).write(to:)) == Amount(tenThousandths: number).text)
      #expect(
        written(Money.textBytes) { MoneySum(minor: number).write(to: $0, digits: 2) } == MoneySum(minor: number).text(digits: 2))
    }
    #expect(Amount(tenThousandths: .min).text == "-17014118346046923173168730371588410.5728")
    #expect(Money(minor: -5).text(digits: 2) == "-0.05" && Money(minor: 18).text(digits: 0) == "18")
  }
}
