// store.*: the shop's own settings.
import JSONRPC
import Shelflife

extension Shape where Value == Currency {
  static var currency: Shape {
    .value(.text(3...3, pattern: "^[A-Z]{3}$"), { text throws(ValueFault) in try Currency(parsing: text) }, { $0.code })
  }
}

extension Shape where Value == StoreSettings {
  fileprivate static let settings: Shape = .result(
    .required("name", .text, "The store's name; empty until it is set.", \.name),
    .required("address", .text, "For the receipt.", \.address),
    .required("phone", .text, "For the receipt.", \.phone),
    .required("currency", .currency, "ISO 4217.", \.currency),
    .required("timeZone", .text, "An IANA zone; business dates are taken in it.", \.timeZone),
    .required("receiptFooter", .text, "For the receipt.", \.receiptFooter),
    .required("sessionMaxAgeHours", .integer, "How long a session lives at most.", \.sessionMaxAgeHours),
    .required("sessionIdleMinutes", .integer, "How long a session lives without use.", \.sessionIdleMinutes))
}

extension Shape where Value == Store {
  static let store: Shape = .result(
    .members(of: .settings, \.settings),
    .required("staffReturnLimit", .money, "Up to which amount staff take goods back by themselves.", \.care.staffReturnLimit),
    .optional(
      "backupFolder", Shape<String>.text.nullable, "Where backups are copied to; null for nowhere; the owner's replies only.",
      from: { @Sendable in $0.showsBackups ? .some($0.care.backupFolder) : nil }),
    .optional(
      "backupKeepDaily", .integer, "Of how many days a backup is kept; the owner's replies only.",
      from: { @Sendable in $0.showsBackups ? $0.care.backupKeepDaily : nil }),
    .optional(
      "backupKeepMonthly", .integer, "Of how many months a backup is kept; the owner's replies only.",
      from: { @Sendable in $0.showsBackups ? $0.care.backupKeepMonthly : nil })
  ).named("Store")
}

enum StoreMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "store.get", "The shop's settings.", access: .signedIn, params: .nothing, result: .store,
      .quickRead { _, read in try Stores.get(in: read) }),
    ServedMethod(
      "store.update", "Changes the settings that are given; sessions that begin later follow the new times.", access: .owner,
      params: .record(
        .optional("name", .cleaned(1...200), "The store's name.", \.name),
        .optional("address", .cleaned(0...500), "For the receipt.", \.address),
        .optional("phone", .cleaned(0...50), "For the receipt.", \.phone),
        .optional("currency", .currency, "ISO 4217; only while there is no product, delivery or sale.", \.currency),
        .optional(
          "timeZone", .cleaned(1...64),
          "An IANA zone by its exact name. Where today becomes earlier than the newest document, system.acknowledgeClock is needed.",
          \.timeZone),
        .optional("receiptFooter", .cleaned(0...500), "For the receipt.", \.receiptFooter),
        .optional("sessionMaxAgeHours", .integer(1...168), "Hours.", \.sessionMaxAgeHours),
        .optional("sessionIdleMinutes", .integer(1...10_080), "Minutes.", \.sessionIdleMinutes),
        .clearable(
          "backupFolder", .path(900), "An absolute path, which is not looked at; null for none.", \.backupFolder),
        .optional("backupKeepDaily", .integer(1...3_660), "Of how many days a backup is kept.", \.backupKeepDaily),
        .optional("backupKeepMonthly", .integer(0...1_200), "Of how many months a backup is kept.", \.backupKeepMonthly),
        .optional(
          "staffReturnLimit", .money, "An amount; another currency without a new limit makes it zero.", \.staffReturnLimit),
        make: {
          StoreChange(
            name: $0, address: $1, phone: $2, currency: $3, timeZone: $4, receiptFooter: $5, sessionMaxAgeHours: $6,
            sessionIdleMinutes: $7, backupFolder: $8, backupKeepDaily: $9, backupKeepMonthly: $10, staffReturnLimit: $11)
        }),
      result: .store, faults: [.currencyInUse],
      .write(
        { try Stores.update($0, in: $1) },
        after: { store, _, service in
          service.keeper.note(
            storeName: store.settings.name, moneyScale: store.settings.currency.minorDigits)
        })),
  ]
}
