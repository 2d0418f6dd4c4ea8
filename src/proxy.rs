//! Which proxy a request goes through, by curl's rules. Pure: the environment is an argument.
//!
//! The scheme's own variable comes before `all_proxy`, lower case before upper case, and `HTTP_PROXY` in upper case is
//! never read: under CGI it is a request header that anyone can send. An empty variable counts as unset.

use std::ffi::OsString;
use std::fmt;
use std::net::IpAddr;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::endpoint::{BaseUrl, Host, split_authority};
use crate::error::Error;

/// Where to send CONNECT.
#[derive(Clone)]
pub(crate) struct Proxy {
    pub(crate) tls: bool,
    pub(crate) host: Host,
    pub(crate) port: u16,
    /// The value of `Proxy-Authorization`, if the URL held a user.
    pub(crate) authorization: Option<Zeroizing<String>>,
}

impl fmt::Display for Proxy {
    /// The proxy without its user and password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.tls { "https" } else { "http" };
        write!(f, "{scheme}://{}:{}", self.host, self.port)
    }
}

impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// The proxy for requests to `target`: the one that is set (`none`: none), else the environment's.
pub(crate) fn choose(
    setting: Option<&str>,
    target: &BaseUrl,
    allow_plain_http: bool,
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<Proxy>, Error> {
    let (proxy, origin) = match setting {
        Some(setting) if setting.trim().eq_ignore_ascii_case("none") => return Ok(None),
        Some(setting) => (Proxy::parse(setting, "the proxy setting")?, "the proxy setting"),
        None => {
            let names: &[&'static str] = if target.tls {
                &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]
            } else {
                &["http_proxy", "all_proxy", "ALL_PROXY"]
            };
            let Some((name, value)) = first_set(names, env)? else { return Ok(None) };
            let bypassed = match first_set(&["no_proxy", "NO_PROXY"], env)? {
                Some((_, list)) => is_bypassed(&target.host, target.port, &list),
                None => false,
            };
            if bypassed {
                return Ok(None);
            }
            (Proxy::parse(&value, name)?, name)
        }
    };
    if !target.tls && !allow_plain_http && !proxy.host.is_loopback() {
        return Err(Error::invalid_argument(format_args!(
            "the proxy {proxy} (from {origin}) would see the API key, as the base URL is plain http://; \
             set the proxy to \"none\", add {} to no_proxy, or allow plain HTTP by name",
            target.host
        )));
    }
    Ok(Some(proxy))
}

/// The first variable that is set and not blank.
fn first_set(
    names: &[&'static str],
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<(&'static str, String)>, Error> {
    for name in names {
        let Some(value) = env(name) else { continue };
        let Ok(value) = value.into_string() else {
            return Err(Error::invalid_argument(format_args!("{name} is not valid UTF-8")));
        };
        if !value.trim().is_empty() {
            return Ok(Some((name, value)));
        }
    }
    Ok(None)
}

impl Proxy {
    /// Reads a proxy URL: `[http[s]://][user[:password]@]host[:port][/]`; the port is 1080 unless given, as with curl,
    /// and 443 for `https://`. `origin` is named in the error; the value is not, it may hold a password.
    fn parse(text: &str, origin: &str) -> Result<Self, Error> {
        let refuse =
            |why: &dyn fmt::Display| Err(Error::invalid_argument(format_args!("{origin} is not a proxy URL: {why}")));
        let text = text.trim();
        if text.len() > 2048 {
            return refuse(&"it is longer than 2048 bytes");
        }
        if text.bytes().any(|b| b <= b' ' || b == 0x7f) {
            return refuse(&"there is a blank or control character in it");
        }
        let (scheme, rest) = text.split_once("://").unwrap_or(("http", text));
        let tls = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            _ => return refuse(&"its scheme is neither http nor https (SOCKS is not supported)"),
        };
        let rest = rest.strip_suffix('/').unwrap_or(rest);
        if rest.contains(['/', '?', '#']) {
            return refuse(&"it has a path, query or fragment");
        }
        let (user_info, authority) = match rest.rsplit_once('@') {
            Some((user_info, authority)) => (Some(user_info), authority),
            None => (None, rest),
        };
        let (host, port) = match split_authority(authority) {
            Ok(parts) => parts,
            Err(why) => return refuse(&why),
        };
        let authorization = match user_info {
            None => None,
            Some(user_info) => {
                let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
                let (Some(user), Some(password)) = (percent_decode(user), percent_decode(password)) else {
                    return refuse(&"its user or password has a % without two hexadecimal digits");
                };
                let mut pair = Zeroizing::new(user);
                pair.push(b':');
                pair.extend_from_slice(&password);
                Some(Zeroizing::new(format!("Basic {}", BASE64_STANDARD.encode(&*pair))))
            }
        };
        let default_port = if tls { 443 } else { 1080 };
        Ok(Self { tls, host, port: port.unwrap_or(default_port), authorization })
    }
}

fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) = (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(out)
}

/// Whether `no_proxy` names the target. Entries stand between commas or blanks: `*`; a name, which covers its
/// subdomains too (a leading `.` or `*.` changes nothing, as with curl); an address; a network (`10.0.0.0/8`); any of
/// them but the network with a port.
fn is_bypassed(host: &Host, port: u16, list: &str) -> bool {
    list.split([',', ' ', '\t']).filter(|entry| !entry.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let Some((network, bits)) = entry.split_once('/') {
            return matches!(host, Host::Ip(ip) if in_network(*ip, network, bits));
        }
        if let Ok(ip) = entry.parse::<IpAddr>() {
            return *host == Host::Ip(ip);
        }
        let (name, entry_port) = match entry.rsplit_once(':') {
            Some((name, digits)) if !entry.ends_with(']') => match digits.parse::<u16>() {
                Ok(port) => (name, Some(port)),
                Err(_) => return false,
            },
            _ => (entry, None),
        };
        if entry_port.is_some_and(|entry_port| entry_port != port) {
            return false;
        }
        match host {
            Host::Ip(ip) => {
                let literal = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
                literal.parse::<IpAddr>() == Ok(*ip)
            }
            Host::Name(host) => {
                let host = host.strip_suffix('.').unwrap_or(host);
                let name = name.strip_prefix("*.").or(name.strip_prefix('.')).unwrap_or(name);
                let name = name.strip_suffix('.').unwrap_or(name).to_ascii_lowercase();
                !name.is_empty() && (host == name || host.strip_suffix(&*name).is_some_and(|rest| rest.ends_with('.')))
            }
        }
    })
}

fn in_network(ip: IpAddr, network: &str, bits: &str) -> bool {
    let network = network.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(network);
    let (Ok(network), Ok(bits)) = (network.parse::<IpAddr>(), bits.parse::<u32>()) else { return false };
    match (ip, network) {
        (IpAddr::V4(ip), IpAddr::V4(network)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            u32::from(ip) & mask == u32::from(network) & mask
        }
        (IpAddr::V6(ip), IpAddr::V6(network)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            u128::from(ip) & mask == u128::from(network) & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chosen(base_url: &str, env: &[(&str, &str)]) -> Result<Option<String>, String> {
        let target = BaseUrl::parse(base_url, true).expect("base URL");
        let env = |name: &str| env.iter().find(|(n, _)| *n == name).map(|(_, value)| OsString::from(value));
        choose(None, &target, true, &env).map(|proxy| proxy.map(|p| p.to_string())).map_err(|e| e.to_string())
    }

    fn goes_through(base_url: &str, env: &[(&str, &str)], expected: Option<&str>) {
        assert_eq!(chosen(base_url, env), Ok(expected.map(str::to_owned)), "{base_url} with {env:?}");
    }

    #[test]
    fn the_schemes_own_variable_comes_first() {
        let all = [("all_proxy", "http://all:1"), ("https_proxy", "http://tls:2"), ("http_proxy", "http://plain:3")];
        goes_through("https://a.example", &all, Some("http://tls:2"));
        goes_through("http://a.example", &all, Some("http://plain:3"));
        goes_through("https://a.example", &[("ALL_PROXY", "up:1"), ("all_proxy", "low:1")], Some("http://low:1"));
        goes_through("https://a.example", &[("HTTPS_PROXY", "up:1"), ("https_proxy", "low:1")], Some("http://low:1"));
        goes_through("https://a.example", &[("https_proxy", " "), ("ALL_PROXY", "all:1")], Some("http://all:1"));
        goes_through("https://a.example", &[("http_proxy", "plain:1")], None);
    }

    #[test]
    fn http_proxy_in_upper_case_is_never_read() {
        goes_through("http://a.example", &[("HTTP_PROXY", "http://evil:1"), ("REQUEST_METHOD", "GET")], None);
        goes_through("http://a.example", &[("HTTP_PROXY", "http://evil:1")], None);
    }

    #[test]
    fn proxy_urls_are_normalised_or_refused() {
        for (value, shown) in [
            ("proxy", "http://proxy:1080"),
            ("  proxy:3128 ", "http://proxy:3128"),
            ("http://proxy:3128/", "http://proxy:3128"),
            ("HTTP://PROXY:3128", "http://proxy:3128"),
            ("https://proxy", "https://proxy:443"),
            ("http://user:p%40ss@proxy:3128", "http://proxy:3128"),
            ("user@[::1]:3128", "http://[::1]:3128"),
        ] {
            goes_through("https://a.example", &[("https_proxy", value)], Some(shown));
        }
        for (value, why) in [
            ("socks5://proxy:1080", "its scheme is neither http nor https (SOCKS is not supported)"),
            ("http://", "the host is missing"),
            ("http://proxy:99999", "the port is not a number from 1 to 65535"),
            ("http://proxy:0", "the port is not a number from 1 to 65535"),
            ("http://proxy/path", "it has a path, query or fragment"),
            ("http://pro xy", "there is a blank or control character in it"),
            ("http://u:%zz@proxy", "its user or password has a % without two hexadecimal digits"),
            ("http://[::1", "the IPv6 address lacks its closing bracket"),
        ] {
            assert_eq!(
                chosen("https://a.example", &[("https_proxy", value)]),
                Err(format!("https_proxy is not a proxy URL: {why}")),
                "{value}"
            );
        }
    }

    #[test]
    fn user_and_password_are_decoded_for_the_proxy_only() {
        let proxy = Proxy::parse("http://user:p%40ss@proxy:3128", "x").expect("proxy");
        let authorization = proxy.authorization.as_deref().expect("authorization");
        assert_eq!(authorization.as_str(), "Basic dXNlcjpwQHNz"); // user:p@ss
        assert!(!format!("{proxy} {proxy:?}").contains("ss"));
    }

    #[test]
    fn no_proxy_forms() {
        for (list, target, bypassed) in [
            ("*", "https://a.example", true),
            ("a.example", "https://a.example", true),
            ("A.EXAMPLE", "https://a.example", true),
            ("b.example, a.example", "https://a.example", true),
            ("b.example a.example", "https://a.example", true),
            ("example", "https://a.example", true),
            (".example", "https://a.example", true),
            ("*.example", "https://a.example", true),
            ("a.example.", "https://a.example", true),
            ("a.example", "https://x.a.example", true),
            ("a.example", "https://xa.example", false),
            (".a.example", "https://a.example", true),
            ("a.example:443", "https://a.example", true),
            ("a.example:8443", "https://a.example", false),
            ("a.example:8443", "https://a.example:8443", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("0.0.0.0/0", "https://11.1.2.3", true),
            ("10.0.0.0/33", "https://10.0.0.0", false),
            ("10.1.2.3", "https://10.1.2.3", true),
            ("10.1.2.3:443", "https://10.1.2.3", true),
            ("2.3", "https://10.1.2.3", false),
            ("fd00::/8", "https://[fd12::1]", true),
            ("fd00::/8", "https://[fe80::1]", false),
            ("[::1]", "https://[::1]", true),
            ("::1", "https://[::1]", true),
            ("[::1]:443", "https://[::1]", true),
            ("[::1]:444", "https://[::1]", false),
            (".", "https://a.example", false),
            (",,", "https://a.example", false),
        ] {
            let env = [("https_proxy", "http://proxy:1"), ("no_proxy", list)];
            goes_through(target, &env, if bypassed { None } else { Some("http://proxy:1") });
        }
    }
}
