/// Whether a lot may be sold as far as people decide; its expiry date is judged apart. The raw value is its name everywhere.
package enum LotStatus: String, CaseIterable, Sendable {
  case ok
  case quarantined
  case recalled

  package init(parsing text: String) throws(ValueFault) {
    guard let status = LotStatus(rawValue: text) else {
      throw .unknownChoice(allowed: LotStatus.allCases.map(\.rawValue))
    }
    self = status
  }
}
