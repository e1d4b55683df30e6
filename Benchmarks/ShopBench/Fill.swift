// A large shop, made by selling: five years of business days played through the pipe, the same from the same seed.
import Glibc

/// Fills an empty data directory. The client knows what is in stock, so that it orders in time and no sale is refused.
struct Fill {
  static let password = "correct horse"
  static let firstDay = CivilDay(year: 2_021, month: 1, day: 1)
  /// Up to and including 2025-12-31.
  static let days = 1_826
  static let products = 4_000
  /// A session lasts for a week; whoever sells is another then. On these days everything is ordered that is needed until the next.
  static let weekDays = 6
  static let sellers = ["owner", "stella", "stan", "sunny"]
  /// How often what has expired is written off.
  private static let writeOffDays = 5 * weekDays
  /// How often the process is another one. One that serves for ten minutes would take a backup.
  private static let processDays = 10 * weekDays
  private static let processSeconds = 300
  /// One of so many sales comes back, of its first line one unit.
  private static let salesPerReturn = 200
  private static let mostInFlight = 250

  private struct Product {
    let id: String
    let tracksExpiry: Bool
    /// In ten-thousandths.
    let unitCost: Int
    /// First to expire first.
    var lots: [(expiry: Int, qty: Int)] = []

    /// What will not have expired by a day.
    func stock(until day: Int) -> Int { lots.reduce(0) { $1.expiry < day ? $0 : $0 + $1.qty } }
  }

  private let binary: String
  private let directory: String
  private let wantedLines: Int
  private let inFlight: Int
  private let baskets: Baskets
  private let clock: MovedClock
  private let guards: BulkGuards?
  private var random = Dice(seed: 20_250_101)
  private var stock: [Product] = []

  /// With no lines at all the shop has its products and a lot of each, received on the last day.
  ///
  /// - Parameters:
  ///   - oneByOne: each sale waits for the one before, as at a till, so that each has a transaction of its own.
  ///   - guards: what is taken off meanwhile and put back at the end, in bulk.
  init(
    binary: String, baskets: String, directory: String, lines: Int, oneByOne: Bool, clock: MovedClock, guards: BulkGuards?
  ) {
    inFlight = oneByOne ? 1 : Self.mostInFlight
    self.binary = binary
    self.directory = directory
    self.baskets = Baskets(file: baskets, products: Self.products)
    self.clock = clock
    self.guards = guards
    wantedLines = lines
  }

  mutating func run() {
    let firstDay = wantedLines == 0 ? Self.days - 1 : 0
    clock.set(to: Self.seconds(of: firstDay))
    var till = open()
    setUp(till)
    guards?.off(in: directory)
    var sales = 0
    var lines = 0
    var seller = ""
    var started = ContinuousClock.now
    for day in firstDay..<Self.days {
      clock.set(to: Self.seconds(of: day))
      if day > firstDay, day % Self.processDays == 0 || started.duration(to: .now) > .seconds(Self.processSeconds) {
        let next = open()
        next.call("system.status")
        till.end()
        till = next
        started = .now
        seller = ""
      }
      let drawn = baskets.draw(lines: wantedLines * (day + 1 - firstDay) / (Self.days - firstDay) - lines, by: &random)
      lines += drawn.reduce(0) { $0 + $1.count }
      if seller.isEmpty || day % Self.weekDays == 0 {
        till.call("auth.login", login("owner"))
        seller = token(of: Self.sellers[day / Self.weekDays % Self.sellers.count], at: till)
      }
      if day > firstDay, day % Self.writeOffDays == 0 { writeOffExpired(till) }
      // Writes take effect in the order in which they are sent, so the goods are there when they are sold, and sold when they return.
      let calls =
        order(for: drawn, on: day, isFirst: day == firstDay).map { "stockIn.create\t" + $0 } + sell(drawn, on: day, as: seller)
        + takeBack(of: drawn.count, on: day)
      inOneGo(till, calls) { clock.set(to: Self.seconds(of: day) + 36_000 * $0 / calls.count) }
      sales += drawn.count
      if (day + 1) % 166 == 0 { fputs("fill: \(day + 1) days, \(sales) sales, \(lines) lines\n", stderr) }
    }
    guards?.on(in: directory)
    till.end()
    awaitStop(of: directory)
  }

  /// When a day's business begins.
  private static func seconds(of day: Int) -> Int {
    (firstDay.adding(day).number - CivilDay(year: 1_970, month: 1, day: 1).number) * 86_400 + 9 * 3_600
  }

  private func open() -> Sidecar { Sidecar(binary, ["--data-dir", directory, "--bcrypt-cost", "10", "--log-level", "error"]) }

  private mutating func setUp(_ till: Sidecar) {
    till.call("setup.createOwner", #"{"name":"Olive Owner","username":"owner","password":"\#(Self.password)"}"#)
    till.call("auth.login", login("owner"))
    till.call("store.update", #"{"name":"The large shop","timeZone":"UTC","sessionMaxAgeHours":168,"sessionIdleMinutes":10080}"#)
    for (name, username) in [("Stella", "stella"), ("Stan", "stan"), ("Sunny", "sunny")] {
      till.call("users.create", #"{"name":"\#(name) Staff","username":"\#(username)","password":"\#(Self.password)"}"#)
    }
    inOneGo(till, (0..<Self.products).map { "products.create\t" + product($0) })
  }

  private func login(_ user: String) -> String { #"{"username":"\#(user)","password":"\#(Self.password)","bind":true}"# }

  private func token(of user: String, at till: Sidecar) -> String {
    let reply = till.call("auth.login", #"{"username":"\#(user)","password":"\#(Self.password)"}"#)
    guard let start = reply.firstRange(of: #""token":""#)?.upperBound else { fail("no token: \(reply)") }
    return String(reply[start...].prefix { $0 != "\"" })
  }

  /// Sends calls (method, tab, params) with many in flight; each must succeed.
  private func inOneGo(_ till: Sidecar, _ calls: [String], before: (Int) -> Void = { _ in }) {
    func sendCall(_ index: Int) {
      let parts = calls[index].split(separator: "\t", maxSplits: 1)
      before(index)
      till.send(#"{"jsonrpc":"2.0","id":\#(index),"method":"\#(parts[0])","params":\#(parts[1])}"#)
    }
    for index in 0..<min(inFlight, calls.count) { sendCall(index) }
    for index in calls.indices {
      let reply = till.receive()
      guard reply.isResult else { fail("a call was refused: \(reply)") }
      if index + inFlight < calls.count { sendCall(index + inFlight) }
    }
  }

  private mutating func sell(_ sales: [[Baskets.Line]], on day: Int, as seller: String) -> [String] {
    sales.map { sale in
      take(sale, on: day)
      let items = sale.map { #"{"productId":"\#(stock[$0.product].id)","qty":\#($0.qty)}"# }.joined(separator: ",")
      let paid = random.roll(3) == 0 ? #","paymentMethod":"CARD""# : ""
      return "sales.create\t" + #"{"items":[\#(items)]\#(paid),"token":"\#(seller)"}"#
    }
  }

  /// A few of a day's sales come back, which only adds to the stock that is known here.
  private func takeBack(of sales: Int, on day: Int) -> [String] {
    let date = Self.firstDay.adding(day).description.filter { $0 != "-" }
    return stride(from: 1 + day % Self.salesPerReturn, through: sales, by: Self.salesPerReturn).map { number in
      let digits = String(number)
      let receipt = "RCPT-\(date)-" + String(repeating: "0", count: max(0, 4 - digits.count)) + digits
      return "sales.return\t"
        + #"{"receiptNo":"\#(receipt)","items":[{"line":1,"qty":1}],"disposition":"restock","reason":"Not needed"}"#
    }
  }

  private func writeOffExpired(_ till: Sidecar) {
    while true {
      let proposal = till.call("stock.writeOffExpired")
      guard let start = proposal.firstRange(of: #""confirmation":""#)?.upperBound else { fail("no confirmation: \(proposal)") }
      if proposal.contains(#""items":[]"#) { return }
      till.call("stock.writeOffExpired", #"{"confirmation":"\#(proposal[start...].prefix { $0 != "\"" })"}"#)
      if !proposal.contains(#""hasMore":true"#) { return }
    }
  }

  private mutating func product(_ number: Int) -> String {
    let family = baskets.families[number % baskets.families.count]
    let variety = number / baskets.families.count
    let price = 100 + random.roll(4_000)
    let made = Product(
      id: productID(number + 1), tracksExpiry: number % 8 != 7, unitCost: price * (40 + random.roll(40)) + random.roll(100))
    stock.append(made)
    return
      #"{"id":"\#(made.id)","name":"\#(family)\#(variety == 0 ? "" : " no. \(variety + 1)")","sellingPrice":"\#(decimal(price, 2))","#
      + #""reorderLevel":\#(random.roll(20)),"tracksExpiry":\#(made.tracksExpiry)}"#
  }

  /// What must be ordered so that all these sales can be made; on the first day something of everything. Lasts for some weeks.
  /// The params of each delivery.
  private mutating func order(for baskets: [[Baskets.Line]], on day: Int, isFirst: Bool) -> [String] {
    var needed: [Int: Int] = [:]
    for line in baskets.joined() { needed[line.product, default: 0] += line.qty }
    var items: [String] = []
    for number in isFirst ? Array(stock.indices) : needed.keys.sorted() {
      let need = needed[number, default: 0]
      guard isFirst || stock[number].stock(until: day) < need else { continue }
      let qty = wantedLines == 0 ? 100_000 : max(24, need * 25)
      let product = stock[number]
      let cost = decimal(product.unitCost * (90 + random.roll(21)) / 100, 4)
      var expiry = Int.max
      var date = ""
      if product.tracksExpiry {
        expiry = day + 60 + random.roll(700)
        date = #","expiryDate":"\#(Self.firstDay.adding(expiry))""#
      }
      stock[number].lots.append((expiry, qty))
      stock[number].lots.sort { $0.expiry < $1.expiry }
      items.append(#"{"productId":"\#(product.id)","qtyAdded":\#(qty),"unitCost":"\#(cost)"\#(date)}"#)
    }
    return stride(from: 0, to: items.count, by: 500).map { start in
      #"{"supplierName":"Supplier \#(1 + random.roll(12))","items":[\#(items[start..<min(items.count, start + 500)].joined(separator: ","))]}"#
    }
  }

  private mutating func take(_ sale: [Baskets.Line], on day: Int) {
    for line in sale {
      stock[line.product].lots.removeAll { $0.expiry < day }
      var wanted = line.qty
      while wanted > 0 {
        let taken = min(wanted, stock[line.product].lots[0].qty)
        stock[line.product].lots[0].qty -= taken
        wanted -= taken
        if stock[line.product].lots[0].qty == 0 { stock[line.product].lots.removeFirst() }
      }
    }
  }
}

extension String {
  /// Whether a reply is a result: it says so behind its id.
  var isResult: Bool { utf8.prefix(64).firstRange(of: #""result":"#.utf8) != nil }
}
