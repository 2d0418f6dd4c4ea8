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

    /// The counts of all nodes, added up. A document is counted in each node that it has reached.
    public var totals: NodeTotals {
        var totals = NodeTotals()
        for node in nodeStats {
            totals.ready = totals.ready.addingSaturated(node.ready)
            totals.inProgress = totals.inProgress.addingSaturated(node.inProgress)
            totals.success = totals.success.addingSaturated(node.success)
            totals.failure = totals.failure.addingSaturated(node.failure)
        }
        return totals
    }

    /// ``NodeTotals/fractionDone`` of the totals. It may shrink while documents are still being found; whether the job has
    /// ended is for `processingStatus` alone to say.
    public var fractionDone: Double? { totals.fractionDone }
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

/// Counts added up over the nodes of a job. A sum that exceeds 64 bits stays at the maximum.
public struct NodeTotals: Sendable, Hashable {
    /// Documents waiting.
    public var ready: UInt64
    /// Documents being worked on.
    public var inProgress: UInt64
    /// Documents finished.
    public var success: UInt64
    /// Documents that failed.
    public var failure: UInt64

    public init(ready: UInt64 = 0, inProgress: UInt64 = 0, success: UInt64 = 0, failure: UInt64 = 0) {
        self.ready = ready
        self.inProgress = inProgress
        self.success = success
        self.failure = failure
    }

    /// The share of `success` and `failure` in all four counts, 0 to 1; `nil` while all of them are 0.
    public var fractionDone: Double? {
        let done = Double(success) + Double(failure)
        let all = done + Double(ready) + Double(inProgress)
        return all > 0 ? done / all : nil
    }
}

extension UInt64 {
    fileprivate func addingSaturated(_ more: UInt64) -> UInt64 {
        let (sum, overflow) = addingReportingOverflow(more)
        return overflow ? .max : sum
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

/// Where a job stands, as the service spells it: `"IN_PROGRESS"`.
///
/// A status that this version does not know is no error, and not an end.
public struct ProcessingStatus: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The service's spelling.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Accepted, not started.
    public static let scheduled = ProcessingStatus(rawValue: "SCHEDULED")
    /// Running.
    public static let inProgress = ProcessingStatus(rawValue: "IN_PROGRESS")
    /// Ended, every document processed.
    public static let success = ProcessingStatus(rawValue: "SUCCESS")
    /// Ended, some documents failed.
    public static let completedWithErrors = ProcessingStatus(rawValue: "COMPLETED_WITH_ERRORS")
    /// Ended because someone stopped it.
    public static let stopped = ProcessingStatus(rawValue: "STOPPED")
    /// Ended without a result.
    public static let failed = ProcessingStatus(rawValue: "FAILED")

    /// Whether it is one of those above.
    public var isKnown: Bool { self == .scheduled || self == .inProgress || isTerminal }

    /// Whether the job has ended. With an unknown status it has not.
    public var isTerminal: Bool {
        switch self {
        case .success, .completedWithErrors, .stopped, .failed: true
        default: false
        }
    }

    /// Whether the job has ended well: `success` and nothing else.
    public var isSuccess: Bool { self == .success }

    /// The service's spelling.
    public var description: String { rawValue }
}

// Results are copied: no pointer of C leaves this module.

extension JobDetails {
    init(_ details: UnsafePointer<uns_job_details>) {
        let details = details.pointee
        self.init(
            id: String(cString: details.id),
            processingStatus: ProcessingStatus(rawValue: String(cString: details.processing_status_text)),
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
