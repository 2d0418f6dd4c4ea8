//! `no_proxy`: which hosts are reached without the proxy.

use std::net::IpAddr;

use crate::endpoint::Host;

/// Whether `no_proxy` names the target. Entries stand between commas or blanks: `*`; a name, which covers its
/// subdomains too (a leading `.` or `*.` changes nothing, as with curl); an address; a network (`10.0.0.0/8`); any of
/// them but the network with a port.
pub(super) fn is_bypassed(host: &Host, port: u16, list: &str) -> bool {
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
    use crate::endpoint::BaseUrl;

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
            let url = BaseUrl::parse(target, false).expect("a base URL");
            assert_eq!(is_bypassed(&url.host, url.port, list), bypassed, "{target} with {list:?}");
        }
    }
}
