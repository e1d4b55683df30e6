// What a seller wants: it is handed in again and again under its key until it is answered for good.

struct SaleLine {
  let product: Int
  let qty: Int
}

struct LotLine {
  let product: Int
  let qty: Int
  let expiry: String
}

final class Intent {
  enum Work {
    case sale([SaleLine])
    case delivery([LotLine])
    /// A call that must be refused with this code.
    case refused(String)
  }

  enum State {
    case waiting(until: Int)
    case inFlight(Till)
    case done
  }

  /// Its idempotency key, and the note on its document: so a document tells whose it is even where the key does not hold.
  let name: String
  let work: Work
  private let method: String
  private let params: String
  private(set) var attempts = 0
  var state = State.waiting(until: 0)
  var outcome: Outcome?

  init(_ name: String, _ work: Work, _ method: String, _ params: String) {
    self.name = name
    self.work = work
    self.method = method
    self.params = params
  }

  static func sale(_ name: String, _ lines: [SaleLine]) -> Intent {
    Intent(name, .sale(lines), "sales.create", items(lines))
  }

  static func delivery(_ name: String, _ lots: [LotLine]) -> Intent {
    let items = lots.map {
      #"{"productId":"\#(Goods.id($0.product))","qtyAdded":\#($0.qty),"unitCost":"1.25","expiryDate":"\#($0.expiry)"}"#
    }
    return Intent(name, .delivery(lots), "stockIn.create", #""allowExpired":true,"items":[\#(items.joined(separator: ","))]"#)
  }

  /// One of the calls that no shop may accept.
  static func refused(_ name: String, _ dice: inout Dice) -> Intent {
    let good = SaleLine(product: dice.pick(Goods.sold), qty: 1)
    func sale(_ code: String, _ line: SaleLine) -> Intent { Intent(name, .refused(code), "sales.create", items([good, line])) }
    switch dice.roll(6) {
    case 0: return sale("stock-too-low", SaleLine(product: Goods.expiredOnly, qty: 1))
    case 1: return sale("stock-too-low", SaleLine(product: Goods.scarce, qty: 2))
    case 2: return sale("product-not-found", SaleLine(product: Goods.unknown, qty: 1))
    case 3: return sale("validation-error", SaleLine(product: good.product, qty: 0))
    case 4: return Intent(name, .refused("validation-error"), "sales.create", items([good]) + #","quantity":1"#)
    default: return Intent(name, .refused("method-not-found"), "sales.make", items([good]))
    }
  }

  private static func items(_ lines: [SaleLine]) -> String {
    let items = lines.map { #"{"productId":"\#(Goods.id($0.product))","qty":\#($0.qty)}"# }
    return #""items":[\#(items.joined(separator: ","))]"#
  }

  /// The request of one attempt. With `freshKeys` each has another key, which no client may do.
  func request(id: Int, freshKeys: Bool) -> String {
    attempts += 1
    let key = freshKeys && attempts > 1 ? "\(name)#\(attempts)" : name
    return
      #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":{\#(params),"note":"\#(name)","idempotencyKey":"\#(key)"}}"#
  }
}

/// What an acknowledged document says of itself.
struct Outcome: Equatable {
  /// The receipt's number, or the delivery's.
  let number: String
  /// Products, quantities and lots, in the order of the lines.
  let content: String
  /// The lots of a delivery, in the order of its lines.
  var lots: [String] = []
}

enum Goods {
  static let sold = Array(1...10)
  /// Has stock, all of it expired.
  static let expiredOnly = 90
  /// Has one unit, which nobody asks for alone.
  static let scarce = 91
  static let unknown = 99

  static func id(_ product: Int) -> String { "00000000-0000-4000-8000-" + padded(product, 12) }

  static func number(_ id: some StringProtocol) -> Int { Int(id.suffix(12)) ?? 0 }

  /// A day far off, later for a greater step.
  static func expiry(_ step: Int) -> String {
    "\(2_040 + step / 336)-\(padded(step / 28 % 12 + 1, 2))-\(padded(step % 28 + 1, 2))"
  }
}
