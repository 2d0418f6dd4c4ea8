//! Which proxy a request goes through, by curl's rules. The environment is an argument, read by [`variable`].
//!
//! The scheme's own variable comes before `all_proxy`, lower case before upper case, and `HTTP_PROXY` in upper case is
//! never read: under CGI it is a request header that anyone can send. An empty variable counts as unset.
//!
//! What may hold a password is wiped from memory when it is dropped, and never grown, which would leave copies behind.

mod bypass;

use std::env;
use std::ffi::{OsStr, OsString};
use std::fmt;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use zeroize::Zeroizing;

use crate::endpoint::{BaseUrl, Host, QUOTATION_MARKS, split_authority};
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
                Some((_, list)) => bypass::is_bypassed(&target.host, target.port, &list),
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
        ))
        .of_setting("allow_plain_http"));
    }
    Ok(Some(proxy))
}

/// A variable of the environment. On Windows, where the system ignores the case of names, only if it is spelled so:
/// asked for `http_proxy`, it would hand out `HTTP_PROXY`.
pub(crate) fn variable(name: &str) -> Option<OsString> {
    if cfg!(windows) && !is_spelled(name, env::vars_os().map(|(name, _)| name)) {
        return None;
    }
    env::var_os(name)
}

fn is_spelled(name: &str, mut names: impl Iterator<Item = OsString>) -> bool {
    names.any(|known| known == OsStr::new(name))
}

/// The first variable that is set and not blank.
fn first_set(
    names: &[&'static str],
    env: &dyn Fn(&str) -> Option<OsString>,
) -> Result<Option<(&'static str, Zeroizing<String>)>, Error> {
    for name in names {
        let Some(value) = env(name) else { continue };
        let value = match value.into_string() {
            Ok(value) => Zeroizing::new(value),
            Err(_) => return Err(Error::invalid_argument(format_args!("{name} is not valid UTF-8"))),
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
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.starts_with(QUOTATION_MARKS) {
            return refuse(&"it begins with a quotation mark; write it without");
        }
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
                let Some(authorization) = basic(user_info) else {
                    return refuse(&"its user or password has a % without two hexadecimal digits");
                };
                Some(authorization)
            }
        };
        let default_port = if tls { 443 } else { 1080 };
        Ok(Self { tls, host, port: port.unwrap_or(default_port), authorization })
    }
}

/// `Basic` and the base64 of `user:password` (RFC 7617), from `user[:password]` as it stands in a URL; `None` if that has
/// a `%` without two hexadecimal digits.
fn basic(user_info: &str) -> Option<Zeroizing<String>> {
    const SCHEME: &str = "Basic ";
    let (user, password) = user_info.split_once(':').unwrap_or((user_info, ""));
    // no longer than what it is decoded from, but for the colon
    let mut pair = Zeroizing::new(Vec::with_capacity(user_info.len() + 1));
    percent_decode(user, &mut pair)?;
    pair.push(b':');
    percent_decode(password, &mut pair)?;
    let mut value = Zeroizing::new(vec![0; SCHEME.len() + pair.len().div_ceil(3) * 4]);
    let (scheme, encoded) = value.split_at_mut_checked(SCHEME.len())?;
    scheme.copy_from_slice(SCHEME.as_bytes());
    BASE64_STANDARD.encode_slice(&*pair, encoded).ok()?;
    // the same bytes: base64 is ASCII
    String::from_utf8(std::mem::take(&mut *value)).ok().map(Zeroizing::new)
}

fn percent_decode(text: &str, out: &mut Vec<u8>) -> Option<()> {
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let (high, low) = (char::from(bytes.next()?).to_digit(16)?, char::from(bytes.next()?).to_digit(16)?);
            out.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            out.push(byte);
        }
    }
    Some(())
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
    fn a_name_is_its_spelling_where_the_system_ignores_case() {
        let names = || ["Path", "HTTP_PROXY", "https_proxy"].map(OsString::from).into_iter();
        assert!(!is_spelled("http_proxy", names()));
        assert!(is_spelled("HTTP_PROXY", names()));
        assert!(is_spelled("https_proxy", names()));
    }

    #[test]
    fn proxy_urls_are_normalised_or_refused() {
        for (value, shown) in [
            ("proxy", "http://proxy:1080"),
            ("  proxy:3128 ", "http://proxy:3128"),
            ("\u{feff}proxy:3128", "http://proxy:3128"),
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
            ("\"http://user:s3cret@proxy:3128\"", "it begins with a quotation mark; write it without"),
            ("“proxy:3128”", "it begins with a quotation mark; write it without"),
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
        for (user_info, value) in
            [("", "Basic Og=="), ("u", "Basic dTo="), (":", "Basic Og=="), ("a:b:c", "Basic YTpiOmM=")]
        {
            assert_eq!(basic(user_info).expect("a value").as_str(), value, "{user_info:?}");
        }
    }
}
