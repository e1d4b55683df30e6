// The server as its superuser sees it, through PostgreSQL's own programs.
import Glibc

struct Cluster {
  /// The folder of `psql` and `pg_amcheck`.
  let programs: String
  let data: String
  let pair: Pair?

  private var database: String { pair == nil ? "shelflife" : Pair.database }

  private var place: [String]? {
    if let pair { return pair.place }
    guard let socketFolder = linkTarget(data + "/run") else { return nil }
    return ["-h", socketFolder, "-U", "postgres"]
  }

  /// The rows of a query, their fields apart; nil with a word to people where it fails.
  func rows(_ query: String) -> [[Substring]]? {
    guard let place else {
      say("the socket's folder is not known")
      return nil
    }
    let (status, text) = run(
      programs + "/psql",
      ["-X", "-q", "-A", "-t", "-F", "|", "-v", "ON_ERROR_STOP=1"] + place + [
        "-d", database, "-c", "set search_path = shelf", "-c", query,
      ])
    guard status == 0 else {
      say("psql: \(text)")
      return nil
    }
    return text.split(separator: "\n").map { $0.split(separator: "|", omittingEmptySubsequences: false) }
  }

  /// What `pg_amcheck` finds in heaps and indexes; nil where it finds nothing.
  func damage() -> String? {
    guard let place else { return "the socket's folder is not known" }
    let (status, text) = run(
      programs + "/pg_amcheck", place + ["-d", database, "--install-missing", "--heapallindexed", "--no-dependent-toast"])
    return status == 0 ? nil : "status \(status): \(text)"
  }

  /// Documents with a day and number beyond `mark`, in their order, each with its lines and the lots behind them.
  func sales(beyond mark: Mark) -> (documents: [Document], takes: [Take])? {
    let query = """
      select 'RCPT-' || to_char(s.day, 'YYYYMMDD'), s.number, s.note, l.line, l.product_id, l.qty, m.lot_id, -m.qty
      from sale s join sale_line l on l.sale_id = s.id
      join stock_movement m on m.sale_id = l.sale_id and m.line = l.line and m.kind = 'sold'
      where (s.day, s.number) > ('\(mark.day)', \(mark.number)) order by s.day, s.number, l.line, m.take
      """
    guard let rows = rows(query) else { return nil }
    var documents: [Document] = []
    var takes: [Take] = []
    var line = Substring()
    for row in rows where row.count == 8 {
      let number = row[0] + "-" + padded(Int(row[1]) ?? 0, 4)
      let (product, qty, taken) = (Goods.number(row[4]), Int(row[5]) ?? 0, Int(row[7]) ?? 0)
      let isNew = documents.last?.number != number
      if isNew { documents.append(Document(number: number, name: String(row[2]), content: "")) }
      if isNew || line != row[3] { documents[documents.count - 1].content += Ledger.content(product, qty) }
      line = row[3]
      documents[documents.count - 1].content += Ledger.content(row[6], taken)
      takes.append(Take(receipt: number, product: product, lot: String(row[6]), qty: taken))
    }
    return (documents, takes)
  }

  func deliveries(beyond mark: Mark) -> [Document]? {
    let query = """
      select 'STK-' || to_char(s.day, 'YYYYMMDD'), s.number, s.note, string_agg(l.id::text, ' ' order by l.line)
      from stock_in s join lot l on l.stock_in_id = s.id
      where (s.day, s.number) > ('\(mark.day)', \(mark.number)) group by 1, 2, 3 order by 1, 2
      """
    return rows(query)?.filter { $0.count == 4 }.map {
      Document(number: $0[0] + "-" + padded(Int($0[1]) ?? 0, 4), name: String($0[2]), content: String($0[3]))
    }
  }
}

/// A place among the numbers of the days.
struct Mark {
  var day = "1900-01-01"
  var number = 0

  init() {}

  /// Of a document's number: `RCPT-YYYYMMDD-0001`.
  init(_ number: String) {
    let parts = number.split(separator: "-")
    day = String(parts[1])
    self.number = Int(parts[2]) ?? 0
  }
}

/// Units that a line of a sale took of a lot.
struct Take {
  let receipt: String
  let product: Int
  let lot: String
  let qty: Int
}
