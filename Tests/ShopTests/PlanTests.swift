// Lists read what they show: their plans on a shop with thousands of documents, and the same results by either way.
import Postgres
import TestSupport
import Testing

@testable import Shelflife

@Suite struct PlanTests {
  private static let shop = Result { try LargeShop.make() }

  /// The plan that serving sessions use: made once, without looking at any value.
  private func plan<Input, Row>(_ statement: Statement<Input, Row>) throws -> String {
    let connection = try Connection(
      Self.shop.get().superuser.with(setting: "search_path", "shelf").with(setting: "plan_cache_mode", "force_generic_plan"))
    defer { connection.close() }
    let count = (1...40).last { statement.sql.contains("$\($0):") } ?? 0
    let nulls = Array(repeating: "null", count: count).joined(separator: ", ")
    try connection.script("prepare \(statement.name) as \(statement.sql)")
    return try connection.script("explain (costs off) execute \(statement.name)\(count == 0 ? "" : "(\(nulls))")")
      .compactMap { $0[0] }.joined(separator: "\n")
  }

  @Test func listsOfDocumentsReadNoWholeTable() throws {
    let plans = [
      try plan(SaleStatements.list), try plan(SaleStatements.listOfSeller), try plan(SaleStatements.listOfLots),
      try plan(SaleStatements.listOfProduct), try plan(SaleStatements.lotsOfProduct), try plan(SaleStatements.lines),
      try plan(SaleStatements.takes),
      try plan(StockInStatements.list), try plan(StockInStatements.listOfProduct), try plan(StockInStatements.items),
      try plan(AuditListStatements.newest), try plan(AuditListStatements.ofRecord), try plan(AuditListStatements.ofDays),
      try plan(AuditListStatements.ofActionAndDays), try plan(AuditListStatements.ofKindAndDays),
      try plan(AuditListStatements.ofUser),
      try plan(AuditListStatements.ofAction), try plan(AuditListStatements.ofKind),
    ]
    for plan in plans {
      for table in ["sale", "sale_line", "stock_movement", "stock_in", "audit_entry"] {
        #expect(!plan.split(separator: "\n").contains { $0.contains("Seq Scan on \(table) ") }, "\(plan)")
      }
    }
  }

  /// In the order of an index: nothing is sorted before the page is cut.
  @Test func newestFirstIsTheOrderOfAnIndex() throws {
    for (plan, index) in [
      (try plan(SaleStatements.list), "sale_day_number_key"), (try plan(SaleStatements.listOfSeller), "sale_by_seller"),
      (try plan(StockInStatements.list), "stock_in_day_number_key"),
    ] {
      #expect(plan.contains("Index Scan Backward using \(index)") && !plan.contains("Sort"), "\(plan)")
    }
    for (plan, index) in [
      (try plan(SaleStatements.listOfLots), "sale_pkey"), (try plan(SaleStatements.listOfProduct), "sale_pkey"),
      (try plan(StockInStatements.listOfProduct), "stock_in_pkey"),
    ] { #expect(plan.contains(index) && !plan.contains("day_number_key"), "few are looked up by their ids: \(plan)") }
    let audit = try plan(AuditListStatements.newest)
    #expect(audit.contains("Index Scan Backward using audit_entry_pkey"), "\(audit)")
    #expect(try plan(AuditListStatements.ofDays).contains("audit_entry_by_page"))
    #expect(try plan(AuditListStatements.ofRecord).contains("audit_entry_record"))
    let ofProduct = try plan(SaleStatements.listOfProduct)
    #expect(ofProduct.contains("Index Scan Backward using stock_movement_by_product"), "\(ofProduct)")
    for (plan, index) in [
      (try plan(AuditListStatements.ofAction), "audit_entry_by_action"),
      (try plan(AuditListStatements.ofKind), "audit_entry_by_kind"),
    ] { #expect(plan.contains("Index Scan Backward using \(index)"), "\(plan)") }
  }

  /// Stock is added up for the products of a page alone, which are read along the index on the name.
  @Test func productsByNameAreTheOrderOfAnIndex() throws {
    let plan = try plan(ProductStatements.list)
    #expect(plan.contains("Index Scan using product_by_name") && !plan.contains("Sort"), "\(plan)")
    let lines = plan.split(separator: "\n").map(String.init)
    let limit = lines.firstIndex { $0.contains("Limit") } ?? 0
    let sums = lines.firstIndex { $0.contains("Aggregate") } ?? 0
    let depth = { (line: Int) in lines[line].prefix { $0 == " " }.count }
    #expect(depth(limit) == depth(sums), "the page is cut beside the sums, not above them: \(plan)")
    #expect(try !self.plan(ProductStatements.find).contains("Seq Scan on lot "))
  }

  /// With and without a cursor, with and without words: every product once, in one order.
  @Test func pagesOfProductsMeet() throws {
    let till = try Till(Self.shop.get(), at: "2026-03-10T12:00:00Z")
    for (words, expected) in [([], LargeShop.products), (["product", "1"], 111)] {
      var (names, place): ([String], NameKey?) = ([], nil)
      repeat {
        let filter = ProductFilter(words: words, includeInactive: true, limit: 7, after: place)
        let page = try till.read { try Inventory.list(filter, withLots: true, includeEmpty: true, in: $0) }
        for item in page.items {
          #expect(item.lots?.count == LargeShop.lots / LargeShop.products)
          #expect(item.lots?.allSatisfy { $0.productID == item.product.id } == true)
        }
        names += page.items.map(\.product.name)
        place = page.next
      } while place != nil
      #expect(Set(names).count == names.count && names.count == expected)
      #expect(names == names.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }, "ICU orders digits so too")
    }
  }

  /// Along the product's movements or sale by sale: the same sales in the same order, page by page.
  @Test func bothWaysFindTheSameSales() throws {
    let till = try Till(Self.shop.get(), at: "2026-03-10T12:00:00Z")
    var seeded = Seeded()
    for _ in 0..<30 {
      let product = LargeShop.product(seeded.int(1...LargeShop.products))
      let seller = seeded.pick([nil, Person.sam, Person.tess]).map(\.caller.userID)
      let from = try seeded.percent(50) ? Day(parsing: "2026-02-11") : nil
      let to = try seeded.percent(50) ? Day(parsing: "2026-02-20") : nil
      let limit = seeded.int(1...9)
      var (place, pages): (DocumentKey?, Int) = (nil, 0)
      repeat {
        let filter = SaleFilter(
          from: from, to: to, soldByUserID: seller, productID: product, receiptNo: nil, limit: limit, after: place)
        let (slow, fast) = try till.read { read in
          #expect(try read.run(SaleStatements.lotsOfProduct, product).count == LargeShop.lots / LargeShop.products)
          return (
            try read.run(seller == nil ? SaleStatements.list : SaleStatements.listOfSeller, filter),
            try Sales.list(filter, in: read)
          )
        }
        #expect(slow.prefix(limit).map(\.id) == fast.items.map(\.id), "\(filter)")
        #expect(fast.items.allSatisfy { $0.items.map(\.productID) == [product] })
        #expect((slow.count > limit) == (fast.next != nil))
        place = fast.next
        pages += 1
      } while place != nil && pages < 50
    }
  }

  @Test func deliveriesOfAProductComeThroughItsLots() throws {
    let till = try Till(Self.shop.get(), at: "2026-03-10T12:00:00Z")
    let filter = DocumentFilter(from: nil, to: nil, productID: LargeShop.product(8), limit: 3, after: nil)
    let first = try till.read { try StockIns.list(filter, in: $0) }
    let rest = DocumentFilter(from: nil, to: nil, productID: LargeShop.product(8), limit: 3, after: first.next)
    let second = try till.read { try StockIns.list(rest, in: $0) }
    #expect(first.items.count == 3 && second.items.count == 2 && second.next == nil)
    let numbers = (first.items + second.items).map(\.number.text)
    #expect(numbers == numbers.sorted(by: >), "newest first")
    #expect((first.items + second.items).allSatisfy { $0.items.map(\.productID) == [LargeShop.product(8)] })
  }
}
