// The record of a connected till.
import Shelflife

/// A connected till as one of them sees it.
struct ConnectedTill: Sendable {
  let till: PresentTill
  let isOwn: Bool
}

extension Shape where Value == ConnectedTill {
  static let connectedTill: Shape = .result(
    .required("name", .text, "What the till is called, as it was started.", \.till.name),
    .required("sessionId", .identifier, "The run of its process, as its system.hello tells it.", \.till.sessionID),
    .required("since", .instant, "When the process began, by its own clock.", \.till.since),
    .required("version", .text, "The version of its program.", \.till.program),
    .nullable(
      "address", .text, "Where it connects from, as the server sees it; null on the server's own machine.", \.till.address),
    .required("isOwn", .bool, "Whether it is the till that asks.", \.isOwn)
  ).named("Till")
}
