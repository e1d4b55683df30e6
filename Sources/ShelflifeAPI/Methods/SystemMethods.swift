// rpc.* and system.*: the process about itself, and the proof of the books.
import JSONRPC
import Shelflife

struct HelloParams: Sendable {
  let client: ClientInfo?
}

struct ClientInfo: Sendable {
  let name: String
  let version: String
}

struct Hello: Sendable {
  let service: Service
}

struct CheckReport: Sendable {
  let checks: [CheckResult]
}

extension Shape where Value == CheckReport {
  static let checkReport: Shape = .result(
    .required("ok", .bool, "True if every check is.", from: { @Sendable in $0.checks.allSatisfy(\.isOK) }),
    .required("checks", .array(of: .checkResult), "Every check, always in the same order.", \.checks))
}

enum SystemMethods {
  /// The version of what clients may rely on; rises with every addition, its first part with every break.
  static let protocolVersion = "1.4"

  private static let hello: Shape<Hello> = .result(
    .required("name", .text, "Always shelflife.", from: { @Sendable _ in "shelflife" }),
    .required("version", .text, "The program's version.", \.service.version),
    .required("protocolVersion", .text, "The version of this protocol.", from: { @Sendable _ in protocolVersion }),
    .required("sessionId", .identifier, "Names this run of the process.", \.service.sessionID),
    .required("methods", .array(of: .text), "Every method's name.", from: { @Sendable _ in Catalogue.methods.map(\.name) }),
    .required("limits", limits, "What the process takes at most.", \.service.limits),
    .required(
      "database", .condition, "Whether calls that need it can run.", from: { @Sendable in $0.service.keeper.standing.condition }))

  private static let client: Shape<ClientInfo> = .record(
    .required("name", .string(1...200), "The client's name.", \.name),
    .required("version", .string(1...100), "The client's version.", \.version),
    make: { ClientInfo(name: $0, version: $1) })

  private static let clock: Shape<Instant> = .result(.required("now", .instant, "The clock.", \.self))

  private static let limits: Shape<WireLimits> = .result(
    .required("lineBytes", .integer, "Bytes in a line.", \.lineBytes),
    .required("batchMembers", .integer, "Members in a batch.", \.batchMembers),
    .required("callsInFlight", .integer, "Calls in flight; more wait.", \.callsInFlight),
    .required("itemsPerCall", .integer, "Items in a sale or a delivery.", from: { @Sendable _ in ShopLimits.itemsPerCall }),
    .required("pageItems", .integer, "Items on a page.", from: { @Sendable _ in ShopLimits.pageMost }))

  static let all: [ServedMethod] = [
    ServedMethod(
      "rpc.discover", "The OpenRPC document of every method.", access: .everyone, params: .nothing, result: .anything,
      .immediate { _, service, _ in Catalogue.openRPC(version: service.version) }),
    ServedMethod(
      "system.hello", "Who the process is and what it can do; with progressToken, also how the database's start goes on.",
      access: .everyone,
      params: .record(
        .optional(
          "client",
          client, "Who is calling, for the log.", \.client),
        make: { HelloParams(client: $0) }),
      result: hello,
      .immediate { params, service, call in
        if let client = params.client {
          service.log.write(.info, "client", ["name": client.name, "version": client.version])
        }
        let token = CommonMembers(call.params, isWrite: false).progressToken
        if let token {
          service.keeper.watch { percentage, message in
            call.notify(
              method: "$/progress", params: ProgressNote(token: token, percentage: percentage, message: message).bytes)
          }
        }
        return Hello(service: service)
      }),
    ServedMethod(
      "system.ping", "Answers at once, with the process's clock.", access: .everyone, params: .nothing,
      result: clock,
      .immediate { _, service, _ in service.clock.now() }),
    ServedMethod(
      "system.status", "The health of the process, the database and the backups, at once.", access: .everyone, params: .nothing,
      result: .processStatus,
      .immediate { _, service, _ in ProcessStatus(service) }),
    ServedMethod(
      "system.check", "Proves the books anew from their rows.", access: .owner, params: .nothing,
      result: .checkReport,
      .read { _, read, job in CheckReport(checks: try Check.run(in: read, with: job.companion) { job.progress($0, $1) }) }),
    ServedMethod(
      "system.acknowledgeClock", "Accepts today's date as the one that document dates are compared with.", access: .owner,
      params: .nothing, result: .nothing,
      .write({ _, transaction in
        try Stores.acknowledgeClock(in: transaction)
        return Nothing()
      })),
    ServedMethod(
      Catalogue.shutdown, "Answers every call before it, then ends the process.", access: .everyone, params: .nothing,
      result: .nothing, .exclusive { _, _, _, _ in Nothing() }),
  ]
}
