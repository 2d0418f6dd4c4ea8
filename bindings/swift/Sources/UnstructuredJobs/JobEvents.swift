/// The events of a wait, one by one: what ``Client/events(of:options:)`` returns.
public struct JobEvents: AsyncSequence, Sendable {
    let client: Client
    let jobIDs: [String]
    let options: WaitOptions

    /// Begins the wait. It ends with the iterator, if not before.
    public func makeAsyncIterator() -> Iterator {
        let (reports, continuation) = AsyncStream<Report>.makeStream()
        let wait = Task { [self] in
            do throws(JobsError) {
                let outcomes = try await client.waitAll(jobIDs, options: options) { event in
                    continuation.yield(.event(event))
                    return true
                }
                // cancelled or shut down: then jobs have no last event
                let unfinished = outcomes.lazy.compactMap(\.error).first { $0.code == .cancelled }
                continuation.yield(.over(unfinished))
            } catch {
                continuation.yield(.over(error))
            }
            continuation.finish()
        }
        // also when the iterator is gone, or its task is cancelled
        continuation.onTermination = { _ in wait.cancel() }
        return Iterator(reports.makeAsyncIterator())
    }

    /// What the wait tells the iterator.
    enum Report: Sendable {
        case event(JobEvent)
        case over(JobsError?)
    }

    public struct Iterator: AsyncIteratorProtocol {
        private var reports: AsyncStream<Report>.Iterator
        private var isOver = false

        init(_ reports: AsyncStream<Report>.Iterator) { self.reports = reports }

        public mutating func next() async throws(JobsError) -> JobEvent? { try await next(isolation: nil) }

        public mutating func next(
            isolation actor: isolated (any Actor)? = #isolation
        ) async throws(JobsError) -> JobEvent? {
            if isOver { return nil }
            switch await reports.next(isolation: actor) {
            case .event(let event):
                return event
            case .over(let error):
                isOver = true
                if let error { throw error }
                return nil
            case nil:  // a stream says so of a task that is cancelled, and nothing more
                isOver = true
                throw .taskCancelled
            }
        }
    }
}
