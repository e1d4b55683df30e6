/// Odd paths that must work, and directories that must be refused in words and left as they are.
import Glibc
import Testing

@testable import PostgresServer

@Suite struct RefusalTests {
  @Test(arguments: [
    "with spaces, 'quotes', percent%s\\back$lash, Bäckerei „Zum Löwen“ 商店 🥖",
    String(repeating: "long-", count: 40) + "/deeper/still",
  ])
  func oddPathsWork(name: String) throws {
    let workshop = try Workshop(shop: name, fromTemplate: false)
    let first = try workshop.ready()
    #expect(workshop.runtime!.utf8.count < 80)
    let second = try workshop.ready()
    #expect(try workshop.query("show data_directory") == workshop.cluster)
    kill(try workshop.supervisor(), SIGKILL)
    try first.await("lost")
    try first.awaitReady()
    try second.await("lost")
    try second.awaitReady()
    try first.release()
    try second.release()
    workshop.expectQuiet()
  }

  @Test func impossiblePathsAreRefused() throws {
    for path in ["", "/", "///", "/tmp/new\nline", "/tmp/" + String(repeating: "x", count: 900)] {
      #expect(throws: ServerFault.self, "\(path)") { try DataDirectory(path) }
    }
    #expect(try DataDirectory("/tmp/shop//").path == "/tmp/shop")
    #expect(try DataDirectory("shop").path.hasSuffix("/shop"))
  }

  @Test func aStalePidFileDoesNotBlock() throws {
    let workshop = try Workshop()
    let file = workshop.cluster + "/postmaster.pid"
    let foreign = try ChildProcess.start(
      isRoot
        ? ChildProcess.Command(
          "/usr/bin/setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "/bin/sleep", "99"])
        : ChildProcess.Command("/bin/sleep", ["99"]))
    defer {
      kill(foreign, SIGKILL)
      var status: Int32 = 0
      waitpid(foreign, &status, 0)
    }
    // Dead, and nobody reaps it: its number still answers.
    let zombie = try ChildProcess.start(ChildProcess.Command("/bin/true", []))
    defer {
      var status: Int32 = 0
      waitpid(zombie, &status, 0)
    }
    #expect(
      waitUntil {
        FileSystem.read("/proc/\(zombie)/stat", limit: 200).map { String(decoding: $0, as: UTF8.self).contains(") Z ") } == true
      })
    for content in [
      "\(zombie)\n\(workshop.cluster)\n1700000000\n5432\n/tmp\n\n  1234567    12345\nready   \n",
      "\(foreign)\n\(workshop.cluster)\n1700000000\n5432\n/tmp\n\n  1234567    12345\nready   \n", "", "garbage\n",
      "\(foreign)\n",
      "999999999\n", "1\n\(workshop.cluster)\n",
    ] {
      try workshop.asServerUser("/bin/sh", ["-c", "umask 077; printf %s \"$0\" > \"$1\"", content, file])
      let probe = try workshop.ready()
      #expect(try workshop.query("select 1") == "1")
      try probe.release()
      workshop.expectQuiet()
    }
    #expect(Workshop.isAlive(foreign))
  }

  @Test func anotherVersionIsRefused() throws {
    let workshop = try Workshop()
    try workshop.asServerUser("/bin/sh", ["-c", "echo 9 > \"$0/PG_VERSION\"", workshop.cluster])
    let before = try run("/usr/bin/find", [workshop.cluster, "-newer", workshop.cluster + "/PG_VERSION"])
    let line = try workshop.refusal()
    #expect(line.hasPrefix("failed version-mismatch false"))
    let installed = try Programs.find(in: nil).major
    #expect(line.contains("PostgreSQL 9 ") && line.contains("PostgreSQL \(installed)"))
    #expect(try run("/usr/bin/find", [workshop.cluster, "-newer", workshop.cluster + "/PG_VERSION"]) == before)
    #expect(waitUntil { workshop.processes.isEmpty })
  }

  @Test func foreignDirectoriesAreLeftAlone() throws {
    let workshop = try Workshop(fromTemplate: false)
    mkdir(workshop.shop, 0o755)
    try run("/usr/bin/touch", [workshop.shop + "/thesis.txt"])
    let before = FileSystem.status(workshop.shop)
    #expect(try workshop.refusal().hasPrefix("failed foreign-directory false"))
    #expect(FileSystem.status(workshop.shop)?.st_uid == before?.st_uid)
    #expect(FileSystem.status(workshop.shop)?.st_mode == before?.st_mode)
    #expect(try FileSystem.entries(workshop.shop) == ["thesis.txt"])

    workshop.shop = workshop.root + "/file"
    try run("/usr/bin/touch", [workshop.shop])
    #expect(try workshop.refusal().hasPrefix("failed foreign-directory"))
    workshop.shop = workshop.root + "/file/below"
    #expect(try workshop.refusal().hasPrefix("failed"))
  }

  @Test func somethingElseInTheClustersPlaceIsRefused() throws {
    let workshop = try Workshop()
    try run("/bin/mv", [workshop.cluster, workshop.root + "/away"])
    try workshop.asServerUser("/bin/mkdir", ["-p", workshop.cluster + "/photos"])
    #expect(try workshop.refusal().hasPrefix("failed foreign-directory false"))
    #expect(try FileSystem.entries(workshop.cluster) == ["photos"])
    try run("/bin/rmdir", [workshop.cluster + "/photos"])
    // An empty folder in its place is as good as none.
    let probe = try workshop.ready()
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func aClusterThatVanishesIsNotMadeAnew() throws {
    let workshop = try Workshop()
    let probe = try workshop.ready()
    let postmaster = try workshop.postmaster()
    try run("/bin/mv", [workshop.cluster, workshop.root + "/away"])
    kill(postmaster, SIGKILL)
    let line = try probe.await("failed")
    #expect(line.hasPrefix("failed start-failed true") && line.contains("disappeared"), "\(line)")
    #expect(FileSystem.status(workshop.cluster) == nil)
  }

  @Test func aForgottenRuntimeDirectoryIsCleared() throws {
    let workshop = try Workshop()
    let status = try #require(FileSystem.status(workshop.shop))
    let forgotten = "/tmp/shelflife-\(String(status.st_dev, radix: 16))-\(String(status.st_ino, radix: 16))-forgot"
    try workshop.asServerUser("/bin/mkdir", ["-m", "0700", forgotten])
    let probe = try workshop.ready()
    #expect(FileSystem.status(forgotten) == nil || !workshop.runtime!.hasPrefix("/tmp/"))
    try probe.release()
    rmdir(forgotten)
  }

  @Test func onlyOurOwnLeftoversAreRemoved() throws {
    let workshop = try Workshop()
    try workshop.asServerUser(
      "/bin/mkdir", ["-p", workshop.shop + "/postgres.creating-old/base", workshop.shop + "/postgres.old/base"])
    try workshop.asServerUser(
      "/usr/bin/touch", [workshop.shop + "/backups/kept", workshop.shop + "/postgres.creating-old/base/1"])
    try workshop.asServerUser("/bin/ln", ["-s", workshop.shop + "/backups", workshop.shop + "/postgres.creating-old/link"])
    try run("/bin/mv", [workshop.cluster, workshop.root + "/away"])
    let probe = try workshop.ready()
    #expect(FileSystem.status(workshop.shop + "/postgres.creating-old") == nil)
    #expect(FileSystem.status(workshop.shop + "/postgres.old/base") != nil)
    #expect(FileSystem.status(workshop.shop + "/backups/kept") != nil)
    try probe.release()
  }

  @Test(.enabled(if: isRoot)) func aDirectoryOutOfReachIsRefused() throws {
    let workshop = try Workshop(shop: "closed/shop", fromTemplate: false)
    let closed = workshop.root + "/closed"
    mkdir(closed, 0o700)
    let line = try workshop.refusal()
    #expect(line.hasPrefix("failed unreachable false") && line.contains("may not enter \(closed)"), "\(line)")
    #expect(FileSystem.status(workshop.shop) == nil)
    chmod(closed, 0o711)
    let probe = try workshop.ready()
    try probe.release()
    workshop.expectQuiet()
    #expect(FileSystem.status(closed)?.st_uid == 0)
  }

  @Test(.enabled(if: isRoot)) func theOwnerRunsTheServer() throws {
    let workshop = try Workshop(fromTemplate: false)
    mkdir(workshop.shop, 0o755)
    try run("/bin/chown", ["nobody", workshop.shop])
    let probe = try workshop.ready()
    #expect(ServerUser.describe(FileSystem.status("/proc/\(try workshop.postmaster())")!.st_uid) == "nobody")
    #expect(try workshop.query("select 1") == "1")
    try probe.release()
    workshop.expectQuiet()
    // A cluster that does not belong to the directory's owner is refused.
    try run("/bin/chown", ["postgres", workshop.shop])
    #expect(try workshop.refusal().hasPrefix("failed not-permitted"))
  }

  @Test func widePermissionsAreNarrowed() throws {
    let workshop = try Workshop()
    chmod(workshop.shop, 0o777)
    chmod(workshop.cluster, 0o755)
    let probe = try workshop.ready()
    #expect(FileSystem.status(workshop.shop)?.isPrivate == true)
    #expect(FileSystem.status(workshop.cluster)?.isPrivate == true)
    try probe.release()
  }

  @Test func aServerThatCannotStartSaysWhy() throws {
    let workshop = try Workshop()
    try run("/bin/mv", [workshop.cluster + "/global/pg_control", workshop.root + "/pg_control"])
    let line = try workshop.refusal()
    #expect(line.hasPrefix("failed start-failed true") && line.contains("pg_control"), "\(line)")
    try run("/bin/mv", [workshop.root + "/pg_control", workshop.cluster + "/global/pg_control"])
    let probe = try workshop.ready()
    try probe.release()
    workshop.expectQuiet()
  }

  @Test func missingProgramsAreNamed() throws {
    let workshop = try Workshop(fromTemplate: false)
    let line = try workshop.refusal(programs: "/nowhere/bin")
    #expect(line.hasPrefix("failed programs-missing false") && line.contains("/nowhere/bin") && line.contains("--pg-bin"))
    #expect(waitUntil { workshop.processes.isEmpty })
    let probe = try workshop.ready()
    try probe.release()
  }

  @Test(.enabled(if: isRoot)) func fullAndReadOnlyDisksAreNamed() throws {
    let workshop = try Workshop(shop: "disk/shop", fromTemplate: false)
    let disk = workshop.root + "/disk"
    mkdir(disk, 0o755)
    // Where mounting is not allowed there is nothing to test.
    guard (try? run("/bin/mount", ["-t", "tmpfs", "-o", "size=20m,mode=755", "tmpfs", disk])) != nil else { return }
    defer { _ = try? run("/bin/umount", ["-l", disk]) }
    #expect(try workshop.refusal().hasPrefix("failed disk-full true"))
    try run("/bin/mount", ["-o", "remount,size=66m", disk])
    try run("/usr/bin/fallocate", ["-l", "1m", disk + "/ballast"])
    let probe = try workshop.ready()
    try probe.release()
    workshop.expectQuiet()
    _ = try? run("/bin/dd", ["if=/dev/zero", "of=\(disk)/filler", "bs=1M"])
    _ = try? run("/bin/dd", ["if=/dev/zero", "of=\(disk)/filler2", "bs=1k"])
    let line = try workshop.refusal()
    #expect(line.hasPrefix("failed disk-full true"), "\(line)")
    try run("/bin/rm", [disk + "/filler", disk + "/filler2"])
    let again = try workshop.ready()
    #expect(try workshop.query("select 1") == "1")
    try again.release()
    workshop.expectQuiet()
    // Whoever has just ended there may hold a file open for a moment longer.
    #expect(waitUntil { (try? run("/bin/mount", ["-o", "remount,ro", disk])) != nil })
    let refused = try workshop.refusal()
    #expect(refused.hasPrefix("failed read-only"), "\(refused)")
  }
}
