// What the owner's reads cost in a large shop, call by call through the pipe. Methods that the program does not have are left out.
import Glibc

struct LargeShop {
  struct Figure {
    let label: String
    let micros: Int
  }

  private static let calls: [(label: String, method: String, params: (Int) -> String, times: Int)] = [
    ("dashboard.summary", "dashboard.summary", { _ in "{}" }, 21),
    (
      "reports.sales, a month by product", "reports.sales",
      { #"{"from":"2025-\#(month($0))-01","to":"2025-\#(month($0))-28","groupBy":"product"}"# }, 21
    ),
    ("reports.topProducts, the year", "reports.topProducts", { _ in #"{"from":"2025-01-01","to":"2025-12-31"}"# }, 21),
    (
      "sales.list, of a product, first page", "sales.list", { #"{"productId":"\#(productID(1 + $0 * 190 % Fill.products))"}"# },
      21
    ),
    ("sales.list, newest", "sales.list", { _ in "{}" }, 21),
    ("audit.list, newest", "audit.list", { _ in "{}" }, 21),
    ("system.check", "system.check", { _ in "{}" }, 3),
  ]

  private static func month(_ number: Int) -> String {
    let month = 1 + number % 12
    return month < 10 ? "0\(month)" : "\(month)"
  }

  /// The median of each call in a directory that `fill` made.
  static func figures(binary: String, directory: String) -> [Figure] {
    let shop = Sidecar(
      binary,
      ["--data-dir", directory, "--bcrypt-cost", "10", "--log-level", "error", "--fixed-now", "2025-12-31T18:00:00Z"])
    shop.call("auth.login", #"{"username":"owner","password":"\#(Fill.password)","bind":true}"#)
    let methods = shop.call("rpc.discover")
    awaitTotals(shop)
    var figures = calls.compactMap { call -> Figure? in
      guard methods.contains(#""name":"\#(call.method)""#) else { return nil }
      let micros = (0..<call.times).map { number in time { shop.call(call.method, call.params(number)) } }
      return Figure(label: call.label, micros: percentile(micros, 50))
    }
    if methods.contains(#""name":"backup.restore""#) { figures += backups(of: shop) }
    shop.end()
    awaitStop(of: directory)
    return figures
  }

  /// The shop is put back as it was, so that it is the same afterwards; the server keeps the one before for a day.
  private static func backups(of shop: Sidecar) -> [Figure] {
    var path = ""
    let runs = (0..<3).map { _ in
      time {
        let reply = shop.call("backup.run")
        if let start = reply.firstRange(of: #""path":""#)?.upperBound { path = String(reply[start...].prefix { $0 != "\"" }) }
      }
    }
    return [
      Figure(label: "backup.run", micros: percentile(runs, 50)),
      Figure(label: "backup.verify, once", micros: time { shop.call("backup.verify", #"{"path":"\#(path)"}"#) }),
      Figure(
        label: "backup.restore, once",
        micros: time { shop.call("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#) }),
    ]
  }

  /// A shop that was filled in a rush has its totals made soon after a start: until then reports add up every line.
  private static func awaitTotals(_ shop: Sidecar) {
    for _ in 0..<120 {
      let micros = time { shop.call("reports.sales", #"{"from":"2025-01-01","to":"2025-12-31","groupBy":"day"}"#) }
      if micros < 20_000 { return }
      usleep(1_000_000)
    }
  }

  /// One row a call, one column a directory, and how much more the last takes than the first.
  static func run(binary: String, directories: [String]) {
    let columns = directories.map { figures(binary: binary, directory: $0) }
    func cell(_ text: String, _ width: Int) -> String { String(repeating: " ", count: max(1, width - text.count)) + text }
    let names = directories.map { String($0.split(separator: "/").last ?? "") }
    print("median, ms" + cell("", 30) + names.map { cell($0, 16) }.joined() + cell("growth", 10))
    for (index, figure) in columns[0].enumerated() {
      let all = columns.map { $0[index].micros }
      let label = figure.label + String(repeating: " ", count: max(1, 40 - figure.label.count))
      print(label + all.map { cell(ratio($0, 1_000), 16) }.joined() + cell(ratio(all[all.count - 1], all[0]), 10))
    }
  }
}
