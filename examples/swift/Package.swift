// swift-tools-version: 6.0
import PackageDescription

let package = Package(
    name: "UnstructuredJobs",
    products: [
        .library(name: "UnstructuredJobs", targets: ["UnstructuredJobs"]),
        .executable(name: "follow-job", targets: ["follow-job"]),
    ],
    targets: [
        // the C library, where pkg-config says
        .systemLibrary(name: "CUnstructuredJobs", pkgConfig: "unstructured_jobs"),
        .target(name: "UnstructuredJobs", dependencies: ["CUnstructuredJobs"]),
        .executableTarget(name: "follow-job", dependencies: ["UnstructuredJobs"]),
        .executableTarget(name: "leak-check", dependencies: ["UnstructuredJobs"], path: "Tests/LeakCheck"),
        .testTarget(name: "UnstructuredJobsTests", dependencies: ["UnstructuredJobs"]),
    ]
)
