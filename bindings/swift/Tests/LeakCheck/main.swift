// Makes every kind of call, answered, failed, cancelled and shut down, for the leak sanitizer to look at what is left:
//
//     swift run --sanitize=address leak-check http://127.0.0.1:PORT    # where examples/conformance_server.rs listens
//
// Not a test of XCTest, which leaks by itself.

import UnstructuredJobs

let job = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e"
let server = CommandLine.arguments[1]

func client(of name: String) throws(JobsError) -> Client {
    var configuration = Configuration(apiKey: "conformance-key", baseURL: "\(server)/\(name)")
    configuration.proxy = "none"
    configuration.maxRetries = 0
    return try Client(configuration)
}

/// Blocking, in a function that is not async.
func block(on client: Client) throws(JobsError) {
    _ = try client.jobDetails(job)
    _ = try client.wait(job) { _ in true }
    _ = try client.waitAll([job, job]) { _ in true }
}

func expect(_ code: JobsError.Code, _ ask: () async throws(JobsError) -> Void) async {
    do throws(JobsError) {
        try await ask()
        fatalError("no error, but \(code) was expected")
    } catch {
        precondition(error.code == code, "\(error.code), but \(code) was expected: \(error)")
    }
}

func round() async throws -> Client {
    let answered = try client(of: "success")
    _ = try await answered.jobDetails(job)
    _ = try await answered.wait(job)
    _ = try await answered.waitAll([job])
    for try await event in answered.events(of: [job]) { precondition(event.kind == .ended) }
    try block(on: answered)
    _ = try await client(of: "failed_files").failedFiles(job)

    // the server knows no such question
    await expect(.httpStatus) { () async throws(JobsError) in _ = try await answered.fileStatuses(job) }
    await expect(.notFound) { () async throws(JobsError) in _ = try await client(of: "not_found").jobDetails(job) }
    await expect(.invalidArgument) { () async throws(JobsError) in _ = try await answered.jobDetails("no/id") }
    await expect(.invalidArgument) { () throws(JobsError) in _ = try Client(Configuration(apiKey: "")) }
    await expect(.cancelled) { () async throws(JobsError) in
        _ = try await client(of: "scheduled").wait(job) { _ in false }
    }

    let silent = try client(of: "silence")
    let tasks = [
        Task { try? await silent.jobDetails(job) },
        Task { try? await silent.wait(job) },
        Task { try? await silent.waitAll([job]).first?.details },
    ]
    for (delay, task) in tasks.enumerated() {
        try await Task.sleep(for: .milliseconds(delay * 5))
        task.cancel()
        let details = await task.value
        precondition(details == nil)
    }
    for try await _ in try client(of: "scheduled").events(of: [job]) { break }
    silent.shutdown()
    await expect(.cancelled) { () async throws(JobsError) in _ = try await silent.jobDetails(job) }
    return silent
}

for _ in 0..<20 {
    weak var silent = try await round()
    // nothing holds the client but what Swift has not let go of yet
    while silent != nil { try await Task.sleep(for: .milliseconds(1)) }
}
print("nothing is left but what the sanitizer reports")
