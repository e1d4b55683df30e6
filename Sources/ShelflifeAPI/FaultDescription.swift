/// Beside the methods: the errors as a caller sees them.
import JSONRPC
import Shelflife

/// One kind of error. The catalogue is the list of all of them; methods name theirs from it.
package struct FaultDescription: Sendable, Equatable {
  /// `error.code`.
  package let code: Int
  /// `error.data.code`: the stable name that programs switch on.
  package let dataCode: String
  /// What has happened, in one sentence.
  package let meaning: String
  /// Whether the same call can succeed later without a change.
  package let retryable: Bool
  /// What a till does about it, in one sentence.
  package let whatTheTillShouldDo: String
  /// The look of `error.data.details`; nil where it is null.
  package let details: Schema?

  package init(
    code: Int, dataCode: String, meaning: String, retryable: Bool, whatTheTillShouldDo: String, details: Schema? = nil
  ) {
    self.code = code
    self.dataCode = dataCode
    self.meaning = meaning
    self.retryable = retryable
    self.whatTheTillShouldDo = whatTheTillShouldDo
    self.details = details
  }
}

extension Shape<ValidationIssue> {
  /// One entry of `details.issues`.
  package static let issue = Shape.record(
    .required("path", .text, "Where in the params, such as items[0].qty; empty for the params themselves.", \.path),
    .required("code", .text, "The stable name of the rule.", \.code),
    .required("message", .text, "The rule in words, for developers.", \.message),
    make: ValidationIssue.init
  ).named("ValidationIssue")
}
