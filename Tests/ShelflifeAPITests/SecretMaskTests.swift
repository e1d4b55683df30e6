// What a recording shows of secrets: a placeholder for each, the same for the same one, wherever and however it was sent.
import JSONRPC
import TestSupport
import Testing

@testable import ShelflifeAPI

@Suite struct SecretMaskTests {
  private func received(_ text: String, by mask: inout SecretMask) throws -> String {
    mask.received(try JSONReader.read(Array(text.utf8))).text
  }

  private func received(_ text: String) throws -> String {
    var mask = SecretMask()
    return try received(text, by: &mask)
  }

  @Test func theSameSecretHasTheSamePlaceholderInBothDirections() throws {
    var mask = SecretMask()
    #expect(
      try received(#"{"method":"auth.login","params":{"username":"ada","password":"heron-lake"}}"#, by: &mask)
        == #"{"method":"auth.login","params":{"username":"ada","password":"${password-1}"}}"#)
    #expect(
      mask.sent(try JSONReader.read(Array(#"{"result":{"token":"ey.x.y","user":{"name":"Ada"}}}"#.utf8))).text
        == #"{"result":{"token":"${token-1}","user":{"name":"Ada"}}}"#)
    #expect(
      try received(
        #"{"method":"auth.changePassword","params":{"token":"ey.x.y","currentPassword":"heron-lake","newPassword":"other"}}"#,
        by: &mask)
        == #"{"method":"auth.changePassword","params":{"token":"${token-1}","currentPassword":"${password-1}","newPassword":"${password-2}"}}"#
    )
    #expect(
      mask.sent(try JSONReader.read(Array(#"{"result":{"recoveryCode":"AB"}}"#.utf8))).text
        == #"{"result":{"recoveryCode":"${recovery-code-1}"}}"#)
  }

  /// Whatever a client gets wrong, no word of it that may be a secret is shown.
  @Test(arguments: [
    #"{"method":"auth.login","params":{"username":"ada","pasword":"heron-lake"}}"#,
    #"{"method":"auth.login","params":{"username":"ada","password":{"text":"heron-lake"}}}"#,
    #"{"method":"auth.login","params":{"username":"ada","password":["heron-lake"]}}"#,
    #"{"method":"auth.login","params":["ada","heron-lake"]}"#,
    #"{"method":"auth.login","params":"heron-lake"}"#,
    #"{"method":"auth.logn","params":{"username":"ada","password":"heron-lake"}}"#,
    #"{"method":"sales.create","params":{"items":[{"productId":"x","token":"heron-lake"}]}}"#,
    #"{"method":"auth.login","Params":{"password":"heron-lake"}}"#,
    #"{"params":{"password":"heron-lake"}}"#,
    #"[{"method":"auth.login","params":{"username":"ada","password":"heron-lake"}}]"#,
    #"["heron-lake"]"#, #""heron-lake""#,
    #"{"id":{"password":"heron-lake"},"method":"system.ping"}"#,
    #"{"id":1,"method":["heron-lake"]}"#,
    #"{"method":"auth.logn","params":{"id":"heron-lake"}}"#,
    #"{"method":"$/cancelRequest","params":{"id":["heron-lake"]}}"#,
    #"{"method":"sales.create","params":{"items":[{"productId":"x","pasword":"heron-lake"}]}}"#,
    #"{"method":"sales.create","params":{"note":{"password":"heron-lake"}}}"#,
    #"{"method":"auth.login","params":{"passw\u006frd":"heron-lake"}}"#,
    #"{"method":"auth.login","params":{"username":"ada","bind":"heron-lake","password":"x"}}"#,
    #"{"method":"events.subscribe","params":{"types":["heron-lake"]}}"#,
  ])
  func nothingThatMayBeASecretIsShown(_ line: String) throws {
    let shown = try received(line)
    #expect(!shown.contains("heron"), "\(shown)")
  }

  @Test(arguments: [
    #"{"jsonrpc":"2.0","id":12345678901234567890123,"method":"sales.create","params":{"items":[{"productId":"x","qty":1.50}],"note":"two, please"}}"#,
    #"{"jsonrpc":"2.0","method":"$/cancelRequest","params":{"id":"seven"}}"#,
    #"{"jsonrpc":"2.0","id":null,"method":"system.ping"}"#,
    #"{"jsonrpc":"2.0","id":1,"method":"system.hello","params":{"progressToken":"p","client":{"name":"till","version":"1"}}}"#,
  ])
  func everythingElseStaysAsItIs(_ line: String) throws {
    #expect(try received(line) == line)
  }
}
