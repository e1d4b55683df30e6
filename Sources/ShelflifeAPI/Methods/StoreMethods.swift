// store.*: the shop's own settings.
import JSONRPC
import Shelflife

extension Shape where Value == Currency {
  static var currency: Shape {
    .value(.text(3...3, pattern: "^[A-Z]{3}$"), { text throws(ValueFault) in try Currency(parsing: text) }, { $0.code })
  }
}

extension Shape where Value == StoreSettings {
  static let store: Shape = .result(
    .required("name", .text, "The store's name; empty until it is set.", \.name),
    .required("address", .text, "For the receipt.", \.address),
    .required("phone", .text, "For the receipt.", \.phone),
    .required("currency", .currency, "ISO 4217.", \.currency),
    .required("timeZone", .text, "An IANA zone; business dates are taken in it.", \.timeZone),
    .required("receiptFooter", .text, "For the receipt.", \.receiptFooter),
    .required("sessionMaxAgeHours", .integer, "How long a session lives at most.", \.sessionMaxAgeHours),
    .required("sessionIdleMinutes", .integer, "How long a session lives without use.", \.sessionIdleMinutes)
  ).named("Store")
}

enum StoreMethods {
  static let all: [ServedMethod] = [
    ServedMethod(
      "store.get", "The shop's settings.", access: .signedIn, params: .nothing, result: .store,
      .read { _, read, _ in Stores.get(in: read) }),
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
        make: {
          StoreChange(
            name: $0, address: $1, phone: $2, currency: $3, timeZone: $4, receiptFooter: $5, sessionMaxAgeHours: $6,
            sessionIdleMinutes: $7)
        }),
      result: .store, faults: [.currencyInUse],
      .write(
        { try Stores.update($0, in: $1) },
        after: { store, _, service in
          service.keeper.note(storeName: store.name, moneyScale: store.currency.minorDigits)
        })),
  ]
}
