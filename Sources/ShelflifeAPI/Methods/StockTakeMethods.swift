// stockTake.*: counting the shelf while the shop sells.
import JSONRPC
import Shelflife

enum StockTakeMethods {
  static let all: [ServedMethod] = []
}
