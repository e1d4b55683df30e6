// sales.*: quoting, selling and finding receipts.
import JSONRPC
import Shelflife

extension Shape where Value == SaleRequestItem {
  fileprivate static let saleRequestItem: Shape = .record(
    .required("productId", .identifier, "The product.", \.productID),
    .required("qty", .quantity, "Units.", \.qty),
    .optional("expectedUnitPrice", .money, "The price the customer was told; another one refuses the sale.", \.expectedUnitPrice),
    make: { SaleRequestItem(productID: $0, qty: $1, expectedUnitPrice: $2) })
}

extension Shape where Value == SaleRequest {
  /// What `sales.create` is given.
  package static let saleRequest: Shape = .record(
    .optional("id", .identifier, "An id made by the client; else one is made.", \.id),
    .required("items", SaleMethods.items, "The lines, served in their order.", \.items),
    .defaulted("paymentMethod", .string(1...40), "Kept as sent.", default: "CASH", \.paymentMethod),
    .optional("note", .note, "A remark.", \.note),
    make: { SaleRequest(id: $0, items: $1, paymentMethod: $2, note: $3) })
}

enum SaleMethods {
  fileprivate static let items = Shape<[SaleRequestItem]>.array(of: .saleRequestItem, count: 1...ShopLimits.itemsPerCall)

  private static let reprint: Shape<Reprint> = .result(
    .members(of: .sale, \.sale),
    .required("copyNo", .integer, "Which copy of this receipt it is: 1 for the first one after the receipt.", \.copyNo))

  static let all: [ServedMethod] = [
    ServedMethod(
      "sales.quote", "What sales.create would do now; reserves nothing and never fails for stock.", access: .signedIn,
      params: .record(
        .required("items", items, "The lines.", \.items),
        make: { SaleRequest(id: nil, items: $0, paymentMethod: "", note: nil) }),
      result: .quote, faults: [.productNotFound([]), .productInactive([]), .priceChanged([])],
      .quickRead { request, read in try Sales.quote(request, in: read) }),
    ServedMethod(
      Catalogue.groupedWrite, "Sells: takes stock first expired first out and gives a gap-free receipt number.",
      access: .signedIn,
      params: .saleRequest, result: .sale,
      faults: [
        .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none), .idTaken(.none),
        .productNotFound([]), .productInactive([]), .priceChanged([]), .stockTooLow([]),
      ],
      .sale({ $0 }, result: { $0 })),
    ServedMethod(
      "sales.get", "One sale. Staff find their own only.", access: .signedIn,
      params: ReferenceParams.shape("receiptNo", .receipt), result: .sale, faults: [.saleNotFound],
      .quickRead { reference, read in try Sales.get(reference, in: read) }),
    ServedMethod(
      "sales.reprint", "Prints a receipt again, under the next number of its copies. Staff reprint their own sales only.",
      access: .signedIn, params: ReferenceParams.shape("receiptNo", .receipt), result: reprint, faults: [.saleNotFound],
      .write({ try Sales.reprint($0, in: $1) })),
    ServedMethod(
      "sales.list", "Sales, newest business date and number first. Staff see their own only.", access: .signedIn,
      params: .record(
        DocumentListParams.from, DocumentListParams.to,
        .optional("soldByUserId", .identifier, "Only sales by this user.", \.soldByUserID), DocumentListParams.productID,
        .optional("lotId", .identifier, "Only sales that took from this lot.", \.lotID),
        .optional("receiptNo", .documentNumber(.receipt), "Only the sale with this number.", \.receiptNo),
        DocumentListParams.list,
        make: {
          DocumentListParams(from: $0, to: $1, productID: $3, lotID: $4, soldByUserID: $2, receiptNo: $5, list: $6)
        }),
      result: .page(of: .sale),
      .read { params, read, _ in
        let page = try Sales.list(
          SaleFilter(
            from: params.from, to: params.to, soldByUserID: params.soldByUserID, productID: params.productID,
            lotID: params.lotID, receiptNo: params.receiptNo, limit: params.list.limit, after: try params.after("sales.list")),
          in: read)
        return Page(items: page.items, nextCursor: page.next.map { Cursor.text($0, filter: params.filterDigest("sales.list")) })
      }),
  ]
}
