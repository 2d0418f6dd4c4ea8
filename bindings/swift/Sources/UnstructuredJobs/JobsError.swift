import CUnstructuredJobs

/// Why a call failed.
public struct JobsError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What kind of failure it was.
    public var code: Code
    /// The HTTP status that was answered, if one was.
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

    /// What kind of failure it was: the C library's `uns_result`.
    public enum Code: Sendable, Hashable {
        /// A setting or an argument is not acceptable; nothing was sent.
        case invalidArgument
        /// HTTP 401: the service does not accept the API key.
        case unauthorized
        /// HTTP 403: the key may not see this job.
        case forbidden
        /// HTTP 404: no such job.
        case notFound
        /// HTTP 422: the service could not make sense of the request.
        case unprocessable
        /// HTTP 429: too many requests.
        case rateLimited
        /// Any other HTTP status than 200, redirects among them (they are never followed), or a proxy's refusal.
        case httpStatus
        /// The host's name could not be resolved.
        case dns
        /// No connection could be made.
        case connect
        /// No TLS session could be agreed, or the server's certificate was not accepted.
        case tls
        /// The time allowed has passed.
        case timeout
        /// The connection broke, or the system lacked something it needs.
        case io
        /// The answer was not HTTP, or larger than a limit.
        case protocolViolation
        /// The answer was not the JSON expected.
        case decode
        /// The call was ended from outside: its task was cancelled, the client shut down, or its observer stopped it.
        case cancelled
        /// A defect in the C library.
        case `internal`
        /// A code that only a newer C library has.
        case other(Int32)
    }
}

extension JobsError.Code: CaseIterable, CustomStringConvertible {
    /// Those that have a name.
    public static let allCases: [Self] = [
        .invalidArgument, .unauthorized, .forbidden, .notFound, .unprocessable, .rateLimited, .httpStatus, .dns,
        .connect, .tls, .timeout, .io, .protocolViolation, .decode, .cancelled, .internal,
    ]

    init(_ result: uns_result) {
        self =
            switch result {
            case UNS_ERROR_INVALID_ARGUMENT: .invalidArgument
            case UNS_ERROR_UNAUTHORIZED: .unauthorized
            case UNS_ERROR_FORBIDDEN: .forbidden
            case UNS_ERROR_NOT_FOUND: .notFound
            case UNS_ERROR_UNPROCESSABLE: .unprocessable
            case UNS_ERROR_RATE_LIMITED: .rateLimited
            case UNS_ERROR_HTTP_STATUS: .httpStatus
            case UNS_ERROR_DNS: .dns
            case UNS_ERROR_CONNECT: .connect
            case UNS_ERROR_TLS: .tls
            case UNS_ERROR_TIMEOUT: .timeout
            case UNS_ERROR_IO: .io
            case UNS_ERROR_PROTOCOL: .protocolViolation
            case UNS_ERROR_DECODE: .decode
            case UNS_ERROR_CANCELLED: .cancelled
            case UNS_ERROR_INTERNAL: .internal
            default: .other(Int32(bitPattern: result.rawValue))
            }
    }

    /// The code in C.
    public var rawValue: Int32 {
        let result =
            switch self {
            case .invalidArgument: UNS_ERROR_INVALID_ARGUMENT
            case .unauthorized: UNS_ERROR_UNAUTHORIZED
            case .forbidden: UNS_ERROR_FORBIDDEN
            case .notFound: UNS_ERROR_NOT_FOUND
            case .unprocessable: UNS_ERROR_UNPROCESSABLE
            case .rateLimited: UNS_ERROR_RATE_LIMITED
            case .httpStatus: UNS_ERROR_HTTP_STATUS
            case .dns: UNS_ERROR_DNS
            case .connect: UNS_ERROR_CONNECT
            case .tls: UNS_ERROR_TLS
            case .timeout: UNS_ERROR_TIMEOUT
            case .io: UNS_ERROR_IO
            case .protocolViolation: UNS_ERROR_PROTOCOL
            case .decode: UNS_ERROR_DECODE
            case .cancelled: UNS_ERROR_CANCELLED
            case .internal: UNS_ERROR_INTERNAL
            case .other(let code): uns_result(UInt32(bitPattern: code))
            }
        return Int32(bitPattern: result.rawValue)
    }

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
