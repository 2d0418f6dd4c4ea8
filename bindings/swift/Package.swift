// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "UnstructuredJobs",
    // the first that have the module Synchronization; elsewhere this says nothing
    platforms: [.macOS(.v15), .iOS(.v18), .tvOS(.v18), .watchOS(.v11), .visionOS(.v2)],
    products: [.library(name: "UnstructuredJobs", targets: ["UnstructuredJobs"])],
    targets: [
        // the C library, where pkg-config says
        .systemLibrary(name: "CUnstructuredJobs", pkgConfig: "unstructured_jobs"),
        .target(name: "UnstructuredJobs", dependencies: ["CUnstructuredJobs"]),
        .executableTarget(name: "leak-check", dependencies: ["UnstructuredJobs"], path: "Tests/LeakCheck"),
        .testTarget(name: "UnstructuredJobsTests", dependencies: ["UnstructuredJobs"]),
    ]
)
