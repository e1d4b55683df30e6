// A large shop, made by selling: a year of business days played through the pipe, the same from the same seed.
import Glibc

/// Fills an empty data directory. The client knows what is in stock, so that it orders in time and no sale is refused.
struct Fill {
  static let password = "correct horse"
  static let days = 365
  static let products = 4_000
  private static let firstDay = CivilDay(year: 2_025, month: 1, day: 1)

  struct Product {
    let id: String
    let tracksExpiry: Bool
    /// In ten-thousandths.
    let unitCost: Int
    /// First to expire first.
    var lots: [(expiry: Int, qty: Int)] = []

    /// What will not have expired by a day.
    func stock(until day: Int) -> Int { lots.reduce(0) { $1.expiry < day ? $0 : $0 + $1.qty } }
  }

  struct Line {
    let product: Int
    let qty: Int
  }

  private let binary: String
  private let directory: String
  private let wantedLines: Int
  private let inFlight: Int
  private var random = Dice(seed: 20_250_101)
  private var stock: [Product] = []

  /// With `oneByOne` each sale waits for the one before, as at a till, so that each has a transaction of its own.
  init(binary: String, directory: String, lines: Int, oneByOne: Bool) {
    inFlight = oneByOne ? 1 : 128
    self.binary = binary
    self.directory = directory
    wantedLines = lines
  }

  mutating func run() {
    // Holds the server up between the days.
    let keeper = open(day: 0)
    keeper.call("setup.createOwner", #"{"name":"Olive Owner","username":"owner","password":"\#(Self.password)"}"#)
    keeper.call("auth.login", #"{"username":"owner","password":"\#(Self.password)","bind":true}"#)
    keeper.call("store.update", #"{"name":"The large shop","timeZone":"UTC"}"#)
    for (name, username) in [("Stella", "stella"), ("Stan", "stan"), ("Sunny", "sunny")] {
      keeper.call("users.create", #"{"name":"\#(name) Staff","username":"\#(username)","password":"\#(Self.password)"}"#)
    }
    inOneGo(keeper, (0..<Self.products).map { "products.create\t" + product($0) })
    var sales = 0
    var lines = 0
    // A day has one seller; on the owner's days everything is ordered that is needed until the next.
    let sellers = ["owner", "stella", "stan", "sunny"]
    var ahead: [[[Line]]] = []
    for day in 0..<Self.days {
      let till = open(day: day)
      till.call("auth.login", #"{"username":"\#(sellers[day % sellers.count])","password":"\#(Self.password)","bind":true}"#)
      if ahead.isEmpty {
        for later in day..<min(Self.days, day + sellers.count) {
          let basket = baskets(wantedLines * (later + 1) / Self.days - lines)
          lines += basket.reduce(0) { $0 + $1.count }
          ahead.append(basket)
        }
        inOneGo(till, order(for: Array(ahead.joined()), from: day, until: day + sellers.count).map { "stockIn.create\t" + $0 })
      }
      let basket = ahead.removeFirst()
      inOneGo(
        till,
        basket.map { sale in
          sell(sale, on: day)
          let items = sale.map { #"{"productId":"\#(stock[$0.product].id)","qty":\#($0.qty)}"# }.joined(separator: ",")
          let paid = random.roll(3) == 0 ? #","paymentMethod":"CARD""# : ""
          return "sales.create\t" + #"{"items":[\#(items)]\#(paid)}"#
        })
      till.end()
      sales += basket.count
      if (day + 1) % 73 == 0 { fputs("fill: \(day + 1) days, \(sales) sales\n", stderr) }
    }
    keeper.end()
    awaitStop(of: directory)
  }

  private func open(day: Int) -> Sidecar {
    Sidecar(
      binary,
      [
        "--data-dir", directory, "--bcrypt-cost", "10", "--log-level", "error", "--fixed-now",
        "\(Self.firstDay.adding(day))T09:00:00Z",
      ])
  }

  /// Sends calls (method, tab, params) with many in flight; each must succeed.
  private func inOneGo(_ till: Sidecar, _ calls: [String]) {
    func send(_ index: Int) {
      let parts = calls[index].split(separator: "\t", maxSplits: 1)
      till.send(#"{"jsonrpc":"2.0","id":\#(index),"method":"\#(parts[0])","params":\#(parts[1])}"#)
    }
    for index in 0..<min(inFlight, calls.count) { send(index) }
    for index in calls.indices {
      let reply = till.receive()
      guard reply.contains(#""result":"#) else { fail("a call was refused: \(reply)") }
      if index + inFlight < calls.count { send(index + inFlight) }
    }
  }

  private mutating func product(_ number: Int) -> String {
    let substances = [
      "Acetylsalicylic acid", "Amoxicillin", "Bisoprolol", "Cetirizine", "Diclofenac", "Enalapril", "Fluoxetine", "Gabapentin",
      "Hydrocortisone", "Ibuprofen", "Loratadine", "Metformin", "Naproxen", "Omeprazole", "Paracetamol", "Ramipril",
      "Sertraline", "Torasemide", "Valsartan", "Zinc oxide",
    ]
    let forms = ["tablets", "capsules", "drops", "syrup", "cream", "gel", "sachets", "spray", "suppositories", "powder"]
    let form = number / substances.count
    let name = "\(substances[number % substances.count]) \(forms[form % forms.count]) \(5 * (1 + form / forms.count)) mg"
    let price = 100 + random.roll(4_000)
    let made = Product(
      id: productID(number + 1), tracksExpiry: number % 8 != 7, unitCost: price * (40 + random.roll(40)) + random.roll(100))
    stock.append(made)
    return
      #"{"id":"\#(made.id)","name":"\#(name)","sellingPrice":"\#(decimal(price, 2))","reorderLevel":\#(random.roll(20)),"#
      + #""tracksExpiry":\#(made.tracksExpiry)}"#
  }

  /// Sales of one to six lines that have so many lines together. Few products make most of the sales.
  private mutating func baskets(_ lines: Int) -> [[Line]] {
    var left = lines
    var all: [[Line]] = []
    while left > 0 {
      let count = min(left, 1 + random.roll(6))
      left -= count
      all.append(
        (0..<count).map { _ in
          let rank = random.roll(Self.products) * (1 + random.roll(Self.products)) / Self.products
          return Line(product: rank * (1 + random.roll(Self.products)) / Self.products, qty: 1 + random.roll(3))
        })
    }
    return all
  }

  /// What must be ordered so that all these sales can be made before `end`; on the first day something of everything.
  /// The params of each delivery.
  private mutating func order(for baskets: [[Line]], from day: Int, until end: Int) -> [String] {
    var needed: [Int: Int] = [:]
    for line in baskets.joined() { needed[line.product, default: 0] += line.qty }
    var items: [String] = []
    for number in stock.indices {
      let need = needed[number, default: 0]
      guard day == 0 || stock[number].stock(until: end) < need else { continue }
      let qty = max(24, need * 6)
      let product = stock[number]
      let cost = decimal(product.unitCost * (90 + random.roll(21)) / 100, 4)
      var expiry = Int.max
      var date = ""
      if product.tracksExpiry {
        expiry = day + 20 + random.roll(700)
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

  private mutating func sell(_ sale: [Line], on day: Int) {
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

  private func decimal(_ value: Int, _ digits: Int) -> String {
    let text = String(repeating: "0", count: max(0, digits + 1 - String(value).count)) + String(value)
    return text.dropLast(digits) + "." + text.suffix(digits)
  }
}

/// Waits until the server of a data directory that nobody uses any more has stopped.
func awaitStop(of directory: String) {
  while access(directory + "/postgres/postmaster.pid", F_OK) == 0 { usleep(50_000) }
}

/// A calendar day as a number of days.
struct CivilDay: CustomStringConvertible {
  private let number: Int

  init(year: Int, month: Int, day: Int) {
    // Counted from March, so that the leap day ends the year.
    let shifted = month > 2 ? year : year - 1
    number = 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + (153 * ((month + 9) % 12) + 2) / 5 + day
  }

  private init(number: Int) { self.number = number }

  func adding(_ days: Int) -> CivilDay { CivilDay(number: number + days) }

  var description: String {
    // Guessed a little too early at first.
    var year = (number - 60) * 400 / 146_097
    while CivilDay(year: year + 1, month: 1, day: 1).number <= number { year += 1 }
    var month = 1
    while month < 12, CivilDay(year: year, month: month + 1, day: 1).number <= number { month += 1 }
    let day = number - CivilDay(year: year, month: month, day: 1).number + 1
    return "\(year)-\(month < 10 ? "0" : "")\(month)-\(day < 10 ? "0" : "")\(day)"
  }
}

/// The same numbers from the same seed.
struct Dice {
  private var state: UInt64

  init(seed: UInt64) { state = seed }

  /// From 0 up to, not including, `sides`.
  mutating func roll(_ sides: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(sides))
  }
}
