//! Base URL and job id to request URL: the only place that judges a URL.
//!
//! Stricter than RFC 3986 on purpose: whatever another URL parser might read differently (a port out of range, `..`,
//! `%2f`, user info, numbers that some resolvers take for addresses) is refused here, before any packet.

use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::error::Error;
use crate::job_id;

/// Longer than any real base URL, and short enough for one request line.
const MAX_URL_LEN: usize = 2048;
/// What a value copied from a shell or an `.env` file may still have around it.
pub(crate) const QUOTATION_MARKS: [char; 7] = ['"', '\'', '`', '“', '”', '‘', '’'];

/// A host as it stands in a URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Host {
    /// A name for the resolver, in lower case.
    Name(String),
    /// An address literal: nothing to look up.
    Ip(IpAddr),
}

impl Host {
    /// Whether it is this machine: `localhost`, 127.0.0.0/8 or `[::1]`.
    pub(crate) fn is_loopback(&self) -> bool {
        match self {
            Self::Name(name) => name == "localhost",
            Self::Ip(ip) => ip.is_loopback(),
        }
    }

    /// Reads the host of an authority: a name, an IPv4 address, or an IPv6 address in brackets.
    pub(crate) fn parse(text: &str) -> Result<Self, &'static str> {
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or("the IPv6 address lacks its closing bracket")?;
            return match inner.parse::<Ipv6Addr>() {
                Ok(ip) => Ok(Self::Ip(IpAddr::V6(ip))),
                Err(_) => Err("the brackets do not hold an IPv6 address"),
            };
        }
        if text.is_empty() {
            return Err("the host is missing");
        }
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Ok(Self::Ip(IpAddr::V4(ip)));
        }
        if !text.is_ascii() {
            return Err("the host is not ASCII; write an international name in its xn-- form");
        }
        if !text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_')) {
            return Err("the host has a character that no host name has");
        }
        let name = text.strip_suffix('.').unwrap_or(text);
        if name.len() > 253 || name.split('.').any(|label| label.is_empty() || label.len() > 63) {
            return Err("the host is not a valid name (a label is empty or too long)");
        }
        let last = name.rsplit('.').next().unwrap_or_default();
        let looks_numeric = last.bytes().all(|b| b.is_ascii_digit())
            || last
                .strip_prefix("0x")
                .or(last.strip_prefix("0X"))
                .is_some_and(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        if looks_numeric {
            return Err("the host looks like an IPv4 address and is none");
        }
        Ok(Self::Name(text.to_ascii_lowercase()))
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(name) => f.write_str(name),
            Self::Ip(IpAddr::V4(ip)) => ip.fmt(f),
            Self::Ip(IpAddr::V6(ip)) => write!(f, "[{ip}]"),
        }
    }
}

/// Splits `host[:port]`; `Ok((host, None))` when no port is written.
pub(crate) fn split_authority(authority: &str) -> Result<(Host, Option<u16>), &'static str> {
    let (host, port) = match authority.rfind(':') {
        Some(colon) if !authority.ends_with(']') => {
            let (host, port) = authority.split_at(colon);
            (host, port.strip_prefix(':'))
        }
        _ => (authority, None),
    };
    let port = match port {
        None => None,
        Some(text) => match text.parse::<u16>() {
            Ok(port) if port > 0 && text.bytes().all(|b| b.is_ascii_digit()) => Some(port),
            _ => return Err("the port is not a number from 1 to 65535"),
        },
    };
    Ok((Host::parse(host)?, port))
}

/// A checked base URL: where requests go, and under which path.
#[derive(Clone)]
pub(crate) struct BaseUrl {
    pub(crate) tls: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// `scheme://host[:port]/prefix`, normalised, without a trailing slash.
    text: String,
    /// Where the prefix begins in it.
    path_at: usize,
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.text, f)
    }
}

/// What is asked about a job.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Resource {
    Details,
    FailedFiles,
    FileStatus,
}

impl BaseUrl {
    /// Checks and normalises a base URL. Plain `http://` is for loopback hosts, unless `allow_plain_http`.
    pub(crate) fn parse(url: &str, allow_plain_http: bool) -> Result<Self, Error> {
        let refuse = |why: &dyn fmt::Display| {
            Err(Error::invalid_argument(format_args!("the base URL is not acceptable: {why}")))
        };
        let url = url.trim_start_matches('\u{feff}').trim_matches([' ', '\t', '\r', '\n']);
        if url.is_empty() {
            return refuse(&"it is empty");
        }
        if url.len() > MAX_URL_LEN {
            return refuse(&format_args!("it is {} bytes long; the limit is {MAX_URL_LEN}", url.len()));
        }
        if url.starts_with(QUOTATION_MARKS) {
            return refuse(&"it begins with a quotation mark; write it without");
        }
        if let Some(at) = url.bytes().position(|b| b <= b' ' || b == 0x7f) {
            return refuse(&format_args!("there is a blank or control character at byte {at}"));
        }
        let Some((scheme, rest)) = url.split_once("://") else {
            return refuse(&"it does not start with https://");
        };
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return refuse(&"its scheme is neither https nor http"),
        };
        if rest.contains('#') {
            return refuse(&"it has a fragment (#)");
        }
        if rest.contains('?') {
            return refuse(&"it has a query (?)");
        }
        let (authority, path) = match rest.find('/') {
            Some(slash) => rest.split_at(slash),
            None => (rest, ""),
        };
        if authority.contains('@') {
            return refuse(&"it has user info (@); the key goes in its own setting");
        }
        let (host, port) = match split_authority(authority) {
            Ok(parts) => parts,
            Err(why) => return refuse(&why),
        };
        if !tls && !allow_plain_http && !host.is_loopback() {
            return refuse(&format_args!(
                "http:// would send the API key to {host} unencrypted; use https://, or allow plain HTTP by name"
            ))
            .map_err(|error| error.of_setting("allow_plain_http"));
        }
        if let Err(why) = check_path(path) {
            return refuse(&why);
        }
        let path = if is_the_vendors(&host) { "" } else { prefix(path) };
        let default_port = if tls { 443 } else { 80 };
        let port = port.unwrap_or(default_port);
        let scheme = if tls { "https" } else { "http" };
        let mut text =
            if port == default_port { format!("{scheme}://{host}") } else { format!("{scheme}://{host}:{port}") };
        let path_at = text.len();
        text.push_str(path);
        Ok(Self { tls, host, port, text, path_at })
    }

    /// What stands in front of the path of each request: empty, or `/prefix`.
    pub(crate) fn path(&self) -> &str {
        self.text.get(self.path_at..).unwrap_or_default()
    }

    /// The URL of the request for `resource` of a job. Refuses an id that could change the path.
    pub(crate) fn request_url(&self, job_id: &str, resource: Resource) -> Result<String, Error> {
        job_id::check(job_id)?;
        let resource = match resource {
            Resource::Details => "/details",
            Resource::FailedFiles => "/failed-files",
            Resource::FileStatus => "/file-status",
        };
        let mut url = String::with_capacity(self.text.len() + JOBS.len() + job_id.len() + resource.len());
        for part in [&self.text, JOBS, job_id, resource] {
            url.push_str(part);
        }
        Ok(url)
    }
}

const JOBS: &str = "/api/v1/jobs/";

/// Whether the vendor's domains hold the host. Its own client drops any path there, since its pages tell people to put
/// that of another API (`/general/v0/general`) into the same variable.
fn is_the_vendors(host: &Host) -> bool {
    let Host::Name(name) = host else { return false };
    let name = name.strip_suffix('.').unwrap_or(name);
    ["unstructuredapp.io", "unstructured.io"].iter().any(|domain| {
        name.strip_suffix(domain).is_some_and(|subdomain| subdomain.is_empty() || subdomain.ends_with('.'))
    })
}

/// What of a base URL's path stands in front of ours, which people may have written already.
fn prefix(path: &str) -> &str {
    let path = path.trim_end_matches('/');
    path.strip_suffix("/api/v1").unwrap_or(path).trim_end_matches('/')
}

/// Refuses paths that servers and proxies read in different ways.
fn check_path(path: &str) -> Result<(), &'static str> {
    let allowed = |b: u8| b.is_ascii_alphanumeric() || b"-._~!$&'()*+,;=:@/%".contains(&b);
    if !path.bytes().all(allowed) {
        return Err("its path has a character that no URL path has");
    }
    for (at, _) in path.match_indices('%') {
        let hex = path
            .get(at + 1..at + 3)
            .filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match hex {
            None => return Err("its path has a % without two hexadecimal digits"),
            Some(b'.' | b'/' | b'\\' | 0..=0x20 | 0x7f) => {
                return Err("its path hides a dot, slash or control character behind a %");
            }
            Some(_) => {}
        }
    }
    if path.split('/').any(|segment| matches!(segment, "." | "..")) {
        return Err("its path has a . or .. segment");
    }
    Ok(())
}
