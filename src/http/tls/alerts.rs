//! TLS alerts in words.

use rustls::AlertDescription;

/// Why the two sides cannot agree, and what the server would need for it.
pub(super) const NOTHING_IN_COMMON: &str = "no version, cipher or curve in common (needs TLS 1.3, or 1.2 with ECDHE and \
                                            AES-GCM or ChaCha20), or it wants a client certificate";
const CLIENT_CERTIFICATE: &str = "it wants a client certificate, which is not supported";

/// Number, name and meaning of each alert (RFC 8446 section 6, and the registry of TLS alerts).
const ALERTS: [(u8, &str, &str); 35] = [
    (0, "close_notify", "it ended the session"),
    (10, "unexpected_message", "it did not expect this message"),
    (20, "bad_record_mac", "a record reached it damaged"),
    (21, "decryption_failed", "it could not decrypt a record"),
    (22, "record_overflow", "a record was too long for it"),
    (30, "decompression_failure", "it could not decompress a record"),
    (40, "handshake_failure", NOTHING_IN_COMMON),
    (41, "no_certificate", CLIENT_CERTIFICATE),
    (42, "bad_certificate", CLIENT_CERTIFICATE),
    (43, "unsupported_certificate", CLIENT_CERTIFICATE),
    (44, "certificate_revoked", CLIENT_CERTIFICATE),
    (45, "certificate_expired", CLIENT_CERTIFICATE),
    (46, "certificate_unknown", CLIENT_CERTIFICATE),
    (47, "illegal_parameter", "it found a value that is not allowed"),
    (48, "unknown_ca", CLIENT_CERTIFICATE),
    (49, "access_denied", "it does not let this client in"),
    (50, "decode_error", "it could not read a message"),
    (51, "decrypt_error", "it could not verify a signature or decrypt a message"),
    (60, "export_restriction", "it is bound by export restrictions"),
    (70, "protocol_version", "it speaks neither TLS 1.2 nor TLS 1.3"),
    (71, "insufficient_security", "it wants stronger ciphers than are supported"),
    (80, "internal_error", "it has a trouble of its own"),
    (86, "inappropriate_fallback", "it takes the version for a downgrade"),
    (90, "user_canceled", "it gave the handshake up"),
    (100, "no_renegotiation", "it does not renegotiate"),
    (109, "missing_extension", "it misses an extension"),
    (110, "unsupported_extension", "it was sent an extension that it did not ask for"),
    (111, "certificate_unobtainable", "it could not fetch a client certificate"),
    (112, "unrecognized_name", "it serves no host of this name"),
    (113, "bad_certificate_status_response", "it does not accept the certificate status"),
    (114, "bad_certificate_hash_value", "it does not accept the certificate's hash"),
    (115, "unknown_psk_identity", "it does not know the shared key"),
    (116, "certificate_required", CLIENT_CERTIFICATE),
    (120, "no_application_protocol", "it does not speak HTTP/1.1 here"),
    (121, "ech_required", "it wants an encrypted hello, which is not supported"),
];

/// An alert's name, and its meaning.
pub(super) fn in_words(alert: AlertDescription) -> String {
    let number = u8::from(alert);
    match ALERTS.iter().find(|(known, ..)| *known == number) {
        Some((_, name, meaning)) => format!("{meaning} (alert {name})"),
        None => format!("alert {number}"),
    }
}

/// Whether another attempt may succeed: the alert tells of the server's state or of the connection, and not of
/// what the two can agree on.
pub(super) fn may_pass(alert: AlertDescription) -> bool {
    use AlertDescription as Alert;
    matches!(alert, Alert::CloseNotify | Alert::BadRecordMac | Alert::InternalError | Alert::UserCanceled)
}
