import CUnstructuredJobs

/// What the service says of a job.
public struct JobDetails: Sendable, Hashable {
    /// The job's identifier, as the service spells it.
    public var id: String
    /// Where the job stands.
    public var processingStatus: ProcessingStatus
    /// One entry for each node of the workflow, in the service's order; empty while nothing has started.
    public var nodeStats: [NodeStats]
    /// The service's remark on the job, if it made one.
    public var message: String?

    public init(id: String, processingStatus: ProcessingStatus, nodeStats: [NodeStats] = [], message: String? = nil) {
        self.id = id
        self.processingStatus = processingStatus
        self.nodeStats = nodeStats
        self.message = message
    }
}

/// The counts of one workflow node: whole numbers of documents.
public struct NodeStats: Sendable, Hashable {
    /// The node's name in the workflow, if the service gave one.
    public var nodeName: String?
    /// What the node does (`partition`, `chunk`, `embed`, …), if the service said so.
    public var nodeType: String?
    /// How it does it (`auto`, `chunk_by_title`, …), if the service said so.
    public var nodeSubtype: String?
    /// Documents waiting for this node.
    public var ready: UInt64
    /// Documents in this node now.
    public var inProgress: UInt64
    /// Documents that this node has finished.
    public var success: UInt64
    /// Documents that failed in this node.
    public var failure: UInt64

    public init(
        nodeName: String? = nil, nodeType: String? = nil, nodeSubtype: String? = nil,
        ready: UInt64 = 0, inProgress: UInt64 = 0, success: UInt64 = 0, failure: UInt64 = 0
    ) {
        self.nodeName = nodeName
        self.nodeType = nodeType
        self.nodeSubtype = nodeSubtype
        self.ready = ready
        self.inProgress = inProgress
        self.success = success
        self.failure = failure
    }
}

/// A document that failed, and why.
public struct FailedFile: Sendable, Hashable {
    /// The document, as the service names it.
    public var document: String
    /// Why it failed, in the service's words.
    public var error: String

    public init(document: String, error: String) {
        self.document = document
        self.error = error
    }
}

/// What became of one job of many: its last details, whatever its end, or why there are none.
public typealias JobOutcome = Result<JobDetails, JobsError>

/// Where a job stands.
///
/// A status that this version does not know is kept as text: it is no error, and not an end.
public enum ProcessingStatus: Sendable, Hashable {
    /// Accepted, not started.
    case scheduled
    /// Running.
    case inProgress
    /// Ended, every document processed.
    case success
    /// Ended, some documents failed.
    case completedWithErrors
    /// Ended because someone stopped it.
    case stopped
    /// Ended without a result.
    case failed
    /// Anything else, as sent.
    case unknown(String)

    /// Whether the job has ended. With an unknown status it has not.
    public var isTerminal: Bool {
        switch self {
        case .success, .completedWithErrors, .stopped, .failed: true
        case .scheduled, .inProgress, .unknown: false
        }
    }

    /// Whether the job has ended well: `success` and nothing else.
    public var isSuccess: Bool { self == .success }
}

/// The spelling of the service: `"IN_PROGRESS"`; of an unknown status, the text that was sent.
extension ProcessingStatus: LosslessStringConvertible {
    public init(_ text: String) {
        switch text {
        case "SCHEDULED": self = .scheduled
        case "IN_PROGRESS": self = .inProgress
        case "SUCCESS": self = .success
        case "COMPLETED_WITH_ERRORS": self = .completedWithErrors
        case "STOPPED": self = .stopped
        case "FAILED": self = .failed
        default: self = .unknown(text)
        }
    }

    public var description: String {
        switch self {
        case .scheduled: "SCHEDULED"
        case .inProgress: "IN_PROGRESS"
        case .success: "SUCCESS"
        case .completedWithErrors: "COMPLETED_WITH_ERRORS"
        case .stopped: "STOPPED"
        case .failed: "FAILED"
        case .unknown(let text): text
        }
    }
}

// Results are copied: no pointer of C leaves this module.

extension JobDetails {
    init(_ details: UnsafePointer<uns_job_details>) {
        let details = details.pointee
        self.init(
            id: String(cString: details.id),
            processingStatus: ProcessingStatus(String(cString: details.processing_status_text)),
            nodeStats: UnsafeBufferPointer(start: details.node_stats, count: details.node_stats_len).map(
                NodeStats.init),
            message: details.message.map { String(cString: $0) })
    }
}

extension NodeStats {
    init(_ stats: uns_node_stats) {
        self.init(
            nodeName: stats.node_name.map { String(cString: $0) },
            nodeType: stats.node_type.map { String(cString: $0) },
            nodeSubtype: stats.node_subtype.map { String(cString: $0) },
            ready: stats.ready, inProgress: stats.in_progress, success: stats.success, failure: stats.failure)
    }
}

extension FailedFile {
    init(_ file: uns_failed_file) {
        self.init(document: String(cString: file.document), error: String(cString: file.error))
    }
}
