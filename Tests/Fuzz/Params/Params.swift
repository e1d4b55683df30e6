// Any params of any method are refused with what is wrong with them, or read; and what a write's digest covers reads as the same call.
import FuzzSupport
import JSONRPC

@testable import ShelflifeAPI

@main enum FuzzParams {
  private static let limits = WireLimits()

  static func main() {
    Fuzzing.run { data, count in
      FuzzParams.serve(Array(UnsafeBufferPointer(start: data, count: count)))
      return 0
    }
  }

  /// The currency's decimals follow from the length, so that each number of them is met.
  private static func serve(_ line: [UInt8]) {
    guard case .success(.object(let request)) = Result(catching: { () throws(JSONSyntaxError) in try JSONReader.read(line) }),
      case .string(let name)? = request["method"], let method = Catalogue.method(name)
    else { return }
    let params = if case .object(let object)? = request["params"] { object } else { JSONObject() }
    read(params, method, moneyScale: line.count % 4)
  }

  private static func read(_ params: JSONObject, _ method: ServedMethod, moneyScale: Int) {
    _ = method.turn(params)
    let common = CommonMembers(params, isWrite: method.lane.isWrite)
    do throws(ShapeFault) {
      let (_, canonical) = try method.bind(params, common, moneyScale)
      if method.lane.isWrite { holdCanonical(canonical, method, moneyScale) }
    } catch {
      Fuzzing.hold(!error.issues.isEmpty, "\(method.name) refuses without a reason")
      Fuzzing.hold(error.issues.allSatisfy { !$0.code.isEmpty && !$0.message.isEmpty }, "\(method.name) gives half a reason")
    }
  }

  private static func holdCanonical(_ canonical: [UInt8], _ method: ServedMethod, _ moneyScale: Int) {
    guard case .success(.object(let object)) = Result(catching: { () throws(JSONSyntaxError) in try JSONReader.read(canonical) })
    else { fatalError("\(method.name): the digest covers no object") }  // Allowed: as in `hold`.
    // Secrets are left out of it, so that it cannot be read again.
    if method.declaration.allParams.contains(where: \.isSecret) { return }
    do throws(ShapeFault) {
      let again = try method.bind(object, CommonMembers(object, isWrite: true), moneyScale)
      Fuzzing.hold(again.canonical == canonical, "\(method.name): the same call has two digests")
    } catch {
      fatalError("\(method.name) refuses what it read: \(error.issues)")  // Allowed: as in `hold`.
    }
  }
}
