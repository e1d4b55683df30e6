// events.* and changes.*: being told what happens, and finding out what happened meanwhile.
import JSONRPC
import Shelflife

private struct Wanted: Sendable {
  let kinds: [EventKind]
}

private struct SinceParams: Sendable {
  let cursor: String?
  let kinds: [EventKind]?
  let limit: Int

  /// The cursor that asks for no changes, only for where the books end.
  static let now = "now"
}

/// What `changes.since` answers.
private struct Recorded: Sendable {
  let events: [WireEvent]
  let cursor: String
  let hasMore: Bool
}

enum EventMethods {
  private static let kinds = Shape<[EventKind]>.array(of: .eventKind, count: 0...50)

  /// Nothing is answered of a subscription: what it is for comes by itself.
  private static let subscribed = Shape<Nothing>.nothing.mapped(
    from: { _ throws(Refusal) in throw Refusal("not-allowed", "This is a result.") }, to: { (_: Subscription) in Nothing() })

  private static let recorded: Shape<Recorded> = .result(
    .required("items", .array(of: .event), "What the books recorded, in the order of the commits.", \.events),
    .nullable("nextCursor", .text, "Where the next page begins; null if there is no more now.") { @Sendable in
      $0.hasMore ? $0.cursor : nil
    },
    .required("cursor", .text, "Where to go on, also when there is no more now.", \.cursor))

  static let all: [ServedMethod] = [
    ServedMethod(
      "events.subscribe",
      "Has $/event notifications sent on this pipe for what happens from now on; takes the place of an earlier subscription, and without types ends it.",
      access: .signedIn,
      params: .record(
        .required("types", kinds, "Which events; the table of events says who is told what.", \.kinds), make: Wanted.init),
      result: subscribed,
      .dividingRead(
        { wanted, read, job in
          guard let caller = read.info.caller else { throw Fault.authorizationRequired }
          let kinds = Set(wanted.kinds)
          let needsWatch = !kinds.isDisjoint(with: [.stockLow, .lotExpired])
          return Subscription(
            kinds: kinds, caller: caller, position: try Changes.end(in: read),
            watch: needsWatch ? try StockWatch.begin(in: read) : nil,
            call: job.call)
        }, after: { subscription, service in service.feed.subscribe(subscription, to: service) })),
    ServedMethod(
      "changes.since",
      "What the books recorded since a cursor, whoever wrote it: catches up after a gap. Without a cursor from the shop's beginning; with now only the present cursor.",
      access: .signedIn,
      params: .record(
        .optional("cursor", .string(1...4_096), "The cursor of an event or of an earlier answer, or now.", \.cursor),
        .optional("types", kinds, "Only these events; conditions such as stock.low are never among them.", \.kinds),
        .defaulted("limit", .integer(1...ShopLimits.pageMost), "Events on a page.", default: ShopLimits.pageDefault, \.limit),
        make: { SinceParams(cursor: $0, kinds: $1, limit: $2) }),
      result: recorded, faults: [.changesLost],
      .read { params, read, _ in
        if params.cursor == SinceParams.now {
          return Recorded(events: [], cursor: Cursor.text(try Changes.end(in: read)), hasMore: false)
        }
        let position = try params.cursor.map { text throws(Fault) in try Cursor.changePosition(text) }
        let page = try Changes.page(
          from: position ?? Changes.beginning(in: read), kinds: Set(params.kinds ?? EventKind.allCases), limit: params.limit,
          in: read)
        return Recorded(
          events: page.changes.map(WireEvent.init), cursor: Cursor.text(page.next), hasMore: page.hasMore)
      }),
  ]
}

extension WireEvent {
  init(_ change: Change) {
    self.init(at: change.at, cursor: Cursor.text(change.next), data: .shop(change.event))
  }
}
