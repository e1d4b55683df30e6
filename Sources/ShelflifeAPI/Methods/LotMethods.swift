// lots.*: what people decide about a lot, its corrections and its trace.
import JSONRPC
import Shelflife

enum LotMethods {
  static let all: [ServedMethod] = []
}
