// Where a report was read, and how stale it can be.
import Shelflife

/// The server that answered a report.
struct ReadPlace: Sendable {
  enum Server: Sendable, CaseIterable { case primary, standby }

  /// Why the standby was not the one.
  enum Cause: Sendable, CaseIterable { case away, behind, promoted, strange }

  let server: Server
  /// Everything that was written by then is in the answer.
  let asOf: Instant
  /// Milliseconds before the reading of which writes may be missing.
  let staleness: Int
  let cause: Cause?

  static func standby(asOf moment: Instant, since began: ContinuousClock.Instant) -> ReadPlace {
    let age = began.duration(to: .now).components
    let milliseconds = Int(age.seconds) * 1_000 + Int(age.attoseconds / 1_000_000_000_000_000) + 1
    return ReadPlace(server: .standby, asOf: moment, staleness: milliseconds, cause: nil)
  }

  static func primary(asOf moment: Instant, because cause: Cause) -> ReadPlace {
    ReadPlace(server: .primary, asOf: moment, staleness: 0, cause: cause)
  }
}

extension Shape where Value == ReadPlace.Server {
  fileprivate static var readServer: Shape { .enumeration(["primary": .primary, "standby": .standby]) }
}

extension Shape where Value == ReadPlace.Cause {
  fileprivate static var standbyRefusal: Shape {
    .enumeration(["away": .away, "behind": .behind, "promoted": .promoted, "strange": .strange])
  }
}

extension Shape where Value == ReadPlace {
  static let readPlace: Shape = .result(
    .required("server", .readServer, "Which server was read.", \.server),
    .required("asOf", .instant, "Whatever was written by then is in the answer.", \.asOf),
    .required(
      "maxStalenessMs", .integer, "Writes of so many milliseconds before the reading may be missing; 0 on the primary.",
      \.staleness),
    .optional(
      "reason", .standbyRefusal,
      "Why not on the standby: it is away, it did not follow in time, it takes writes itself, or it holds another shop.", \.cause)
  ).named("ReadPlace")
}

/// A report's answer together with where it was read.
struct Placed<Output: Sendable>: Sendable {
  let value: Output
  let place: ReadPlace?

  static func shape(_ result: Shape<Output>) -> Shape<Placed<Output>> {
    .result(
      .members(of: result, \.value),
      .optional(
        "readFrom", .readPlace, "Where this was read; only where the process is given a standby (--reports-url).", \.place))
  }
}

extension ServedMethod {
  /// Declares and serves a long read of the owner's, which a standby may answer.
  init<Input, Output>(
    report name: String, _ summary: String, params: Shape<Input>, result: Shape<Output>, faults: [Fault] = [],
    _ body: @escaping @Sendable (Input, ReadTransaction, Job) throws -> Output
  ) {
    self.init(
      Method(
        name, summary, access: .owner, lane: .read, params: params, result: Placed.shape(result),
        faults: faults.map(FaultDescription.init), isReport: true),
      .read { input, read, job in Placed(value: try body(input, read, job), place: job.readPlace) })
  }
}
