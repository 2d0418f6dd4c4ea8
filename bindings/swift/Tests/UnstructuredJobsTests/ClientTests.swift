import Foundation
import XCTest

@testable import UnstructuredJobs

final class ClientTests: XCTestCase {
    private let often = WaitOptions(initialInterval: .milliseconds(10), maxInterval: .milliseconds(20))

    /// Knows the jobs "good", "bad" and "endless".
    private func jobs() -> TestServer {
        TestServer { path in
            let id = String(path.split(separator: "/")[3])
            let statuses = ["good": "SUCCESS", "bad": "FAILED", "endless": "IN_PROGRESS"]
            return statuses[id].map { (200, details($0, of: id)) } ?? (404, "")
        }
    }

    func testWaitAll() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        var seen: [Int: ProcessingStatus] = [:]
        let outcomes = try client.waitAll(["good", "missing", "bad", "good"], options: often) {
            seen[$0] = $1.processingStatus
            return true
        }
        XCTAssertEqual(seen, [0: .success, 2: .failed])
        XCTAssertEqual(outcomes.map { try? $0.get().processingStatus }, [.success, nil, .failed, .success])
        guard case .failure(let error) = outcomes[1] else { return XCTFail("a job that is not there") }
        XCTAssertEqual(error.code, .notFound)
        XCTAssertEqual(error.httpStatus, 404)
        XCTAssertEqual(try client.waitAll([]), [])
    }

    func testWaitAllAsynchronously() async throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        let outcomes = try await client.waitAll(["good", "endless"], options: often) { index, _ in index == 0 }
        XCTAssertEqual(try outcomes[0].get().id, "good")
        guard case .failure(let error) = outcomes[1] else { return XCTFail("a job that does not end") }
        XCTAssertEqual(error.code, .cancelled)
    }

    func testObserverUsesTheClient() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        var other: JobDetails?
        _ = try client.wait("good") { _ in
            other = try? client.jobDetails("bad")
            return true
        }
        XCTAssertEqual(other?.processingStatus, .failed)
    }

    func testJobIDsThatAreUnacceptable() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        for id in ["", "a/b", "..", "good\0", "ä", String(repeating: "a", count: 129)] {
            expectInvalid { () throws(JobsError) in _ = try client.jobDetails(id) }
            expectInvalid { () throws(JobsError) in _ = try client.failedFiles(id) }
            expectInvalid { () throws(JobsError) in _ = try client.wait(id) }
            expectInvalid { () throws(JobsError) in _ = try client.waitAll(["good", id]) }
        }
        XCTAssertEqual(server.requestCount, 0)
    }

    func testOptionsThatAreUnacceptable() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        for options in [
            WaitOptions(timeout: .seconds(-1)), WaitOptions(initialInterval: .zero),
            WaitOptions(initialInterval: .milliseconds(9)), WaitOptions(initialInterval: .seconds(60)),
            WaitOptions(maxInterval: .milliseconds(1)), WaitOptions(maxOutage: .nanoseconds(-1)),
        ] {
            expectInvalid { () throws(JobsError) in _ = try client.wait("good", options: options) }
        }
        XCTAssertEqual(server.requestCount, 0)
    }

    func testSettingsThatAreUnacceptable() {
        let changes: [(inout Configuration) -> Void] = [
            { $0.apiKey = nil }, { $0.apiKey = "" }, { $0.apiKey = "s3cret\0" }, { $0.apiKey = "s3cret\r\na: b" },
            { $0.baseURL = "" }, { $0.baseURL = "http://example.org" }, { $0.baseURL = "http://127.0.0.1\0.example" },
            { $0.timeout = .zero }, { $0.timeout = .seconds(-1) }, { $0.connectTimeout = .zero },
            { $0.maxRetries = -1 }, { $0.maxRetries = Int.max }, { $0.proxy = "::" }, { $0.userAgent = "a\r\nb: c" },
            { $0.maxResponseBytes = 0 }, { $0.trust = .onlyFile("/no/such/file") }, { $0.trust = .onlyPEM([]) },
            { $0.trust = .alsoFile("/no/such/file") }, { $0.trust = .alsoPEM(Array("none".utf8)) },
        ]
        for (place, change) in changes.enumerated() {
            var configuration = Configuration(apiKey: "s3cret")
            configuration.proxy = "none"
            change(&configuration)
            expectInvalid("setting \(place)") { () throws(JobsError) in _ = try Client(configuration) }
        }
    }

    func testSettingsThatAreAcceptable() throws {
        var configuration = Configuration(apiKey: " key\n", baseURL: "http://example.org/api/v1/")
        configuration.proxy = "none"
        configuration.timeout = .nanoseconds(1)
        configuration.connectTimeout = .seconds(Int64.max)
        configuration.maxRetries = Int(UInt32.max)
        configuration.userAgent = "test 1"
        configuration.allowsPlainHTTP = true
        configuration.maxResponseBytes = .max
        _ = try Client(configuration)
    }

    func testTheKeyIsNotShown() {
        let configuration = Configuration(apiKey: "s3cret", baseURL: "https://example.org")
        var dumped = ""
        dump(configuration, to: &dumped)
        for text in ["\(configuration)", String(reflecting: configuration), dumped] {
            XCTAssertFalse(text.contains("s3cret"), text)
        }
    }

    func testEnvironment() throws {
        let server = jobs()
        defer { server.stop() }
        unsetenv("UNSTRUCTURED_API_KEY")
        expectInvalid { () throws(JobsError) in _ = try Client() }
        setenv("UNSTRUCTURED_API_KEY", "key", 1)
        setenv("UNSTRUCTURED_API_URL", server.url, 1)
        defer {
            unsetenv("UNSTRUCTURED_API_KEY")
            unsetenv("UNSTRUCTURED_API_URL")
        }
        var configuration = Configuration.fromEnvironment
        configuration.proxy = "none"
        XCTAssertEqual(try Client(configuration).jobDetails("good").processingStatus, .success)
    }

    func testStatuses() {
        let ended: [String: Bool] = [
            "SCHEDULED": false, "IN_PROGRESS": false, "SUCCESS": true, "COMPLETED_WITH_ERRORS": true, "STOPPED": true,
            "FAILED": true,
        ]
        for (text, isTerminal) in ended {
            let status = ProcessingStatus(text)
            XCTAssertNotEqual(status, .unknown(text))
            XCTAssertEqual(status.description, text)
            XCTAssertEqual(status.isTerminal, isTerminal, text)
            XCTAssertEqual(status.isSuccess, text == "SUCCESS")
        }
        for text in ["", "success", "PAUSED"] {
            XCTAssertEqual(ProcessingStatus(text), .unknown(text))
            XCTAssertFalse(ProcessingStatus(text).isTerminal)
            XCTAssertEqual(ProcessingStatus(text).description, text)
        }
    }

    /// A code that the C library has and this package has not would be named.
    func testCodes() {
        for (place, code) in JobsError.Code.allCases.enumerated() {
            XCTAssertEqual(code.rawValue, Int32(place + 1))
            XCTAssert(code.description.hasPrefix("UNS_ERROR_"), "\(code)")
        }
        XCTAssertEqual(JobsError.Code.other(Int32(JobsError.Code.allCases.count + 1)).description, "UNKNOWN")
    }

    func testDurations() {
        XCTAssertEqual(Duration.nanoseconds(1).wholeMilliseconds, 1)
        XCTAssertEqual(Duration.zero.wholeMilliseconds, 0)
        XCTAssertEqual(Duration.milliseconds(1500).wholeMilliseconds, 1500)
        XCTAssertEqual(Duration.seconds(Int64.max).wholeMilliseconds, .max)
        XCTAssertNil(Duration.nanoseconds(-1).wholeMilliseconds)
        XCTAssertEqual(Duration(milliseconds: .max).wholeMilliseconds, .max)
    }

    private func expectInvalid(
        _ what: String = "", file: StaticString = #filePath, line: UInt = #line, _ call: () throws(JobsError) -> Void
    ) {
        do throws(JobsError) {
            try call()
            XCTFail("\(what) is accepted", file: file, line: line)
        } catch {
            XCTAssertEqual(error.code, .invalidArgument, "\(what): \(error)", file: file, line: line)
            XCTAssertEqual(error.attempts, 0, file: file, line: line)
            XCTAssertFalse(error.message.contains("s3cret"), "\(what): \(error)", file: file, line: line)
        }
    }
}
