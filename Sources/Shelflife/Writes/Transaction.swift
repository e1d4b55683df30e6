// Repeating transactions: the one place that says which failures are worth another try.
import Postgres

enum Transactions {
  /// Runs `work` again after a deadlock or a serialization failure, a bounded number of times.
  static func retrying<Value>(_ work: () throws -> Value) throws -> Value {
    var attempt = 1
    while true {
      do {
        return try work()
      } catch let error as PostgresError where error.isRetryable && attempt < ShopLimits.transactionAttempts {
        attempt += 1
      }
    }
  }
}
