// Every limit of the shop's rules, in one place.

package enum ShopLimits {
  /// Items in one delivery, sale or quote.
  package static let itemsPerCall = 500
  /// Expired lots that one call proposes to write off.
  static let lotsPerProposal = 1_000
  /// Lines in the document of one stock take.
  package static let linesPerCount = 10_000
  /// Sales that may share one transaction.
  package static let salesPerGroup = 64
  /// Sales that one transaction takes into their days' totals.
  package static let salesPerTotalling = 2_000
  /// Days by which today may lie after the newest document before the owner must acknowledge it.
  static let clockLeapDays = 7
  /// Times a transaction is run again after a serialization failure or a deadlock.
  static let transactionAttempts = 8
  /// Failed logins for one username within the window that close it for a while.
  static let loginFailures = 5
  static let loginWindowSeconds = 15 * 60
  static let loginFirstWaitSeconds = 30
  static let loginLongestWaitSeconds = 60 * 60
  /// How long a server may take to obey a cancellation before the connection is given up.
  static let cancelGrace = Duration.seconds(1)
  /// How long a report waits for a standby to follow, and for one to be reached.
  package static let standbyPatience = Duration.milliseconds(500)
  package static let standbyConnecting = Duration.seconds(1)
  /// How long a standby that could not be reached is left alone.
  package static let standbyPause = Duration.seconds(5)
  /// Voided receipts that a report names.
  static let voidsInReport = 100
  /// Sales that the dashboard shows.
  static let latestSales = 5
  /// Within so many days a lot's expiry is worth a word.
  package static let expiryWarningDays = 30
  package static let pageDefault = 50
  package static let pageMost = 500
}
