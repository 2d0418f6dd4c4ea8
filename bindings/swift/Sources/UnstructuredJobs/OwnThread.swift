import Glibc

/// Runs what blocks on a thread of its own, and returns its answer. Cancelling the task cancels `client`, and so ends
/// `body` at once; this then throws, unless there was an answer already. No thread is started for a cancelled task.
///
/// A thread for each call, and not a queue: queues have a limit, and calls that wait for hours would use it up.
func onOwnThread<Answer: Sendable>(
    _ client: CancellableClient, _ body: @escaping @Sendable () throws(JobsError) -> Answer
) async throws(JobsError) -> Answer {
    let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { (continuation: CheckedContinuation<Result<Answer, JobsError>, Never>) in
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
    var attributes = pthread_attr_t()
    pthread_attr_init(&attributes)
    defer { pthread_attr_destroy(&attributes) }
    pthread_attr_setdetachstate(&attributes, Int32(PTHREAD_CREATE_DETACHED))

    let body = Unmanaged.passRetained(Body(run))
    var thread = pthread_t()
    let failure = pthread_create(
        &thread, &attributes,
        { body in
            Unmanaged<Body>.fromOpaque(body!).takeRetainedValue().run()
            return nil
        }, body.toOpaque())
    if failure != 0 { body.release() }
    return failure
}
