import CUnstructuredJobs

/// When to poll, and when to stop. What is `nil` has the C library's default; the defaults suit most jobs.
///
/// The first poll is at once. Then pauses grow from the initial interval by half each to the maximum interval, 10 %
/// longer or shorter at random. A pause never runs past the timeout: it is cut, so that one last poll happens then.
public struct WaitOptions: Sendable, Hashable {
    /// How long the whole wait may take. Default: without end. Zero polls once.
    public var timeout: Duration?
    /// The first pause. Default: 1 s. Less than 10 ms, or more than the maximum interval, is unacceptable.
    public var initialInterval: Duration?
    /// The longest pause. Default: 15 s. Less than 10 ms is unacceptable.
    public var maxInterval: Duration?
    /// How long failures in a row that may pass (``JobsError/isRetryable``) are borne before the last one is thrown.
    /// Default: 5 min. Zero bears none. Meanwhile polls are 0.5 to 8 s apart, or as far as `Retry-After` asks.
    public var maxOutage: Duration?
    /// How long after its start a wait bears that the service does not know the job (HTTP 404). Default: not at all.
    public var untilExists: Duration?

    public init(
        timeout: Duration? = nil, initialInterval: Duration? = nil, maxInterval: Duration? = nil,
        maxOutage: Duration? = nil, untilExists: Duration? = nil
    ) {
        self.timeout = timeout
        self.initialInterval = initialInterval
        self.maxInterval = maxInterval
        self.maxOutage = maxOutage
        self.untilExists = untilExists
    }

    /// The options in C, to be freed.
    func forC() throws(JobsError) -> OpaquePointer? {
        let timeout = try timeout?.forC("wait's timeout")
        let initialInterval = try initialInterval?.forC("initial interval")
        let maxInterval = try maxInterval?.forC("maximum interval")
        let maxOutage = try maxOutage?.forC("maximum outage")
        let untilExists = try untilExists?.forC("time until the job exists")

        let options = uns_wait_options_new()
        if let timeout { uns_wait_options_set_timeout_ms(options, timeout) }
        if let initialInterval { uns_wait_options_set_initial_interval_ms(options, initialInterval) }
        if let maxInterval { uns_wait_options_set_max_interval_ms(options, maxInterval) }
        if let maxOutage { uns_wait_options_set_max_outage_ms(options, maxOutage) }
        if let untilExists { uns_wait_options_set_until_exists_ms(options, untilExists) }
        return options
    }
}
