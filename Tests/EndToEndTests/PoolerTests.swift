// A connection pooler before the server: sessions that are not one's own are refused in words, never half used.
import Glibc
import Testing

@Suite(.serialized, .enabled(if: Bouncer.program != nil, "PgBouncer is not installed"))
struct PoolerTests {
  @Test(arguments: ["transaction", "session"], [true, false])
  func aPoolerIsRefusedInWords(mode: String, ignoresOptions: Bool) throws {
    let name = "pooler-\(mode)-\(ignoresOptions)"
    let server = try PlainServer(name)
    try server.start()
    try server.sql("create database shop")
    let bouncer = try Bouncer(server, mode: mode, ignoresOptions: ignoresOptions)
    let data = Shop.folder + "/" + name + "-till"
    let till = try Sidecar(
      Sidecar.Options(flags: ["--data-dir", data], environment: ["DATABASE_URL": bouncer.url("shop")]))
    #expect(try Spawning.eventually(within: .seconds(10)) { try till.standing().database == "unavailable" })
    let reason = try till.standing().reason
    #expect(reason.contains("PgBouncer") && reason.contains("connect to the server itself"), "\(reason)")
    #expect(try server.sql("select count(*) from pg_namespace where nspname = 'shelf'", database: "shop").hasPrefix("0"))
    #expect(try till.finish() == .exited(0))
    let doctor = try Command.run(["doctor", "--data-dir", data], environment: ["DATABASE_URL": bouncer.url("shop")])
    #expect(doctor.status == 1 && doctor.output.contains("PgBouncer"), "\(doctor)")
  }
}
