// swift-tools-version: 6.0
import PackageDescription

// Not in examples/swift itself: a package is called by its folder, and two called `swift` do not go together.
let library = Target.Dependency.product(name: "UnstructuredJobs", package: "swift")

let package = Package(
    name: "programs",
    dependencies: [.package(path: "../../../bindings/swift")],
    targets: ["job-details", "wait", "wait-many"].map { .executableTarget(name: $0, dependencies: [library]) }
)
