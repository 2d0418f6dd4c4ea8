import Foundation
import XCTest

@testable import UnstructuredJobs

/// The sequence of a wait's events, and everything that ends it.
final class EventsTests: XCTestCase {
    private let often = WaitOptions(initialInterval: .milliseconds(10), maxInterval: .milliseconds(10))

    /// Knows the jobs "good" and "endless".
    private func jobs() -> TestServer {
        TestServer { path in
            let id = String(path.split(separator: "/")[3])
            let status = ["good": "SUCCESS", "endless": "IN_PROGRESS"][id]
            return status.map { (200, details($0, of: id)) } ?? (404, "")
        }
    }

    func testEndsWithTheLastJob() async throws {
        let server = jobs()
        defer { server.stop() }
        let events = try Client(patient(server)).events(of: ["good", "missing"], options: often)
        for _ in 0..<2 {  // each loop is a wait of its own
            var seen: [String: JobEvent.Kind] = [:]
            for try await event in events {
                XCTAssertEqual(event.jobID, ["good", "missing"][event.index])
                seen[event.jobID] = event.kind
            }
            XCTAssertEqual(seen, ["good": .ended, "missing": .gaveUp])
        }
        for try await event in try Client(patient(server)).events(of: []) { XCTFail("\(event)") }
    }

    func testThrowsOnceWhatIsUnacceptable() async throws {
        let server = jobs()
        defer { server.stop() }
        var events = try Client(patient(server)).events(of: ["no/id"]).makeAsyncIterator()
        do throws(JobsError) {
            XCTFail("an event: \(String(describing: try await events.next()))")
        } catch {
            XCTAssertEqual(error.code, .invalidArgument)
        }
        let more = try await events.next()
        XCTAssertNil(more)
        XCTAssertEqual(server.requestCount, 0)
    }

    /// Leaving the loop ends the wait: nothing holds the client any more, and its connection ends.
    func testLeavingTheLoopEndsTheWait() async throws {
        let server = jobs()
        defer { server.stop() }
        weak var dropped: Client?
        try await {
            let client = try Client(patient(server))
            dropped = client
            for try await _ in client.events(of: ["endless"], options: often) { break }
        }()
        XCTAssert(eventually { dropped == nil })
        await server.hungUp.signalled()
    }

    func testCancelledTask() async throws {
        let server = TestServer()
        defer { server.stop() }
        let client = try Client(patient(server))
        let task = Task {
            do throws(JobsError) {
                for try await event in client.events(of: [testJob]) { XCTFail("\(event)") }
                return nil as JobsError?
            } catch {
                return error
            }
        }
        await server.asked.signalled()
        task.cancel()
        let error = await task.value
        XCTAssertEqual(error, .taskCancelled)
        await server.hungUp.signalled()
    }

    func testShutdown() async throws {
        let server = jobs()
        defer { server.stop() }
        let client = try Client(patient(server))
        do throws(JobsError) {
            for try await event in client.events(of: ["good", "endless"], options: often)
            where event.jobID == "endless" {
                client.shutdown()
            }
            XCTFail("the sequence ended as if all jobs had")
        } catch {
            XCTAssertEqual(error.code, .cancelled)
            XCTAssertNotEqual(error, .taskCancelled)
        }
    }
}
