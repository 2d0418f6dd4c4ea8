import Foundation
import Synchronization
import XCTest

@testable import UnstructuredJobs

#if canImport(FoundationNetworking)
    import FoundationNetworking
#endif

/// The cases of tests/data/conformance.json, through both forms of every call.
final class ConformanceTests: XCTestCase {
    func testBlocking() throws {
        let server = try ConformanceServer()
        for c in try Case.all(of: server) {
            let observer = StatusObserver(stopAfter: c.stopAfter)
            c.compare(Result { () throws(JobsError) in try c.askBlocking(observer) }, observer.seen)
        }
        try server.stop()
    }

    func testAsynchronous() async throws {
        let server = try ConformanceServer()
        for c in try Case.all(of: server) {
            let observer = StatusObserver(stopAfter: c.stopAfter)
            do throws(JobsError) {
                c.compare(.success(try await c.ask(observer)), observer.seen)
            } catch {
                c.compare(.failure(error), observer.seen)
            }
        }
        try server.stop()
    }

    /// One authority of several is enough, wherever it stands.
    func testSeveralAuthorities() throws {
        let server = try ConformanceServer()
        for c in try Case.all(of: server) where c["config.ca_pem"] != nil && c["expect.result"] == "UNS_OK" {
            let own = c.configuration.certificateAuthorities[0]
            for authorities in [[own, .pem(Array(authority.utf8))], [.pem(Array(authority.utf8)), own]] {
                var configuration = c.configuration
                configuration.certificateAuthorities = authorities
                XCTAssertNoThrow(try Client(configuration).jobDetails(c.jobID))
            }
        }
        try server.stop()
    }

    func testEveryCodeHasACase() throws {
        let server = try ConformanceServer()
        let results = Set(try Case.all(of: server).map { $0["expect.result"] })
        for code in JobsError.Code.allCases where code != .internal {
            XCTAssert(results.contains(code.description), "no case ends with \(code)")
        }
        try server.stop()
    }
}

private enum Answer: Equatable {
    case details(JobDetails)
    case failedFiles([FailedFile])
    case fileStatuses(FileStatuses)
    case none
}

private final class StatusObserver: Sendable {
    private let statuses = Mutex<[String]>([])
    private let stopAfter: Int?

    init(stopAfter: Int?) { self.stopAfter = stopAfter }

    var seen: [String] { statuses.withLock { $0 } }

    func see(_ event: JobEvent) -> Bool {
        guard event.error == nil, let details = event.details else { return true }
        return statuses.withLock {
            $0.append(details.processingStatus.description)
            return $0.count != stopAfter
        }
    }
}

/// A case, as /cases.tsv has it: values by their path, of which `nil` is null.
private struct Case {
    let name: String
    private var values: [String: String?] = [:]

    static func all(of server: ConformanceServer) throws -> [Case] {
        let text = String(decoding: try Data(contentsOf: URL(string: server.url + "/cases.tsv")!), as: UTF8.self)
        var cases: [String: Case] = [:]
        // not by `split` on characters: \r\n would be one
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
                .map { String($0)! }
            cases[fields[0], default: Case(name: fields[0])].values[fields[1]] = .some(unescaped(fields[2]))
        }
        XCTAssertGreaterThan(cases.count, 50)
        return cases.values.sorted { $0.name < $1.name }
    }

    private init(name: String) { self.name = name }

    private static func unescaped(_ value: String) -> String? {
        if value == "\\N" { return nil }
        var text = ""
        var escaped = false
        for scalar in value.unicodeScalars {
            switch (escaped, scalar) {
            case (false, "\\"):
                escaped = true
                continue
            case (true, "t"): text.unicodeScalars.append("\t")
            case (true, "n"): text.unicodeScalars.append("\n")
            case (true, "r"): text.unicodeScalars.append("\r")
            default: text.unicodeScalars.append(scalar)
            }
            escaped = false
        }
        return text
    }

    subscript(path: String) -> String? { values[path] ?? nil }

    private func number<Number: FixedWidthInteger>(_ path: String) -> Number? { self[path].flatMap { Number($0) } }

    private func texts(_ path: String) -> [String]? {
        let count: Int? = number("\(path).len")
        return count.map { count in (0..<count).map { self["\(path).\($0)"]! } }
    }

    private func duration(_ path: String) -> Duration? {
        let milliseconds: UInt64? = number(path)
        return milliseconds.map { Duration(milliseconds: $0) }
    }

    var stopAfter: Int? { number("wait.stop_after") }

    var configuration: Configuration {
        var configuration = Configuration(apiKey: self["config.api_key"], baseURL: self["config.base_url"])
        configuration.proxy = self["config.proxy"]
        configuration.timeout = duration("config.timeout_ms")
        configuration.connectTimeout = duration("config.connect_timeout_ms")
        configuration.maxRetries = number("config.max_retries")
        configuration.maxResponseBytes = number("config.max_response_bytes")
        if let pem = self["config.ca_pem"] {
            configuration.trustsBuiltInAuthorities = false
            configuration.certificateAuthorities = [.pem(Array(pem.utf8))]
        }
        return configuration
    }

    private var options: WaitOptions {
        WaitOptions(
            timeout: duration("wait.timeout_ms"), initialInterval: duration("wait.initial_interval_ms"),
            maxInterval: duration("wait.max_interval_ms"), maxOutage: duration("wait.max_outage_ms"))
    }

    private var calls: Int { number("calls") ?? 1 }
    var jobID: String { self["job_id"]! }

    func askBlocking(_ observer: StatusObserver) throws(JobsError) -> Answer {
        let client = try Client(configuration)
        var answer = Answer.none
        for _ in 0..<calls {
            switch self["call"] {
            case "job_details": answer = .details(try client.jobDetails(jobID))
            case "failed_files": answer = .failedFiles(try client.failedFiles(jobID))
            case "file_statuses": answer = .fileStatuses(try client.fileStatuses(jobID))
            case "wait": answer = .details(try client.wait(jobID, options: options) { observer.see($0) })
            default: XCTFail("\(name): an unknown call")
            }
        }
        return answer
    }

    func ask(_ observer: StatusObserver) async throws(JobsError) -> Answer {
        let client = try Client(configuration)
        var answer = Answer.none
        for _ in 0..<calls {
            switch self["call"] {
            case "job_details": answer = .details(try await client.jobDetails(jobID))
            case "failed_files": answer = .failedFiles(try await client.failedFiles(jobID))
            case "file_statuses": answer = .fileStatuses(try await client.fileStatuses(jobID))
            case "wait": answer = .details(try await client.wait(jobID, options: options) { observer.see($0) })
            default: XCTFail("\(name): an unknown call")
            }
        }
        return answer
    }

    func compare(_ outcome: Result<Answer, JobsError>, _ observed: [String]) {
        if let expected = texts("expect.observed") { XCTAssertEqual(observed, expected, name) }
        switch outcome {
        case .success(let answer):
            XCTAssertEqual("UNS_OK", self["expect.result"], name)
            XCTAssertEqual(answer, expectedAnswer, name)
            guard case .details(let details) = answer else { return }
            let status = details.processingStatus
            XCTAssertEqual(status.isKnown ? status.rawValue : "UNKNOWN", self["expect.status"], name)
        case .failure(let error):
            XCTAssertEqual(error.code.description, self["expect.result"], "\(name): \(error)")
            let status: Int = number("expect.http_status")!
            let pause: UInt64 = number("expect.retry_after_ms")!
            XCTAssertEqual(error.httpStatus, status == 0 ? nil : status, name)
            XCTAssertEqual(error.retryAfter, pause == 0 ? nil : Duration(milliseconds: pause), name)
            XCTAssertEqual(error.retryAfter?.wholeMilliseconds ?? 0, pause, name)
            XCTAssertEqual(String(error.isRetryable), self["expect.retryable"], name)
            XCTAssertEqual(error.attempts, number("expect.attempts")!, name)
            for text in texts("expect.message") ?? [] {
                XCTAssert(error.message.contains(text), "\(name): \(error.message) lacks \(text)")
            }
            for text in texts("expect.message_lacks") ?? [] {
                XCTAssertFalse(error.message.contains(text), "\(name): \(error.message) contains \(text)")
            }
        }
    }

    private func fileStatus(_ path: String) -> FileStatus {
        let seconds = { (path: String) in self[path].flatMap { Double($0) } }
        let node = self["\(path).current_node.id"].map { id in
            FileStatus.CurrentNode(
                id: id, status: self["\(path).current_node.status"], tries: number("\(path).current_node.tries")!,
                timeElapsed: seconds("\(path).current_node.time_elapsed"))
        }
        return FileStatus(
            recordID: self["\(path).record_id"], document: self["\(path).document"]!,
            state: FileState(rawValue: self["\(path).status"]!), error: self["\(path).error"],
            timeElapsed: seconds("\(path).time_elapsed"), currentNode: node,
            discoveredByNodeID: self["\(path).discovered_by_node_id"])
    }

    private var expectedAnswer: Answer {
        if let count: Int = number("expect.failed_files.len") {
            return .failedFiles(
                (0..<count).map {
                    FailedFile(
                        document: self["expect.failed_files.\($0).document"]!,
                        error: self["expect.failed_files.\($0).error"]!)
                })
        }
        if let count: Int = number("expect.file_statuses.files.len") {
            return .fileStatuses(
                FileStatuses(
                    id: self["expect.file_statuses.id"]!,
                    files: (0..<count).map { fileStatus("expect.file_statuses.files.\($0)") },
                    isTruncated: self["expect.file_statuses.truncated"] == "true",
                    isIndexFinished: self["expect.file_statuses.index_finished"] == "true",
                    generatedAt: self["expect.file_statuses.generated_at"]))
        }
        let count: Int = number("expect.details.node_stats.len")!
        return .details(
            JobDetails(
                id: self["expect.details.id"]!,
                processingStatus: ProcessingStatus(rawValue: self["expect.details.processing_status"]!),
                nodeStats: (0..<count).map { node in
                    let path = "expect.details.node_stats.\(node)"
                    return NodeStats(
                        nodeName: self["\(path).node_name"], nodeType: self["\(path).node_type"],
                        nodeSubtype: self["\(path).node_subtype"], ready: number("\(path).ready")!,
                        inProgress: number("\(path).in_progress")!, success: number("\(path).success")!,
                        failure: number("\(path).failure")!)
                },
                message: self["expect.details.message"]))
    }
}
