// tills.*: which processes work on the shop.
import JSONRPC
import Shelflife

enum TillMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "tills.list",
      "The tills that are connected to the shop's database now, by name; one that lost its network stays until the server notices.",
      access: .owner, params: ListParams.shape, result: .page(of: .connectedTill),
      .read { list, read, job in
        let filter = Shape<ListParams>.filterDigest("tills.list")
        let own = job.service.ownTill
        let page = try Tills.list(
          own: own, limit: list.limit, after: try Cursor.nameKey(list.cursor, filter: filter), in: read)
        return Page(
          items: page.items.map { ConnectedTill(till: $0, isOwn: $0.sessionID == own.sessionID) },
          nextCursor: page.next.map { Cursor.text($0, filter: filter) })
      })
  ]
}
