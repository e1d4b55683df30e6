// A week of selling in a grown shop, and what it leaves behind: updates that moved no index entry, dead rows, room lost, vacuuming.
import Glibc

struct Week {
  static let days = 7
  private static let salesADay = 1_500
  private static let deliveredADay = 100
  private static let returnsADay = 15

  /// Sells for a week with eight in flight, as a few tills do, and prints a row a table that was written.
  static func run(binary: String, psql: String, directory: String) {
    // Holds the server up between the days, so that what it counts and cleans is one run's.
    let keeper = GrownShop(binary: binary, psql: psql, directory: directory)
    let before = tables(keeper)
    for _ in 0..<days {
      let shop = GrownShop(binary: binary, psql: psql, directory: directory, isStocked: false)
      shop.deliver(200, products: deliveredADay)
      _ = shop.rate(salesADay, inFlight: 8)
      for number in 1...returnsADay {
        let receipt = "RCPT-\(shop.today.description.filter { $0 != "-" })-" + String("0000\(number * 50)".suffix(4))
        shop.sidecar.call("sales.return", #"{"receiptNo":"\#(receipt)","items":[{"line":1,"qty":1}],"disposition":"restock"}"#)
      }
      shop.sidecar.end()
    }
    // Statistics are told a little later, and the autovacuum looks once a minute.
    sleep(75)
    let after = tables(keeper)
    print(
      "table, updates, HOT %, dead rows before, after, table KiB before, after, index KiB before, after, autovacuums, autoanalyzes"
    )
    for (name, row) in after.sorted(by: { $0.key < $1.key }) {
      guard let old = before[name], row != old else { continue }
      let updates = row[0] - old[0]
      let hot = updates == 0 ? "-" : String((row[1] - old[1]) * 100 / updates)
      print(
        "\(name), \(updates), \(hot), \(old[2]), \(row[2]), \(old[3]), \(row[3]), \(old[4]), \(row[4]), \(row[5] - old[5]), \(row[6] - old[6])"
      )
    }
    _ = keeper.ask("create extension pgstattuple")
    for table in ["lot", "day_counter", "audit_head", "clock_mark", "totalled_day", "product_day_total", "product"] {
      let found = keeper.ask(
        "select dead_tuple_count || ' dead rows, ' || round(100 * dead_tuple_percent) / 100 || ' % dead, ' || "
          + "round(100 * free_percent) / 100 || ' % free of ' || table_len / 1024 || ' KiB' from pgstattuple('shelf.\(table)')")
      print("\(table): \(found)")
    }
    _ = keeper.ask("drop extension pgstattuple")
    keeper.end()
  }

  private static func tables(_ shop: GrownShop) -> [String: [Int]] {
    let text = shop.ask(
      "select relname, n_tup_upd, n_tup_hot_upd, n_dead_tup, pg_table_size(relid) / 1024, pg_indexes_size(relid) / 1024, "
        + "autovacuum_count, autoanalyze_count, n_tup_ins from pg_stat_user_tables where schemaname = 'shelf'")
    return Dictionary(
      uniqueKeysWithValues: text.split(separator: "\n").map { line in
        let parts = line.split(separator: "|")
        return (String(parts[0]), parts.dropFirst().map { Int($0) ?? 0 })
      })
  }
}
