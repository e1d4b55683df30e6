// Proving oneself to a shared server, and being sure of it: passwords that stand on no command line, and certificates.
import Glibc
import Testing

@Suite(.serialized) struct SharedTrustTests {
  /// A server that offers TLS under a certificate for `localhost`, and a stranger's certificate.
  private static nonisolated(unsafe) let place = Result<Place, any Error> { try Place() }  // Allowed: the suite is serialized.

  private struct Place {
    let server: PlainServer
    var root: String { server.directory + "/server.crt" }
    var stranger: String { server.directory + "/stranger.crt" }

    init() throws {
      server = try PlainServer("trust")
      for name in ["server", "stranger"] {
        try Spawning.run(
          [
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=localhost",
            "-addext",
            "subjectAltName=DNS:localhost", "-keyout", "\(server.directory)/\(name).key", "-out",
            "\(server.directory)/\(name).crt",
          ])
      }
      try Spawning.run([
        "/bin/sh", "-c",
        "cd '\(server.directory)' && chmod 755 . && chmod 600 *.key && chmod 644 *.crt"
          + (getuid() == 0 ? " && chown postgres: *.key *.crt" : ""),
      ])
      try server.start(["ssl=on", "ssl_cert_file=\(server.directory)/server.crt", "ssl_key_file=\(server.directory)/server.key"])
    }

    /// Without a password, by a name or an address of the machine.
    func url(_ database: String, host: String = "localhost", _ options: String = "") -> String {
      "postgresql://\(PlainServer.user)@\(host):\(server.port)/\(database)?\(options)"
    }
  }

  private func start(_ name: String, _ environment: [String: String], _ flags: [String] = []) throws -> Sidecar {
    try Sidecar(
      Sidecar.Options(
        flags: ["--bcrypt-cost", "10", "--data-dir", Shop.folder + "/trust-" + name] + flags, environment: environment))
  }

  private func expectReady(_ till: Sidecar) throws {
    #expect(
      try Spawning.eventually(within: .seconds(20)) { try till.standing().database != "starting" })
    #expect(try till.standing().database == "ready", "\(till.standingWords)")
  }

  private func expectRefused(_ till: Sidecar, _ words: String) throws {
    #expect(try Spawning.eventually(within: .seconds(20)) { try till.standing().database == "unavailable" })
    #expect(try till.standing().reason.contains(words), "\(till.standingWords)")
    #expect(try till.finish() == .exited(0))
  }

  @Test func theServerProvesItself() throws {
    let place = try Self.place.get()
    try place.server.sql("create database tls")
    let proof = "sslmode=verify-full&sslrootcert=\(place.root)"
    let till = try start("tls", ["DATABASE_URL": place.url("tls", proof), "PGPASSWORD": PlainServer.password])
    try till.makeOwner()
    try till.stock(1, qty: 10)
    try till.result("sales.create", Params.sale(1))
    let plain = "select count(*) from pg_stat_ssl s join pg_stat_activity a using (pid) where a.datname = 'tls' and not s.ssl"
    #expect(try place.server.sql(plain).hasPrefix("0"))
    // The programs of a backup come the same way.
    let path = try till.backUp()
    #expect(try till.result("backup.verify", #"{"path":"\#(path)"}"#, within: .seconds(60))["ok"]?.bool == true)
    #expect(try till.finish() == .exited(0))
    #expect(!till.errorText.contains(PlainServer.password))

    try expectRefused(
      start(
        "stranger",
        [
          "DATABASE_URL": place.url("tls", "sslmode=verify-full&sslrootcert=\(place.stranger)"),
          "PGPASSWORD": PlainServer.password,
        ]), "not signed by the root")
    try expectRefused(
      start("address", ["DATABASE_URL": place.url("tls", host: "127.0.0.1", proof), "PGPASSWORD": PlainServer.password]),
      "another host")
    try expectRefused(
      start(
        "no-root",
        [
          "DATABASE_URL": place.url("tls", "sslmode=verify-full&sslrootcert=/nowhere"), "PGPASSWORD": PlainServer.password,
        ]), "root certificate")
  }

  @Test func whatIsInheritedHoldsWhereTheURLIsSilent() throws {
    let place = try Self.place.get()
    try place.server.sql("create database inherited")
    var environment = [
      "DATABASE_URL": place.url("inherited"), "PGPASSWORD": PlainServer.password, "PGSSLMODE": "verify-full",
      "PGSSLROOTCERT": place.root,
    ]
    // Where to connect, as whom and with which settings is for the URL alone.
    environment.merge([
      "PGHOST": "nowhere.invalid", "PGPORT": "1", "PGUSER": "nobody", "PGDATABASE": "none", "PGSERVICE": "none",
      "PGOPTIONS": "-c default_transaction_read_only=on",
    ]) { $1 }
    let till = try start("inherited", environment)
    try till.makeOwner()
    #expect(
      try place.server.sql("select bool_and(ssl) from pg_stat_ssl join pg_stat_activity using (pid) where datname = 'inherited'")
        .hasPrefix("t"))
    #expect(try till.finish() == .exited(0))
    environment["PGSSLROOTCERT"] = place.stranger
    try expectRefused(start("inherited", environment), "not signed by the root")
    let doctor = try Command.run(["doctor", "--data-dir", Shop.folder + "/trust-inherited"], environment: environment)
    #expect(doctor.status == 1 && doctor.output.contains("not signed by the root"), "\(doctor)")
  }

  @Test func aPasswordMayStandInFiles() throws {
    let place = try Self.place.get()
    try place.server.sql("create database files")
    let home = Shop.folder + "/trust-home"
    mkdir(home, 0o700)
    let file = home + "/.pgpass"
    try FileBytes.write(Array("localhost:*:files:\(PlainServer.user):\(PlainServer.password)\n".utf8), to: file)
    let url = place.url("files")
    for (name, environment, flags) in [
      ("home", ["HOME": home, "DATABASE_URL": url], []), ("pgpassfile", ["PGPASSFILE": file, "DATABASE_URL": url], []),
      ("passfile", ["DATABASE_URL": url + "passfile=\(file)", "PGPASSWORD": "Wrong-Secret-3391"], []),
      ("flag", ["PGPASSFILE": file], ["--database-url", url]),
    ] as [(String, [String: String], [String])] {
      let till = try start(name, environment, flags)
      try expectReady(till)
      #expect(try till.finish() == .exited(0))
    }
    try expectRefused(start("none", ["DATABASE_URL": url]), "wants a password")
  }

  @Test(arguments: ["serve", "backup", "restore", "migrate", "doctor"])
  func aPasswordOnTheCommandLineIsRefusedInWords(command: String) throws {
    let arguments = command == "restore" ? [command, "/nowhere.tar"] : [command]
    for url in [
      "postgresql://keeper:Typed-Secret-9921@127.0.0.1:1/files", "host=127.0.0.1 password=Typed-Secret-9921 dbname=files",
    ] {
      let result = try Command.run(arguments + ["--data-dir", Shop.folder + "/trust-argv", "--database-url", url])
      #expect(result.status == 64, "\(result)")
      for word in ["DATABASE_URL", "PGPASSWORD", "PGPASSFILE", "passfile=", "~/.pgpass"] {
        #expect(result.errors.contains(word), "\(result)")
      }
      #expect(!result.errors.contains("Secret"), "\(result)")
    }
  }

  @Test func theEmbeddedClusterIsBlindToAllOfIt() throws {
    let shop = try Shop.fresh("trust-embedded")
    let till = try shop.open {
      $0.environment = [
        "PGPASSWORD": "nothing", "PGPASSFILE": "/nowhere", "PGSSLMODE": "verify-full", "PGSSLROOTCERT": "/nowhere",
        "PGCHANNELBINDING": "require", "PGREQUIREPEER": "nobody",
      ]
    }
    try till.stock(1, qty: 5)
    _ = try till.backUp()
    #expect(try till.finish() == .exited(0))
    #expect(shop.isStopped())
  }
}
