//! Signature and key algorithms of certificates by name.

/// What ring verifies.
pub(super) const SUPPORTED: &str = "RSA (2048 to 8192 bits) with SHA-256, SHA-384 or SHA-512, ECDSA on P-256 or P-384 \
                                    with SHA-256 or SHA-384, and Ed25519";

const NAMES: [(&str, &str); 33] = [
    ("1.2.840.113549.1.1.1", "RSA"),
    ("1.2.840.113549.1.1.2", "RSA with MD2"),
    ("1.2.840.113549.1.1.4", "RSA with MD5"),
    ("1.2.840.113549.1.1.5", "RSA with SHA-1"),
    ("1.2.840.113549.1.1.10", "RSA-PSS"),
    ("1.2.840.113549.1.1.11", "RSA with SHA-256"),
    ("1.2.840.113549.1.1.12", "RSA with SHA-384"),
    ("1.2.840.113549.1.1.13", "RSA with SHA-512"),
    ("1.2.840.113549.1.1.14", "RSA with SHA-224"),
    ("1.3.14.3.2.29", "RSA with SHA-1"),
    ("1.2.840.10045.4.1", "ECDSA with SHA-1"),
    ("1.2.840.10045.4.3.1", "ECDSA with SHA-224"),
    ("1.2.840.10045.4.3.2", "ECDSA with SHA-256"),
    ("1.2.840.10045.4.3.3", "ECDSA with SHA-384"),
    ("1.2.840.10045.4.3.4", "ECDSA with SHA-512"),
    ("1.2.840.10045.2.1", "an elliptic curve"),
    ("1.2.840.10045.3.1.7", "P-256"),
    ("1.3.132.0.33", "P-224"),
    ("1.3.132.0.34", "P-384"),
    ("1.3.132.0.35", "P-521"),
    ("1.3.132.0.10", "secp256k1"),
    ("1.3.36.3.3.2.8.1.1.7", "brainpoolP256r1"),
    ("1.3.36.3.3.2.8.1.1.11", "brainpoolP384r1"),
    ("1.3.36.3.3.2.8.1.1.13", "brainpoolP512r1"),
    ("1.3.101.112", "Ed25519"),
    ("1.3.101.113", "Ed448"),
    ("1.2.840.10040.4.1", "DSA"),
    ("1.2.840.10040.4.3", "DSA with SHA-1"),
    ("2.16.840.1.101.3.4.3.2", "DSA with SHA-256"),
    ("1.2.156.10197.1.501", "SM2 with SM3"),
    ("2.16.840.1.101.3.4.3.17", "ML-DSA-44"),
    ("2.16.840.1.101.3.4.3.18", "ML-DSA-65"),
    ("2.16.840.1.101.3.4.3.19", "ML-DSA-87"),
];

/// The name of an AlgorithmIdentifier, given without its outer header; of an elliptic curve key the curve's name. One
/// without a name is given by its number.
pub(super) fn name(identifier: &[u8]) -> String {
    let Some((algorithm, parameters)) = split_oid(identifier) else { return "an unreadable algorithm".to_owned() };
    let number = dotted(algorithm);
    if number == "1.2.840.10045.2.1"
        && let Some((curve, _)) = split_oid(parameters)
    {
        return named(dotted(curve));
    }
    named(number)
}

fn named(number: String) -> String {
    match NAMES.iter().find(|(known, _)| *known == number) {
        Some((_, name)) => (*name).to_owned(),
        None => format!("the algorithm {number}"),
    }
}

/// The contents of the object identifier that `der` begins with, and what follows it.
fn split_oid(der: &[u8]) -> Option<(&[u8], &[u8])> {
    match der {
        [0x06, len @ ..=0x7f, rest @ ..] => rest.split_at_checked(usize::from(*len)),
        _ => None,
    }
}

/// An object identifier as people write it (X.690 section 8.19).
fn dotted(oid: &[u8]) -> String {
    let mut parts: Vec<String> = Vec::new();
    let mut part: u128 = 0;
    for byte in oid {
        // more than 18 digits of seven bits do not fit; no algorithm has such a part
        part = part << 7 | u128::from(byte & 0x7f);
        if byte & 0x80 == 0 {
            if parts.is_empty() {
                let first = (part / 40).min(2);
                parts.push(first.to_string());
                part -= first * 40;
            }
            parts.push(part.to_string());
            part = 0;
        }
    }
    parts.join(".")
}
