// What meets a restore that is under way: another restore, a sale, and whoever comes when it is done.
//
// the restore of one process         | another process                | and then
// -----------------------------------|--------------------------------|-----------------------------------------------
// has the lock, proves the backup    | restores too                   | restore-in-progress; may try again afterwards
// has the lock, proves the backup    | sells                          | sold, and gone with the shop that is replaced
// is done                            | sells in its old session       | invalid-token
// is done                            | signs in and sells             | sold, by the numbers of the backup
import Glibc
import Testing

@Suite struct RestoreRaceTests {
  @Test(.timeLimit(.minutes(2)))
  func whoeverComesMeanwhileIsToldWhereTheyStand() throws {
    let shop = try Shop.fresh("restore-race")
    let first = try shop.open()
    let second = try shop.open()
    try first.stock(1, qty: 10)
    try second.result("sales.create", Params.sale(1))
    let path = try first.backUp()
    try second.result("sales.create", Params.sale(1))

    let restoring = try first.post("backup.restore", #"{"backupPath":"\#(path)","confirmation":true}"#)
    #expect(try Spawning.eventually(within: .seconds(20)) { try locks(of: shop) > 0 }, "the restore has its lock")
    first.kill(SIGSTOP)
    let refused = try second.restore(path)
    #expect(refused.errorName == "restore-in-progress" && refused.value["error"]?["data"]?["retryable"]?.bool == true)
    let sold = try second.result("sales.create", Params.sale(1))
    #expect(sold["receiptNo"]?.text?.hasSuffix("-0003") == true)
    #expect(first.received.replies[restoring] == nil)
    first.kill(SIGCONT)

    #expect(try first.reply(restoring, within: .seconds(60)).result != nil)
    #expect(try second.call("sales.create", Params.sale(1)).errorName == "invalid-token")
    try second.login()
    #expect(try second.sales().count == 1, "what was sold meanwhile is in the safety backup or in the database that is kept")
    #expect(try second.result("sales.create", Params.sale(1))["receiptNo"]?.text?.hasSuffix("-0002") == true)
    #expect(try second.restore(path).result != nil, "a restore that was refused may be tried again")
    try second.login()
    #expect(try second.faultsInBooks() == [])
    for till in [first, second] { #expect(try till.finish() == .exited(0)) }
    #expect(shop.isStopped())
  }

  /// The advisory locks of sessions that look at the server from outside of its shops.
  private func locks(of shop: Shop) throws -> Int {
    guard let socket = shop.socketDirectory else { return 0 }
    let count = try Psql.run(
      "select count(*) from pg_locks l join pg_database d on d.oid = l.database where l.locktype = 'advisory' and datname = 'postgres'",
      socketDirectory: socket, database: "postgres")
    return Int(count) ?? 0
  }
}
