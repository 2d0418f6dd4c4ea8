import Glibc
import Synchronization

/// Runs what blocks on a thread of its own, and returns its answer; or, as soon as the task is cancelled, throws. The
/// thread then ends whenever `body` does, and its answer goes nowhere. No thread is started for a task that is
/// cancelled already.
///
/// A thread for each call, and not a queue: queues have a limit, and calls that wait for hours would use it up.
func onOwnThread<Answer: Sendable>(
    onCancel: @escaping @Sendable () -> Void = {},
    _ body: @escaping @Sendable () throws(JobsError) -> Answer
) async throws(JobsError) -> Answer {
    let race = Race<Answer>()
    let outcome = await withTaskCancellationHandler {
        await withCheckedContinuation { continuation in
            guard race.begin(continuation) else { return }
            let failure = startThread {
                do throws(JobsError) {
                    race.finish(.success(try body()))
                } catch {
                    race.finish(.failure(error))
                }
            }
            if failure != 0 {
                let reason = String(cString: strerror(failure))
                race.finish(.failure(JobsError(.io, "cannot start a thread: \(reason)", isRetryable: true)))
            }
        }
    } onCancel: {
        race.finish(.failure(.taskCancelled))
        onCancel()
    }
    return try outcome.get()
}

/// Resumes a task once, with what comes first: an answer, or the cancellation, which may come before the task waits.
private final class Race<Answer: Sendable>: Sendable {
    typealias Outcome = Result<Answer, JobsError>

    private enum State {
        case notBegun
        case waiting(CheckedContinuation<Outcome, Never>)
        case finished(Outcome)
    }

    private let state = Mutex(State.notBegun)

    /// Whether there is anything to wait for.
    func begin(_ continuation: CheckedContinuation<Outcome, Never>) -> Bool {
        let early: Outcome? = state.withLock { state in
            if case .finished(let outcome) = state { return outcome }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(returning: early) }
        return early == nil
    }

    func finish(_ outcome: Outcome) {
        let continuation: CheckedContinuation<Outcome, Never>? = state.withLock { state in
            switch state {
            case .finished:
                return nil
            case .notBegun:
                state = .finished(outcome)
                return nil
            case .waiting(let continuation):
                state = .finished(outcome)
                return continuation
            }
        }
        continuation?.resume(returning: outcome)
    }
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
