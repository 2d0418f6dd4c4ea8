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
            if $0.kind == .ended { seen[$0.index] = $0.details?.processingStatus }
            return true
        }
        XCTAssertEqual(seen, [0: .success, 2: .failed])
        XCTAssertEqual(outcomes.map(\.jobID), ["good", "missing", "bad", "good"])
        XCTAssertEqual(outcomes.map { try? $0.get().processingStatus }, [.success, nil, .failed, .success])
        XCTAssertEqual(outcomes[1].error?.code, .notFound)
        XCTAssertEqual(outcomes[1].error?.httpStatus, 404)
        XCTAssertThrowsError(try outcomes[1].get())
        XCTAssertEqual(try client.waitAll([]), [])
    }

    func testWaitAllAsynchronously() async throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        let outcomes = try await client.waitAll(["good", "endless"], options: often) { $0.index == 0 }
        XCTAssertEqual(try outcomes[0].get().id, "good")
        XCTAssertEqual(outcomes[1].error?.code, .cancelled)
        XCTAssertNotEqual(outcomes[1].error, .taskCancelled)
    }

    /// Every poll is an event: what failed too, with what was seen before.
    func testEvents() throws {
        let turns = Kept(["SUCCESS", "503", "IN_PROGRESS", "503", "503"])
        let server = TestServer { _ in
            let turn = turns.value.withLock { $0.removeLast() }
            return turn == "503" ? (503, "") : (200, details(turn))
        }
        defer { server.stop() }
        let client = try Client(patient(server))
        var events: [JobEvent] = []
        _ = try client.wait(testJob, options: often) {
            events.append($0)
            return true
        }
        XCTAssertEqual(events.map(\.kind), [.failed, .failed, .responded, .failed, .ended])
        XCTAssertEqual(events.map(\.failures), [1, 2, 0, 1, 0])
        XCTAssertEqual(
            events.map { $0.details?.processingStatus }, [nil, nil, .inProgress, .inProgress, .success])
        XCTAssertEqual(events.map { $0.error?.httpStatus }, [503, 503, nil, 503, nil])
        XCTAssertEqual(events.map { $0.nextPoll == nil }, [false, false, false, false, true])
        XCTAssert(events.allSatisfy { $0.jobID == testJob && $0.index == 0 })
    }

    func testEventOfAJobThatIsGivenUp() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        var events: [JobEvent] = []
        let outcomes = try client.waitAll(["good", "missing"], options: often) {
            events.append($0)
            return true
        }
        let last = try XCTUnwrap(events.last)
        XCTAssertEqual(last.kind, .gaveUp)
        XCTAssertEqual(last.jobID, "missing")
        XCTAssertEqual(last.index, 1)
        XCTAssertNil(last.details)
        XCTAssertNil(last.nextPoll)
        XCTAssertEqual(last.error, outcomes[1].error)
        XCTAssertEqual(last.error?.code, .notFound)
    }

    /// An outcome keeps what was seen last beside its error.
    func testOutcomeOfAJobThatTimesOut() throws {
        let server = jobs()
        defer { server.stop() }
        let outcome = try Client(patient(server)).waitAll(["endless"], options: WaitOptions(timeout: .zero))[0]
        XCTAssertEqual(outcome.details?.processingStatus, .inProgress)
        XCTAssertEqual(outcome.error?.code, .timeout)
    }

    /// Zero polls once; without a timeout there is none.
    func testTimeoutOfZeroPollsOnce() throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        XCTAssertThrowsError(try client.wait("endless", options: WaitOptions(timeout: .zero))) {
            XCTAssertEqual(($0 as? JobsError)?.code, .timeout)
        }
        XCTAssertEqual(server.requestCount, 1)
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
            { $0.maxResponseBytes = 0 }, { $0.trustsBuiltInAuthorities = false },
            { $0.certificateAuthorities = [.file("/no/such/file")] }, { $0.certificateAuthorities = [.pem([])] },
            { $0.certificateAuthorities = [.pem(Array("none".utf8))] },
            {
                $0.trustsBuiltInAuthorities = false
                $0.certificateAuthorities = [.pem(Array(authority.utf8)), .file("/no/such/file")]
            },
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
        configuration.certificateAuthorities = [.pem(Array(authority.utf8)), .pem(Array(authority.utf8))]
        _ = try Client(configuration)
        configuration.trustsBuiltInAuthorities = false
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
        expectInvalid { () throws(JobsError) in _ = try Client(.fromEnvironment) }
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

    func testFileStatuses() async throws {
        let server = TestServer { path in
            XCTAssertEqual(path, "/api/v1/jobs/\(testJob)/file-status")
            return (
                200,
                #"""
                {"id":"\#(testJob)","files":[
                  {"record_id":"r-1","document":"s3://bucket/größer.pdf","status":"IN_PROGRESS","time_elapsed":12.5,
                   "current_node":{"id":"n-1","status":"RUNNING","tries":2,"time_elapsed":3},"discovered_by_node_id":"n-0"},
                  {"document":"b","status":"PAUSED","current_node":{"tries":99999999999}},
                  {"document":"c","status":"FAILURE","error":"too large","time_elapsed":0},
                  {}
                ],"truncated":true,"index_finished":true,"generated_at":"2026-11-25T10:00:00Z"}
                """#
            )
        }
        defer { server.stop() }
        let client = try Client(patient(server))
        let expected = FileStatuses(
            id: testJob,
            files: [
                FileStatus(
                    recordID: "r-1", document: "s3://bucket/größer.pdf", state: .inProgress, timeElapsed: 12.5,
                    currentNode: .init(id: "n-1", status: "RUNNING", tries: 2, timeElapsed: 3),
                    discoveredByNodeID: "n-0"),
                FileStatus(
                    document: "b", state: FileState(rawValue: "PAUSED"), currentNode: .init(tries: Int(UInt32.max))),
                FileStatus(document: "c", state: .failure, error: "too large", timeElapsed: 0),
                FileStatus(document: "", state: FileState(rawValue: "")),
            ], isTruncated: true, isIndexFinished: true, generatedAt: "2026-11-25T10:00:00Z")
        let statuses = try await client.fileStatuses(testJob)
        XCTAssertEqual(statuses, expected)
        XCTAssertEqual(statuses.files.map(\.state.isKnown), [true, false, true, false])
        XCTAssertEqual(try fileStatusesBlocking(client), expected)
    }

    private func fileStatusesBlocking(_ client: Client) throws(JobsError) -> FileStatuses {
        try client.fileStatuses(testJob)
    }

    func testNoFileStatuses() throws {
        let body = Kept(#"{"id":"\#(testJob)"}"#)
        let server = TestServer { _ in (200, body.value.withLock { $0 }) }
        defer { server.stop() }
        let client = try Client(patient(server))
        XCTAssertThrowsError(try client.fileStatuses(testJob)) { XCTAssertEqual(($0 as? JobsError)?.code, .decode) }
        body.value.withLock { $0 = #"{"id":"\#(testJob)","files":[]}"# }
        XCTAssertEqual(try client.fileStatuses(testJob), FileStatuses(id: testJob))
        XCTAssertThrowsError(try client.fileStatuses("no\0id"))
    }

    func testStatuses() {
        let ended: [ProcessingStatus: Bool] = [
            .scheduled: false, .inProgress: false, .success: true, .completedWithErrors: true, .stopped: true,
            .failed: true,
        ]
        for (status, isTerminal) in ended {
            XCTAssert(status.isKnown, "\(status)")
            XCTAssertEqual(status.isTerminal, isTerminal, "\(status)")
            XCTAssertEqual(status.isSuccess, status.rawValue == "SUCCESS")
        }
        for text in ["", "success", "PAUSED"] {
            let status = ProcessingStatus(rawValue: text)
            XCTAssertFalse(status.isKnown || status.isTerminal || status.isSuccess, text)
            XCTAssertEqual("\(status)", text)
        }
    }

    /// A code that the C library has and this package has not would be named.
    func testCodes() {
        for (place, code) in JobsError.Code.allCases.enumerated() {
            XCTAssertEqual(code.rawValue, Int32(place + 1))
            XCTAssert(code.description.hasPrefix("UNS_ERROR_"), "\(code)")
        }
        let beyond = JobsError.Code(rawValue: Int32(JobsError.Code.allCases.count + 1))
        XCTAssertEqual(beyond.description, "UNKNOWN")
    }

    func testLog() throws {
        let server = jobs()
        defer { server.stop() }
        let lines = Kept<[String]>([])
        JobsLog.start(.debug) { level, message in lines.value.withLock { $0.append("\(level): \(message)") } }
        var configuration = patient(server)
        configuration.apiKey = "s3cret-of-somebody"
        let client = try Client(configuration)
        _ = try client.jobDetails("good")
        JobsLog.stop()
        let said = lines.value.withLock { $0 }
        let address = server.url.dropFirst("http://".count)
        XCTAssert(said.contains { $0.hasPrefix("debug: ") && $0.contains(address) }, "\(said)")
        XCTAssertFalse(said.contains { $0.contains("s3cret") }, "\(said)")
        _ = try client.jobDetails("good")
        XCTAssertEqual(lines.value.withLock { $0.count }, said.count)
    }

    func testTotals() {
        func totals(_ nodes: NodeStats...) -> NodeTotals {
            JobDetails(id: "a", processingStatus: .inProgress, nodeStats: nodes).totals
        }
        XCTAssertEqual(totals(), NodeTotals())
        XCTAssertEqual(
            totals(
                NodeStats(ready: 1, inProgress: 2, success: 3, failure: 4),
                NodeStats(ready: 10, inProgress: 20, success: 30, failure: 40)),
            NodeTotals(ready: 11, inProgress: 22, success: 33, failure: 44))
        let most = NodeStats(ready: .max, inProgress: .max, success: .max, failure: .max)
        XCTAssertEqual(
            totals(most, NodeStats(ready: 1, success: 1)),
            NodeTotals(ready: .max, inProgress: .max, success: .max, failure: .max))
    }

    func testFractionDone() {
        func fraction(_ nodes: NodeStats...) -> Double? {
            JobDetails(id: "a", processingStatus: .inProgress, nodeStats: nodes).fractionDone
        }
        XCTAssertNil(fraction())
        XCTAssertNil(fraction(NodeStats()))
        XCTAssertEqual(fraction(NodeStats(ready: 4)), 0)
        XCTAssertEqual(fraction(NodeStats(success: 3), NodeStats(inProgress: 1)), 0.75)
        XCTAssertEqual(fraction(NodeStats(success: 7, failure: 2)), 1)
        XCTAssertEqual(fraction(NodeStats(ready: .max, inProgress: .max, success: .max, failure: .max)), 0.5)
    }

    func testEventsAreReadable() {
        let details = JobDetails(id: "b2c3", processingStatus: .inProgress)
        let busy = JobsError(.httpStatus, "HTTP 503: busy", isRetryable: true)
        for (event, expected) in [
            (
                JobEvent(
                    kind: .responded, jobID: "b2c3", index: 0, details: details, failures: 0, nextPoll: .seconds(1)),
                "b2c3 responded: IN_PROGRESS, next poll in 1.0 seconds"
            ),
            (
                JobEvent(kind: .failed, jobID: "b2c3", index: 0, details: details, error: busy, failures: 2),
                "b2c3 failed (2 in a row): HTTP 503: busy"
            ),
            (
                JobEvent(kind: .gaveUp, jobID: "b2c3", index: 0, error: busy, failures: 3),
                "b2c3 gave up (3 in a row): HTTP 503: busy"
            ),
            (JobEvent(kind: .init(rawValue: 9), jobID: "b2c3", index: 0, failures: 0), "b2c3 event kind 9"),
        ] {
            XCTAssertEqual("\(event)", expected)
        }
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
