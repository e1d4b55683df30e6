// The shop: its date, its time zone, its backups and the room for a restore.
import PostgresServer
import Shelflife

extension Doctor {
  private static let newestDays: Int64 = 2
  private static let verifiedDays: Int64 = 8
  private static let dayMilliseconds: Int64 = 24 * 60 * 60 * 1_000

  func examine(_ vitals: ShopVitals) {
    let name = vitals.storeName.isEmpty ? "A shop without a name" : "“\(vitals.storeName)”"
    found(
      "shop", .ok,
      "\(name), \(Terminal.size(vitals.databaseBytes))\(vitals.ownerExists ? "." : "; it has no owner yet.")")
    examineDates(vitals)
    if configuration.databaseURL == nil { examineRoom(vitals) }
  }

  private func examineDates(_ vitals: ShopVitals) {
    if !vitals.knowsTimeZone {
      found(
        "time-zone", .problem, "The database does not know the store's time zone \(vitals.timeZone).",
        advice: "Install the system's time zones (tzdata), or let the owner set another in the store's settings.")
    } else {
      found("time-zone", .ok, "Business days are those of \(vitals.timeZone).")
    }
    let acknowledge = "Set the clock or the time zone right, or let the owner acknowledge today's date (system.acknowledgeClock)."
    guard let mark = vitals.clockMark else {
      found("clock", .ok, "Today is \(vitals.today); nothing is booked yet.")
      return
    }
    if vitals.daysAhead < 0 {
      found(
        "clock", .problem, "Today is \(vitals.today), but there are documents of \(mark): nothing can be sold.",
        advice: acknowledge)
    } else if vitals.daysAhead > ShopVitals.believedDays {
      found(
        "clock", .problem, "Today is \(vitals.today), \(vitals.daysAhead) days after the newest document: nothing can be sold.",
        advice: acknowledge)
    } else {
      found("clock", .ok, "Today is \(vitals.today), the newest document is of \(mark).")
    }
  }

  private func examineRoom(_ vitals: ShopVitals) {
    guard let free = DiskSpace.free(at: configuration.dataDirectory) else { return }
    let needed = UInt64(clamping: vitals.databaseBytes) * 2
    if free >= needed || free < Self.tooFewBytes { return }
    found(
      "restore-space", .warning,
      "A restore needs about \(Terminal.size(Int64(clamping: needed))), and \(Terminal.size(Int64(clamping: free))) are free.",
      advice: "Free some space before you need to restore.")
  }

  func examineBackups(_ vitals: ShopVitals) {
    let folder: BackupCollection
    do { folder = try Server.backups(configuration).folder } catch {
      found("backups", .problem, run.words(error))
      return
    }
    if DiskSpace.exists(folder.path), let complaint = DiskSpace.complaint(aboutFolder: folder.path) {
      found("backups", .problem, "\(folder.path) \(complaint).", advice: "Run shelflife as the folder's owner.")
    }
    let unusable = folder.list().filter { $0.manifest == nil }
    if let first = unusable.first {
      found(
        "unusable-backups", .warning,
        "\(first.path): \(first.problem ?? "it cannot be read")"
          + (unusable.count > 1 ? " And \(unusable.count - 1) more." : ""), advice: "Move such files away.")
    }
    let standing = folder.standing(of: vitals.shopID)
    judge("backups", "The newest backup", standing.newest, atMost: Self.newestDays, advice: "Run shelflife backup.")
    judge(
      "verified-backups", "The newest verified backup", standing.newestVerified, atMost: Self.verifiedDays,
      advice: "Run shelflife backup --verify.")
    examineSecondFolder(vitals.secondBackupFolder, first: folder.path)
  }

  private func judge(_ name: String, _ what: String, _ moment: Instant?, atMost days: Int64, advice: String) {
    guard let moment else {
      found(name, .warning, "There is no \(what.dropFirst("The newest ".count)).", advice: advice)
      return
    }
    let age = moment.milliseconds(until: run.now)
    if age < 0 {
      found(
        name, .warning, "\(what) is of \(moment), which is still to come.", advice: "Look at the machine's clock; then \(advice)")
    } else if age > days * Self.dayMilliseconds {
      found(name, .warning, "\(what) is \(age / Self.dayMilliseconds) days old.", advice: advice)
    } else {
      found(name, .ok, "\(what) is of \(moment).")
    }
  }

  private func examineSecondFolder(_ path: String?, first: String) {
    guard let path else {
      found(
        "second-folder", .warning, "Backups lie on one disk only.",
        advice: "Set a second folder on another one (backupFolder in the store's settings), or export them.")
      return
    }
    if let complaint = DiskSpace.complaint(aboutFolder: path) {
      found(
        "second-folder", .problem, "The second folder for backups, \(path), \(complaint).",
        advice: "Is the disk or share there, and may this user write to it?")
    } else if DiskSpace.isShared(path, configuration.dataDirectory) == true, configuration.databaseURL == nil {
      found(
        "second-folder", .warning, "The second folder for backups, \(path), is on the same disk as the shop.",
        advice: "Choose one on another disk.")
    } else {
      found("second-folder", .ok, "Backups are copied to \(path).")
    }
  }
}
