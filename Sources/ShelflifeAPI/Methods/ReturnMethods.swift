// sales.returnable, sales.return, sales.void: what customers bring back, and receipts that should not have been.
import JSONRPC
import Shelflife

enum ReturnMethods {
  static let all: [ServedMethod] = []
}
