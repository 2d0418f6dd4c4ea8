import Foundation
import Synchronization
import XCTest

@testable import UnstructuredJobs

/// Tasks that are cancelled, clients that are shut down: calls end at once, and leave nothing.
final class CancellationTests: XCTestCase {
    typealias Question = @Sendable (Client) async throws(JobsError) -> Void

    /// Every asynchronous call.
    static let questions: [(name: String, ask: Question)] = [
        ("jobDetails", { client async throws(JobsError) in _ = try await client.jobDetails(testJob) }),
        ("failedFiles", { client async throws(JobsError) in _ = try await client.failedFiles(testJob) }),
        ("fileStatuses", { client async throws(JobsError) in _ = try await client.fileStatuses(testJob) }),
        ("wait", { client async throws(JobsError) in _ = try await client.wait(testJob) }),
        (
            "waitAll",
            { client async throws(JobsError) in
                for outcome in try await client.waitAll([testJob, "another"]) { _ = try outcome.get() }
            }
        ),
    ]

    func testCancelledBefore() async throws {
        let server = TestServer()
        defer { server.stop() }
        let client = try Client(patient(server))
        for (name, ask) in Self.questions {
            let gate = AsyncGate()
            let task = Task {
                await gate.wait()
                return await outcome(of: ask, on: client)
            }
            task.cancel()
            gate.open()
            expectTaskCancelled(await task.value, name)
        }
        XCTAssertEqual(server.requestCount, 0)
    }

    func testCancelledDuring() async throws {
        for (name, ask) in Self.questions {
            let server = TestServer()
            defer { server.stop() }
            let client = try Client(patient(server))
            let task = Task { await outcome(of: ask, on: client) }
            await server.asked.signalled()
            task.cancel()
            expectTaskCancelled(await task.value, name)
        }
    }

    func testCancelledDuringAPause() async throws {
        let server = TestServer { _ in (200, details("IN_PROGRESS")) }
        defer { server.stop() }
        let client = try Client(patient(server))
        let before = threadCount()
        let task = Task {
            await outcome(
                of: { client async throws(JobsError) in
                    _ = try await client.wait(
                        testJob, options: WaitOptions(initialInterval: .seconds(3600), maxInterval: .seconds(3600)))
                }, on: client)
        }
        await server.asked.signalled()
        XCTAssert(eventually { threadCount() > before })
        task.cancel()
        expectTaskCancelled(await task.value, "wait")
        // the wait in C has ended too, for its thread has (the server's thread of the connection stays)
        XCTAssert(eventually { threadCount() <= before + 1 })
    }

    func testCancelledAfter() async throws {
        let server = TestServer { _ in (200, details("SUCCESS")) }
        defer { server.stop() }
        let client = try Client(patient(server))
        let task = Task {
            do throws(JobsError) {
                return Result<[ProcessingStatus], JobsError>.success([
                    try await client.jobDetails(testJob).processingStatus,
                    try await client.wait(testJob).processingStatus,
                ])
            } catch {
                return .failure(error)
            }
        }
        let answers = await task.value
        task.cancel()
        XCTAssertEqual(answers, .success([.success, .success]))
    }

    func testCancelledAnyTime() async throws {
        let server = TestServer { _ in (200, details("SUCCESS")) }
        defer { server.stop() }
        let before = threadCount()
        try await {
            let client = try Client(patient(server))
            for round in 0..<200 {
                let ask = (round % 2 == 0 ? Self.questions.first : Self.questions.first { $0.name == "wait" })!.ask
                let task = Task { await outcome(of: ask, on: client) }
                try await Task.sleep(for: .microseconds(round * 13 % 400))
                task.cancel()
                if case .failure(let error) = await task.value { XCTAssertEqual(error, .taskCancelled) }
            }
        }()
        expectNoThreadsLeft(before)
    }

    /// What had ended before its task was cancelled is not lost.
    func testWaitAllKeepsWhatHadEnded() async throws {
        let server = TestServer { path in
            let id = path.split(separator: "/")[3]
            return id == "missing" ? (404, "") : (200, details(id == "good" ? "SUCCESS" : "IN_PROGRESS", of: "\(id)"))
        }
        defer { server.stop() }
        let client = try Client(patient(server))
        let pause = Duration.milliseconds(10)
        let task = Task {
            try await client.waitAll(
                ["good", "endless", "missing"], options: WaitOptions(initialInterval: pause, maxInterval: pause))
        }
        // the job that goes on has been polled again: all others have been polled
        for _ in 0..<5 { await server.asked.signalled() }
        task.cancel()
        let outcomes = try await task.value
        XCTAssertEqual(outcomes.map(\.jobID), ["good", "endless", "missing"])
        XCTAssertEqual(outcomes[0].details?.processingStatus, .success)
        XCTAssertNil(outcomes[0].error)
        XCTAssertEqual(outcomes[1].error, .taskCancelled)
        XCTAssertEqual(outcomes[2].error?.code, .notFound)
    }

    /// A cancelled call is over in C too: the service sees it hang up, and nothing holds the client any more.
    func testNothingIsLeftBehind() async throws {
        for (name, ask) in Self.questions {
            let server = TestServer()
            defer { server.stop() }
            weak var dropped: Client?
            try await {
                let client = try Client(patient(server))
                dropped = client
                let task = Task { [client] in await outcome(of: ask, on: client) }
                await server.asked.signalled()
                task.cancel()
                expectTaskCancelled(await task.value, name)
                await server.hungUp.signalled()
            }()
            XCTAssert(eventually { dropped == nil }, name)
        }
    }

    /// A task that is cancelled ends its own call, and no other on the same client.
    func testOtherCallsAreNotDisturbed() async throws {
        let release = DispatchSemaphore(value: 0)
        let server = TestServer { _ in
            release.wait()
            return (200, details("SUCCESS"))
        }
        defer { server.stop() }
        let client = try Client(patient(server))
        let tasks = (0..<6).map { _ in Task { await outcome(of: Self.questions[0].ask, on: client) } }
        for _ in tasks { await server.asked.signalled() }
        for task in tasks[..<3] {
            task.cancel()
            expectTaskCancelled(await task.value, "jobDetails")
        }
        for _ in tasks { release.signal() }
        for task in tasks[3...] {
            if case .failure(let error) = await task.value { XCTFail("\(error)") }
        }
    }

    /// An observer runs to its end before the wait of a cancelled task returns, and not again.
    func testObserverIsNotCalledAfterwards() async throws {
        let server = TestServer { _ in (200, details("IN_PROGRESS")) }
        defer { server.stop() }
        let client = try Client(patient(server))
        let observes = DispatchSemaphore(value: 0)
        let goOn = DispatchSemaphore(value: 0)
        let seen = Kept(0)
        let task = Task {
            await outcome(
                of: { client async throws(JobsError) in
                    let often = WaitOptions(initialInterval: .milliseconds(10), maxInterval: .milliseconds(10))
                    _ = try await client.wait(testJob, options: often) { _ in
                        observes.signal()
                        goOn.wait()
                        seen.value.withLock { $0 += 1 }
                        return true
                    }
                }, on: client)
        }
        await observes.signalled()
        task.cancel()
        goOn.signal()
        expectTaskCancelled(await task.value, "wait")
        XCTAssertEqual(seen.value.withLock { $0 }, 1)
    }

    /// More calls than the cooperative pool has threads leave it free.
    func testThePoolIsNotBlocked() async throws {
        let server = TestServer()
        defer { server.stop() }
        let client = try Client(patient(server))
        let count = 4 * ProcessInfo.processInfo.activeProcessorCount + 8
        let before = threadCount()
        let tasks = (0..<count).map { _ in Task { await outcome(of: Self.questions[0].ask, on: client) } }
        for _ in 0..<count { await server.asked.signalled() }
        let other = await Task { 42 }.value
        XCTAssertEqual(other, 42)
        client.shutdown()
        for task in tasks {
            guard case .failure(let error) = await task.value else { return XCTFail("there was an answer") }
            XCTAssertEqual(error.code, .cancelled)
        }
        expectNoThreadsLeft(before)
    }

    func testShutdown() async throws {
        for (name, ask) in Self.questions {
            let server = TestServer()
            defer { server.stop() }
            let client = try Client(patient(server))
            let task = Task { await outcome(of: ask, on: client) }
            await server.asked.signalled()
            client.shutdown()
            for result in [await task.value, await outcome(of: ask, on: client)] {
                guard case .failure(let error) = result else { return XCTFail("\(name): there was an answer") }
                XCTAssertEqual(error.code, .cancelled, name)
                XCTAssertNotEqual(error, .taskCancelled, name)
            }
        }
    }

    func testShutdownOfBlockingCalls() throws {
        let server = TestServer()
        defer { server.stop() }
        let client = try Client(patient(server))
        let failed = DispatchSemaphore(value: 0)
        let result = Kept<JobsError.Code?>(nil)
        Thread.detachNewThread {
            do throws(JobsError) { _ = try client.jobDetails(testJob) } catch {
                result.value.withLock { $0 = error.code }
            }
            failed.signal()
        }
        server.asked.wait()
        client.shutdown()
        failed.wait()
        XCTAssertEqual(result.value.withLock { $0 }, .cancelled)
    }

    /// Fewer than the calls of a test: the cooperative pool may have grown meanwhile.
    private func expectNoThreadsLeft(_ before: Int) {
        XCTAssert(eventually { threadCount() < before + 10 }, "\(before) threads before, \(threadCount()) after")
    }

    private func expectTaskCancelled(_ result: Result<Void, JobsError>, _ name: String) {
        guard case .failure(let error) = result else { return XCTFail("\(name): there was an answer") }
        XCTAssertEqual(error, .taskCancelled, name)
    }
}

/// A client's settings that end nothing early.
func patient(_ server: TestServer) -> Configuration {
    var configuration = Configuration(apiKey: "key", baseURL: server.url)
    configuration.proxy = "none"
    configuration.timeout = .seconds(600)
    configuration.maxRetries = 0
    return configuration
}

func outcome(of ask: CancellationTests.Question, on client: Client) async -> Result<Void, JobsError> {
    do throws(JobsError) {
        return .success(try await ask(client))
    } catch {
        return .failure(error)
    }
}

/// Opened once; a task waits at it without looking at its own cancellation.
final class AsyncGate: Sendable {
    private let stream: AsyncStream<Void>
    private let continuation: AsyncStream<Void>.Continuation

    init() { (stream, continuation) = AsyncStream.makeStream() }

    func open() { continuation.finish() }

    func wait() async { for await _ in stream {} }
}

extension DispatchSemaphore {
    /// Waits without blocking the pool.
    func signalled() async {
        await withCheckedContinuation { continuation in
            Thread.detachNewThread {
                self.wait()
                continuation.resume()
            }
        }
    }
}

/// A value that threads hand to each other.
final class Kept<Value: Sendable>: Sendable {
    let value: Mutex<Value>

    init(_ value: Value) { self.value = Mutex(value) }
}
