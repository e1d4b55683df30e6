/// Shape: what a shape finds wrong with a value it reads, and the reader that collects it.
import JSONRPC
import Shelflife

/// Why a text, a number or a combination of them is no value of its kind. The message must not repeat what was sent.
package struct Refusal: Error, Equatable {
  package let code: String
  package let message: String

  package init(_ code: String, _ message: String) {
    self.code = code
    self.message = message
  }
}

/// Every issue of one value, in the order of the declaration. Never empty.
package struct ShapeFault: Error, Equatable {
  package let issues: [ValidationIssue]

  package init(issues: [ValidationIssue]) {
    self.issues = issues
  }
}

/// Collects issues while a shape reads one value. A path is put together only once there is an issue: each level adds its own
/// step on the way out, so a good value pays nothing for it.
package struct ShapeReader {
  /// Decimal places of the shop's currency.
  package let moneyScale: Int
  /// How often something was refused, also beyond `ShapeLimits.issues`.
  private(set) var failures = 0
  private var found: [Found] = []
  /// The members of the outermost record that were read before, by `CommonMembers`.
  private var common: CommonMembers?

  private struct Found {
    var steps: [Step]
    let refusal: Refusal
  }

  enum Step {
    case member(String)
    case item(Int)
  }

  package init(moneyScale: Int) {
    self.init(moneyScale: moneyScale, common: nil)
  }

  init(moneyScale: Int, common: CommonMembers?) {
    self.moneyScale = moneyScale
    self.common = common
  }

  /// Records that the value being read is refused. Whoever calls this returns nil from its `read`.
  package mutating func refuse(_ code: String, _ message: String) {
    refuse(Refusal(code, message))
  }

  /// The same, of what only the process makes.
  package mutating func refuseResult() {
    refuse("not-allowed", "This is a result: it is not taken as a parameter.")
  }

  @inline(never)
  package mutating func refuse(_ refusal: Refusal) {
    failures += 1
    if found.count < ShapeLimits.issues { found.append(Found(steps: [], refusal: refusal)) }
  }

  /// How many issues are recorded: the mark to hand to `place(_:since:)`.
  var mark: Int { found.count }

  /// Puts `step` in front of the path of every issue recorded after `mark`.
  @inline(__always)
  mutating func place(_ step: @autoclosure () -> Step, since mark: Int) {
    if found.count != mark { prepend(step(), from: mark) }
  }

  @inline(never)
  private mutating func prepend(_ step: Step, from mark: Int) {
    for index in mark..<found.count { found[index].steps.append(step) }
  }

  /// The common members, for the first record that asks: only the outermost one has them.
  mutating func takeCommonMembers() -> CommonMembers? {
    if common == nil { return nil }
    defer { common = nil }
    return common
  }

  /// The issues with their paths written out.
  package var issues: [ValidationIssue] {
    var issues = found.map { ValidationIssue(path: Self.path($0.steps), code: $0.refusal.code, message: $0.refusal.message) }
    if failures > found.count {
      issues.append(ValidationIssue(path: "", code: "more-issues", message: "There are \(failures - found.count) more issues."))
    }
    return issues
  }

  /// `items[0].qty` from its steps, innermost first.
  private static func path(_ steps: [Step]) -> String {
    var path = ""
    for step in steps.reversed() {
      switch step {
      case .member(let name):
        if !path.isEmpty { path += "." }
        path += name.prefix(ShapeLimits.nameInPath)
        if name.count > ShapeLimits.nameInPath { path += "…" }
      case .item(let index):
        path += "[\(index)]"
      }
    }
    return path
  }
}

/// Bounds of what a shape answers, however wrong a value is.
package enum ShapeLimits {
  /// Issues answered for one call; one more says how many were left out.
  package static let issues = 1_000
  /// Characters of a sent member name that are repeated in a path.
  package static let nameInPath = 64
}

extension ShapeReader {
  /// Refuses `json` for its kind: names what was expected and the kind that was given.
  @inline(never)
  package mutating func refuseKind(expected: String, given json: JSON) {
    let kind =
      switch json {
      case .null: "null"
      case .bool: "a boolean"
      case .number: "a number"
      case .string: "a string"
      case .array: "an array"
      case .object: "an object"
      }
    refuse("wrong-type", "Expected \(expected), not \(kind).")
  }
}
