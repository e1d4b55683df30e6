// Every answer other than a result that the shop can give, by its stable name; the door turns these into wire errors.

/// A refusal or failure that a caller is told about. Names and codes are fixed; messages are plain words and hold no secret.
package enum Fault: Error, Sendable, Equatable {
  case validation([ValidationIssue])
  case authorizationRequired
  case invalidToken
  case tokenExpired
  case invalidCredentials
  case forbidden
  case userNotFound
  case productNotFound([Identifier])
  case stockInNotFound
  case saleNotFound
  case lotNotFound([Identifier])
  case documentNotFound
  case recallNotFound
  case stockTakeNotFound
  case backupNotFound
  case ownerAlreadyExists
  case usernameTaken
  case productNameTaken
  case idTaken(Identifier)
  case productInactive([Identifier])
  case priceChanged([PriceChange])
  case stockTooLow([ShortProduct])
  case lotTooLow([ShortLot])
  case returnExceedsSale([ExcessReturn])
  case returnLimitExceeded(limit: Money, refund: Money)
  case saleVoided
  case saleHasReturns
  case voidTooLate
  case stockInUsed([Identifier])
  case proposalChanged
  case recallExists
  case recallEnded
  case stockTakeEnded
  case recountNeeded([RecountLot])
  case idempotencyKeyReused
  case clockMovedBackwards(today: Day, newest: Day)
  case clockJumpedAhead(today: Day, newest: Day)
  case currencyInUse
  case changesLost
  case cannotDisableOwner
  case invalidRecoveryCode
  case expiryInPast([ValidationIssue])
  case confirmationRequired
  /// A file that is no backup of this program, or not a whole one; the reason is for people.
  case backupInvalid(reason: String)
  /// This server, folder or installation does not allow what was asked; the reason is for people.
  case backupNotPossible(reason: String)
  case tooManyAttempts(retryAfterSeconds: Int)
  case requestCancelled
  case deadlineExceeded
  case databaseUnavailable(reason: String)
  case restoreInProgress
  case diskFull
  case shuttingDown
  case outcomeUnknown
  case unsafeSettings([String])
  /// The session belongs to a shop that a restore has replaced: over, like any other session that was ended.
  case shopReplaced
}

/// One thing wrong with a call's parameters: where, by which rule, in words. `path` may repeat the name of a member that was sent, but
/// nothing holds a value that was.
package struct ValidationIssue: Sendable, Equatable {
  package let path: String
  package let code: String
  package let message: String

  package init(path: String, code: String, message: String) {
    self.path = path
    self.code = code
    self.message = message
  }
}

/// A line whose `expectedUnitPrice` no longer holds.
package struct PriceChange: Sendable, Equatable {
  package let path: String
  package let productID: Identifier
  package let expected: Money
  package let current: Money
}

/// A product of which a sale asked for more than may be sold today.
package struct ShortProduct: Sendable, Equatable {
  package let productID: Identifier
  package let productName: String
  package let requested: Int64
  package let available: Int64
  package let skippedLots: [UnsellableLot]
}

/// A lot of which a document asked for more than it holds.
package struct ShortLot: Sendable, Equatable {
  package let lotID: Identifier
  package let lotRefNo: String
  package let requested: Int64
  package let available: Int64
}

/// A line of a receipt of which more was to be given back than can be.
package struct ExcessReturn: Sendable, Equatable {
  /// The line's place on the receipt; none there has that place where `returnable` is 0 and the product nil.
  package let line: Int
  package let productID: Identifier?
  package let requested: Int64
  package let returnable: Int64
}

/// A counted lot whose count cannot be booked as it stands.
package struct RecountLot: Sendable, Equatable {
  package let lotID: Identifier
  /// Nil for a lot that is not in the books yet.
  package let lotRefNo: String?
  package let counted: Int
  package let expected: Int
}

/// A lot with stock that may not be sold, and why.
package struct UnsellableLot: Sendable, Equatable {
  package let lotID: Identifier
  package let lotRefNo: String
  package let expiryDate: Day?
  package let qty: Int
  package let reason: SkippedLot.Reason
}

/// What the error page says of a fault: one row of the catalogue.
package struct FaultEntry: Sendable {
  package let code: Int
  package let name: String
  package let message: String
  package let isRetryable: Bool
  package let advice: String
}

extension Fault {
  /// The row of the catalogue that this fault belongs to.
  package var description: FaultEntry {
    switch self {
    case .validation:
      .init(-32602, "validation-error", "The parameters are not valid.", "Show every issue at its field; correct and call again.")
    case .authorizationRequired:
      .init(401, "authorization-required", "Sign in first.", "Show the sign-in screen.")
    case .invalidToken, .shopReplaced:
      .init(401, "invalid-token", "This session is not valid or has ended.", "Drop the token and show the sign-in screen.")
    case .tokenExpired:
      .init(
        401, "token-expired", "This session is too old or was idle for too long.", "Drop the token and show the sign-in screen.")
    case .invalidCredentials:
      .init(401, "invalid-credentials", "The username or the password is wrong.", "Let the person try again.")
    case .forbidden:
      .init(403, "forbidden", "Only the owner may do this.", "Hide the action for staff or ask the owner.")
    case .userNotFound:
      .init(404, "user-not-found", "There is no such user.", "Read the list of users anew.")
    case .productNotFound:
      .init(404, "product-not-found", "There is no such product.", "Read the products anew; details name each unknown id.")
    case .stockInNotFound:
      .init(404, "stock-in-not-found", "There is no such delivery.", "Check the number.")
    case .saleNotFound:
      .init(404, "sale-not-found", "There is no such sale.", "Check the receipt number.")
    case .lotNotFound:
      .init(404, "lot-not-found", "There is no such lot.", "Read the stock anew.")
    case .documentNotFound:
      .init(404, "document-not-found", "There is no such document.", "Check its number.")
    case .recallNotFound:
      .init(404, "recall-not-found", "There is no such recall.", "Read the list of recalls anew.")
    case .stockTakeNotFound:
      .init(404, "stock-take-not-found", "There is no such stock take.", "Read the list of stock takes anew.")
    case .backupNotFound:
      .init(404, "backup-not-found", "There is no such backup.", "Read the list of backups anew.")
    case .ownerAlreadyExists:
      .init(409, "owner-already-exists", "The shop already has its owner.", "Show the sign-in screen.")
    case .usernameTaken:
      .init(409, "username-taken", "This username is taken.", "Ask for another username.")
    case .productNameTaken:
      .init(409, "product-name-taken", "A product has this name already.", "Show the existing product; inactive ones count too.")
    case .idTaken:
      .init(409, "id-taken", "This id is taken.", "Make a new id, or send the idempotency key of the first call.")
    case .productInactive:
      .init(409, "product-inactive", "A product is not active.", "Take the line out or let the owner activate the product.")
    case .priceChanged:
      .init(409, "price-changed", "A price is not the expected one.", "Show the new price and let the customer decide.")
    case .stockTooLow:
      .init(409, "stock-too-low", "There is not enough sellable stock.", "Show each shortage; nothing was sold.")
    case .lotTooLow:
      .init(409, "lot-too-low", "A lot holds less than that.", "Show what each lot holds; nothing was booked.")
    case .returnExceedsSale:
      .init(
        409, "return-exceeds-sale", "More is given back than was sold and not given back yet.",
        "Show what each line can still give back; sales.returnable has it.")
    case .returnLimitExceeded:
      .init(
        403, "return-limit-exceeded", "The refund is above what staff may give by themselves.", "Let the owner take it back.")
    case .saleVoided:
      .init(409, "sale-voided", "This receipt was voided.", "Show that it is void; nothing of it can be given back.")
    case .saleHasReturns:
      .init(
        409, "sale-has-returns", "Something of this receipt was given back already, so it cannot be voided.",
        "Take the rest back with sales.return.")
    case .voidTooLate:
      .init(
        409, "void-too-late", "A receipt can be voided only on its own business day.", "Take the goods back with sales.return.")
    case .stockInUsed:
      .init(
        409, "stock-in-used", "Something was taken from lots of this delivery already.",
        "Send partial to cancel the other lots, and correct or write off these.")
    case .proposalChanged:
      .init(
        409, "proposal-changed", "The stock is not as it was proposed.", "Call without confirmation, and show the new proposal.")
    case .recallExists:
      .init(409, "recall-exists", "This batch is being recalled already.", "Show the recall that recalls.list has.")
    case .recallEnded:
      .init(409, "recall-ended", "This recall has ended.", "Start a new one if the batch is to be blocked again.")
    case .stockTakeEnded:
      .init(409, "stock-take-ended", "This stock take was applied or cancelled.", "Start a new one.")
    case .recountNeeded:
      .init(
        409, "recount-needed", "Some lots are to be counted again.",
        "Show the lots that details name and have them counted again, or send acceptVariances.")
    case .idempotencyKeyReused:
      .init(
        409, "idempotency-key-reused", "This idempotency key was used for another call.", "Use a fresh key for each new intent.")
    case .clockMovedBackwards:
      .init(
        409, "clock-moved-backwards", "Today is earlier than the newest document.",
        "Set the clock or the time zone right, or let the owner acknowledge today's date.")
    case .clockJumpedAhead:
      .init(
        409, "clock-jumped-ahead", "Today is more than 7 days after the newest document.",
        "Set the clock or the time zone right, or let the owner acknowledge today's date.")
    case .currencyInUse:
      .init(
        409, "currency-in-use", "The currency can change only while there is no product, delivery or sale.",
        "Start a new shop for another currency.")
    case .changesLost:
      .init(
        409, "changes-lost", "This cursor belongs to a shop that a restore has replaced.",
        "Read everything anew, and go on from the cursor that changes.since answers to now.")
    case .cannotDisableOwner:
      .init(409, "cannot-disable-owner", "The owner cannot be disabled.", "Disable staff only.")
    case .invalidRecoveryCode:
      .init(401, "invalid-recovery-code", "The username or the recovery code is wrong.", "Let the owner look at the code again.")
    case .expiryInPast:
      .init(
        422, "expiry-in-past", "A delivered lot has expired already.",
        "Check the date, or send allowExpired to book it all the same.")
    case .confirmationRequired:
      .init(
        422, "confirmation-required", "Restoring replaces the whole shop.", "Ask the owner; then send confirmation: true.")
    case .backupInvalid:
      .init(
        422, "backup-invalid", "The file is not a whole backup that this program can restore; nothing was changed.",
        "Show the reason in details and choose another backup.")
    case .backupNotPossible:
      .init(
        409, "backup-not-possible", "Backups do not work here as things stand.", "Show the reason in details; put it right.")
    case .tooManyAttempts:
      .init(429, "too-many-attempts", "Too many failed logins.", "Wait for the seconds that details name.", true)
    case .requestCancelled:
      .init(
        -32800, "request-cancelled", "The call was cancelled and changed nothing.", "Nothing to do: the client asked for it.",
        true)
    case .deadlineExceeded:
      .init(
        504, "deadline-exceeded", "The call took longer than its timeoutMs and changed nothing.", "Try again, with more time.",
        true)
    case .databaseUnavailable:
      .init(
        503, "database-unavailable", "The database cannot be reached now.", "Try again; system.status tells when it is back.",
        true)
    case .restoreInProgress:
      .init(
        503, "restore-in-progress", "Another process is putting a restored shop in place.",
        "Try again in a second; then sign in again.", true)
    case .diskFull:
      .init(503, "disk-full", "The disk is full; nothing was changed.", "Free some space and try again.", true)
    case .shuttingDown:
      .init(503, "shutting-down", "The process is shutting down.", "Start a new process and try again.", true)
    case .outcomeUnknown:
      .init(
        503, "outcome-unknown", "The connection was lost while the change was being committed.",
        "Repeat the call with the same idempotency key.", true)
    case .unsafeSettings:
      .init(
        503, "database-unavailable", "The database's settings are not safe for a shop.",
        "Correct the settings that details name.", true)
    }
  }

  /// One of each kind, in the order of the error page.
  package static var all: [Fault] {
    [
      .validation([]), .authorizationRequired, .invalidToken, .tokenExpired, .invalidCredentials, .forbidden, .userNotFound,
      .productNotFound([]), .stockInNotFound, .saleNotFound, .lotNotFound([]), .documentNotFound, .recallNotFound,
      .stockTakeNotFound,
      .backupNotFound, .ownerAlreadyExists, .usernameTaken,
      .productNameTaken,
      .idTaken(.none), .productInactive([]), .priceChanged([]), .stockTooLow([]), .lotTooLow([]),
      .returnExceedsSale([]), .returnLimitExceeded(limit: .zero, refund: .zero), .saleVoided, .saleHasReturns, .voidTooLate,
      .stockInUsed([]), .proposalChanged, .recallExists, .recallEnded, .stockTakeEnded, .recountNeeded([]),
      .idempotencyKeyReused,
      .clockMovedBackwards(today: .none, newest: .none), .clockJumpedAhead(today: .none, newest: .none), .currencyInUse,
      .changesLost,
      .cannotDisableOwner, .invalidRecoveryCode, .expiryInPast([]), .confirmationRequired, .backupInvalid(reason: ""),
      .backupNotPossible(reason: ""),
      .tooManyAttempts(retryAfterSeconds: 0), .requestCancelled, .deadlineExceeded, .databaseUnavailable(reason: ""),
      .restoreInProgress, .diskFull,
      .shuttingDown, .outcomeUnknown,
    ]
  }
}

extension Fault {
  /// A database without its one row of settings is not a shop's.
  static let storeMissing = Fault.databaseUnavailable(reason: "the store row is missing")
}

extension FaultEntry {
  fileprivate init(_ code: Int, _ name: String, _ message: String, _ advice: String, _ isRetryable: Bool = false) {
    self.init(code: code, name: name, message: message, isRetryable: isRetryable, advice: advice)
  }
}

extension Identifier {
  /// Stands for any id where a fault is named and none has happened.
  package static let none = Identifier(high: 0, low: 0)
}

extension Day {
  /// Stands for any day where a fault is named and none has happened.
  package static let none = Day(daysSince2000: 0)
}
