// The shop that is measured, and the calls a till makes in it.
import Glibc

struct Shop {
  static let products = 5_000
  private static let lotsOfEach = 5
  private static let password = "correct horse"
  static let login = #"{"username":"owner","password":"\#(password)","bind":true}"#
  static let owner = #"{"name":"Olive Owner","username":"owner","password":"\#(password)"}"#

  let binary: String
  let data: String

  /// A process on the shop's data directory, with nobody signed in.
  func start() -> Sidecar { Self.start(binary, data) }

  static func start(_ binary: String, _ data: String) -> Sidecar {
    Sidecar(binary, ["--data-dir", data, "--bcrypt-cost", "10", "--log-level", "error"])
  }

  func open() -> Sidecar {
    let shop = start()
    shop.call("auth.login", Self.login)
    return shop
  }

  /// Makes the shop: each product with lots enough for any run.
  func fill() {
    let shop = start()
    shop.call("setup.createOwner", Self.owner)
    shop.call("auth.login", Self.login)
    shop.inOneGo((1...Self.products).map { request("products.create", Self.product($0), id: $0) })
    var deliveries: [String] = []
    for year in 2_040..<2_040 + Self.lotsOfEach {
      for start in stride(from: 1, through: Self.products, by: 500) {
        let items = (start..<start + 500).map {
          #"{"productId":"\#(productID($0))","qtyAdded":1000000,"unitCost":"2.1","expiryDate":"\#(year)-01-31"}"#
        }
        deliveries.append(request("stockIn.create", #"{"items":[\#(items.joined(separator: ","))]}"#, id: deliveries.count))
      }
    }
    shop.inOneGo(deliveries)
    shop.end()
    awaitStop(of: data)
  }

  private static let substances = [
    "Amoxicillin", "Bisoprolol", "Cetirizine", "Diclofenac", "Enalapril", "Fluoxetine", "Ibuprofen", "Metformin",
  ]
  private static let forms = ["tablets", "capsules", "drops", "syrup", "cream"]

  private static func product(_ number: Int) -> String {
    let name = "\(substances[number % substances.count]) \(forms[number / 8 % forms.count]) \(number) mg"
    return #"{"id":"\#(productID(number))","name":"\#(name)","sellingPrice":"4.50","reorderLevel":10}"#
  }
}

func request(_ method: String, _ params: String, id: Int) -> String {
  #"{"jsonrpc":"2.0","id":\#(id),"method":"\#(method)","params":\#(params)}"#
}

extension Sidecar {
  /// Sends calls with some in flight; each must succeed.
  func inOneGo(_ calls: [String]) {
    for (index, call) in calls.enumerated() {
      send(call)
      if index >= 32 { expectResult() }
    }
    for _ in 0..<min(32, calls.count) { expectResult() }
  }

  private func expectResult() {
    let reply = receive()
    guard reply.contains(#""result":"#) else { fail("a call was refused: \(reply.prefix(2_000))") }
  }
}

/// Calls with params drawn at random, the same from the same seed.
struct Calls {
  private var dice: Dice

  init(seed: UInt64) { dice = Dice(seed: seed) }

  /// So many requests in a script that goes around.
  mutating func script(of method: String, _ params: (inout Calls) -> String, count: Int = 4_096) -> Script {
    Script((0..<count).map { request(method, params(&self), id: $0) })
  }

  mutating func product() -> String { productID(1 + dice.roll(Shop.products)) }

  /// Three products, as the floor draws them.
  mutating func items() -> String {
    let first = 1 + dice.roll(Shop.products)
    let second = 1 + (first + dice.roll(300)) % Shop.products
    let third = 1 + (second + dice.roll(300)) % Shop.products
    let items = [(first, 1), (second, 2), (third, 1)].map { #"{"productId":"\#(productID($0.0))","qty":\#($0.1)}"# }
    return #"{"items":[\#(items.joined(separator: ","))]}"#
  }

  /// Of ten calls: three searches by name, two looks at a product's lots, two quotes, one look at a product, two sales.
  mutating func tillScript() -> Script {
    Script(
      (0..<4_096).map { id in
        switch id % 10 {
        case 0, 3, 6:
          let name = ["amox tab", "bisop", "cetir drops", "ibu cream", "metf syr"][dice.roll(5)]
          return request("products.list", #"{"query":"\#(name)","limit":20}"#, id: id)
        case 1, 8: return request("inventory.get", #"{"productId":"\#(product())"}"#, id: id)
        case 2, 5: return request("sales.quote", items(), id: id)
        case 4: return request("products.get", #"{"id":"\#(product())"}"#, id: id)
        default: return request("sales.create", items(), id: id)
        }
      })
  }
}
