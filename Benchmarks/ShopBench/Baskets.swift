// What customers buy: real baskets, whose items stand for families of products.
import Glibc

/// Draws baskets of a file of real ones, a basket a line, its items between commas.
///
/// A drawn basket has the length and the items of a real one. Each item is a family of products, and the basket has one of them:
/// the family's first most often, the k-th 1/k times as often. So the items are the heads of the products' popularity, what is
/// bought together in the file is bought together in the shop, and most products sell seldom.
struct Baskets {
  struct Line {
    let product: Int
    let qty: Int
  }

  /// The items, in the order in which the file first names them.
  let families: [String]
  private let real: [[Int]]
  /// Sums of the weights of a family's products up to each.
  private let weights: [Int]

  init(file: String, products: Int) {
    var families: [String] = []
    var numbers: [String: Int] = [:]
    real = lines(of: file).map { line in
      line.split(separator: ",").map { item in
        let name = String(item).trimmed
        if let number = numbers[name] { return number }
        numbers[name] = families.count
        families.append(name)
        return families.count - 1
      }
    }
    guard !real.isEmpty, families.count <= products else {
      fail("\(file) holds no baskets, or more items than there are products")
    }
    self.families = families
    var sum = 0
    weights = (0..<products / families.count).map { rank in
      sum += 1_000_000 / (rank + 1)
      return sum
    }
  }

  /// Baskets that have so many lines together; the last one is cut where it would have more.
  func draw(lines wanted: Int, by dice: inout Dice) -> [[Line]] {
    var left = wanted
    var all: [[Line]] = []
    while left > 0 {
      let basket = real[dice.roll(real.count)].prefix(left)
      left -= basket.count
      all.append(
        basket.map { family in
          let point = dice.roll(weights[weights.count - 1])
          var rank = 0
          while weights[rank] <= point { rank += 1 }
          let chance = dice.roll(10)
          return Line(product: rank * families.count + family, qty: chance < 7 ? 1 : chance < 9 ? 2 : 3)
        })
    }
    return all
  }
}

extension String {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

/// A file's lines that are not empty.
func lines(of file: String) -> [String] {
  guard access(file, R_OK) == 0 else { fail("\(file) cannot be read") }
  return contents(of: file).utf8.split(separator: 0x0A).map { String(decoding: $0, as: UTF8.self) }
}
