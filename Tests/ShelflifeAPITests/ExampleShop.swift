// Shapes of a small shop, as the methods declare theirs: what the tests of shapes, documents and speed read and write.
import JSONRPC
import ShelflifeAPI

struct Price: Sendable, Equatable {
  let minor: Int64

  /// `12.5` at two places is 1250. No signs, no exponents, no excess zeros in front, no more places than there are.
  init(parsing text: String, places: Int) throws(Refusal) {
    let refusal = Refusal("not-a-decimal", "A decimal such as 12.50 is needed.")
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    let digits = { (part: Substring) in !part.isEmpty && part.utf8.allSatisfy { (0x30...0x39).contains($0) } }
    guard digits(parts[0]), parts.count == 1 || digits(parts[1]), parts[0].count == 1 || parts[0].first != "0" else {
      throw refusal
    }
    let fraction = parts.count == 2 ? parts[1] : ""
    if fraction.count > places { throw Refusal("too-many-decimals", "At most \(places) decimal places are allowed.") }
    let padding = String(repeating: "0", count: places - fraction.count)
    guard let minor = Int64(parts[0] + fraction + padding), minor <= 9_999_999_999 else {
      throw Refusal("out-of-range", "At most 99999999.99 is allowed.")
    }
    self.minor = minor
  }

  init(minor: Int64) {
    self.minor = minor
  }

  func text(places: Int) -> String {
    if places == 0 { return String(minor) }
    var digits = String(minor)
    if digits.utf8.count <= places { digits = String(repeating: "0", count: places + 1 - digits.utf8.count) + digits }
    return "\(digits.dropLast(places)).\(digits.suffix(places))"
  }
}

struct ProductID: Sendable, Equatable {
  let text: String
}

enum Role: Sendable, CaseIterable {
  case owner, staff
}

struct SaleInput: Sendable, Equatable {
  struct Item: Sendable, Equatable {
    let productId: ProductID
    let qty: Int32
    let expectedUnitPrice: Price?
  }
  let items: [Item]
  let paymentMethod: String
  let note: String?
}

struct Sale: Sendable, Equatable {
  struct Person: Sendable, Equatable {
    let id: String
    let name: String
  }
  struct Allocation: Sendable, Equatable {
    let lotId: ProductID
    let lotRefNo: String
    let expiryDate: String?
    let qtyTaken: Int32
    let unitCost: Price?
  }
  struct Item: Sendable, Equatable {
    let id: ProductID
    let line: Int
    let productId: ProductID
    let productName: String
    let qty: Int32
    let unitPrice: Price
    let lineTotal: Price
    let allocations: [Allocation]
  }
  let id: ProductID
  let receiptNo: String
  let businessDate: String
  let soldBy: Person
  let soldAt: String
  let totalAmount: Price
  let paymentMethod: String
  let note: String?
  let items: [Item]
}

extension Shape<Price> {
  static let price = Shape.decimal(
    .decimal(format: "decimal", pattern: "^(0|[1-9][0-9]*)(\\.[0-9]+)?$"),
    from: { text, places throws(Refusal) in try Price(parsing: text, places: places) },
    write: { $2.update(fromContentsOf: $0.text(places: $1).utf8) }
  ).named("Money")
}

extension Shape<ProductID> {
  static let productID = Shape.parsed(
    .text(36...36, format: "uuid"),
    from: { text throws(Refusal) in
      if text.utf8.count != 36 { throw Refusal("not-an-id", "A UUID is needed.") }
      return ProductID(text: text)
    }, to: { $0.text })
}

extension Shape<Role> {
  static let role = Shape.enumeration(["OWNER": .owner, "STAFF": .staff])
}

extension Shape<SaleInput> {
  static let saleInput = Shape.record(
    .required("items", .array(of: .item, count: 1...500), "What is sold, line by line.", \.items),
    .defaulted("paymentMethod", .string(1...40), "How it is paid.", default: "CASH", \.paymentMethod),
    .optional("note", .string(0...2_000), "Printed on the receipt.", \.note),
    make: SaleInput.init)
}

extension Shape<SaleInput.Item> {
  static let item = Shape.record(
    .required("productId", .productID, "The product.", \.productId),
    .required("qty", .integer(1...1_000_000), "How many.", \.qty),
    .optional("expectedUnitPrice", .price, "Refused with price-changed if it no longer holds.", \.expectedUnitPrice)
  ) { SaleInput.Item(productId: $0, qty: $1, expectedUnitPrice: $2) }
}

extension Shape<Sale.Person> {
  static let person = Shape.record(
    .required("id", .text, "The user.", \.id),
    .required("name", .text, "The user's name.", \.name),
    make: Sale.Person.init)
}

extension Shape<Sale.Allocation> {
  static let allocation = Shape.record(
    .required("lotId", .productID, "The lot.", \.lotId),
    .required("lotRefNo", .text, "The lot's number.", \.lotRefNo),
    .nullable("expiryDate", .text, "Good through this day.", \.expiryDate),
    .required("qtyTaken", .integer, "Taken from this lot.", \.qtyTaken),
    .optional("unitCost", .price, "For the owner only.", \.unitCost),
    make: Sale.Allocation.init)
}

extension Shape<Sale.Item> {
  static let saleItem = Shape.record(
    .required("id", .productID, "The line.", \.id),
    .required("line", .integer, "Its number, from 1.", \.line),
    .required("productId", .productID, "The product.", \.productId),
    .required("productName", .text, "Its name when it was sold.", \.productName),
    .required("qty", .integer, "How many.", \.qty),
    .required("unitPrice", .price, "The price when it was sold.", \.unitPrice),
    .required("lineTotal", .price, "Quantity times price.", \.lineTotal),
    .required("allocations", .array(of: .allocation), "The lots it came from.", \.allocations),
    make: Sale.Item.init)
}

extension Shape<Sale> {
  static let sale = Shape.record(
    .required("id", .productID, "The sale.", \.id),
    .required("receiptNo", .text, "RCPT-YYYYMMDD-####.", \.receiptNo),
    .required("businessDate", .text, "The day it counts for.", \.businessDate),
    .required("soldBy", .person, "Who sold it.", \.soldBy),
    .required("soldAt", .text, "When.", \.soldAt),
    .required("totalAmount", .price, "The sum of the lines.", \.totalAmount),
    .required("paymentMethod", .text, "How it was paid.", \.paymentMethod),
    .nullable("note", .text, "What was noted.", \.note),
    .required("items", .array(of: .saleItem), "The lines.", \.items),
    make: Sale.init
  ).named("Sale")
}

enum Example {
  static let id = ProductID(text: "01931b1e-7c00-7000-8000-000000000001")
  static let saleInput = SaleInput(
    items: [
      .init(productId: id, qty: 2, expectedUnitPrice: Price(minor: 1250)),
      .init(productId: id, qty: 1, expectedUnitPrice: nil),
      .init(productId: id, qty: 12, expectedUnitPrice: nil),
    ], paymentMethod: "CARD", note: nil)

  static let sale = Sale(
    id: id, receiptNo: "RCPT-20251122-0001", businessDate: "2025-11-22", soldBy: .init(id: id.text, name: "Ada"),
    soldAt: "2025-11-22T09:00:00.000Z", totalAmount: Price(minor: 5000), paymentMethod: "CARD", note: nil,
    items: (1...3).map { line in
      Sale.Item(
        id: id, line: line, productId: id, productName: "Oat milk 1 l", qty: 2, unitPrice: Price(minor: 1250),
        lineTotal: Price(minor: 2500),
        allocations: [
          .init(lotId: id, lotRefNo: "STK-20251101-0001-1", expiryDate: "2026-01-31", qtyTaken: 2, unitCost: Price(minor: 900))
        ])
    })
}
