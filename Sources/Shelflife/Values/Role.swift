/// Who may do what: the two roles of a user. The raw value is the name on the wire and in the database.
package enum Role: String, CaseIterable, Sendable {
  case owner = "OWNER"
  case staff = "STAFF"

  package init(parsing text: String) throws(ValueFault) {
    guard let role = Role(rawValue: text) else { throw .unknownChoice(allowed: Role.allCases.map(\.rawValue)) }
    self = role
  }
}
