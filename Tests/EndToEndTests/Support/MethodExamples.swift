// Valid calls of every method, taken from the program's own document of its protocol.

/// One method with params that it takes.
struct MethodExample: Sendable {
  let method: String
  let params: Value
  /// The method's own params by name, with their schemas.
  let schemas: [(name: String, schema: Value)]

  var line: Value {
    .object([
      .init(name: "jsonrpc", value: .string("2.0")), .init(name: "method", value: .string(method)),
      .init(name: "params", value: params),
    ])
  }

  /// Ends the process, the session that the attack runs in, or the shop itself: what an attack would only stop at.
  private static let ending: Set<String> = ["system.shutdown", "auth.logout", "backup.restore"]
  /// Takes long: of these few are enough.
  static let slow: Set<String> = [
    "rpc.discover", "system.check", "audit.verify", "setup.createOwner", "auth.login", "users.create", "users.resetPassword",
    "auth.changePassword", "auth.resetOwnerPassword",
    "backup.run", "backup.verify", "backup.export", "backup.list",
  ]

  /// In the order of the document.
  static func all(of document: Value) -> [MethodExample] {
    (document["methods"]?.items ?? []).flatMap { method -> [MethodExample] in
      guard let name = method["name"]?.text, !ending.contains(name) else { return [] }
      let schemas = (method["params"]?.items ?? []).compactMap { param -> (name: String, schema: Value)? in
        guard let name = param["name"]?.text, let schema = param["schema"] else { return nil }
        return (name, schema)
      }
      return (method["examples"]?.items ?? []).map { example in
        let members = (example["params"]?.items ?? []).compactMap { param -> Value.Member? in
          guard let name = param["name"]?.text, let value = param["value"], name != "idempotencyKey" else { return nil }
          return Value.Member(name: name, value: name == "bind" ? .bool(false) : value)
        }
        return MethodExample(method: name, params: .object(members), schemas: schemas)
      }
    }
  }
}

extension Shop {
  /// A shop in which the examples of the methods have been played, and a process whose pipe its owner is signed in on.
  static func played(_ sidecar: Sidecar, slowToo: Bool = false) throws -> [MethodExample] {
    let examples = MethodExample.all(of: try sidecar.result("rpc.discover"))
    for example in examples where slowToo || !MethodExample.slow.contains(example.method) {
      _ = try sidecar.call(example.method, example.params.json, within: .seconds(60))
    }
    return examples
  }
}
