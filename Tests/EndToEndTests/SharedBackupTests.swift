// Backups of a shop on somebody else's server: with a superuser's rights, with just enough, and with too few.
import Glibc
import Testing

@Suite struct SharedBackupTests {
  private struct Shared {
    let server: PlainServer
    let database: String
    let url: String

    /// A database on a server of its own, reached as the server's superuser or as a role with these rights.
    init(_ name: String, role rights: String? = nil) throws {
      server = try PlainServer(name)
      try server.start()
      database = "shop"
      let url = server.url(database)
      guard let rights else {
        try server.sql("create database shop")
        self.url = url
        return
      }
      try server.sql("create role clerk login password 'Clerk-Secret-88' \(rights)")
      try server.sql("create database shop owner clerk")
      self.url =
        url.replacing(PlainServer.user + ":" + PlainServer.password, with: "clerk:Clerk-Secret-88")
    }

    func open(_ directory: String, isNew: Bool = false) throws -> Sidecar {
      let till = try Sidecar(
        Sidecar.Options(
          flags: ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/" + directory], environment: ["DATABASE_URL": url]))
      if isNew {
        try till.result(
          "setup.createOwner", #"{"name":"Asta Lind","username":"\#(Shop.username)","password":"\#(Shop.password)"}"#)
      }
      try till.login()
      return till
    }

    var databases: [String] {
      get throws {
        try server.sql("select datname from pg_database where datname like 'shop%' order by 1").split(separator: "\n").map(
          String.init)
      }
    }
  }

  @Test(arguments: [String?.none, "createdb"])
  func aRestoreReachesEveryTill(rights: String?) throws {
    let name = "shared-\(rights ?? "superuser")"
    let shared = try Shared(name, role: rights)
    let first = try shared.open(name + "-a", isNew: true)
    let second = try shared.open(name + "-b")
    try first.stock(1, qty: 100)
    try second.result("sales.create", Params.sale(1))
    let path = try first.backUp()
    #expect(try first.result("backup.verify", within: .seconds(60))["ok"]?.bool == true)
    try second.result("sales.create", Params.sale(1))
    #expect(try second.all("backup.list").isEmpty, "each data directory has its own")
    let restored = try first.restore(path)
    #expect(restored.result != nil, "\(restored.line)")
    #expect(try second.call("auth.me").errorName == "invalid-token")
    for till in [first, second] {
      try till.login()
      #expect(try till.sales().count == 1)
      #expect(try till.faultsInBooks() == [])
    }
    #expect(try second.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)
    #expect(try shared.databases.count == 2 && shared.databases[1].hasPrefix("shop_replaced_"))
    for till in [first, second] {
      #expect(try till.finish() == .exited(0))
      #expect(!till.errorText.contains("Clerk-Secret-88") && !till.errorText.contains(PlainServer.password))
    }
  }

  @Test func withoutTheRightToMakeDatabasesABackupIsTakenButNotProved() throws {
    let shared = try Shared("shared-poor", role: "nocreatedb")
    let till = try shared.open("shared-poor-a", isNew: true)
    try till.stock(1, qty: 5)
    let path = try till.backUp()
    for reply in [try till.call("backup.verify"), try till.restore(path)] {
      #expect(reply.errorName == "backup-not-possible", "\(reply.line)")
      #expect(reply.details?["reason"]?.text?.contains("database") == true)
    }
    #expect(try till.result("sales.create", Params.sale(1))["receiptNo"]?.text != nil)
    #expect(try shared.databases == ["shop"])
    #expect(try till.finish() == .exited(0))
  }
}
