import CUnstructuredJobs
import Synchronization

/// A client once more, for one call, which can be cancelled from any thread.
final class CancellableClient: Sendable {
    /// C allows their use from any thread, and they live until `deinit`.
    nonisolated(unsafe) let handle: OpaquePointer
    private nonisolated(unsafe) let token: OpaquePointer
    private let cancelled = Atomic(false)

    init(_ client: OpaquePointer) {
        token = uns_cancel_token_new()
        var handle: OpaquePointer?
        // refuses nothing but NULL
        uns_client_with_cancel_token(client, token, &handle, nil)
        self.handle = handle!
    }

    deinit {
        uns_client_free(handle)
        uns_cancel_token_free(token)
    }

    var isCancelled: Bool { cancelled.load(ordering: .sequentiallyConsistent) }

    /// Ends the call at once, asleep or blocked in the network.
    func cancel() {
        cancelled.store(true, ordering: .sequentiallyConsistent)
        uns_cancel_token_cancel(token)
    }
}
