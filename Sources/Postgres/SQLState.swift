// The five-character code of every server error, and what follows from it.

/// A SQLSTATE, for example `23505`. Cheap to copy and compare.
package struct SQLState: Hashable, Sendable {
  private let packed: UInt64

  /// Takes the first five bytes of `code`.
  package init(_ code: StaticString) {
    self.init(bytes: UnsafeBufferPointer(start: code.utf8Start, count: code.utf8CodeUnitCount))
  }

  init(bytes: some Sequence<UInt8>) {
    packed = bytes.prefix(5).reduce(0) { $0 << 8 | UInt64($1) }
  }

  /// The five characters.
  package var code: String {
    String(decoding: stride(from: 32, through: 0, by: -8).map { UInt8(truncatingIfNeeded: packed >> UInt64($0)) }, as: UTF8.self)
  }

  /// True when the code is of the class with these two characters, for example `23`.
  package func isOfClass(_ prefix: StaticString) -> Bool {
    packed >> 24 == UnsafeBufferPointer(start: prefix.utf8Start, count: 2).reduce(0) { $0 << 8 | UInt64($1) }
  }
}

extension SQLState {
  package static let uniqueViolation = SQLState("23505")
  package static let foreignKeyViolation = SQLState("23503")
  package static let checkViolation = SQLState("23514")
  package static let notNullViolation = SQLState("23502")
  package static let exclusionViolation = SQLState("23P01")
  package static let restrictViolation = SQLState("23001")
  package static let serializationFailure = SQLState("40001")
  package static let deadlockDetected = SQLState("40P01")
  package static let statementCompletionUnknown = SQLState("40003")
  package static let queryCanceled = SQLState("57014")
  package static let adminShutdown = SQLState("57P01")
  package static let crashShutdown = SQLState("57P02")
  package static let cannotConnectNow = SQLState("57P03")
  package static let databaseDropped = SQLState("57P04")
  package static let idleSessionTimeout = SQLState("57P05")
  package static let diskFull = SQLState("53100")
  package static let outOfMemory = SQLState("53200")
  package static let tooManyConnections = SQLState("53300")
  package static let invalidCatalogName = SQLState("3D000")
  package static let invalidSchemaName = SQLState("3F000")
  package static let invalidPassword = SQLState("28P01")
  package static let invalidAuthorization = SQLState("28000")
  package static let insufficientPrivilege = SQLState("42501")
  package static let undefinedTable = SQLState("42P01")
  package static let duplicateDatabase = SQLState("42P04")
  package static let duplicateObject = SQLState("42710")
  package static let objectInUse = SQLState("55006")
  package static let notInPrerequisite = SQLState("55000")
  package static let lockNotAvailable = SQLState("55P03")
  package static let readOnlyTransaction = SQLState("25006")
  package static let inFailedTransaction = SQLState("25P02")
  package static let idleInTransactionTimeout = SQLState("25P03")
  package static let numericValueOutOfRange = SQLState("22003")
  package static let invalidTextRepresentation = SQLState("22P02")
  package static let characterNotInRepertoire = SQLState("22021")
  package static let featureNotSupported = SQLState("0A000")
  package static let invalidStatementName = SQLState("26000")
  package static let raiseException = SQLState("P0001")
  package static let dataCorrupted = SQLState("XX001")
  package static let indexCorrupted = SQLState("XX002")

  /// The same transaction, run again at once, may well succeed: a serialization failure or a deadlock.
  package var isRetryable: Bool { self == .serializationFailure || self == .deadlockDetected }

  /// The session or the whole server is gone, going or not yet there; a new connection may help later.
  package var isConnectionFault: Bool {
    isOfClass("08")
      || [
        .adminShutdown, .crashShutdown, .cannotConnectNow, .databaseDropped, .idleSessionTimeout, .idleInTransactionTimeout,
        .tooManyConnections,
      ].contains(self)
  }
}
