// The nouns of the catalogue and of the stock on hand.

/// A product as the catalogue has it.
package struct Product: Sendable, Equatable {
  package let id: Identifier
  package let name: String
  package let sellingPrice: Money
  package let reorderLevel: Int
  package let isActive: Bool
  package let tracksExpiry: Bool
  package let createdAt: Instant
  package let updatedAt: Instant

  package init(
    id: Identifier, name: String, sellingPrice: Money, reorderLevel: Int, isActive: Bool, tracksExpiry: Bool,
    createdAt:
      Instant, updatedAt: Instant
  ) {
    self.id = id
    self.name = name
    self.sellingPrice = sellingPrice
    self.reorderLevel = reorderLevel
    self.isActive = isActive
    self.tracksExpiry = tracksExpiry
    self.createdAt = createdAt
    self.updatedAt = updatedAt
  }
}

extension Product {
  /// What is wrong with a lot's expiry date by whether the product tracks it; nil if nothing is. `path` is where the date was sent.
  func issue(with expiryDate: Day?, at path: String) -> ValidationIssue? {
    switch (tracksExpiry, expiryDate) {
    case (true, nil):
      ValidationIssue(path: path, code: "required", message: "This product tracks expiry: its expiry date is needed.")
    case (false, .some):
      ValidationIssue(path: path, code: "not-allowed", message: "This product does not track expiry: leave the date out.")
    default: nil
    }
  }
}

/// What `products.create` is given.
package struct NewProduct: Sendable {
  package let id: Identifier?
  package let name: Name
  package let sellingPrice: Money
  package let reorderLevel: Int
  package let isActive: Bool
  package let tracksExpiry: Bool

  package init(id: Identifier?, name: Name, sellingPrice: Money, reorderLevel: Int, isActive: Bool, tracksExpiry: Bool) {
    self.id = id
    self.name = name
    self.sellingPrice = sellingPrice
    self.reorderLevel = reorderLevel
    self.isActive = isActive
    self.tracksExpiry = tracksExpiry
  }
}

/// What `products.update` is given: absent members stay as they are.
package struct ProductChange: Sendable {
  package let id: Identifier
  package let name: Name?
  package let sellingPrice: Money?
  package let reorderLevel: Int?
  package let isActive: Bool?
  package let tracksExpiry: Bool?

  package init(
    id: Identifier, name: Name?, sellingPrice: Money?, reorderLevel: Int?, isActive: Bool?, tracksExpiry: Bool?
  ) {
    self.id = id
    self.name = name
    self.sellingPrice = sellingPrice
    self.reorderLevel = reorderLevel
    self.isActive = isActive
    self.tracksExpiry = tracksExpiry
  }
}

/// Which products a list is asked for, and from where.
package struct ProductFilter: Sendable {
  /// Folded words; each must begin some word of the product's name.
  package let words: [String]
  package let includeInactive: Bool
  package let limit: Int
  package let after: NameKey?

  package init(words: [String], includeInactive: Bool, limit: Int, after: NameKey?) {
    self.words = words
    self.includeInactive = includeInactive
    self.limit = limit
    self.after = after
  }

  /// The words as `like` patterns over a search key that begins with a space.
  var patterns: [String] {
    words.map { "% " + $0.map { "\\%_".contains($0) ? "\\\($0)" : String($0) }.joined() + "%" }
  }
}

/// Where a list ordered by name goes on.
package struct NameKey: Sendable, Equatable {
  package let name: String
  package let id: Identifier

  package init(name: String, id: Identifier) {
    self.name = name
    self.id = id
  }
}

/// One page of a list, with the key of its last item if more follow.
package struct KeyedPage<Item: Sendable, Key: Sendable>: Sendable {
  package let items: [Item]
  package let next: Key?

  init(items: [Item], next: Key?) {
    self.items = items
    self.next = next
  }

  /// Makes a page from rows fetched one beyond `limit`.
  init(_ rows: [Item], limit: Int, key: (Item) -> Key) {
    items = Array(rows.prefix(limit))
    next = rows.count > limit ? items.last.map(key) : nil
  }
}
