//! The certificates in a PEM text (RFC 7468), and in what OpenSSL writes beside it.
//!
//! A certificate that was silently left out would show only when a server is refused. So whatever begins like a PEM block is
//! read, or is an error that names its line.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use crate::text::printable;

const BEGIN: &str = "-----BEGIN ";
const END: &str = "-----END ";
const DASHES: &str = "-----";

/// A certificate in DER, and the line in which it begins.
pub(super) struct Certificate {
    pub(super) line: usize,
    pub(super) der: Vec<u8>,
}

struct Block<'a> {
    line: usize,
    label: &'a str,
    base64: String,
}

/// Every certificate in `pem` that may vouch for a server, or what is wrong with the text.
pub(super) fn certificates(pem: &[u8]) -> Result<Vec<Certificate>, String> {
    match pem {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => return Err("it is UTF-16; save it as UTF-8 or ASCII".to_owned()),
        // the length of a DER sequence that is longer than 127 bytes
        [0x30, 0x81..=0x84, ..] => return Err("it is DER, not PEM; `openssl x509 -inform der` converts it".to_owned()),
        _ => {}
    }
    let text = String::from_utf8_lossy(pem);
    let (mut found, mut not_for_servers) = (Vec::new(), false);
    let mut open: Option<Block<'_>> = None;
    for (line, text) in (1..).zip(lines(&text)) {
        let mut rest = trim(text);
        while !rest.is_empty() {
            rest = match open.take() {
                None => {
                    let Some((label, rest)) = rest.strip_prefix(BEGIN).and_then(|rest| rest.split_once(DASHES)) else {
                        refuse_markers(rest, line)?;
                        break;
                    };
                    if !matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE") {
                        return Err(format!(
                            "line {line} begins a block \"{}\"; only certificates are read (CERTIFICATE, \
                             X509 CERTIFICATE, TRUSTED CERTIFICATE)",
                            start_of(label)
                        ));
                    }
                    open = Some(Block { line, label, base64: String::new() });
                    rest
                }
                Some(mut block) => {
                    let (body, end) = match rest.split_once(END) {
                        Some((body, end)) => (body, Some(end)),
                        None => (rest, None),
                    };
                    if body.contains("-BEGIN") {
                        return Err(format!("the certificate that begins in line {} has no end", block.line));
                    }
                    block.base64.extend(body.split_ascii_whitespace());
                    match end {
                        None => {
                            open = Some(block);
                            ""
                        }
                        Some(end) => {
                            let Some(rest) = end.strip_prefix(block.label).and_then(|end| end.strip_prefix(DASHES))
                            else {
                                return Err(format!(
                                    "line {line} does not end the certificate that begins in line {}",
                                    block.line
                                ));
                            };
                            match block.decode()? {
                                Some(certificate) => found.push(certificate),
                                None => not_for_servers = true,
                            }
                            rest
                        }
                    }
                }
            };
            rest = trim(rest);
        }
    }
    match open {
        Some(block) => Err(format!("the certificate that begins in line {} has no end", block.line)),
        None if found.is_empty() && not_for_servers => Err("no certificate in it is trusted for servers".to_owned()),
        None => Ok(found),
    }
}

/// The lines of `text`, ended by LF, CRLF or CR.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

/// Without white space around it, and without the byte order marks of Windows files, whole or joined.
fn trim(text: &str) -> &str {
    text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}')
}

/// Refuses what looks like the first or last line of a block and is none: the block would be left out.
fn refuse_markers(text: &str, line: usize) -> Result<(), String> {
    // word processors turn hyphens into dashes
    let dashes = ['\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}'];
    let what = match text.to_ascii_uppercase().replace(dashes, "--") {
        text if text.contains("--BEGIN ") => "begin",
        text if text.contains("--END ") => "end",
        _ => return Ok(()),
    };
    Err(format!("line {line} seems to {what} a PEM block, but is not written as PEM is: {}", start_of(text)))
}

/// The beginning of `text`, fit to print, by which it can be found in the file.
fn start_of(text: &str) -> String {
    let start: String = text.chars().take(64).collect();
    printable(&start).into_owned()
}

impl Block<'_> {
    /// The certificate, unless its own trust data says that it is not for servers.
    fn decode(self) -> Result<Option<Certificate>, String> {
        let Self { line, label, base64 } = self;
        let mut der = BASE64_STANDARD
            .decode(base64)
            .ok()
            .filter(|der| !der.is_empty())
            .ok_or_else(|| format!("the certificate that begins in line {line} is not valid base64"))?;
        if label == "TRUSTED CERTIFICATE" {
            let Some((certificate, trust)) = split_element(&der) else {
                return Err(format!("the certificate that begins in line {line} is not valid DER"));
            };
            if !is_for_servers(trust) {
                return Ok(None);
            }
            let len = certificate.len();
            der.truncate(len);
        }
        Ok(Some(Certificate { line, der }))
    }
}

/// The first DER element, its header included, and what follows it.
fn split_element(der: &[u8]) -> Option<(&[u8], &[u8])> {
    let (header, len) = match *der.get(1)? {
        short @ ..=0x7f => (2, usize::from(short)),
        long => {
            let count = usize::from(long & 0x7f);
            let bytes = der.get(2..2 + count).filter(|_| (1..=4).contains(&count))?;
            (2 + count, bytes.iter().fold(0, |len, byte| len << 8 | usize::from(*byte)))
        }
    };
    der.split_at_checked(header + len)
}

/// What OpenSSL's trust data (X509_CERT_AUX) says of servers: rejected uses come before trusted ones, and where some
/// are trusted the others are not.
fn is_for_servers(trust: &[u8]) -> bool {
    const TRUSTED: u8 = 0x30;
    const REJECTED: u8 = 0xa0;
    const SERVER_AUTH: &[u8] = b"\x06\x08\x2b\x06\x01\x05\x05\x07\x03\x01";
    const ANY: &[u8] = b"\x06\x04\x55\x1d\x25\x00";
    let mut fields = content(trust);
    let mut trusted = true;
    while let Some((field, rest)) = split_element(fields) {
        let names_servers = [SERVER_AUTH, ANY].iter().any(|oid| field.windows(oid.len()).any(|part| part == *oid));
        match field.first() {
            Some(&TRUSTED) => trusted &= names_servers,
            Some(&REJECTED) => trusted &= !names_servers,
            _ => {}
        }
        fields = rest;
    }
    trusted
}

/// The contents of a DER element, without its header.
fn content(element: &[u8]) -> &[u8] {
    let header = match element.get(1) {
        Some(long @ 0x81..) => 2 + usize::from(long & 0x7f),
        _ => 2,
    };
    element.get(header..).unwrap_or_default()
}
