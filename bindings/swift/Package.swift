// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "UnstructuredJobs",
    products: [.library(name: "UnstructuredJobs", targets: ["UnstructuredJobs"])],
    targets: [
        // the C library, where pkg-config says
        .systemLibrary(name: "CUnstructuredJobs", pkgConfig: "unstructured_jobs"),
        .target(name: "UnstructuredJobs", dependencies: ["CUnstructuredJobs"]),
        .executableTarget(name: "leak-check", dependencies: ["UnstructuredJobs"], path: "Tests/LeakCheck"),
        .testTarget(name: "UnstructuredJobsTests", dependencies: ["UnstructuredJobs"]),
    ]
)
