// A shop that stands ready to be measured: its process, its server, and what the calls need to know of it.
import Glibc

final class GrownShop {
  let name: String
  let directory: String
  let sidecar: Sidecar
  let lines: Int
  let today: CivilDay
  let stellaID: String
  private let psql: String
  private var random = Dice(seed: 7)

  /// Starts a process whose business day is the one after the newest on any document, signs in and, unless told not to, books a
  /// delivery of everything, so that nothing that is measured runs out.
  init(binary: String, psql: String, directory: String, isStocked: Bool = true) {
    self.directory = directory
    self.psql = psql
    name = String(directory.split(separator: "/").last ?? "")
    func open(_ now: String) -> Sidecar {
      Sidecar(
        binary, ["--data-dir", directory, "--bcrypt-cost", "10", "--log-level", "error", "--fixed-now", "\(now)T10:00:00Z"])
    }
    // The server runs as long as a process does: this one keeps it for the question which day it is.
    let first = open("2026-01-01")
    first.call("auth.login", Self.login)
    let day = Self.ask(psql, directory, "select day - date '2021-01-01' + 1 from shelf.clock_mark")
    guard let days = Int(day) else { fail("\(directory): no newest day: \(day)") }
    today = Fill.firstDay.adding(days)
    sidecar = open("\(today)")
    sidecar.call("auth.login", Self.login)
    first.end()
    lines = Int(Self.ask(psql, directory, "select count(*) from shelf.sale_line")) ?? 0
    let users = sidecar.call("users.list")
    guard let name = users.firstRange(of: #"","name":"Stella Staff""#)?.lowerBound else { fail("no Stella: \(users)") }
    stellaID = String(users[..<name].suffix(36))
    if isStocked { deliver(2_000) }
  }

  private static let login = #"{"username":"owner","password":"\#(Fill.password)","bind":true}"#

  /// So many units of each of the first products, in as few deliveries as hold them.
  func deliver(_ qty: Int, products: Int = Fill.products) {
    for start in stride(from: 1, through: products, by: 500) {
      let items = (start..<min(products + 1, start + 500)).map { number in
        // As the fill has it: every eighth product has no expiry.
        let expiry = (number - 1) % 8 == 7 ? "" : #","expiryDate":"2035-12-31""#
        return #"{"productId":"\#(productID(number))","qtyAdded":\#(qty),"unitCost":"2.1"\#(expiry)}"#
      }
      sidecar.call("stockIn.create", #"{"items":[\#(items.joined(separator: ","))]}"#)
    }
  }

  /// A sale of three products of which the low numbers are bought most.
  func saleLine(_ id: Int) -> String {
    var numbers: [Int] = []
    while numbers.count < 3 {
      let number = 1 + random.roll(1 + random.roll(1 + random.roll(Fill.products)))
      if !numbers.contains(number) { numbers.append(number) }
    }
    let items = numbers.map { #"{"productId":"\#(productID($0))","qty":1}"# }.joined(separator: ",")
    return #"{"jsonrpc":"2.0","id":\#(id),"method":"sales.create","params":{"items":[\#(items)]}}"#
  }

  /// The latency of one sale, in microseconds.
  func sell() -> Int {
    let line = saleLine(1)
    return time {
      sidecar.send(line)
      guard sidecar.receive().isResult else { fail("\(name): a sale was refused") }
    }
  }

  /// Sales a second.
  func rate(_ count: Int, inFlight: Int) -> Int {
    let lines = (0..<count).map { saleLine($0) }
    let micros = time {
      for line in lines[..<inFlight] { sidecar.send(line) }
      for index in 0..<count {
        guard sidecar.receive().isResult else { fail("\(name): a sale was refused") }
        if index + inFlight < count { sidecar.send(lines[index + inFlight]) }
      }
    }
    return count * 1_000_000 / micros
  }

  /// One value from the database, asked as the superuser.
  func ask(_ sql: String) -> String { Self.ask(psql, directory, sql) }

  private static func ask(_ psql: String, _ directory: String, _ sql: String) -> String {
    guard let socket = realpath(directory + "/run", nil) else { fail("\(directory): the server's socket folder is not known") }
    defer { free(socket) }
    let text = run(psql, ["-X", "-At", "-h", String(cString: socket), "-U", "postgres", "-d", "shelflife", "-c", sql])
    guard !text.isEmpty else { fail("\(directory): no answer to \(sql)") }
    return String(text.dropLast())
  }

  /// Waits until the days' totals hold all sales but those of today: until then reports add up the lines of the rest.
  func awaitTotals() {
    let behind =
      "select count(*) from shelf.day_counter c left join shelf.totalled_day t using (day) "
      + "where c.day < date '\(today)' and c.receipts > coalesce(t.number, 0)"
    while ask(behind) != "0" { usleep(500_000) }
  }

  func end() {
    sidecar.end()
    awaitStop(of: directory)
  }
}
