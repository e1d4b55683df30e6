// What the books recorded since a reader last looked: the audit's entries, read in the order of their commits.

package enum Changes {
  /// Entries that a page looks at for each event that it may hold: bounds its cost where few of them are of the wanted kinds.
  private static let entriesPerEvent = 4

  /// Where the next change will stand. Any signed-in user.
  package static func end(in read: ReadTransaction) throws -> ChangePosition {
    guard let head = try read.run(ChangeStatements.head, ()).first else { throw Fault.storeMissing }
    return ChangePosition(incarnation: read.context.incarnation, link: head + 1)
  }

  /// Where the shop's first change stands. Any signed-in user.
  package static func beginning(in read: ReadTransaction) -> ChangePosition {
    ChangePosition(incarnation: read.context.incarnation, link: 1)
  }

  /// What happened from a position on, in the order of the commits, at most `limit` events. Any signed-in user; staff learn
  /// nothing of what is the owner's, and of sales only their own.
  ///
  /// Stock, products, people and settings are told as they stand now, documents as they were made.
  /// - Parameters:
  ///   - position: where the reader stands, itself included.
  ///   - kinds: which events are wanted.
  ///   - limit: how many events the page has at most.
  ///   - limitPlace: the place before which the page ends, if not at the end of the books.
  ///   - most: so many entries are looked at, however few of them are wanted.
  ///   - read: the moment at which the books end.
  /// - Throws: `changesLost` for a position in a shop that a restore has replaced, or beyond the books' end.
  package static func page(
    from position: ChangePosition, kinds: Set<EventKind>, limit: Int, looking most: Int? = nil,
    until limitPlace: ChangePosition? = nil,
    in read: ReadTransaction
  ) throws -> ChangePage {
    let booksEnd = try end(in: read)
    guard position.incarnation == booksEnd.incarnation, position.link <= booksEnd.link else { throw Fault.changesLost }
    let end = limitPlace ?? booksEnd
    let most = most ?? entriesPerEvent * limit
    var entries = try read.run(ChangeStatements.entries, .init(from: position, limit: most + 1))
    let isWhole = entries.count <= most
    entries = entries.prefix(most).filter { $0.link < end.link }
    let wanted = entries.filter { entry in read.told(by: entry).contains { kinds.contains($0) } }
    // Each wanted entry tells an event, unless it is somebody else's to see: this many fill a page.
    let looked = Array(wanted.prefix(limit + 1))
    let facts = try Facts(of: looked, kinds: kinds, in: read)
    func place(_ entry: ChangeStatements.Entry, part: Int) -> ChangePosition {
      ChangePosition(incarnation: end.incarnation, link: entry.link, entry: entry.entry, part: Int32(part))
    }

    var changes: [Change] = []
    for entry in looked {
      let told = read.told(by: entry)
      for (part, event) in facts.events(of: entry).enumerated() {
        let here = place(entry, part: part)
        guard !here.isBefore(position), kinds.contains(event.kind), told.contains(event.kind) else { continue }
        if changes.count == limit { return facts.page(changes, next: here, hasMore: true) }
        changes.append(Change(at: entry.at, event: event, next: place(entry, part: part + 1)))
      }
    }
    // The looking may have ended before the books do.
    guard let last = looked.count < wanted.count ? looked.last : isWhole || entries.count < most ? nil : entries.last else {
      return facts.page(changes, next: end, hasMore: false)
    }
    // The next entry, which need not be there, so that no entry is looked at twice.
    let next = ChangePosition(incarnation: end.incarnation, link: last.link, entry: last.entry + 1)
    return facts.page(changes, next: next, hasMore: true)
  }
}

extension ChangePosition {
  fileprivate func isBefore(_ other: ChangePosition) -> Bool {
    (link, entry, part) < (other.link, other.entry, other.part)
  }
}

extension ReadTransaction {
  /// What an entry may tell this caller: what they may not read, they may not be told either.
  fileprivate func told(by entry: ChangeStatements.Entry) -> [EventKind] {
    let kinds = EventKind.told(by: entry)
    return seesCosts ? kinds : kinds.filter { !$0.isOwners && ($0 != .saleCreated || isOwn(entry)) }
  }

  fileprivate func isOwn(_ entry: ChangeStatements.Entry) -> Bool { entry.userID == info.caller?.userID }
}

extension EventKind {
  /// What an entry of the audit may tell.
  fileprivate static func told(by entry: ChangeStatements.Entry) -> [EventKind] {
    switch entry.kind {
    // A receipt that is printed again names its sale too.
    case .sale: entry.makesItsRecord ? [.saleCreated, .stockChanged] : []
    case .stockIn: entry.makesItsRecord ? [.stockInCreated, .stockChanged] : []
    case .product: [.productChanged]
    // Signing in and changing a password change nothing that anybody sees of an account.
    case .user: entry.action.hasPrefix("auth.") ? [] : [.userChanged]
    case .store: [.storeChanged]
    case .saleReturn: [.saleReturned, .stockChanged]
    case .void: [.saleVoided, .stockChanged]
    case .writeOff, .supplierReturn, .count, .correction, .cancellation: [.stockChanged]
    // The lots of a delivery are told with it.
    case .lot: entry.makesItsRecord ? [] : [.lotChanged]
    case .recall: [.recallChanged]
    case .stockTake, .stockTakeEntry: [.stockTakeChanged]
    case .clock, .login, .copy, .restore: []
    }
  }
}

extension ChangeStatements.Entry {
  fileprivate var makesItsRecord: Bool { action.hasSuffix(".create") }
}

/// All there is to tell of some entries, read by sets.
private struct Facts {
  private var sales: [Identifier: SaleNotice] = [:]
  private var deliveries: [Identifier: StockInNotice] = [:]
  private var takenBack: [Identifier: TakenBackNotice] = [:]
  private var lots: [Identifier: LotNotice] = [:]
  private var recalls: [Identifier: RecallNotice] = [:]
  private var stockTakes: [Identifier: StockTakeNotice] = [:]
  private var turnovers: [Identifier: [ChangeStatements.Turnover]] = [:]
  private var products: [Identifier: StockedProduct] = [:]
  private var users: [Identifier: User] = [:]
  private var store: Store?
  private let read: ReadTransaction

  init(of entries: [ChangeStatements.Entry], kinds: Set<EventKind>, in read: ReadTransaction) throws {
    self.read = read
    func ids(_ kind: AuditedRecord) -> [Identifier] { Array(Set(entries.lazy.filter { $0.kind == kind }.map(\.recordID))) }
    let (saleIDs, deliveryIDs) = (ids(.sale), ids(.stockIn))
    if !saleIDs.isEmpty {
      sales = Dictionary(uniqueKeysWithValues: try read.run(ChangeStatements.sales, saleIDs).map { ($0.id, $0) })
    }
    if !deliveryIDs.isEmpty {
      deliveries = Dictionary(uniqueKeysWithValues: try read.run(ChangeStatements.deliveries, deliveryIDs).map { ($0.id, $0) })
    }
    let documentIDs = StockDocument.Kind.allCases.flatMap { ids($0.record) }
    try readLedger(documentIDs, lots: ids(.lot), recalls: ids(.recall), takes: ids(.stockTake) + ids(.stockTakeEntry))
    var productIDs = Set(ids(.product)).union(lots.values.map(\.productID))
    if kinds.contains(.stockChanged), !(saleIDs.isEmpty && deliveryIDs.isEmpty && documentIDs.isEmpty) {
      let rows =
        try read.run(ChangeStatements.turnovers, .init(sales: saleIDs, deliveries: deliveryIDs))
        + read.run(NoticeStatements.turnovers, documentIDs)
      turnovers = Dictionary(grouping: rows, by: \.documentID)
      productIDs.formUnion(rows.map(\.productID))
    }
    if !productIDs.isEmpty {
      let rows = try read.run(
        ProductStatements.stocked, .init(ids: productIDs.sorted(), today: read.context.today))
      products = Dictionary(uniqueKeysWithValues: rows.map { ($0.product.id, $0) })
    }
    let userIDs = ids(.user)
    if !userIDs.isEmpty {
      users = Dictionary(uniqueKeysWithValues: try read.run(UserStatements.byIDs, userIDs).map { ($0.id, $0) })
    }
    if !ids(.store).isEmpty { store = try Stores.get(in: read) }
  }

  private mutating func readLedger(
    _ documents: [Identifier], lots lotIDs: [Identifier], recalls recallIDs: [Identifier], takes takeIDs: [Identifier]
  ) throws {
    if !documents.isEmpty {
      takenBack = Dictionary(uniqueKeysWithValues: try read.run(NoticeStatements.takenBack, documents).map { ($0.id, $0) })
    }
    if !lotIDs.isEmpty {
      lots = Dictionary(uniqueKeysWithValues: try read.run(NoticeStatements.lots, lotIDs).map { ($0.id, $0) })
    }
    if !recallIDs.isEmpty {
      recalls = Dictionary(uniqueKeysWithValues: try read.run(NoticeStatements.recalls, recallIDs).map { ($0.id, $0) })
    }
    if !takeIDs.isEmpty {
      let rows = try read.run(NoticeStatements.stockTakes, takeIDs)
      stockTakes = Dictionary(uniqueKeysWithValues: rows.map { ($0.recordID, $0.take) })
    }
  }

  /// Staff learn of what they took back themselves and of what they had sold.
  private func mayTell(_ notice: TakenBackNotice) -> Bool {
    read.seesCosts || notice.by.id == read.info.caller?.userID || notice.soldBy == read.info.caller?.userID
  }

  /// The events of an entry, always the same ones in the same order.
  func events(of entry: ChangeStatements.Entry) -> [ShopEvent] {
    let id = entry.recordID
    switch entry.kind {
    case .sale where entry.makesItsRecord: return (sales[id].map { [.saleCreated($0)] } ?? []) + stockEvents(of: entry)
    case .stockIn where entry.makesItsRecord: return (deliveries[id].map { [.stockInCreated($0)] } ?? []) + stockEvents(of: entry)
    case .saleReturn:
      return (takenBack[id].flatMap { mayTell($0) ? [.saleReturned($0)] : nil } ?? []) + stockEvents(of: entry)
    case .void: return (takenBack[id].flatMap { mayTell($0) ? [.saleVoided($0)] : nil } ?? []) + stockEvents(of: entry)
    case .writeOff, .supplierReturn, .count, .correction, .cancellation: return stockEvents(of: entry)
    case .lot where !entry.makesItsRecord: return lots[id].map { [.lotChanged($0)] } ?? []
    case .recall: return recalls[id].map { [.recallChanged($0)] } ?? []
    case .stockTake, .stockTakeEntry: return stockTakes[id].map { [.stockTakeChanged($0)] } ?? []
    case .product: return products[id].map { [.productChanged($0.product)] } ?? []
    case .user: return users[id].map { [.userChanged($0)] } ?? []
    case .store: return store.map { [.storeChanged($0)] } ?? []
    default: return []
    }
  }

  private func stockEvents(of entry: ChangeStatements.Entry) -> [ShopEvent] {
    (turnovers[entry.recordID] ?? []).compactMap { turnover in
      guard let stocked = products[turnover.productID] else { return nil }
      return .stockChanged(
        StockNotice(
          productID: turnover.productID, productName: stocked.product.name, change: turnover.change,
          totalQty: stocked.totalQty,
          // Whose document it is not, does not learn which one it was.
          cause: read.seesCosts || read.isOwn(entry) ? .init(kind: entry.kind, id: entry.recordID) : nil))
    }
  }

  func page(_ changes: [Change], next: ChangePosition, hasMore: Bool) -> ChangePage {
    ChangePage(changes: changes, next: next, hasMore: hasMore, products: Array(products.values))
  }
}
