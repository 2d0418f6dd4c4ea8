//! Configuration: the settings and their defaults. They are checked in [`settings`].

pub(crate) mod settings;
mod text;

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use zeroize::Zeroizing;

use self::text::{Text, without_secrets};

const TIMEOUT: Duration = Duration::from_secs(30);
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Longer times are cut to this one, which can be added to any time without overflow.
pub(crate) const LONGEST: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);
const MAX_RETRIES: u32 = 3;
const MAX_RESPONSE_BYTES: u64 = 16 * 1024 * 1024;
const USER_AGENT: &str = concat!("unstructured-jobs/", env!("CARGO_PKG_VERSION"));

/// Settings for a [`Client`](crate::Client). The setters only store; [`build`](Self::build) checks them all and says what is wrong.
///
/// ```
/// use std::time::Duration;
/// use unstructured_jobs::Client;
///
/// let client = Client::builder()
///     .api_key("my-key")
///     .timeout(Duration::from_secs(5))
///     .build()?;
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Clone)]
#[must_use = "settings do nothing until `build`"]
pub struct Builder {
    from_env: bool,
    api_key: Option<Text>,
    base_url: Option<Text>,
    timeout: Duration,
    connect_timeout: Duration,
    max_retries: u32,
    proxy: Option<Zeroizing<String>>,
    ca: Vec<Ca>,
    ca_only: bool,
    user_agent: String,
    allow_plain_http: bool,
    max_response_bytes: u64,
}

#[derive(Clone)]
enum Ca {
    File(PathBuf),
    Pem(Vec<u8>),
}

impl Default for Builder {
    fn default() -> Self {
        Self::new()
    }
}

impl Builder {
    /// The defaults, and no API key. Of the environment only the proxy variables will be read, when the client is built.
    ///
    /// ```
    /// use unstructured_jobs::Builder;
    ///
    /// let client = Builder::new().api_key("my-key").build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn new() -> Self {
        Self {
            from_env: false,
            api_key: None,
            base_url: None,
            timeout: TIMEOUT,
            connect_timeout: CONNECT_TIMEOUT,
            max_retries: MAX_RETRIES,
            proxy: None,
            ca: Vec::new(),
            ca_only: false,
            user_agent: USER_AGENT.to_owned(),
            allow_plain_http: false,
            max_response_bytes: MAX_RESPONSE_BYTES,
        }
    }

    /// The defaults, with the API key from `UNSTRUCTURED_API_KEY` and the base URL from `UNSTRUCTURED_API_URL` as they
    /// are now. An empty `UNSTRUCTURED_API_URL` counts as unset. Setters called afterwards win.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use unstructured_jobs::Builder;
    ///
    /// let client = Builder::from_env().timeout(Duration::from_secs(10)).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn from_env() -> Self {
        Self {
            from_env: true,
            api_key: Text::from_env("UNSTRUCTURED_API_KEY"),
            base_url: Text::from_env("UNSTRUCTURED_API_URL").filter(|text| !text.is_blank()),
            ..Self::new()
        }
    }

    /// The API key. White space around it is trimmed; inside, only visible ASCII is allowed. Required.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let key = std::fs::read_to_string("/run/secrets/unstructured")?; // the line end after it does no harm
    /// let client = Client::builder().api_key(key).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.api_key = Some(Text::given(key));
        self
    }

    /// The service's base URL; default `https://platform.unstructuredapp.io`.
    ///
    /// `https://`, or `http://` for loopback hosts only. A path prefix is kept; a trailing `/` or `/api/v1` is dropped.
    /// Under the vendor's own domains (`unstructuredapp.io`, `unstructured.io`) any path is dropped, as by its own client.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").base_url("http://localhost:8000").build()?;
    /// let error = Client::builder().api_key("my-key").base_url("http://a.example").build().unwrap_err();
    /// assert_eq!(error.setting(), Some("allow_plain_http")); // plain HTTP is for this machine alone
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn base_url(mut self, url: impl Into<String>) -> Self {
        self.base_url = Some(Text::given(url));
        self
    }

    /// How long one call may take as a whole: name look-up, connecting, TLS, every retry and every pause.
    /// Default 30 s. Zero is an invalid argument; more than ten years means ten years.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").timeout(Duration::from_secs(5)).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = timeout;
        self
    }

    /// How long look-up, TCP and TLS of one attempt may take together. Default 10 s. Zero is an invalid argument.
    ///
    /// ```
    /// use std::time::Duration;
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").connect_timeout(Duration::from_secs(2)).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn connect_timeout(mut self, timeout: Duration) -> Self {
        self.connect_timeout = timeout;
        self
    }

    /// How many times a request is tried again after a connection failure, a broken response, HTTP 408, 425, 429 or
    /// any 5xx but 501 and 505, as far as the timeout allows. Default 3; 0 turns retries off.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").max_retries(0).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn max_retries(mut self, retries: u32) -> Self {
        self.max_retries = retries;
        self
    }

    /// The proxy: `http://[user[:password]@]host[:port]` (or `https://…`), or `none`. Requests go through it by CONNECT.
    /// Default: what the environment says (`https_proxy`, `http_proxy`, `all_proxy`, `no_proxy`), by curl's rules.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").proxy("http://proxy.example:3128").build()?;
    /// let direct = Client::builder().api_key("my-key").proxy("none").build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn proxy(mut self, proxy: impl Into<String>) -> Self {
        self.proxy = Some(Zeroizing::new(proxy.into()));
        self
    }

    /// Trusts the certificates in this PEM file *instead of* Mozilla's roots. Read when the client is built.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").ca_file("/etc/ssl/company.pem").build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca_only = true;
        self.add_ca_file(path)
    }

    /// Trusts these PEM certificates *instead of* Mozilla's roots.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").ca_pem(std::fs::read("company.pem")?).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca_only = true;
        self.add_ca_pem(pem)
    }

    /// Trusts the certificates in this PEM file as well. Read when the client is built.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").add_ca_file("/etc/ssl/company.pem").build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn add_ca_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.ca.push(Ca::File(path.into()));
        self
    }

    /// Trusts these PEM certificates as well.
    ///
    /// ```no_run
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").add_ca_pem(std::fs::read("company.pem")?).build()?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn add_ca_pem(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.ca.push(Ca::Pem(pem.into()));
        self
    }

    /// The `User-Agent` header; default `unstructured-jobs/VERSION`. Visible ASCII and blanks, 1 to 512 bytes.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").user_agent("my-pipeline/2.1").build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn user_agent(mut self, user_agent: impl Into<String>) -> Self {
        self.user_agent = user_agent.into();
        self
    }

    /// Allows `http://` to hosts other than this one: the API key crosses the network unencrypted. Default no.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let builder = Client::builder().api_key("my-key").base_url("http://gateway.internal");
    /// let client = builder.allow_plain_http(true).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn allow_plain_http(mut self, allow: bool) -> Self {
        self.allow_plain_http = allow;
        self
    }

    /// The largest response accepted, in bytes of body; default 16 MiB. Zero is an invalid argument.
    ///
    /// ```
    /// use unstructured_jobs::Client;
    ///
    /// let client = Client::builder().api_key("my-key").max_response_bytes(64 * 1024).build()?;
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn max_response_bytes(mut self, bytes: u64) -> Self {
        self.max_response_bytes = bytes;
        self
    }
}

impl fmt::Debug for Builder {
    /// Everything but the key and the proxy's password, and what may be a secret by mistake.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Builder")
            .field("api_key", &self.api_key.as_ref().map(|_| ".."))
            .field(
                "base_url",
                &self.base_url.as_ref().and_then(|text| text.value.as_deref()).map(|url| without_secrets(url)),
            )
            .field("timeout", &self.timeout)
            .field("connect_timeout", &self.connect_timeout)
            .field("max_retries", &self.max_retries)
            .field("proxy", &self.proxy.as_ref().map(|_| ".."))
            .field("allow_plain_http", &self.allow_plain_http)
            .field("max_response_bytes", &self.max_response_bytes)
            .finish_non_exhaustive()
    }
}
