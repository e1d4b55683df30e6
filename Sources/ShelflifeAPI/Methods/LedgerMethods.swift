// stock.*: the ledger read back, and goods that leave other than by a sale.
import JSONRPC
import Shelflife

enum LedgerMethods {
  static let all: [ServedMethod] = []
}
