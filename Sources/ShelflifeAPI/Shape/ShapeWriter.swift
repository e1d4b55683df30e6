/// Shape: what a shape writes into.
import JSONRPC

/// A JSON writer together with what shapes must know to write: the currency's decimal places, and whether secrets are wanted.
package struct ShapeWriter: ~Copyable {
  package var json: JSONWriter
  /// Decimal places of the shop's currency.
  package let moneyScale: Int
  /// True where the text is stored or digested: secret members are then left out, or null where the shape allows it.
  package let omitsSecrets: Bool

  /// Decimal places of money in examples and defaults that only the documentation shows.
  package static let documentationScale = 2

  package init(moneyScale: Int, omitsSecrets: Bool = false) {
    json = JSONWriter()
    self.moneyScale = moneyScale
    self.omitsSecrets = omitsSecrets
  }
}
