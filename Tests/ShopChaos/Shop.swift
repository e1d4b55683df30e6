// The one shop of a run: its data directory, how its processes are started, and what stands on its shelf at first.
import Glibc

struct Shop {
  private static let password = "Kestrel-Harbour-41"

  let binary: String
  let scratch: String
  /// Flags for every process, beside those that make the shop.
  let flags: [String]
  /// The servers behind its tills; nil where they have an embedded one.
  let pair: Pair?

  var data: String { scratch + "/shop" }
  var errors: String { scratch + "/sidecar.log" }
  var processes: ServerProcesses { ServerProcesses(data: data) }

  /// A process whose sellers begin once it is signed in.
  func open(_ name: String, in market: Market) -> Till {
    let till = start(name)
    market.add(till)
    signIn(till, in: market)
    return till
  }

  /// As often as the server is away: it may be killed meanwhile.
  private func signIn(_ till: Till, in market: Market) {
    market.post("auth.login", #"{"username":"owner","password":"\#(Self.password)","bind":true}"#, at: till) { reply in
      if reply["result"] != nil {
        till.isSignedIn = true
      } else if ["database-unavailable", "outcome-unknown"].contains(reply["error"]?["data"]?["code"]?.text) {
        market.later { signIn(till, in: market) }
      } else {
        market.findings.violation("refused", "the login at \(till.name): \(reply)")
      }
    }
  }

  private func start(_ name: String) -> Till {
    let place = pair.map { ["--data-dir", scratch + "/till-" + name, "--database-url", $0.url] } ?? ["--data-dir", data]
    return Till(name, binary, place + ["--bcrypt-cost", "10", "--log-level", "warning"] + flags, errors: errors)
  }

  /// Makes the shop and leaves one till open.
  func found(in market: Market) {
    let till = start("A")
    market.add(till)
    _ = market.result("setup.createOwner", #"{"name":"Olive Owner","username":"owner","password":"\#(Self.password)"}"#, at: till)
    signIn(till, in: market)
    market.wait(within: 30 * second) { till.isSignedIn }
    for product in Goods.sold + [Goods.expiredOnly, Goods.scarce] {
      let params = #"{"id":"\#(Goods.id(product))","name":"Tablets \#(product)","sellingPrice":"4.50"}"#
      _ = market.result("products.create", params, at: till)
    }
  }

  /// What has expired, in front of every shelf, and the unit of which there is only one.
  static func odds() -> [LotLine] {
    var lots: [LotLine] = []
    for product in Goods.sold + [Goods.expiredOnly] {
      for expiry in ["2020-02-29", "2025-12-31"] { lots.append(LotLine(product: product, qty: 500, expiry: expiry)) }
    }
    return lots + [LotLine(product: Goods.scarce, qty: 1, expiry: "2040-01-01")]
  }
}
