// The path of every read: the caller's standing first, then the service's own statements.
import Postgres

/// An open read. Used on the reading lane's thread only.
package final class ReadTransaction {
  let connection: Connection
  package let info: CallInfo
  package let context: CallContext

  fileprivate init(connection: Connection, info: CallInfo, context: CallContext) {
    self.connection = connection
    self.info = info
    self.context = context
  }

  /// True when the caller may see costs and profit.
  var seesCosts: Bool { info.caller?.role == .owner }

  func run<I, R>(_ statement: Statement<I, R>, _ input: I) throws -> [R] {
    try connection.run(statement, input)
  }
}

package enum Reads {
  /// Runs a read whose statements see one moment: a snapshot that no write disturbs and that locks nothing.
  ///
  /// - Throws: `Fault.invalidToken` for a caller whose session has ended in the database, or what `body` throws.
  package static func run<Value>(
    on connection: Connection, _ info: CallInfo, body: (ReadTransaction) throws -> Value
  ) throws -> (value: Value, context: CallContext) {
    try Transactions.retrying {
      do {
        let opening = connection.pipeline()
        try opening.begin(.snapshot)
        let contexts = try opening.send(
          ContextStatements.read, [ContextStatements.Input(now: info.now, userID: info.caller?.userID)])
        try opening.sync()
        guard let context = try contexts.rows().first else {
          throw Fault.storeMissing
        }
        try context.authorise(info.caller)
        try context.check(info)
        let value = try body(ReadTransaction(connection: connection, info: info, context: context))
        try connection.commit()
        return (value, context)
      } catch {
        connection.rollback()
        throw error
      }
    }
  }
}
