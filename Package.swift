// swift-tools-version: 6.1
import PackageDescription

let settings: [SwiftSetting] = [.unsafeFlags(["-warnings-as-errors"])]

let package = Package(
  name: "shelflife",
  products: [.executable(name: "shelflife", targets: ["shelflife"])],
  dependencies: [
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
  ],
  targets: [
    .systemLibrary(name: "CLibPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
    .systemLibrary(name: "CCrypt", providers: [.apt(["libcrypt-dev"])]),
    .target(name: "CSystem"),
    .systemLibrary(name: "COpenSSL", pkgConfig: "libcrypto", providers: [.apt(["libssl-dev"])]),
    .target(name: "JSONRPC", swiftSettings: settings),
    .target(name: "Postgres", dependencies: ["CLibPQ"], swiftSettings: settings),
    .target(name: "PostgresServer", swiftSettings: settings),
    .target(
      name: "Shelflife", dependencies: ["Postgres", "CCrypt", "COpenSSL", "CSystem"],
      resources: [.embedInCode("Schema")], swiftSettings: settings),
    .target(
      name: "ShelflifeAPI", dependencies: ["JSONRPC", "Shelflife"], resources: [.embedInCode("Examples")],
      swiftSettings: settings),
    .executableTarget(
      name: "shelflife",
      dependencies: [
        "JSONRPC", "Shelflife", "ShelflifeAPI", "PostgresServer", "CSystem",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ],
      swiftSettings: settings),
    .executableTarget(name: "leaseprobe", dependencies: ["PostgresServer"], path: "Tests/leaseprobe", swiftSettings: settings),
    .target(name: "TestSupport", dependencies: ["Postgres", "Shelflife"], path: "Tests/TestSupport", swiftSettings: settings),
    .testTarget(name: "JSONRPCTests", dependencies: ["JSONRPC"], swiftSettings: settings),
    .testTarget(name: "PostgresTests", dependencies: ["Postgres", "TestSupport"], swiftSettings: settings),
    .testTarget(
      name: "PostgresServerTests", dependencies: ["PostgresServer", "Postgres", "TestSupport", "leaseprobe"],
      swiftSettings: settings),
    .testTarget(name: "ShelflifeTests", dependencies: ["Shelflife"], swiftSettings: settings),
    .testTarget(
      name: "ShopTests", dependencies: ["Shelflife", "Postgres", "TestSupport"], exclude: ["Snapshots"], swiftSettings: settings),
    .testTarget(
      name: "ShelflifeAPITests",
      dependencies: ["ShelflifeAPI", "Shelflife", "JSONRPC", "Postgres", "PostgresServer", "TestSupport"],
      swiftSettings: settings),
    .testTarget(
      name: "EndToEndTests", dependencies: ["shelflife", "JSONRPC"], resources: [.embedInCode("Resources/baskets.csv")],
      swiftSettings: settings),
    .testTarget(name: "TidyTests", swiftSettings: settings),
    .executableTarget(name: "shop-chaos", path: "Tests/ShopChaos", exclude: ["mutants.patch"], swiftSettings: settings),
    .testTarget(name: "ShopChaosTests", dependencies: ["shop-chaos"], swiftSettings: settings),
    .executableTarget(
      name: "hot-paths", dependencies: ["JSONRPC", "Postgres", "Shelflife", "ShelflifeAPI", "CLibPQ"],
      path: "Benchmarks/HotPaths",
      exclude: ["baseline.json"], swiftSettings: settings),
    .executableTarget(
      name: "shop-bench", dependencies: [.product(name: "Histogram", package: "hdrhistogram-swift")],
      path: "Benchmarks/ShopBench",
      swiftSettings: settings + [.swiftLanguageMode(.v5)]),
  ]
)

// Fuzz targets stand outside of every usual build: `scripts/fuzz` names libFuzzer's archive and so asks for them.
if let library = Context.environment["SHELFLIFE_LIBFUZZER"] {
  let watched: [SwiftSetting] = [.unsafeFlags(["-sanitize=fuzzer", "-enable-testing", "-parse-as-library"])]
  for target in package.targets where target.swiftSettings != nil {
    target.swiftSettings?.append(.unsafeFlags(["-sanitize=fuzzer", "-enable-testing"]))
  }
  package.targets += [
    .target(name: "CLibFuzzer", path: "Tests/Fuzz/CLibFuzzer"),
    .target(name: "FuzzSupport", dependencies: ["CLibFuzzer"], path: "Tests/Fuzz/Support"),
  ]
  for (name, needed) in [("JSON", ["JSONRPC"]), ("Lines", ["JSONRPC"]), ("Params", ["JSONRPC", "ShelflifeAPI"])]
    as [(String, [Target.Dependency])]
  {
    package.targets.append(
      .executableTarget(
        name: "fuzz-" + name.lowercased(), dependencies: ["FuzzSupport"] + needed,
        path: "Tests/Fuzz/" + name, swiftSettings: settings + watched,
        linkerSettings: [.unsafeFlags([library]), .linkedLibrary("stdc++"), .linkedLibrary("m")]))
  }
}
