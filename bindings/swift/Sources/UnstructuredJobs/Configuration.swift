import CUnstructuredJobs

/// Settings of a client. What is `nil` has the C library's default.
public struct Configuration: Sendable {
    /// The API key. White space around it is trimmed; inside, only visible ASCII is acceptable.
    public var apiKey: String?
    /// The service's base URL: https, or http for loopback hosts only (see ``allowsPlainHTTP``). Default:
    /// `https://platform.unstructuredapp.io`
    public var baseURL: String?
    /// How long one call may take as a whole: name look-up, connecting, TLS, every retry and every pause. Default: 30 s
    public var timeout: Duration?
    /// How long name look-up, TCP and TLS of one attempt may take together. Default: 10 s
    public var connectTimeout: Duration?
    /// How many times a request is tried again after a connection failure, a broken response, HTTP 408, 425, 429 or
    /// any 5xx but 501 and 505, as far as the timeout allows. Default: 3
    public var maxRetries: Int?
    /// `http://[user[:password]@]host[:port]`, the same with https, or `none`. Default: what the environment says
    /// (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`), by curl's rules
    public var proxy: String?
    /// Whether Mozilla's certificate authorities, which are built in, are trusted. Where they are not,
    /// ``certificateAuthorities`` has to name some.
    public var trustsBuiltInAuthorities = true
    /// Certificate authorities to trust, beside the built-in ones or instead of them.
    public var certificateAuthorities: [CertificateAuthorities] = []
    /// 1 to 512 visible ASCII characters, with blanks only between them. Default: `unstructured-jobs/` and the version
    public var userAgent: String?
    /// Allows http to hosts other than this one: the API key then crosses the network unencrypted.
    public var allowsPlainHTTP = false
    /// The largest response that is accepted. Default: 16 MiB
    public var maxResponseBytes: UInt64?

    private var startsFromEnvironment = false

    /// The defaults, and no API key.
    public init(apiKey: String? = nil, baseURL: String? = nil) {
        self.apiKey = apiKey
        self.baseURL = baseURL
    }

    /// The API key from `UNSTRUCTURED_API_KEY` and the base URL from `UNSTRUCTURED_API_URL`, if that is set and not
    /// empty, as these variables are when the client is made. What is set here wins.
    public static var fromEnvironment: Configuration {
        var configuration = Configuration()
        configuration.startsFromEnvironment = true
        return configuration
    }

    /// Where certificates of authorities come from: any number of them, in PEM.
    public enum CertificateAuthorities: Sendable, Hashable {
        /// A file.
        case file(String)
        /// These bytes.
        case pem([UInt8])
    }
}

/// The key is not shown.
extension Configuration: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    public var description: String { "Configuration(baseURL: \(baseURL ?? "default"))" }
    public var debugDescription: String { description }
    public var customMirror: Mirror { Mirror(self, children: ["baseURL": baseURL as Any]) }
}

extension Configuration {
    /// Makes a client in C, which checks every setting.
    func makeClient() throws(JobsError) -> OpaquePointer {
        let config = startsFromEnvironment ? uns_config_new_from_env() : uns_config_new()
        defer { uns_config_free(config) }

        try set("API key", apiKey) { uns_config_set_api_key(config, $0) }
        try set("base URL", baseURL) { uns_config_set_base_url(config, $0) }
        try set("proxy", proxy) { uns_config_set_proxy(config, $0) }
        try set("user agent", userAgent) { uns_config_set_user_agent(config, $0) }
        if let timeout { uns_config_set_timeout_ms(config, try timeout.forC("timeout")) }
        if let connectTimeout { uns_config_set_connect_timeout_ms(config, try connectTimeout.forC("connect timeout")) }
        if let maxRetries {
            guard let retries = UInt32(exactly: maxRetries) else {
                throw JobsError(.invalidArgument, "the number of retries is out of range: \(maxRetries)")
            }
            uns_config_set_max_retries(config, retries)
        }
        try setAuthorities(of: config)
        uns_config_set_allow_plain_http(config, allowsPlainHTTP)
        if let maxResponseBytes { uns_config_set_max_response_bytes(config, maxResponseBytes) }

        var client: OpaquePointer?
        var error: UnsafeMutablePointer<uns_error>?
        guard uns_client_new(config, &client, &error) == UNS_OK, let client else { throw JobsError(taking: error) }
        return client
    }

    private func setAuthorities(of config: OpaquePointer?) throws(JobsError) {
        if !trustsBuiltInAuthorities && certificateAuthorities.isEmpty {
            throw JobsError(.invalidArgument, "no certificate authorities are trusted: name some, or the built-in ones")
        }
        var replaces = !trustsBuiltInAuthorities
        for authorities in certificateAuthorities {
            switch authorities {
            case .file(let path):
                try set("CA file", path) {
                    replaces ? uns_config_set_ca_file(config, $0) : uns_config_add_ca_file(config, $0)
                }
            case .pem(let pem):
                // C wants an address, which an empty array may not have
                let bytes = pem + [0]
                _ =
                    replaces
                    ? uns_config_set_ca_pem(config, bytes, pem.count) : uns_config_add_ca_pem(config, bytes, pem.count)
            }
            replaces = false
        }
    }

    /// Swift's strings are UTF-8, so a setter has nothing to refuse; a NUL inside would shorten the text.
    private func set(_ what: String, _ text: String?, _ setter: (UnsafePointer<CChar>) -> uns_result) throws(JobsError)
    {
        guard let text else { return }
        try text.checkedForC(what)
        _ = text.withCString(setter)
    }
}

extension String {
    func checkedForC(_ what: String) throws(JobsError) {
        if utf8.contains(0) { throw JobsError(.invalidArgument, "the \(what) contains a NUL") }
    }
}

extension Duration {
    func forC(_ what: String) throws(JobsError) -> UInt64 {
        guard let milliseconds = wholeMilliseconds else {
            throw JobsError(.invalidArgument, "the \(what) is negative: \(self)")
        }
        return milliseconds
    }
}
