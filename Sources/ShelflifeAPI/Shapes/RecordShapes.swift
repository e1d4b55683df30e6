// The records that several services answer with, each declared once with its meaning.
import Shelflife

extension Shape where Value == User {
  static let user: Shape = .result(
    .required("id", .identifier, "The user's id.", \.id),
    .required("name", .text, "The person's name.", \.name),
    .required("username", .text, "What the person signs in with; upper and lower case are the same.", \.username),
    .required("role", .role, "OWNER or STAFF; there is exactly one owner.", \.role),
    .required("isActive", .bool, "False once the owner has disabled the account.", \.isActive),
    .required("createdAt", .instant, "When the account was made.", \.createdAt)
  ).named("User")
}

extension Shape where Value == Actor {
  static let actor: Shape = .result(
    .required("id", .identifier, "The user's id.", \.id),
    .required("name", .text, "The person's name.", \.name)
  ).named("Actor")
}

extension Shape where Value == Product {
  static let product: Shape = .result(
    .required("id", .identifier, "The product's id.", \.id),
    .required("name", .text, "Unique in the shop, whatever its case.", \.name),
    .required("sellingPrice", .money, "The price of one unit.", \.sellingPrice),
    .required("reorderLevel", .integer, "At or below this many sellable units the product is low.", \.reorderLevel),
    .required("isActive", .bool, "An inactive product is neither sold nor delivered.", \.isActive),
    .required("tracksExpiry", .bool, "Whether each delivery needs an expiry date.", \.tracksExpiry),
    .required("createdAt", .instant, "When the product was made.", \.createdAt),
    .required("updatedAt", .instant, "When it was last changed.", \.updatedAt)
  ).named("Product")
}

extension Shape where Value == Lot {
  static let lot: Shape = .result(
    .required("id", .identifier, "The lot's id.", \.id),
    .required("productId", .identifier, "Its product.", \.productID),
    .required("lotRefNo", .text, "The delivery's number and the line: STK-YYYYMMDD-####-n.", \.lotRefNo),
    .nullable("batchNo", .text, "The maker's batch, if it was given.", \.batchNo),
    .nullable("expiryDate", .day, "The last day on which it may be sold; null if it does not expire.", \.expiryDate),
    .required("qtyReceived", .integer, "Units delivered.", \.qtyReceived),
    .required("qtyRemaining", .integer, "Units left.", \.qtyRemaining),
    .optional("unitCost", .unitCost, "Cost of one unit, four decimals; the owner's replies only.", \.unitCost),
    .required("receivedAt", .instant, "When it was delivered.", \.receivedAt),
    .required("status", .lotStatus, "Only a lot that is ok is sold.", \.status),
    .nullable("daysUntilExpiry", .integer, "Days left on the business date; negative once expired.", \.daysUntilExpiry),
    .optional(
      "parentLotId", .identifier, "Of units that customers brought back and that are kept apart: the lot they were sold from.",
      \.parentLotID)
  ).named("Lot")
}

/// A product as `products.list` shows it.
struct ListedProduct: Sendable {
  let product: Product
  let totalQty: Int
}

extension Shape where Value == ListedProduct {
  static let listedProduct: Shape = .result(
    .members(of: .product, \.product),
    .required("totalQty", .integer, "Sellable units today.", \.totalQty)
  ).named("ListedProduct")
}

extension Shape where Value == StockedProduct {
  package static let stockedProduct: Shape = .result(
    .members(of: .product, \.product),
    .required("totalQty", .integer, "Sellable units today: status ok and not expired.", \.totalQty),
    .required("expiredQty", .integer, "Expired units still on the shelf; never sold.", \.expiredQty),
    .nullable("nearestExpiry", .day, "The earliest expiry date of sellable stock.", \.nearestExpiry),
    .optional(
      "lots", .array(of: .lot),
      "Its lots in the order in which they are sold; those with stock, unless empty ones are asked for.",
      \.lots)
  ).named("StockedProduct")
}

extension Shape where Value == StockInItem {
  static let stockInItem: Shape = .result(
    .required("id", .identifier, "The line's id.", \.id),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name.", \.productName),
    .required("qtyAdded", .integer, "Units delivered.", \.qtyAdded),
    .required("unitCost", .unitCost, "Cost of one unit as delivered, four decimals.", \.unitCost),
    .nullable("expiryDate", .day, "Expiry as delivered.", \.expiryDate),
    .nullable("batchNo", .text, "The maker's batch.", \.batchNo),
    .required("lotId", .identifier, "The lot that the line made.", \.lotID),
    .optional("cancelledQty", .integer, "Units that cancellations took out again, if there are any.", \.cancelledQty)
  ).named("StockInItem")
}

extension Shape where Value == Reversal {
  static let stockInCancellation: Shape = .result(
    .required("at", .instant, "When it was cancelled.", \.at),
    .required("by", .actor, "Who cancelled it, by the name of that moment.", \.by),
    .required("reason", .text, "Why.", \.reason),
    .required("documentNo", .documentNumber(.cancellation), "The cancellation's number.", \.number)
  ).named("StockInCancellation")
}

extension Shape where Value == StockIn {
  static let stockIn: Shape = .result(
    .required("id", .identifier, "The delivery's id.", \.id),
    .required("refNo", .documentNumber(.delivery), "Gap-free in the day.", \.number),
    .required("createdBy", .actor, "Who booked it.", \.createdBy),
    .required("createdAt", .instant, "When it was booked.", \.createdAt),
    .nullable("supplierName", .text, "Who delivered.", \.supplierName),
    .nullable("note", .text, "A remark.", \.note),
    .required("items", .array(of: .stockInItem), "The lines in their order.", \.items),
    .optional(
      "cancelled", .stockInCancellation,
      "Left out until the delivery, or what was untouched of it, is cancelled: then the latest time.", \.cancelled)
  ).named("StockIn")
}

extension Shape where Value == SaleAllocation {
  static let saleAllocation: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .nullable("expiryDate", .day, "Its expiry at the time of sale.", \.expiryDate),
    .required("qtyTaken", .integer, "Units taken from it.", \.qtyTaken),
    .optional("unitCost", .unitCost, "Cost of one unit at the time of sale; the owner's replies only.", \.unitCost)
  ).named("SaleAllocation")
}

extension Shape where Value == SaleItem {
  static let saleItem: Shape = .result(
    .required("id", .identifier, "The line's id.", \.id),
    .required("line", .integer, "Its place on the receipt, from 1.", \.line),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name at the time of sale.", \.productName),
    .required("qty", .integer, "Units sold.", \.qty),
    .required("unitPrice", .money, "The price of one unit at the time of sale.", \.unitPrice),
    .required("lineTotal", .money, "Quantity times price.", \.lineTotal),
    .required("allocations", .array(of: .saleAllocation), "Which lots it was taken from, first expired first.", \.allocations),
    .optional(
      "returnedQty", .integer, "Units brought back since; left out while there are none, and in the reply to the sale itself.",
      \.returnedQty)
  ).named("SaleItem")
}

extension Shape where Value == Reversal {
  static let voiding: Shape = .result(
    .required("voidNo", .documentNumber(.void), "Gap-free in the day.", \.number),
    .required("at", .instant, "When.", \.at),
    .required("by", .actor, "Who, by the name of that moment.", \.by),
    .required("reason", .text, "Why.", \.reason)
  ).named("Voiding")
}

/// A sale with its business date, which its receipt number holds too.
extension Shape where Value == Sale {
  package static let sale: Shape = .result(
    .required("id", .identifier, "The sale's id.", \.id),
    .required("receiptNo", .documentNumber(.receipt), "Gap-free in the day.", \.number),
    .required("businessDate", .day, "The day of the sale in the store's time zone.", \.number.day),
    .required("soldBy", .actor, "Who sold, by the name of that moment.", \.soldBy),
    .required("soldAt", .instant, "When it was sold.", \.soldAt),
    .required("totalAmount", .money, "The sum of the lines.", \.totalAmount),
    .required("paymentMethod", .text, "As the till sent it.", \.paymentMethod),
    .nullable("note", .text, "A remark.", \.note),
    .nullable("till", .text, "The till that sold; null for what was sold before tills had names.", \.till),
    .required("items", .array(of: .saleItem), "The lines in their order.", \.items),
    .optional(
      "voided", .voiding,
      "Set once the whole receipt was taken back; reports count it no more. Never in the reply to the sale itself.",
      \.voided),
    .optional(
      "refundedAmount", .money, "What was refunded since by returns or the void; left out while nothing was.", \.refunded)
  ).named("Sale")
}

extension Shape where Value == SkippedLot.Reason {
  static var skipReason: Shape<SkippedLot.Reason> {
    .enumeration(["expired": .expired, "quarantined": .quarantined, "recalled": .recalled])
  }
}

extension Shape where Value == UnsellableLot {
  static let unsellableLot: Shape = .result(
    .required("lotId", .identifier, "The lot.", \.lotID),
    .required("lotRefNo", .text, "Its number.", \.lotRefNo),
    .nullable("expiryDate", .day, "Its expiry.", \.expiryDate),
    .required("qty", .integer, "Units in it.", \.qty),
    .required("reason", Shape<SkippedLot.Reason>.skipReason, "Why it is not sold.", \.reason)
  ).named("SkippedLot")
}

extension Shape where Value == ShortProduct {
  static let shortProduct: Shape = .result(
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name.", \.productName),
    .required("requested", .integer, "Units asked for, over all lines.", \.requested),
    .required("available", .integer, "Units that may be sold today.", \.available),
    .required("skippedLots", .array(of: .unsellableLot), "Stock that is there but may not be sold.", \.skippedLots)
  ).named("Shortage")
}

extension Shape where Value == QuoteItem {
  static let quoteItem: Shape = .result(
    .required("line", .integer, "Its place, from 1.", \.line),
    .required("productId", .identifier, "The product.", \.productID),
    .required("productName", .text, "Its name.", \.productName),
    .required("qty", .integer, "Units asked for.", \.qty),
    .required("unitPrice", .money, "The price of one unit now.", \.unitPrice),
    .required("lineTotal", .money, "Quantity times price.", \.lineTotal),
    .required("allocations", .array(of: .saleAllocation), "What would be taken now, first expired first.", \.allocations),
    .required("skippedLots", .array(of: .unsellableLot), "Stock of the product that may not be sold.", \.skippedLots)
  ).named("QuoteItem")
}

extension Shape where Value == Quote {
  static let quote: Shape = .result(
    .required("items", .array(of: .quoteItem), "The lines in their order.", \.items),
    .required("totalAmount", .money, "The sum of the lines.", \.totalAmount),
    .required(
      "shortages", .array(of: .shortProduct), "Products of which there is not enough; empty if the sale could be made.",
      \.shortages)
  ).named("Quote")
}

extension Shape where Value == CheckResult {
  static let checkResult: Shape = .result(
    .required("name", .text, "What was checked.", \.name),
    .required("ok", .bool, "True if nothing is wrong.", \.isOK),
    .required("checked", .integer, "Records looked at.", \.checked),
    .required("violations", .array(of: .text), "In words, at most the first hundred.", \.violations)
  ).named("CheckResult")
}
