// Saying to the other tills that this one is there, on a session of its own that does nothing else.
import Shelflife

/// The announcement of this process. Belongs to the housekeeper's thread.
final class Presence {
  private let own: PresentTill
  private var session: ShopSession?
  private var generation = 0

  init(_ own: PresentTill) {
    self.own = own
  }

  /// Announces the process if it is not; notices where the session was lost, also while no call is under way.
  ///
  /// - Throws: what connecting or announcing threw; another look tries again.
  func look(_ keeper: DatabaseKeeper, interrupt: SessionInterrupt) throws {
    if let session {
      let isUsable = session.isUsable
      if isUsable && keeper.isCurrent(generation) { return }
      end()
      if !isUsable { keeper.lost(generation: generation, logText: "the server had closed the connection") }
      return
    }
    guard let found = keeper.found else { return }
    generation = found.generation
    let opened = try ShopSession(found.database, interrupt: interrupt, deadline: .now + Self.patience)
    do {
      if try opened.announce(own, number: Random.positive()) {
        opened.deadline = nil
        session = opened
      } else {
        opened.close()
      }
    } catch {
      opened.close()
      throw error
    }
  }

  func end() {
    session?.close()
    session = nil
  }

  private static let patience = Duration.seconds(5)
}
