// SQL of the store's one row and of the clock mark.
import Postgres

enum StoreStatements {
  static let columns =
    "s.name, s.address, s.phone, s.currency, s.time_zone, s.receipt_footer, s.session_max_age_hours, s.session_idle_minutes"

  private static let careColumns = "s.backup_folder, s.backup_keep_daily, s.backup_keep_monthly, s.staff_return_limit"

  static let care = Statement<Void, StoreCare>("store_care", "select \(careColumns) from store s") { row in
    try StoreCare(row: &row)
  }

  static let standing = Statement<Void, ShopStanding>(
    "shop_standing", "select (select created_at from app_user where role = 'OWNER'), name, currency, shop_id from store"
  ) { row in
    ShopStanding(
      ownerSince: try row.optionalInstant(), storeName: try row.text(), currency: try row.currency(), shopID: try row.identifier()
    )
  }

  struct Whole {
    let settings: StoreSettings
    let care: StoreCare
  }

  static let lock = Statement<Void, Whole>("lock_store", "select \(columns), \(careColumns) from store s for update of s") {
    row in
    Whole(settings: try StoreSettings(row: &row), care: try StoreCare(row: &row))
  }

  static let shareCurrency = Statement<Void, Currency>("share_currency", "select s.currency from store s for share of s") { row in
    try row.currency()
  }

  static let update = Statement<Whole, Void>(
    "update_store",
    #"""
    update store set name = $1::text, address = $2::text, phone = $3::text, currency = $4::text, time_zone = $5::text,
      receipt_footer = $6::text, session_max_age_hours = $7::int, session_idle_minutes = $8::int,
      backup_folder = $9::text, backup_keep_daily = $10::int, backup_keep_monthly = $11::int, staff_return_limit = $12::bigint
    """#
  ) { whole, p in
    let store = whole.settings
    p.add(store.name)
    p.add(store.address)
    p.add(store.phone)
    p.add(store.currency.code)
    p.add(store.timeZone)
    p.add(store.receiptFooter)
    p.add(int32: store.sessionMaxAgeHours)
    p.add(int32: store.sessionIdleMinutes)
    p.add(whole.care.backupFolder)
    p.add(int32: whole.care.backupKeepDaily)
    p.add(int32: whole.care.backupKeepMonthly)
    p.add(whole.care.staffReturnLimit)
  }

  static let knowsZone = Statement<String, Bool>(
    "knows_zone",
    "select exists (select from pg_timezone_names where name = $1::text and name !~ '^(posix/|posixrules|localtime|Factory)')"
  ) { zone, p in
    p.add(zone)
  } decode: { row in
    try row.bool()
  }

  /// Any amount that was written in the present currency.
  static let hasAmounts = Statement<Void, Bool>(
    "has_amounts", "select exists (select from product) or exists (select from stock_in) or exists (select from sale)"
  ) { row in
    try row.bool()
  }

  static let setMark = Statement<Day, Void>("set_clock_mark", "update clock_mark set day = $1::date") { day, p in
    p.add(day)
  }
}

extension StoreCare {
  fileprivate init(row: inout RowReader) throws {
    backupFolder = try row.optionalText()
    backupKeepDaily = try row.int()
    backupKeepMonthly = try row.int()
    staffReturnLimit = try row.money()
  }
}

extension StoreSettings {
  /// Reads `StoreStatements.columns`.
  init(row: inout RowReader) throws {
    name = try row.text()
    address = try row.text()
    phone = try row.text()
    currency = try row.currency()
    timeZone = try row.text()
    receiptFooter = try row.text()
    sessionMaxAgeHours = try row.int()
    sessionIdleMinutes = try row.int()
  }
}
