import CUnstructuredJobs

/// Asks the Unstructured Platform what a job is doing, and how it ended.
///
/// It keeps its connections alive between calls, and may be used from any thread and task. Its connections are closed
/// when nobody refers to it any more.
///
/// Every question comes in two forms of one name. In synchronous code it blocks the thread. In asynchronous code, with
/// `await`, it blocks a thread of its own, never one of the cooperative pool, and ends at once when its task is
/// cancelled, asleep or blocked in the network, with a ``JobsError`` whose code is `cancelled` (a typed `throws` has
/// no room for `CancellationError`). Nothing of it is left behind, and no other call on the client is disturbed.
public final class Client: Sendable {
    /// C allows any number of calls at once on it, and nothing else happens to it before `deinit`.
    private nonisolated(unsafe) let handle: OpaquePointer

    /// Makes a client, after checking every setting. Sends nothing.
    public init(_ configuration: Configuration) throws(JobsError) {
        handle = try configuration.makeClient()
    }

    deinit { uns_client_free(handle) }

    /// Ends every call on this client, in any thread or task, at once. They and all later calls fail with the code
    /// `cancelled`. Cannot be undone.
    public func shutdown() { uns_client_shutdown(handle) }

    /// Asks once how a job is doing, with retries as configured; blocks.
    ///
    /// - Parameter jobID: 1 to 128 letters, digits, `-` and `_`
    public func jobDetails(_ jobID: String) throws(JobsError) -> JobDetails { try askForDetails(handle, jobID) }

    /// Asks once how a job is doing, with retries as configured.
    ///
    /// - Parameter jobID: 1 to 128 letters, digits, `-` and `_`
    public func jobDetails(_ jobID: String) async throws(JobsError) -> JobDetails {
        let client = CancellableClient(handle)
        return try await onOwnThread(client) { () throws(JobsError) in try askForDetails(client.handle, jobID) }
    }

    /// Asks which documents of a job failed, and why: the next question after an end that is not `success`; blocks.
    public func failedFiles(_ jobID: String) throws(JobsError) -> [FailedFile] {
        try askForFailedFiles(handle, jobID)
    }

    /// Asks which documents of a job failed, and why: the next question after an end that is not `success`.
    public func failedFiles(_ jobID: String) async throws(JobsError) -> [FailedFile] {
        let client = CancellableClient(handle)
        return try await onOwnThread(client) { () throws(JobsError) in try askForFailedFiles(client.handle, jobID) }
    }

    /// Asks where each file of a job is: which node has it, how often that has tried, and for how long; blocks.
    ///
    /// The service allows 12 such calls a minute for each job, so this is no call to poll with.
    public func fileStatuses(_ jobID: String) throws(JobsError) -> FileStatuses {
        try askForFileStatuses(handle, jobID)
    }

    /// Asks where each file of a job is: which node has it, how often that has tried, and for how long.
    ///
    /// The service allows 12 such calls a minute for each job, so this is no call to poll with.
    public func fileStatuses(_ jobID: String) async throws(JobsError) -> FileStatuses {
        let client = CancellableClient(handle)
        return try await onOwnThread(client) { () throws(JobsError) in try askForFileStatuses(client.handle, jobID) }
    }

    /// Polls until a job ends, and returns its last details, whatever the end: look at their `processingStatus`; blocks.
    ///
    /// - Parameter observer: sees an event for every poll, the last one included, on this thread; `false` stops the wait,
    ///   which then fails with the code `cancelled`. It may use this client.
    public func wait(
        _ jobID: String, options: WaitOptions = WaitOptions(), observer: (JobEvent) -> Bool = { _ in true }
    ) throws(JobsError) -> JobDetails {
        try waitForOne(handle, jobID, options, observer)
    }

    /// Polls until a job ends, and returns its last details, whatever the end: look at their `processingStatus`.
    ///
    /// - Parameter observer: sees an event for every poll, the last one included, on the thread of this wait; `false`
    ///   stops the wait, which then fails with the code `cancelled`. It may use this client. It is not called any more
    ///   when the task is cancelled, and never after the wait has returned.
    public func wait(
        _ jobID: String, options: WaitOptions = WaitOptions(),
        observer: @escaping @Sendable (JobEvent) -> Bool = { _ in true }
    ) async throws(JobsError) -> JobDetails {
        let client = CancellableClient(handle)
        return try await onOwnThread(client) { () throws(JobsError) in
            try waitForOne(client.handle, jobID, options) { !client.isCancelled && observer($0) }
        }
    }

    /// Waits for any number of jobs on one thread, over one kept connection, each on its own schedule; blocks.
    ///
    /// Returns one outcome for each id, in their order; one job's failure does not end the others. An id given twice is
    /// polled once, and both get the outcome. A rate limit in response to one poll slows all of them. It throws only if an
    /// id or an option is unacceptable, or the system lacks something, before anything is sent.
    ///
    /// - Parameter observer: sees an event for every poll, on this thread; `false` stops the wait, and the jobs that have
    ///   not ended get the code `cancelled`. It may use this client.
    public func waitAll(
        _ jobIDs: [String], options: WaitOptions = WaitOptions(), observer: (JobEvent) -> Bool = { _ in true }
    ) throws(JobsError) -> [JobOutcome] {
        try waitForMany(handle, jobIDs, options, observer)
    }

    /// Waits for any number of jobs on one thread of its own, over one kept connection, each on its own schedule.
    ///
    /// As the blocking form. When the task is cancelled it returns at once, and nothing that has ended is lost: the jobs
    /// that had not ended get the code `cancelled`.
    ///
    /// - Parameter observer: sees an event for every poll, on the thread of this wait; `false` stops the wait, and the
    ///   jobs that have not ended get the code `cancelled`. It may use this client. It is not called any more when the
    ///   task is cancelled, and never after the wait has returned.
    public func waitAll(
        _ jobIDs: [String], options: WaitOptions = WaitOptions(),
        observer: @escaping @Sendable (JobEvent) -> Bool = { _ in true }
    ) async throws(JobsError) -> [JobOutcome] {
        let client = CancellableClient(handle)
        do throws(JobsError) {
            var outcomes = try await onOwnThread(client) { () throws(JobsError) in
                try waitForMany(client.handle, jobIDs, options) { !client.isCancelled && observer($0) }
            }
            for place in outcomes.indices where client.isCancelled && outcomes[place].error?.code == .cancelled {
                outcomes[place].error = .taskCancelled
            }
            return outcomes
        } catch {
            guard error == .taskCancelled else { throw error }
            return jobIDs.map { JobOutcome(jobID: $0, error: error) }
        }
    }
}

extension Client {
    /// The events of a wait for any number of jobs, one for every poll: the sequence ends when no job is left to poll.
    ///
    ///     for try await event in client.events(of: jobIDs) { print(event) }
    ///
    /// The last event of each job is an `ended` or a `gaveUp`, and what one job fails with does not end the sequence. It
    /// throws what ``waitAll(_:options:observer:)`` throws, and the code `cancelled` when the task is cancelled or the
    /// client shut down. Leaving the loop ends the wait, at once. Each loop over a sequence is a wait of its own.
    public func events(of jobIDs: [String], options: WaitOptions = WaitOptions()) -> JobEvents {
        JobEvents(client: self, jobIDs: jobIDs, options: options)
    }
}

// What both forms share. These block.

private func askForDetails(_ handle: OpaquePointer, _ jobID: String) throws(JobsError) -> JobDetails {
    try jobID.checkedForC("job id")
    return try take(
        { uns_client_job_details(handle, jobID, $0, $1) }, free: uns_job_details_free, copy: { JobDetails($0) })
}

private func askForFailedFiles(_ handle: OpaquePointer, _ jobID: String) throws(JobsError) -> [FailedFile] {
    try jobID.checkedForC("job id")
    return try take(
        { uns_client_failed_files(handle, jobID, $0, $1) }, free: uns_failed_files_free,
        copy: { UnsafeBufferPointer(start: $0.pointee.files, count: $0.pointee.files_len).map(FailedFile.init) })
}

private func askForFileStatuses(_ handle: OpaquePointer, _ jobID: String) throws(JobsError) -> FileStatuses {
    try jobID.checkedForC("job id")
    return try take(
        { uns_client_file_statuses(handle, jobID, $0, $1) }, free: uns_file_statuses_free, copy: { FileStatuses($0) })
}

private func waitForOne(
    _ handle: OpaquePointer, _ jobID: String, _ options: WaitOptions, _ observer: (JobEvent) -> Bool
) throws(JobsError) -> JobDetails {
    try jobID.checkedForC("job id")
    let schedule = try options.forC()
    defer { uns_wait_options_free(schedule) }
    return try take(
        { details, error in
            lend(observer) { observe, userData in
                uns_client_wait(handle, jobID, schedule, observe, userData, details, error)
            }
        }, free: uns_job_details_free, copy: { JobDetails($0) })
}

private func waitForMany(
    _ handle: OpaquePointer, _ jobIDs: [String], _ options: WaitOptions, _ observer: (JobEvent) -> Bool
) throws(JobsError) -> [JobOutcome] {
    for jobID in jobIDs { try jobID.checkedForC("job id") }
    let schedule = try options.forC()
    defer { uns_wait_options_free(schedule) }
    return try take(
        { outcomes, error in
            lend(observer) { observe, userData in
                withCStrings(jobIDs) { ids in
                    uns_client_wait_all(
                        handle, ids.baseAddress, ids.count, schedule, observe, userData, outcomes, error)
                }
            }
        }, free: uns_job_outcomes_free,
        copy: {
            let outcomes = UnsafeBufferPointer(start: $0.pointee.outcomes, count: $0.pointee.outcomes_len)
            return zip(jobIDs, outcomes).map { jobID, outcome in
                JobOutcome(
                    jobID: jobID, details: outcome.details.map { JobDetails($0) },
                    error: outcome.error.map { JobsError(copying: $0) })
            }
        })
}

/// Makes a call of C, copies what it hands out, and frees that.
private func take<Output, Answer>(
    _ call: (
        UnsafeMutablePointer<UnsafeMutablePointer<Output>?>, UnsafeMutablePointer<UnsafeMutablePointer<uns_error>?>
    ) -> uns_result,
    free: (UnsafeMutablePointer<Output>?) -> Void, copy: (UnsafePointer<Output>) -> Answer
) throws(JobsError) -> Answer {
    var output: UnsafeMutablePointer<Output>?
    var error: UnsafeMutablePointer<uns_error>?
    guard call(&output, &error) == UNS_OK, let output else { throw JobsError(taking: error) }
    defer { free(output) }
    return copy(output)
}

/// An observer as C calls and carries it: behind an address that is good until the wait returns.
private func lend(
    _ observer: (JobEvent) -> Bool, _ call: (uns_observer, UnsafeMutableRawPointer) -> uns_result
) -> uns_result {
    withoutActuallyEscaping(observer) { observer in
        var lent = Observer(see: observer)
        return withUnsafeMutablePointer(to: &lent) { lent in
            call({ event, lent in lent!.assumingMemoryBound(to: Observer.self).pointee.see(JobEvent(event!)) }, lent)
        }
    }
}

private struct Observer {
    let see: (JobEvent) -> Bool
}

private func withCStrings(
    _ texts: [String], _ call: (UnsafeBufferPointer<UnsafePointer<CChar>?>) -> uns_result
) -> uns_result {
    // one block of bytes, and the place in it where each text begins
    var bytes: [CChar] = []
    var places: [Int] = []
    for text in texts {
        places.append(bytes.count)
        bytes.append(contentsOf: text.utf8CString)
    }
    return bytes.withUnsafeBufferPointer { bytes in
        places.map { place in bytes.baseAddress.map { $0 + place } }.withUnsafeBufferPointer(call)
    }
}
