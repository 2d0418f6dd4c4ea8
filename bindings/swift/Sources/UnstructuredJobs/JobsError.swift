import CUnstructuredJobs

/// Why a call failed.
public struct JobsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was.
    public var code: Code
    /// The HTTP status of the response, if there was one.
    public var httpStatus: Int?
    /// Whether asking again later may well succeed.
    public var isRetryable: Bool
    /// How long the service asked to be left alone (`Retry-After`), if it did.
    public var retryAfter: Duration?
    /// How many requests were tried, the failed one included.
    public var attempts: Int
    /// What happened and to which URL, in one sentence, without the API key.
    public var message: String

    public var description: String { message }

    /// What kind of failure it was: the C library's `uns_result`. A newer C library may have codes that have no name here.
    public struct Code: RawRepresentable, Sendable, Hashable {
        /// The code in C.
        public let rawValue: Int32

        public init(rawValue: Int32) { self.rawValue = rawValue }

        init(_ result: uns_result) { self.init(rawValue: Int32(truncatingIfNeeded: result.rawValue)) }

        /// A setting or an argument is not acceptable; nothing was sent.
        public static let invalidArgument = Code(UNS_ERROR_INVALID_ARGUMENT)
        /// HTTP 401: the service does not accept the API key.
        public static let unauthorized = Code(UNS_ERROR_UNAUTHORIZED)
        /// HTTP 403: the key may not see this job.
        public static let forbidden = Code(UNS_ERROR_FORBIDDEN)
        /// HTTP 404: no such job.
        public static let notFound = Code(UNS_ERROR_NOT_FOUND)
        /// HTTP 422: the service could not make sense of the request.
        public static let unprocessable = Code(UNS_ERROR_UNPROCESSABLE)
        /// HTTP 429: too many requests.
        public static let rateLimited = Code(UNS_ERROR_RATE_LIMITED)
        /// Any other HTTP status than 200, redirects among them (they are never followed), or a proxy's refusal.
        public static let httpStatus = Code(UNS_ERROR_HTTP_STATUS)
        /// The host's name could not be resolved.
        public static let dns = Code(UNS_ERROR_DNS)
        /// No connection could be made.
        public static let connect = Code(UNS_ERROR_CONNECT)
        /// No TLS session could be agreed, or the server's certificate was not accepted.
        public static let tls = Code(UNS_ERROR_TLS)
        /// The time allowed has passed.
        public static let timeout = Code(UNS_ERROR_TIMEOUT)
        /// The connection broke, or the system lacked something it needs.
        public static let io = Code(UNS_ERROR_IO)
        /// The response was not HTTP, or larger than a limit.
        public static let protocolViolation = Code(UNS_ERROR_PROTOCOL)
        /// The response was not the JSON expected.
        public static let decode = Code(UNS_ERROR_DECODE)
        /// The call was ended from outside: its task was cancelled, the client shut down, or its observer stopped it.
        public static let cancelled = Code(UNS_ERROR_CANCELLED)
        /// A defect in the C library.
        public static let `internal` = Code(UNS_ERROR_INTERNAL)
    }
}

extension JobsError.Code: CaseIterable, CustomStringConvertible {
    /// Those that have a name here.
    public static let allCases: [Self] = [
        .invalidArgument, .unauthorized, .forbidden, .notFound, .unprocessable, .rateLimited, .httpStatus, .dns,
        .connect, .tls, .timeout, .io, .protocolViolation, .decode, .cancelled, .internal,
    ]

    /// The code's name in C: `"UNS_ERROR_TIMEOUT"`.
    public var description: String { String(cString: uns_result_name(rawValue)) }
}

extension JobsError {
    /// A failure on this side of the C library.
    init(_ code: Code, _ message: String, isRetryable: Bool = false) {
        self.init(
            code: code, httpStatus: nil, isRetryable: isRetryable, retryAfter: nil, attempts: 0, message: message)
    }

    /// Copies an error of the C library.
    init(copying error: UnsafePointer<uns_error>) {
        let error = error.pointee
        self.init(
            code: Code(error.result),
            httpStatus: error.http_status == 0 ? nil : Int(error.http_status),
            isRetryable: error.retryable,
            retryAfter: error.retry_after_ms == 0 ? nil : Duration(milliseconds: error.retry_after_ms),
            attempts: Int(error.attempts),
            message: String(cString: error.message))
    }

    /// Copies an error of the C library and frees it.
    init(taking error: UnsafeMutablePointer<uns_error>?) {
        guard let error else {
            self.init(.internal, "the C library failed without an error")
            return
        }
        self.init(copying: error)
        uns_error_free(error)
    }

    static let taskCancelled = JobsError(.cancelled, "the call was ended by its task's cancellation")
}

extension Duration {
    /// `.milliseconds` takes no more than 2^63.
    init(milliseconds: UInt64) {
        self.init(
            secondsComponent: Int64(milliseconds / 1000),
            attosecondsComponent: Int64(milliseconds % 1000) * 1_000_000_000_000_000)
    }

    /// Rounded up, so that a short duration does not become none; `nil` if it is negative.
    var wholeMilliseconds: UInt64? {
        let (seconds, attoseconds) = components
        guard seconds >= 0, attoseconds >= 0 else { return nil }
        let fraction = UInt64((attoseconds + 999_999_999_999_999) / 1_000_000_000_000_000)
        let (product, tooLarge) = UInt64(seconds).multipliedReportingOverflow(by: 1000)
        let (sum, stillTooLarge) = product.addingReportingOverflow(fraction)
        return tooLarge || stillTooLarge ? .max : sum
    }
}
