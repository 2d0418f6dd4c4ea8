import CUnstructuredJobs

/// Runs what blocks on a thread of its own, and returns its result. Cancelling the task cancels `client`, and so ends
/// `body` at once; this then throws, unless there was a result already. No thread is started for a cancelled task.
///
/// A thread for each call, and not a queue: queues have a limit, and calls that wait for hours would use it up.
func onOwnThread<Output: Sendable>(
    _ client: CancellableClient, _ body: @escaping @Sendable () throws(JobsError) -> Output
) async throws(JobsError) -> Output {
    let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Result<Output, JobsError>, Never>) in
            if client.isCancelled { return continuation.resume(returning: .failure(.taskCancelled)) }
            let failure = startThread {
                do throws(JobsError) {
                    continuation.resume(returning: .success(try body()))
                } catch {
                    continuation.resume(returning: .failure(error))
                }
            }
            if failure != 0 {
                let reason = String(cString: strerror(failure))
                let error = JobsError(.io, "cannot start a thread: \(reason)", isRetryable: true)
                continuation.resume(returning: .failure(error))
            }
        }
    } onCancel: {
        client.cancel()
    }
    if case .failure(let error) = outcome, error.code == .cancelled, client.isCancelled { throw .taskCancelled }
    return try outcome.get()
}

private final class Body: Sendable {
    let run: @Sendable () -> Void
    init(_ run: @escaping @Sendable () -> Void) { self.run = run }
}

/// Starts a detached thread; returns what pthread_create did.
private func startThread(_ run: @escaping @Sendable () -> Void) -> Int32 {
    let body = Unmanaged.passRetained(Body(run))
    let failure = unstructured_jobs_start_thread(
        { body in
            Unmanaged<Body>.fromOpaque(body!).takeRetainedValue().run()
            return nil
        }, body.toOpaque())
    if failure != 0 { body.release() }
    return failure
}
