/// Beside the shapes: what a method is, apart from what it does.
import JSONRPC

/// Who may call a method.
package enum Access: String, Sendable, CaseIterable {
  /// Anybody, with or without a session.
  case everyone = "public"
  /// Any session.
  case signedIn = "signed-in"
  /// The owner's session.
  case owner
}

/// A method with its types: reads params into `Input`, writes `Output`, and documents itself. Immutable; any thread may use it.
package struct Method<Input: Sendable, Output: Sendable>: Sendable {
  /// The wire name, such as `sales.create`.
  package let name: String
  /// One line: what the method does.
  package let summary: String
  /// What a caller must know beyond that; may be empty.
  package let description: String
  package let access: Access
  package let lane: Lane
  /// Consecutive waiting calls of methods with the same group may share a transaction.
  package let group: WriteGroup?
  package let params: Shape<Input>
  package let result: Shape<Output>
  /// What the method may answer with, in order of precedence.
  package let faults: [FaultDescription]
  /// Whether a standby may answer it, where the process is given one.
  package let isReport: Bool

  package init(
    _ name: String, _ summary: String, description: String = "", access: Access, lane: Lane, group: WriteGroup? = nil,
    params: Shape<Input>, result: Shape<Output>, faults: [FaultDescription] = [], isReport: Bool = false
  ) {
    precondition(params.schema.members != nil, "params of \(name) are a record")
    let common = CommonMembers.Name.allCases.map(\.rawValue)
    precondition(
      params.schema.members?.contains { common.contains($0.name) } == false, "params of \(name) leave out what all calls have")
    self.name = name
    self.summary = summary
    self.description = description
    self.access = access
    self.lane = lane
    self.group = group
    self.params = params
    self.result = result
    self.faults = faults
    self.isReport = isReport
  }

  /// What stands in the params whatever the method is. Needs no database: read it when the call arrives.
  package func common(_ params: JSONObject) -> CommonMembers {
    CommonMembers(params, isWrite: lane.isWrite)
  }

  /// Reads the method's own params, or throws everything that is wrong with the params, the common members included.
  /// `common` is what `common(_:)` made of the same params.
  package func read(_ params: JSONObject, _ common: CommonMembers, moneyScale: Int) throws(ShapeFault) -> Input {
    var reader = ShapeReader(moneyScale: moneyScale, common: common)
    let input = self.params.read(.object(params), &reader)
    guard let input, common.issues.isEmpty else { throw ShapeFault(issues: common.issues + reader.issues) }
    return input
  }

  /// The params in one fixed form without secrets and common members: what an idempotency key's digest covers.
  package func canonical(_ input: Input, moneyScale: Int) -> [UInt8] {
    params.encode(input, moneyScale: moneyScale, omitsSecrets: true)
  }

  /// The result as it is answered, or as it is stored under an idempotency key: then without what is shown only once.
  package func write(_ output: Output, moneyScale: Int, forStorage: Bool = false) -> [UInt8] {
    result.encode(output, moneyScale: moneyScale, omitsSecrets: forStorage)
  }

  /// The method without its types.
  package var declaration: MethodDeclaration {
    MethodDeclaration(
      name: name, summary: summary, description: description, access: access, lane: lane, group: group,
      params: params.schema, result: result.schema, faults: faults, isReport: isReport)
  }
}

/// A method as the documents know it.
package struct MethodDeclaration: Sendable {
  package struct Example: Sendable {
    package let name: String
    package let params: JSON
    package let result: JSON
  }

  package let name: String
  package let summary: String
  package let description: String
  package let access: Access
  package let lane: Lane
  package let group: WriteGroup?
  /// A record without the common members.
  package let params: Schema
  package let result: Schema
  package let faults: [FaultDescription]
  /// Whether a standby may answer it.
  package let isReport: Bool
  package var examples: [Example] = []

  func with(_ examples: [Example]) -> MethodDeclaration {
    var declaration = self
    declaration.examples = examples
    return declaration
  }

  /// The method's own params, then the common ones.
  package var allParams: [Schema.Member] {
    (params.members ?? []) + CommonMembers.schemas(isWrite: lane.isWrite)
  }
}
