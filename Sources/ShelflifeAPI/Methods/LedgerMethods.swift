// stock.card, stock.asOf, stock.documents, stock.document, reports.writeOffs: the ledger read back.
import JSONRPC
import Shelflife

enum LedgerMethods {
  private static let documentReference: Shape<DocumentReference> = ReferenceParams.shape("documentNo", .stockDocumentNumber)

  private static let documents: Shape<StockDocumentListParams> = .record(
    .optional("kind", .stockDocumentKind, "Only documents of this kind.", \.kind),
    .optional("from", .day, "The first business date.", \.from),
    .optional("to", .day, "The last business date, included.", \.to),
    .optional("productId", .identifier, "Only documents with this product.", \.productID),
    .optional("lotId", .identifier, "Only documents with this lot.", \.lotID),
    .optional("receiptNo", .documentNumber(.receipt), "Only what was given back of this receipt.", \.receiptNo),
    .members(of: ListParams.shape, \.list),
    make: {
      StockDocumentListParams(kind: $0, from: $1, to: $2, productID: $3, lotID: $4, receiptNo: $5, list: $6)
    })

  static let all: [ServedMethod] = [
    ServedMethod(
      "stock.card",
      "Every movement of a lot or of a product, newest first, with the balance after it and the document behind it.",
      access: .owner, params: CardParams.shape, result: .stockCard, faults: [.productNotFound([]), .lotNotFound([])],
      .read { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      report: "stock.asOf",
      "What each lot held at the end of a business date and what that had cost, in the order in which the lots came; with today's date the present stock at cost.",
      params: .record(
        .required("date", .day, "The business date, today's at most.", \.date),
        .optional("productId", .identifier, "Only this product's lots.", \.productID),
        .members(of: ListParams.shape, \.list),
        make: { AsOfParams(date: $0, productID: $1, list: $2) }),
      result: .stockAsOf, faults: [.productNotFound([])],
      { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      "stock.documents", "Returns, voids, write-offs, returns to suppliers, counts, corrections and cancellations, newest first.",
      access: .owner, params: documents, result: .page(of: .stockDocument),
      .read { params, read, _ in try params.page(in: read) }),
    ServedMethod(
      "stock.document", "One of these documents.", access: .owner, params: documentReference, result: .stockDocument,
      faults: [.documentNotFound],
      .read { reference, read, _ in try StockDocuments.get(reference, in: read) }),
    ServedMethod(
      report: "reports.writeOffs",
      "What was written off in a range of business dates, why, and what it had cost, newest first; what customers brought back and was thrown away included.",
      params: .record(
        .required("from", .day, "The first business date.", \.from),
        .required("to", .day, "The last business date, included.", \.to),
        .members(of: ListParams.shape, \.list),
        make: { WriteOffParams(from: $0, to: $1, list: $2) }),
      result: .writeOffReport,
      { params, read, _ in try params.page(in: read) }),
  ]
}
