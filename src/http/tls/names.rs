//! The names that rustls gives to failures, in words.

/// A name such as `SelectedUnofferedCipherSuite(..)` in words: "selected unoffered cipher suite".
pub(super) fn words(name: &str) -> String {
    let name = name.split(|c: char| !c.is_ascii_alphanumeric()).next().unwrap_or_default();
    let mut words = String::with_capacity(name.len() + 8);
    let mut after_small = false;
    for c in name.chars() {
        if c.is_ascii_uppercase() && after_small {
            words.push(' ');
        }
        after_small = !c.is_ascii_uppercase();
        words.push(c.to_ascii_lowercase());
    }
    let known = [
        ("tls12", "TLS 1.2"),
        ("tls13", "TLS 1.3"),
        ("kx", "key exchange"),
        ("psk", "shared key"),
        ("ems", "extended master secret"),
        ("ech", "encrypted hello"),
        ("sct", "certificate timestamp"),
        ("ccs", "change of cipher"),
        ("dh", "Diffie-Hellman"),
        ("ec", "elliptic curve"),
    ];
    let in_full = |word| known.iter().find(|(short, _)| *short == word).map_or(word, |(_, long)| *long);
    words.split(' ').map(in_full).collect::<Vec<&str>>().join(" ")
}
