/// Where a list that is ordered by time goes on: the last item shown.
package struct MomentKey: Sendable, Equatable {
  package let at: Instant
  package let id: Identifier

  package init(at: Instant, id: Identifier) {
    self.at = at
    self.id = id
  }
}
