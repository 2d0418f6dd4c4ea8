import CUnstructuredJobs

/// Where each file of a job is, as of one moment. Whether the job has ended is for its details to say.
public struct FileStatuses: Sendable, Hashable {
    /// The job's identifier, as the service spells it.
    public var id: String
    /// One entry for each file, in the service's order.
    public var files: [FileStatus]
    /// Whether the service cut the list: the job has more files than are listed.
    public var isTruncated: Bool
    /// Whether the job's sources have named all their files. While they have not, more files may appear.
    public var isIndexFinished: Bool
    /// When the service made the list: RFC 3339, as sent.
    public var generatedAt: String?

    public init(
        id: String, files: [FileStatus] = [], isTruncated: Bool = false, isIndexFinished: Bool = false,
        generatedAt: String? = nil
    ) {
        self.id = id
        self.files = files
        self.isTruncated = isTruncated
        self.isIndexFinished = isIndexFinished
        self.generatedAt = generatedAt
    }
}

/// Where one file is. What the service did not say is `nil`.
public struct FileStatus: Sendable, Hashable {
    /// The file's record identifier, a UUID.
    public var recordID: String?
    /// The file, as the service names it (`s3://bucket/input/document.pdf`); empty if it did not.
    public var document: String
    /// Where the file stands.
    public var state: FileState
    /// Why the file failed, in the service's words.
    public var error: String?
    /// Seconds spent on the file so far.
    public var timeElapsed: Double?
    /// The workflow node that has the file now, if one has.
    public var currentNode: CurrentNode?
    /// The node that found the file.
    public var discoveredByNodeID: String?

    public init(
        recordID: String? = nil, document: String, state: FileState, error: String? = nil, timeElapsed: Double? = nil,
        currentNode: CurrentNode? = nil, discoveredByNodeID: String? = nil
    ) {
        self.recordID = recordID
        self.document = document
        self.state = state
        self.error = error
        self.timeElapsed = timeElapsed
        self.currentNode = currentNode
        self.discoveredByNodeID = discoveredByNodeID
    }

    /// The workflow node that has a file. What the service did not say is `nil`.
    public struct CurrentNode: Sendable, Hashable {
        /// The node's identifier.
        public var id: String?
        /// Where the file stands in the node, as sent.
        public var status: String?
        /// How many times the node has tried the file; 0 if the service did not say.
        public var tries: Int
        /// Seconds that the node has spent on the file so far.
        public var timeElapsed: Double?

        public init(id: String? = nil, status: String? = nil, tries: Int = 0, timeElapsed: Double? = nil) {
            self.id = id
            self.status = status
            self.tries = tries
            self.timeElapsed = timeElapsed
        }
    }
}

/// Where a file stands, as the service spells it: `"IN_PROGRESS"`; empty if it sent nothing.
///
/// A state that this version does not know is no error.
public struct FileState: RawRepresentable, Sendable, Hashable, CustomStringConvertible {
    /// The service's spelling.
    public let rawValue: String

    public init(rawValue: String) { self.rawValue = rawValue }

    /// Waiting for a node.
    public static let ready = FileState(rawValue: "READY")
    /// In a node.
    public static let inProgress = FileState(rawValue: "IN_PROGRESS")
    /// Processed.
    public static let success = FileState(rawValue: "SUCCESS")
    /// Failed; the file's `error` may say why.
    public static let failure = FileState(rawValue: "FAILURE")

    /// Whether it is one of those above.
    public var isKnown: Bool { [.ready, .inProgress, .success, .failure].contains(self) }

    /// The service's spelling.
    public var description: String { rawValue }
}

extension FileStatuses {
    init(_ statuses: UnsafePointer<uns_file_statuses>) {
        let statuses = statuses.pointee
        self.init(
            id: String(cString: statuses.id),
            files: UnsafeBufferPointer(start: statuses.files, count: statuses.files_len).map(FileStatus.init),
            isTruncated: statuses.truncated, isIndexFinished: statuses.index_finished,
            generatedAt: statuses.generated_at.map { String(cString: $0) })
    }
}

extension FileStatus {
    init(_ file: uns_file_status) {
        let node = CurrentNode(
            id: file.node_id.map { String(cString: $0) },
            status: file.node_state_text.map { String(cString: $0) },
            tries: Int(file.tries), timeElapsed: seconds(file.node_seconds))
        self.init(
            recordID: file.record_id.map { String(cString: $0) },
            document: String(cString: file.document),
            state: FileState(rawValue: String(cString: file.state_text)),
            error: file.error.map { String(cString: $0) },
            timeElapsed: seconds(file.seconds),
            // nothing is said of a node if none has the file
            currentNode: node == CurrentNode() ? nil : node,
            discoveredByNodeID: file.discovered_by_node_id.map { String(cString: $0) })
    }
}

/// Negative in C: the service did not say.
private func seconds(_ seconds: Double) -> Double? { seconds < 0 ? nil : seconds }
