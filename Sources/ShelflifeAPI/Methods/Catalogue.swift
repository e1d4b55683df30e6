// Every method there is. One that is not listed here cannot be called; whatever documents or tests the methods starts from here.
import JSONRPC
import Shelflife
import Synchronization

package enum Catalogue {
  /// Consecutive waiting calls of this write share a transaction.
  static let groupedWrite = "sales.create"
  static let shutdown = "system.shutdown"
  static let logout = "auth.logout"

  static let methods: [ServedMethod] =
    SystemMethods.all + SetupMethods.all + AuthMethods.all + UserMethods.all + StoreMethods.all + ProductMethods.all
    + InventoryMethods.all
    + StockInMethods.all + SaleMethods.all + ReturnMethods.all + RemovalMethods.all + LedgerMethods.all + LotMethods.all
    + RecallMethods.all
    + StockTakeMethods.all + ReportMethods.all + TillMethods.all + AuditMethods.all + BackupMethods.all + EventMethods.all

  /// What serves the methods whose names begin so. A service's methods are made when one of them is first asked for: a start
  /// needs few of them.
  private static let services: [String: @Sendable () -> [ServedMethod]] = [
    "rpc": { SystemMethods.all }, "system": { SystemMethods.all }, "setup": { SetupMethods.all }, "auth": { AuthMethods.all },
    "users": { UserMethods.all }, "store": { StoreMethods.all }, "products": { ProductMethods.all },
    "inventory": { InventoryMethods.all }, "stockIn": { StockInMethods.all }, "sales": { SaleMethods.all + ReturnMethods.all },
    "stock": { RemovalMethods.all + LedgerMethods.all }, "lots": { LotMethods.all }, "recalls": { RecallMethods.all },
    "stockTake": { StockTakeMethods.all }, "reports": { ReportMethods.all + LedgerMethods.all },
    "dashboard": { ReportMethods.all }, "tills": { TillMethods.all }, "audit": { AuditMethods.all },
    "backup": { BackupMethods.all },
    "events": { EventMethods.all }, "changes": { EventMethods.all },
  ]

  private static let made = Mutex<[String: ServedMethod]>([:])

  /// The method of that name; nil where there is none. Any thread may ask.
  static func method(_ name: String) -> ServedMethod? {
    if let method = made.withLock({ $0[name] }) { return method }
    guard let service = services[String(name.prefix { $0 != "." })] else { return nil }
    let methods = service()
    return made.withLock { made in
      for method in methods { made[method.name] = method }
      return made[name]
    }
  }

  /// The declarations, in the order of the documentation.
  package static let declarations = methods.map { $0.declaration.with(RecordedExamples.byMethod[$0.name] ?? []) }
}

extension ServedMethod {
  /// Declares and serves a method: all there is to say about it, in one place.
  ///
  /// - Parameter faults: what it answers beside the faults of its access and lane, in order of precedence.
  init<Input, Output>(
    _ name: String, _ summary: String, access: Access, params: Shape<Input>, result: Shape<Output>, faults: [Fault] = [],
    _ handler: Handler<Input, Output>
  ) {
    self.init(
      Method(
        name, summary, access: access, lane: handler.lane, params: params, result: result,
        faults: faults.map(FaultDescription.init)),
      handler)
  }
}

/// The params every list takes.
struct ListParams: Sendable {
  let limit: Int
  let cursor: String?

  static let shape: Shape<ListParams> = .record(
    .defaulted("limit", .integer(1...ShopLimits.pageMost), "Items on a page.", default: ShopLimits.pageDefault, \.limit),
    .optional("cursor", .string(1...4_096), "The nextCursor of the page before.", \.cursor),
    make: { ListParams(limit: $0, cursor: $1) })
}

extension Shape {
  /// A digest of a list's filters, which its cursors carry.
  static func filterDigest(_ parts: String?...) -> [UInt8] where Value == ListParams {
    Digest.sha256(parts.map { $0.map { "=" + $0 } ?? "-" }.joined(separator: "\u{1F}")).bytes
  }
}

extension Catalogue {
  /// Every kind of error there is, in the order of the error page.
  package static let faults: [FaultDescription] =
    wireFaults + Fault.all.map(FaultDescription.init)

  /// Errors of the wire itself, which no method declares.
  private static let wireFaults = [
    FaultDescription(
      code: -32700, dataCode: "parse-error", meaning: "The line is not JSON.", retryable: false,
      whatTheTillShouldDo: "Mend the client: details say where and why.", details: syntaxDetails.schema),
    FaultDescription(
      code: -32600, dataCode: "invalid-request", meaning: "The message is no JSON-RPC request.", retryable: false,
      whatTheTillShouldDo: "Mend the client."),
    FaultDescription(
      code: -32600, dataCode: "message-too-large", meaning: "The line is longer than the process takes.", retryable: false,
      whatTheTillShouldDo: "Send less in one line."),
    FaultDescription(
      code: -32601, dataCode: "method-not-found", meaning: "There is no such method.", retryable: false,
      whatTheTillShouldDo: "Mend the client, or update the program."),
    FaultDescription(
      code: -32603, dataCode: "internal-error", meaning: "Something went wrong inside.", retryable: false,
      whatTheTillShouldDo: "Show the incident's number; the log has the cause under it.", details: incidentDetails.schema),
  ]

  private static let syntaxDetails: Shape<JSONSyntaxError> = .result(
    .required("offset", .integer, "Bytes from the beginning of the line.", \.offset),
    .required("reason", .text, "What is wrong there.", \.reason.rawValue))

  private static let incidentDetails: Shape<String> = .result(
    .required("incident", .text, "The number under which the log has the cause.", \.self))

  /// The OpenRPC document of every method.
  static func openRPC(version: String) -> JSON {
    OpenRPC(
      title: "Shelflife", version: version,
      description: "Stock and till backend: newline-delimited JSON-RPC 2.0 on stdin and stdout.", methods: declarations,
      events: EventDeclaration.all
    ).document
  }

  /// The same as text.
  package static func openRPCBytes(version: String) -> [UInt8] {
    var writer = JSONWriter()
    writer.value(openRPC(version: version))
    return writer.bytes
  }
}
