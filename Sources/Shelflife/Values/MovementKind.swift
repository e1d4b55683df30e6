/// Why a lot's quantity changed. The raw value is its name everywhere.
package enum MovementKind: String, CaseIterable, Sendable {
  case received
  case sold
  case returned
  case writtenOff = "written-off"
  case returnedToSupplier = "returned-to-supplier"
  case counted
  case corrected

  package init(parsing text: String) throws(ValueFault) {
    guard let kind = MovementKind(rawValue: text) else {
      throw .unknownChoice(allowed: MovementKind.allCases.map(\.rawValue))
    }
    self = kind
  }
}
