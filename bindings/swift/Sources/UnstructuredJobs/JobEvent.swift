import CUnstructuredJobs

/// What one poll of a job brought.
public struct JobEvent: Sendable, Hashable {
    /// What happened.
    public var kind: Kind
    /// The job's id, as it was given.
    public var jobID: String
    /// The place of the id among those that are waited for, the first one if it is there more than once.
    public var index: Int
    /// What the service sent last: just now with `responded` and `ended`, before that with the others. `nil` if it has not
    /// sent any.
    public var details: JobDetails?
    /// What failed, with `failed` and `gaveUp`.
    public var error: JobsError?
    /// How many polls of this job have failed in a row.
    public var failures: Int
    /// How long until the job is polled again; `nil` after its last poll.
    public var nextPoll: Duration?

    /// What an event says. A newer C library may have kinds that have no name here.
    public struct Kind: RawRepresentable, Sendable, Hashable {
        /// The kind in C.
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        init(_ kind: uns_event_kind) { self.init(rawValue: Int32(truncatingIfNeeded: kind.rawValue)) }

        /// The service responded, and the job goes on.
        public static let responded = Kind(UNS_EVENT_RESPONDED)
        /// The service responded, and the job has ended, whatever the end: the last event of this job.
        public static let ended = Kind(UNS_EVENT_ENDED)
        /// A poll failed, and the job will be polled again.
        public static let failed = Kind(UNS_EVENT_FAILED)
        /// The job will not be polled again, although it is not known to have ended: the last event of this job.
        public static let gaveUp = Kind(UNS_EVENT_GAVE_UP)
    }
}

extension JobEvent {
    /// Copies an event of the C library.
    init(_ event: UnsafePointer<uns_event>) {
        let event = event.pointee
        self.init(
            kind: Kind(event.kind),
            jobID: String(cString: event.job_id),
            index: event.index,
            details: event.details.map { JobDetails($0) },
            error: event.error.map { JobsError(copying: $0) },
            failures: Int(event.failures),
            nextPoll: event.next_poll_in_ms == 0 ? nil : Duration(milliseconds: event.next_poll_in_ms))
    }
}

extension JobEvent.Kind: CustomStringConvertible {
    public var description: String {
        switch self {
        case .responded: "responded"
        case .ended: "ended"
        case .failed: "failed"
        case .gaveUp: "gave up"
        default: "event kind \(rawValue)"
        }
    }
}

/// A line for a log: `b2c3d4e5 failed (2 in a row): HTTP 503: …, next poll in 1.0 seconds`.
extension JobEvent: CustomStringConvertible {
    public var description: String {
        var text = "\(jobID) \(kind)"
        if let error {
            text += " (\(failures) in a row): \(error)"
        } else if let details {
            text += ": \(details.processingStatus)"
        }
        if let nextPoll { text += ", next poll in \(nextPoll)" }
        return text
    }
}

/// What came of one job of many. Without an error the job has ended, and there are details.
public struct JobOutcome: Sendable, Hashable {
    /// The job's id, as it was given.
    public var jobID: String
    /// What the service sent last, whatever the job's end: see its `processingStatus`. There with an error too, if the
    /// service has sent any.
    public var details: JobDetails?
    /// Why it is not known that the job has ended.
    public var error: JobsError?

    public init(jobID: String, details: JobDetails? = nil, error: JobsError? = nil) {
        self.jobID = jobID
        self.details = details
        self.error = error
    }

    /// The details of the job's end, or why it is not known that it has ended.
    public func get() throws(JobsError) -> JobDetails {
        guard error == nil, let details else { throw error ?? JobsError(.internal, "an outcome without details") }
        return details
    }
}
