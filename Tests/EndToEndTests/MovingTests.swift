// Moving house: a shop that lay beside its till goes to a server for many, and comes back, as its owner would type it.
import Glibc
import Testing

@Suite struct MovingTests {
  private static let password = "Moving-House-7745"

  /// What must be the same wherever the shop lives, and go on there.
  private func livesOn(_ till: Sidecar, _ image: [String], next number: String, first receipt: String) throws {
    try till.login()
    #expect(try till.image() == image)
    #expect(try till.faultsInBooks() == [])
    #expect(try till.result("audit.verify")["ok"]?.bool == true)
    #expect(
      try till.result("sales.create", Params.sale(1, key: "before-the-move"))["receiptNo"]?.text == receipt,
      "a key answers with what it did in the old house")
    let sold = try till.result("sales.create", Params.sale(1, key: "sale-" + number))["receiptNo"]?.text
    #expect(sold?.hasSuffix(number) == true, "\(sold ?? "none")")
    #expect(try till.faultsInBooks() == [])
  }

  @Test func toASharedServerAndBack() throws {
    // The house that is left.
    let old = try Shop.fresh("moving-from")
    let first = try old.open()
    try first.stock(1, qty: 100)
    let receipt = try #require(
      try first.result("sales.create", Params.sale(1, key: "before-the-move"))["receiptNo"]?.text)
    try first.result("sales.create", Params.sale(1))
    try first.result(
      "users.create", #"{"name":"Bo Berg","username":"bosse","password":"Second-Till-5512"}"#)
    let image = try first.image()
    #expect(try first.finish() == .exited(0))
    let taken = try old.command("backup", "--json")
    let path = try #require(taken.json?["path"]?.text, "\(taken)")
    #expect(old.isStopped())

    // The new one, prepared by an administrator.
    let server = try PlainServer("moving-server")
    try server.start()
    try server.sql("create database shop")
    let admin = ["DATABASE_URL": server.url("shop")]
    let files = Shop.folder + "/moving-files"
    #expect(try Command.run(["migrate", "--new", "--data-dir", files], environment: admin).status == 0)
    for (login, role) in [("till1", "serve"), ("till2", "serve"), ("saver", "backup")] {
      try server.sql("create role \(login) login password '\(Self.password)' in role shelflife_\(role)")
    }
    func url(_ login: String) -> [String: String] {
      [
        "DATABASE_URL": server.url("shop").replacing(
          PlainServer.user + ":" + PlainServer.password, with: "\(login):\(Self.password)")
      ]
    }
    let moved = try Command.run(["restore", path, "--yes", "--data-dir", files], environment: admin)
    #expect(moved.status == 0 && moved.output.contains("after receipt RCPT-"), "\(moved)")

    func open(_ login: String) throws -> Sidecar {
      try Sidecar(
        Sidecar.Options(flags: ["--bcrypt-cost", "10", "--data-dir", files + "-" + login], environment: url(login)))
    }
    let one = try open("till1")
    try livesOn(one, image, next: "-0003", first: receipt)
    let two = try open("till2")
    try two.result("auth.login", #"{"username":"bosse","password":"Second-Till-5512","bind":true}"#)
    #expect(try two.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0004") == true)
    let grown = try one.image()
    #expect(try one.finish() == .exited(0))
    #expect(try two.finish() == .exited(0))

    // And home again, into a folder that does not exist yet.
    let saved = try Command.run(["backup", "--json", "--data-dir", files + "-saver"], environment: url("saver"))
    let second = try #require(saved.json?["path"]?.text, "\(saved)")
    let home = Shop.empty("moving-home")
    let back = try home.command("restore", second, "--yes")
    #expect(back.status == 0 && back.output.contains("after receipt RCPT-"), "\(back)")
    let again = try home.start()
    try livesOn(again, grown, next: "-0005", first: receipt)
    #expect(try again.finish() == .exited(0))
    #expect(home.isStopped())
    #expect(try home.command("doctor", "--json").status(of: "books") == "ok")
    #expect(home.isStopped())
  }
}
