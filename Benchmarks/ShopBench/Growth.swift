// How each figure grows with a shop: one column a shop, measured in turn, so that what disturbs one disturbs all.
import Glibc

struct Growth {
  struct Options {
    var rounds = 12
    var salesARound = 100
    var times = 11
    var isLong = true
  }

  private struct Row {
    let label: String
    let unit: String
    /// Nil where a shop cannot be asked.
    let values: [Int?]
    /// Values in thousandths of the unit.
    var isMilli = false
  }

  private let shops: [GrownShop]
  private let options: Options
  private let json: UnsafeMutablePointer<FILE>
  private var latest: [Row] = []

  init(binary: String, psql: String, json: String, directories: [String], options: Options) {
    guard let file = fopen(json, "w") else { fail("\(json) cannot be written") }
    self.json = file
    self.options = options
    shops = directories.map { GrownShop(binary: binary, psql: psql, directory: $0) }
  }

  mutating func run() {
    tell(Row(label: "sale lines", unit: "", values: shops.map(\.lines)))
    let p50 = sales()
    reads()
    if options.isLong { long() }
    sizes()
    for shop in shops { shop.end() }
    fclose(json)
    print("sales.create p50, \(shops[shops.count - 1].name) / \(shops[0].name): \(ratio(p50[p50.count - 1], p50[0]))")
  }

  private mutating func sales() -> [Int] {
    for shop in shops { for _ in 0..<options.salesARound { _ = shop.sell() } }
    var micros = [[Int]](repeating: [], count: shops.count)
    // Round by round the shops change places, so that none is always the one after a pause.
    for round in 0..<options.rounds {
      for place in shops.indices {
        let index = (place + round) % shops.count
        for _ in 0..<options.salesARound { micros[index].append(shops[index].sell()) }
      }
    }
    let p50 = micros.map { percentile($0, 50) }
    tell(Row(label: "sales.create p50, one in flight", unit: "ms", values: p50, isMilli: true))
    tell(Row(label: "sales.create p95, one in flight", unit: "ms", values: micros.map { percentile($0, 95) }, isMilli: true))
    var rates = [[Int]](repeating: [], count: shops.count)
    for _ in 0..<5 { for (index, shop) in shops.enumerated() { rates[index].append(shop.rate(1_280, inFlight: 64)) } }
    tell(Row(label: "sales.create, 64 in flight", unit: "/s", values: rates.map { percentile($0, 50) }))
    return p50
  }

  private mutating func reads() {
    for shop in shops { shop.awaitTotals() }
    let calls = shops.map { GrowthCall.all(of: $0) }
    for number in calls[0].indices {
      var micros = [[Int]](repeating: [], count: shops.count)
      for _ in 0..<options.times {
        for (index, shop) in shops.enumerated() {
          let call = calls[index][number]
          micros[index].append(time { shop.sidecar.call(call.method, call.params) })
        }
      }
      tell(Row(label: calls[0][number].label, unit: "ms", values: micros.map { percentile($0, 50) }, isMilli: true))
    }
  }

  /// What reads all of a shop: once, and what it comes to for a million lines.
  private mutating func long() {
    let million = 1_000_000
    for method in ["backup.run", "system.check", "audit.verify"] {
      let micros = shops.map { shop in
        time {
          let reply = shop.sidecar.call(method)
          guard !reply.contains(#""ok":false"#) else { fail("\(shop.name): \(method): \(reply.prefix(2_000))") }
        }
      }
      tell(Row(label: method, unit: "s", values: micros.map { $0 / 1_000 }, isMilli: true))
      let base = micros[0]
      tell(
        Row(
          label: "  beyond the first shop, a million lines", unit: "s",
          values: shops.indices.map { index in
            let lines = shops[index].lines - shops[0].lines
            return lines < 1_000 ? nil : (micros[index] - base) / 1_000 * million / lines
          }, isMilli: true))
    }
  }

  private mutating func sizes() {
    let bytes = shops.map { Int($0.ask("select pg_database_size('shelflife')")) ?? 0 }
    tell(Row(label: "database", unit: "MiB", values: bytes.map { $0 / 1_048_576 }))
    tell(
      Row(
        label: "  beyond the first shop, a sale line", unit: "bytes",
        values: shops.indices.map { index in
          let lines = shops[index].lines - shops[0].lines
          return lines < 1_000 ? nil : (bytes[index] - bytes[0]) / lines
        }))
  }

  private mutating func tell(_ row: Row) {
    func cell(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }
    if latest.isEmpty {
      print(String(repeating: " ", count: 44) + shops.map { cell($0.name, 14) }.joined() + cell("last/first", 16))
    }
    latest.append(row)
    func text(_ value: Int?) -> String { value.map { row.isMilli ? ratio($0, 1_000) : String($0) } ?? "-" }
    let grown = row.values.last.flatMap(\.self).flatMap { last in row.values[0].map { $0 == 0 ? "-" : ratio(last, $0) } } ?? "-"
    let label = row.label + (row.unit.isEmpty ? "" : ", " + row.unit)
    print(
      label + String(repeating: " ", count: max(1, 44 - label.count)) + row.values.map { cell(text($0), 14) }.joined()
        + cell(grown, 16))
    fflush(stdout)
    for (shop, value) in zip(shops, row.values) {
      guard let value else { continue }
      let scaled = row.isMilli ? decimal(value, 3) : String(value)
      fputs(
        #"{"figure":"\#(row.label.drop { $0 == " " })","unit":"\#(row.unit)","shop":"\#(shop.name)","lines":\#(shop.lines),"value":\#(scaled)}"#
          + "\n",
        json)
    }
    fflush(json)
  }
}
