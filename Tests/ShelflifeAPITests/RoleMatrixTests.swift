// The role table, cell by cell: every method by everybody who could come to its door.
import JSONRPC
import TestSupport
import Testing

@testable import ShelflifeAPI

@Suite struct RoleMatrixTests {
  /// Who comes to the door.
  enum Guest: String, CaseIterable {
    case withoutToken = "no token"
    case withBadToken = "bad token"
    case withExpiredSession = "expired session"
    case loggedOut = "ended session"
    case disabledHere = "session of a user disabled here"
    case disabledElsewhere = "session of a user disabled by another process"
    case staff
    case owner

    func outcome(_ access: Access) -> String {
      switch (access, self) {
      case (.everyone, _), (_, .owner), (.signedIn, .staff): "passes"
      case (_, .withoutToken): "authorization-required"
      case (_, .withBadToken), (_, .loggedOut), (_, .disabledHere), (_, .disabledElsewhere): "invalid-token"
      case (_, .withExpiredSession): "token-expired"
      case (.owner, .staff): "forbidden"
      }
    }
  }

  /// The params are wrong, so that a call which passes the door says so and does nothing.
  @Test func everyCell() throws {
    let wire = try Wire()
    let olga = try wire.token(.olga)
    func newcomer(_ number: Int) throws -> String {
      let person =
        #"{"token":"\#(olga)","id":"\#(Wire.id(number))","name":"New","username":"new\#(number)","password":"red-kite-\#(number)x"}"#
      #expect(try wire.call("users.create", person).outcome == "ok")
      let login = try wire.call("auth.login", #"{"username":"new\#(number)","password":"red-kite-\#(number)x"}"#)
      return try #require(login["result.token"])
    }
    func disable(_ number: Int, _ wire: Wire, _ token: String) throws {
      let reply = try wire.call("users.setActive", #"{"token":"\#(token)","id":"\#(Wire.id(number))","isActive":false}"#)
      #expect(reply["result.isActive"] == "false")
    }
    let (here, elsewhere) = (try newcomer(901), try newcomer(902))
    try disable(901, wire, olga)
    let other = try Wire(wire.database)
    try disable(902, other, other.token(.olga))
    let ended = try wire.token(.tess)
    #expect(try wire.call("auth.logout", #"{"token":"\#(ended)"}"#).outcome == "ok")
    let tokens: [Guest: String] = [
      .withBadToken: "x.y.z", .withExpiredSession: try wire.expiredToken(.sam), .loggedOut: ended, .disabledHere: here,
      .disabledElsewhere: elsewhere, .staff: try wire.token(.sam), .owner: olga,
    ]

    var cells = 0
    for method in Catalogue.declarations {
      for guest in Guest.allCases {
        let token = tokens[guest].map { #""token":"\#($0)","# } ?? ""
        let reply = try wire.call(method.name, #"{\#(token)"no such member":1}"#)
        let passed = reply.outcome == "validation-error" && reply.issues.contains("no such member")
        #expect((passed ? "passes" : reply.outcome) == guest.outcome(method.access), "\(method.name) by \(guest.rawValue)")
        cells += 1
      }
    }
    #expect(cells == Catalogue.declarations.count * 8 && Catalogue.declarations.count >= 75)
    #expect(try wire.call("system.ping").outcome == "ok", "and it still serves")
  }

  /// An expired owner's session opens nothing either, and neither token of the two comes to life again.
  @Test func anExpiredSessionStaysExpired() throws {
    let wire = try Wire()
    let (owner, staff) = (try wire.expiredToken(.olga), try wire.expiredToken(.sam))
    for _ in 0..<2 {
      #expect(try wire.call("users.list", #"{"token":"\#(owner)"}"#).outcome == "token-expired")
      #expect(try wire.call("auth.me", #"{"token":"\#(staff)"}"#).outcome == "token-expired")
      #expect(try wire.call("users.list", #"{"token":"\#(staff)"}"#).outcome == "token-expired", "before the role")
    }
    #expect(try wire.call("users.list", #"{"token":"\#(try wire.token(.olga))"}"#).outcome == "ok")
  }
}
