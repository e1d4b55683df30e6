// The folder that holds a shop's backups: their names, what is in each, which were proved, and which are to go.
import Glibc

/// One backup as a list shows it.
package struct ListedBackup: Sendable {
  package let path: String
  package let bytes: Int64
  /// What the file says of itself; nil if it cannot be read.
  package let manifest: Manifest?
  /// When it was last restored beside the shop and found right.
  package let verifiedAt: Instant?
  package let problem: String?
}

/// The newest backups there are.
package struct BackupStanding: Sendable, Equatable {
  package let newest: Instant?
  package let newestVerified: Instant?
}

/// A folder of backups. Any number of processes may use one at a time.
package struct BackupCollection: Sendable {
  package let path: String
  let codec: ManifestCodec

  private static let ending = ".tar"
  private static let beginning = "shelflife-"
  private static let proof = ".verified"

  init(_ path: String, codec: ManifestCodec) {
    self.path = path
    self.codec = codec
  }

  /// `shelflife-20260312T090000Z-manual-1f2e.tar`; the order of the names is that of time.
  static func name(_ kind: BackupKind, at now: Instant) -> String {
    let stamp = String(now.text.prefix(19).filter { $0 != "-" && $0 != ":" })
    return "\(beginning)\(stamp)Z-\(kind.rawValue)-\(Random.hex(4))\(ending)"
  }

  /// Makes the folder and the one above it, for their owner only.
  func make() throws {
    let parent = String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
    for directory in [parent, path] where !directory.isEmpty {
      guard PrivateFolder.make(directory) else { throw BackupFileError("make the folder \(directory)") }
    }
  }

  /// The names of the backups in the folder, the newest first. None, if there is no folder.
  private func names() -> [String] {
    guard let stream = opendir(path) else { return [] }
    defer { closedir(stream) }
    var names: [String] = []
    while let entry = readdir(stream) {
      let name = withUnsafeBytes(of: &entry.pointee.d_name) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      if name.hasPrefix(Self.beginning) && name.hasSuffix(Self.ending) { names.append(name) }
    }
    return names.sorted(by: >)
  }

  /// Whether another path leads to this folder too.
  func isSame(as other: String) -> Bool {
    var (own, theirs) = (stat(), stat())
    return stat(path, &own) == 0 && stat(other, &theirs) == 0 && own.st_dev == theirs.st_dev && own.st_ino == theirs.st_ino
  }

  /// Every backup in the folder, the newest first, those that cannot be read among them. Reads no archive.
  package func list() -> [ListedBackup] {
    names().map { name in
      let path = self.path + "/" + name
      do {
        let (file, manifest, _) = try open(path)
        return ListedBackup(
          path: path, bytes: file.fileBytes, manifest: manifest, verifiedAt: verifiedAt(path, manifest), problem: nil)
      } catch {
        return ListedBackup(path: path, bytes: 0, manifest: nil, verifiedAt: nil, problem: BackupFault.words(error))
      }
    }
  }

  /// - Parameter shop: whose backups count; nil for anybody's.
  package func standing(of shop: Identifier?) -> BackupStanding {
    let whole = own(shop).filter { $0.manifest?.kind != .safety }
    return BackupStanding(
      newest: whole.compactMap(\.manifest?.createdAt).max(),
      newestVerified: whole.filter { $0.verifiedAt != nil }.compactMap(\.manifest?.createdAt).max())
  }

  /// The readable backups of one shop, the newest first. One that does not say whose it is may be anybody's.
  func own(_ shop: Identifier?) -> [ListedBackup] {
    list().filter { listed in
      guard let manifest = listed.manifest else { return false }
      return shop == nil || manifest.shopID == nil || manifest.shopID == shop
    }.sorted { ($0.manifest?.createdAt ?? .earliest, $0.path) > ($1.manifest?.createdAt ?? .earliest, $1.path) }
  }

  /// The newest backup of the shop as it goes on: one that was taken before a restore shows what was replaced.
  ///
  /// - Throws: `backupNotFound`.
  func newest(of shop: Identifier?) throws(Fault) -> String {
    guard let newest = own(shop).first(where: { $0.manifest?.kind != .safety }) else { throw .backupNotFound }
    return newest.path
  }

  /// Opens a backup and reads what it says of itself.
  func open(_ path: String) throws -> (file: BackupFile, manifest: Manifest, path: String) {
    let file = try BackupFile.open(path)
    guard let manifest = codec.decode(file.manifest) else {
      throw Fault.backupInvalid(reason: "Its manifest was altered, or is of another program.")
    }
    return (file, manifest, path)
  }

  /// Sets down that a backup of this folder was proved.
  func mark(_ path: String, _ manifest: Manifest, verifiedAt: Instant) {
    guard path.hasPrefix(self.path + "/"), !path.dropFirst(self.path.count + 1).contains("/") else { return }
    let mark = path + Self.proof
    unlink(mark)
    let descriptor = Glibc.open(mark, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0o600)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var folder = stat()
    // What root sets down must be readable to whoever serves the shop.
    if geteuid() == 0, stat(self.path, &folder) == 0 { _ = fchown(descriptor, folder.st_uid, folder.st_gid) }
    let text = Array("\(manifest.sha256) \(verifiedAt.text)\n".utf8)
    if write(descriptor, text, text.count) != text.count { unlink(mark) }
  }

  private func verifiedAt(_ path: String, _ manifest: Manifest) -> Instant? {
    let descriptor = Glibc.open(path + Self.proof, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
    guard descriptor >= 0 else { return nil }
    defer { close(descriptor) }
    var bytes = [UInt8](repeating: 0, count: 256)
    let count = read(descriptor, &bytes, bytes.count)
    let words = String(decoding: bytes.prefix(max(count, 0)), as: UTF8.self).split(whereSeparator: { $0 == " " || $0 == "\n" })
    guard words.count == 2, words[0] == manifest.sha256 else { return nil }
    do { return try Instant(parsing: String(words[1])) } catch { return nil }
  }

  /// Removes the shop's backups that are not to be kept any longer, and what writers that died have left; files that cannot be
  /// read, those of other shops and the one that was just written stay.
  func prune(of moment: ShopMoment, except written: String) throws {
    let known = own(moment.shopID).compactMap { listed in
      listed.manifest.map {
        Retention.Backup(name: listed.path, createdAt: $0.createdAt, day: $0.businessDate, isVerified: listed.verifiedAt != nil)
      }
    }
    for backup in moment.retention.superfluous(known, on: moment.businessDate) where !backup.name.hasSuffix("/" + written) {
      unlink(backup.name)
      unlink(backup.name + Self.proof)
    }
    // By the files' own times, whatever clock the shop runs by.
    BackupFile.clearLeftovers(in: try BackupFolder(path), olderThan: Clock.system.now().adding(seconds: -Self.leftoverSeconds))
  }

  private static let leftoverSeconds: Int64 = 60 * 60
}
