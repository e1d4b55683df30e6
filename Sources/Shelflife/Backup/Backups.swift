// Backups of a shop: taken while it sells, proved by being restored beside it, put in its place if they hold.
import Glibc
import Postgres

/// A backup that was just written or copied.
package struct BackupDone: Sendable {
  package let path: String
  /// Of the whole file.
  package let bytes: Int64
  /// 64 hexadecimal digits, of the whole file.
  package let sha256: String
  package let manifest: Manifest
  /// Where a copy went besides, if a second folder is set.
  package let copyPath: String?
  /// Why there is no such copy although one was wanted.
  package let copyProblem: String?
}

/// What proving a backup found.
package struct BackupProof: Sendable {
  package let path: String
  package let checks: [CheckResult]
  package var isOK: Bool { checks.allSatisfy(\.isOK) }
}

/// What the care for a day's backup came to.
package struct DailyBackup: Sendable {
  package let path: String
  package let taken: BackupDone?
  /// A backup that cannot be proved, on this server or at all, is better than none.
  package let proof: Result<BackupProof, Fault>
}

/// A restore that is done.
package struct Restored: Sendable {
  package let path: String
  package let manifest: Manifest
  package let safety: BackupDone
  package let replaced: Replaced
}

/// The backups of one process. Safe from any thread; every function blocks for as long as its work takes.
package final class Backups: Sendable {
  package let folder: BackupCollection
  private let programs: ArchivePrograms
  private let programVersion: String

  /// - Parameters:
  ///   - path: the folder, which is made when it is first needed; its parent too.
  ///   - programs: what dumps a shop and reads archives.
  ///   - codec: how the manifests are written down.
  ///   - programVersion: what the manifests name as their maker.
  package init(folder path: String, programs: ArchivePrograms, codec: ManifestCodec, programVersion: String) {
    folder = BackupCollection(path, codec: codec)
    self.programs = programs
    self.programVersion = programVersion
  }

  /// Takes a backup of one moment, while the shop goes on selling, copies it to the second folder if there is one, and removes
  /// what is not to be kept any longer. Owner only.
  ///
  /// - Throws: `backupNotPossible`, `diskFull`, `requestCancelled`, `databaseUnavailable`.
  package func run(_ kind: BackupKind, of shop: PreparedDatabase, at now: Instant, watch: BackupWatch) throws -> BackupDone {
    let moment = try ShopMoment.read(from: shop, at: now, interrupt: watch.interrupt)
    let written = try write(kind, of: shop, at: now, watch: watch.part(from: 0, to: 90))
    var copyPath: String?
    var copyProblem: String?
    if let second = moment.secondFolder {
      watch.progress(92, "copying to the second folder")
      do {
        guard !folder.isSame(as: second) else {
          throw Fault.backupNotPossible(reason: "The second folder is the first one.")
        }
        let file = try BackupFile.open(written.path)
        try file.copy(to: second, name: written.name, isCancelled: watch.isCancelled)
        copyPath = Self.path(second, written.name)
        try BackupCollection(second, codec: folder.codec).prune(of: moment, except: written.name)
      } catch {
        try watch.check()
        copyProblem = BackupFault.words(error)
      }
    }
    try BackupFault.told { try folder.prune(of: moment, except: written.name) }
    watch.progress(100, "done")
    return written.done(copyPath: copyPath, copyProblem: copyProblem)
  }

  /// Sees to it that the business day has a backup that was proved: takes one if the shop has none of that day, and proves the
  /// newest of the day if it was not. Does nothing while another process is at it.
  ///
  /// - Parameters:
  ///   - shop: the shop that is to have a backup.
  ///   - now: tells in the store's time zone which day it is.
  ///   - doubtful: backups that were tried before and not found right: they are not tried again, and count for nothing.
  ///   - watch: told how far it is, and asked whether to give up.
  /// - Returns: what was done; nil if nothing was to be done.
  package func runDaily(
    of shop: PreparedDatabase, at now: Instant, doubtful: Set<String>, watch: BackupWatch
  ) throws -> DailyBackup? {
    let directory = try BackupFault.told {
      try folder.make()
      return try BackupFolder(folder.path)
    }
    guard flock(directory.descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    defer { flock(directory.descriptor, LOCK_UN) }
    let moment = try ShopMoment.read(from: shop, at: now, interrupt: watch.interrupt)
    let todays = folder.own(moment.shopID).filter {
      $0.manifest?.businessDate == moment.businessDate && $0.manifest?.kind != .safety
    }
    if todays.contains(where: { $0.verifiedAt != nil }) { return nil }
    if let newest = todays.first(where: { !doubtful.contains($0.path) }) {
      return DailyBackup(path: newest.path, taken: nil, proof: try proof(newest.path, beside: shop, at: now, watch: watch))
    }
    // One that could not be proved is a reason to take another, but not all day long.
    if todays.count >= Self.mostTries { return nil }
    let taken = try run(.daily, of: shop, at: now, watch: watch)
    return DailyBackup(path: taken.path, taken: taken, proof: try proof(taken.path, beside: shop, at: now, watch: watch))
  }

  private static let mostTries = 2

  private func proof(
    _ path: String, beside shop: PreparedDatabase, at now: Instant, watch: BackupWatch
  ) throws -> Result<BackupProof, Fault> {
    do {
      return .success(try verify(path, beside: shop, at: now, watch: watch))
    } catch Fault.requestCancelled {
      throw Fault.requestCancelled
    } catch let fault as Fault {
      return .failure(fault)
    }
  }

  private struct Written {
    let path: String
    let name: String
    let bytes: Int64
    let sha256: Digest
    let manifest: Manifest

    func done(copyPath: String? = nil, copyProblem: String? = nil) -> BackupDone {
      BackupDone(
        path: path, bytes: bytes, sha256: sha256.hex, manifest: manifest, copyPath: copyPath, copyProblem: copyProblem)
    }
  }

  private func write(_ kind: BackupKind, of shop: PreparedDatabase, at now: Instant, watch: BackupWatch) throws -> Written {
    try BackupFault.told {
      try folder.make()
      let name = BackupCollection.name(kind, at: now)
      let writer = try BackupFile.Writer(in: try BackupFolder(folder.path), createdAt: now)
      let dumped = try ShopDump.run(shop, with: programs, at: now, watch: watch) { try writer.append($0) }
      try watch.check()
      var manifest: Manifest?
      let file = try writer.finish(as: name, isCancelled: watch.isCancelled) { bytes, digest in
        let made = Manifest(
          kind: kind, programVersion: programVersion, schemaVersion: dumped.schemaVersion,
          postgresVersion: dumped.postgresVersion, createdAt: now, businessDate: dumped.moment.businessDate,
          storeName: dumped.moment.storeName, shopID: dumped.moment.shopID, facts: dumped.facts, archiveBytes: bytes,
          sha256: digest.hex)
        manifest = made
        return folder.codec.encode(made)
      }
      guard let manifest else { throw Fault.requestCancelled }
      return Written(
        path: folder.path + "/" + name, name: name, bytes: file.bytes, sha256: file.sha256, manifest: manifest)
    }
  }

  private static func path(_ folder: String, _ name: String) -> String { folder + (folder.hasSuffix("/") ? "" : "/") + name }

  /// What a backup says of itself; reads no more of it than that.
  ///
  /// - Throws: `backupNotFound`, `backupInvalid`.
  package func manifest(of path: String) throws -> Manifest { try BackupFault.told { try folder.open(path).manifest } }

  /// Restores a backup into a scratch database of the same server, runs the whole check there, and drops it. Owner only.
  ///
  /// - Parameters:
  ///   - path: the file; nil for the newest.
  ///   - shop: the shop whose server proves it; nothing of the shop is changed.
  ///   - now: when it was proved.
  ///   - watch: told how far it is, and asked whether to give up.
  /// - Throws: `backupNotFound`, `backupInvalid`, `backupNotPossible`, `diskFull`, `requestCancelled`.
  package func verify(
    _ path: String?, beside shop: PreparedDatabase, at now: Instant, watch: BackupWatch
  ) throws -> BackupProof {
    try shop.requireOwner()
    return try BackupFault.told {
      let (file, manifest, opened) = try folder.open(try path ?? newest(of: shop, at: now, watch))
      try prove(file, manifest, watch: watch)
      let scratch = try ScratchShop(beside: shop, watch: watch.part(from: 10, to: 100))
      defer { scratch.close() }
      let checks = try scratch.fill(from: { _ = try file.readArchive($0) }, of: manifest, with: programs)
      let proof = BackupProof(path: opened, checks: checks)
      if proof.isOK { folder.mark(opened, manifest, verifiedAt: now) }
      watch.progress(100, "done")
      return proof
    }
  }

  /// Copies a backup that is whole into a folder. Owner only.
  ///
  /// - Parameters:
  ///   - source: the file; nil for the newest.
  ///   - shop: the shop whose newest it is.
  ///   - target: an existing folder; no file in it is ever written over.
  ///   - now: the moment of the call.
  ///   - watch: told how far it is, and asked whether to give up.
  /// - Throws: `backupNotFound`, `backupInvalid`, `backupNotPossible`, `diskFull`, `requestCancelled`.
  package func export(
    _ source: String?, of shop: PreparedDatabase, to target: String, at now: Instant, watch: BackupWatch
  ) throws -> BackupDone {
    try BackupFault.told {
      let (file, manifest, opened) = try folder.open(try source ?? newest(of: shop, at: now, watch))
      try prove(file, manifest, watch: watch)
      watch.progress(50, "copying")
      let name = opened.split(separator: "/").last.map(String.init) ?? "shelflife.tar"
      let digest = try file.copy(to: target, name: name, isCancelled: watch.isCancelled)
      watch.progress(100, "done")
      return BackupDone(
        path: Self.path(target, name), bytes: file.fileBytes, sha256: digest.hex, manifest: manifest, copyPath: nil,
        copyProblem: nil)
    }
  }

  /// Puts the shop of a backup in the place of the present one, or changes nothing. Owner only.
  ///
  /// A backup of the present shop is taken first. The old database is kept for a day. Every session in every process ends.
  /// - Parameters:
  ///   - path: the backup's file.
  ///   - shop: the present shop.
  ///   - caller: who asked, for the audit; nil for whoever sits at the machine.
  ///   - now: when it was restored.
  ///   - watch: told how far it is, and asked whether to give up.
  ///   - mayCommit: asked once, when all is proved and only the swap is left.
  /// - Throws: `backupNotFound`, `backupInvalid`, `backupNotPossible`, `restoreInProgress`, `diskFull`, `requestCancelled`.
  package func restore(
    _ path: String, in shop: PreparedDatabase, by caller: Identifier?, at now: Instant, watch: BackupWatch,
    mayCommit: () -> Bool
  ) throws -> Restored {
    try shop.requireOwner()
    return try BackupFault.told {
      let (file, manifest, opened) = try folder.open(path)
      try prove(file, manifest, watch: watch)
      let swap = try ShopSwap(shop, interrupt: watch.interrupt)
      defer { swap.close() }
      let written = try write(.safety, of: shop, at: now, watch: watch.part(from: 5, to: 20))
      let scratch = try ScratchShop(beside: shop, watch: watch.part(from: 20, to: 95))
      defer { scratch.close() }
      let checks = try scratch.fill(from: { _ = try file.readArchive($0) }, of: manifest, with: programs)
      if let failed = checks.first(where: { !$0.isOK }) {
        throw Fault.backupInvalid(
          reason: "Its books do not balance: \(failed.name): \(failed.violations.first ?? "") Nothing was changed.")
      }
      guard !watch.isCancelled(), mayCommit() else { throw Fault.requestCancelled }
      watch.progress(95, "putting the restored shop in place")
      let replaced = try swap.run(scratch, at: now) { ends in
        try RestoreRecord.write(to: scratch, replaced: ends, manifest: manifest, by: caller, at: now)
      }
      watch.progress(100, "done")
      return Restored(path: opened, manifest: manifest, safety: written.done(), replaced: replaced)
    }
  }

  private func newest(of shop: PreparedDatabase, at now: Instant, _ watch: BackupWatch) throws -> String {
    try folder.newest(of: try ShopMoment.read(from: shop, at: now, interrupt: watch.interrupt).shopID)
  }

  /// Reads all of a file: nothing of it has been altered since it was written.
  private func prove(_ file: BackupFile, _ manifest: Manifest, watch: BackupWatch) throws {
    watch.progress(0, "reading the file")
    guard manifest.schemaVersion <= Provision.schemaVersion else {
      throw Fault.backupInvalid(
        reason: "It was taken by a newer program (schema \(manifest.schemaVersion), this one knows \(Provision.schemaVersion)).")
    }
    guard file.archiveBytes == manifest.archiveBytes else { throw Fault.backupInvalid(reason: "The file is not whole.") }
    let digest = try file.readArchive { _ in try watch.check() }
    guard digest.hex == manifest.sha256 else { throw Fault.backupInvalid(reason: "The file was altered or damaged.") }
  }
}
