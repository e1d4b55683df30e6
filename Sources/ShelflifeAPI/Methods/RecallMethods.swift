// recalls.*: blocking a maker's batch and finding who has it.
import JSONRPC
import Shelflife

private struct RecallReportParams: Sendable {
  let recallID: Identifier
  let list: ListParams
}

private struct RecallListParams: Sendable {
  let openOnly: Bool
  let list: ListParams

  func page(in read: ReadTransaction) throws -> Page<Recall> {
    let filter = Shape<ListParams>.filterDigest("recalls.list", "\(openOnly)")
    let page = try Recalls.list(
      RecallFilter(openOnly: openOnly, limit: list.limit, after: try Cursor.momentKey(list.cursor, filter: filter)), in: read)
    return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: filter) })
  }
}

private struct RecallEnding: Sendable {
  let recallID: Identifier
  let reason: String
}

extension RecallReportPage {
  /// With a cursor that `recalls.report` goes on from.
  fileprivate init(_ report: RecallReport) {
    let filter = Self.filter(report.recall.id)
    self.report = report
    page = Page(items: report.receipts.items, nextCursor: report.receipts.next.map { Cursor.text($0, filter: filter) })
  }

  fileprivate static func filter(_ id: Identifier) -> [UInt8] {
    Shape<ListParams>.filterDigest("recalls.report", id.text)
  }
}

enum RecallMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "recalls.start",
      "Blocks a maker's batch: every lot of it becomes recalled, also in deliveries to come. Answers the recall's report at that moment.",
      access: .owner,
      params: .record(
        .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
        .required("batchNo", .cleaned(1...200), "The batch; upper and lower case are the same.", \.batchNo),
        .optional("productId", .identifier, "Only lots of this product; else of every product.", \.productID),
        .required("reason", .givenReason, "Why.", \.reason),
        make: { NewRecall(id: $0, batchNo: $1, productID: $2, reason: $3) }),
      result: .recallReport, faults: [.productNotFound([]), .recallExists, .idTaken(.none)],
      .write({ RecallReportPage(try Recalls.start($0, in: $1)) })),
    ServedMethod(
      Method(
        "recalls.report",
        "What a recall has come to: its lots, where the units are, and every receipt that took of them, newest first.",
        description: """
          effectiveness is (returned + on hand + quarantined) / received with no unit counted twice: a unit that a customer brought back \
          stands in quarantine or on the shelf, or was thrown away or sent to the supplier, and counts there alone.
          """,
        access: .owner, lane: .read,
        params: .record(
          .required("recallId", .identifier, "The recall.", \.recallID), .members(of: ListParams.shape, \.list),
          make: { RecallReportParams(recallID: $0, list: $1) }),
        result: .recallReport, faults: [FaultDescription(.recallNotFound)]),
      .read { params, read, _ in
        let after = try Cursor.lotReceiptKey(params.list.cursor, filter: RecallReportPage.filter(params.recallID))
        return RecallReportPage(try Recalls.report(params.recallID, limit: params.list.limit, after: after, in: read))
      }),
    ServedMethod(
      "recalls.list", "Recalls, newest first.", access: .signedIn,
      params: .record(
        .defaulted("openOnly", .bool, "Whether ended ones are left out.", default: false, \.openOnly),
        .members(of: ListParams.shape, \.list),
        make: { RecallListParams(openOnly: $0, list: $1) }),
      result: .page(of: .recall),
      .read { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      "recalls.end", "Ends a recall. Its lots stay recalled until lots.setStatus says otherwise; deliveries to come are free.",
      access: .owner,
      params: .record(
        .required("recallId", .identifier, "The recall.", \.recallID),
        .required("reason", .givenReason, "Why.", \.reason),
        make: { RecallEnding(recallID: $0, reason: $1) }),
      result: .recall, faults: [.recallNotFound, .recallEnded],
      .write({ try Recalls.end($0.recallID, reason: $0.reason, in: $1) })),
  ]
}
