//! What a response's head says about itself before ureq parses it: which status it has, where it ends, and whether its
//! framing can be trusted. Pure: bytes in, facts out.

use std::io::BufRead;

/// Larger heads are refused.
pub(super) const MAX_BYTES: usize = 64 * 1024;
/// Heads with more fields are refused: that is what ureq has room for.
pub(super) const MAX_FIELDS: usize = 128;

/// What is known of a head from as much as has come of it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Head {
    /// Known once the status line is whole, if that is one of HTTP/1.0 or HTTP/1.1.
    pub(super) status: Option<u16>,
    /// Where the last whole line ends.
    pub(super) end: usize,
    /// The empty line that ends the head has come.
    pub(super) is_whole: bool,
}

impl Head {
    /// Another head follows (RFC 9110 section 15.2). Nothing in HTTP follows a 101, which nobody asked for.
    pub(super) fn is_interim(&self) -> bool {
        matches!(self.status, Some(100 | 102..=199))
    }

    /// The response is final, and not the one hoped for.
    pub(super) fn is_refusal(&self) -> bool {
        !self.is_interim() && self.status.is_some_and(|status| status != 200)
    }
}

/// Why a head is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    TooLarge,
    TooManyFields,
    /// Two readers could find the end of the body in two places (RFC 9112 sections 6.1 and 6.3).
    Ambiguous(&'static str),
}

/// Reads the head that `input` begins with, as much as there is of it. Unfolds folded lines in place (RFC 9112 section
/// 5.2). Whatever else is wrong with a head is left to the parser, which says so.
pub(super) fn read(input: &mut [u8]) -> Result<Head, Refused> {
    let (head, framing) = scan(input)?;
    match framing.fault() {
        Some(fault) if head.is_whole && !head.is_interim() => Err(Refused::Ambiguous(fault)),
        _ => Ok(head),
    }
}

/// The same for a response without a body, whatever it says of one: that to CONNECT (RFC 9110 section 9.3.6).
pub(super) fn read_without_body(input: &mut [u8]) -> Result<Head, Refused> {
    scan(input).map(|(head, _)| head)
}

fn scan(input: &mut [u8]) -> Result<(Head, Framing), Refused> {
    let mut head = Head::default();
    let mut framing = Framing::default();
    let mut has_begun = false;
    let mut fields = 0;
    // where the field begins that the next line may continue
    let mut field = None;
    loop {
        let start = head.end;
        let folded = field.is_some() && matches!(input.get(start), Some(b' ' | b'\t'));
        if folded {
            unfold(input, start);
        }
        let Some(line) = first_line(input.get(start..).unwrap_or_default()) else {
            if let Some(begin) = field.filter(|_| folded) {
                // unfolded, the field is one line, and that line has not ended
                head.end = begin;
            }
            break;
        };
        head.end = start + line.len();
        if folded {
            continue;
        }
        if let Some(field) = field.take().and_then(|begin| input.get(begin..start)) {
            framing.note(field);
        }
        match (has_begun, line) {
            // empty lines before the status line: a server that ended its last response with too many
            (false, b"\n" | b"\r\n") => {}
            (false, line) => {
                has_begun = true;
                head.status = status(line);
                framing.is_http_1_0 = line.starts_with(b"HTTP/1.0");
            }
            (true, b"\n" | b"\r\n") => {
                head.is_whole = true;
                break;
            }
            (true, _) => {
                field = Some(start);
                fields += 1;
                if fields > MAX_FIELDS {
                    return Err(Refused::TooManyFields);
                }
            }
        }
    }
    if (if head.is_whole { head.end } else { input.len() }) > MAX_BYTES {
        return Err(Refused::TooLarge);
    }
    Ok((head, framing))
}

/// The line that `input` begins with, its end included; `None` if that has not come yet.
fn first_line(mut input: &[u8]) -> Option<&[u8]> {
    let whole = input;
    // the fastest search for a byte in the standard library; reading a slice cannot fail
    let length = input.skip_until(b'\n').ok()?;
    whole.get(..length).filter(|line| line.ends_with(b"\n"))
}

/// Overwrites the line end before `start` with blanks.
fn unfold(input: &mut [u8], start: usize) {
    if let Some([.., last, end]) = input.get_mut(..start) {
        *end = b' ';
        if *last == b'\r' {
            *last = b' ';
        }
    }
}

/// The status in a status line of a version that is understood.
fn status(line: &[u8]) -> Option<u16> {
    let rest = line.strip_prefix(b"HTTP/1.1 ").or_else(|| line.strip_prefix(b"HTTP/1.0 "))?;
    match rest {
        [a @ b'0'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', b' ' | b'\r' | b'\n', ..] => {
            Some([a, b, c].iter().fold(0, |status, digit| status * 10 + u16::from(**digit - b'0')))
        }
        _ => None,
    }
}

/// What a head says of the length of its body.
#[derive(Default)]
struct Framing {
    is_http_1_0: bool,
    has_length: bool,
    encodings: usize,
    is_chunked: bool,
}

impl Framing {
    fn note(&mut self, field: &[u8]) {
        // most fields begin with another letter, and are neither of the two
        if !matches!(field.first(), Some(b't' | b'T' | b'c' | b'C')) {
            return;
        }
        let mut halves = field.splitn(2, |byte| *byte == b':');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
        if name.eq_ignore_ascii_case(b"content-length") {
            self.has_length = true;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            self.encodings += 1;
            self.is_chunked = value.trim_ascii().eq_ignore_ascii_case(b"chunked");
        }
    }

    /// Why two readers may see the end of the body in different places. Two different lengths are refused by the parser.
    fn fault(&self) -> Option<&'static str> {
        match self.encodings {
            0 => None,
            _ if self.is_http_1_0 => Some("Transfer-Encoding in an HTTP/1.0 response"),
            _ if self.has_length => Some("both Transfer-Encoding and Content-Length"),
            1 if self.is_chunked => None,
            1 => Some("a Transfer-Encoding other than chunked"),
            _ => Some("more than one Transfer-Encoding"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is made of a head that has come as far as this, and what it has become.
    fn read_copy(input: &[u8]) -> (Result<Head, Refused>, Vec<u8>) {
        let mut bytes = input.to_vec();
        let head = read(&mut bytes);
        (head, bytes)
    }

    fn whole(status: u16, end: usize) -> Result<Head, Refused> {
        Ok(Head { status: Some(status), end, is_whole: true })
    }

    fn partial(status: Option<u16>, end: usize) -> Result<Head, Refused> {
        Ok(Head { status, end, is_whole: false })
    }

    #[test]
    fn where_it_ends_and_which_status_it_has() {
        for (input, expected) in [
            (&b""[..], partial(None, 0)),
            (b"HTTP/1.1 200 OK\r", partial(None, 0)),
            (b"HTTP/1.1 200 OK\r\n", partial(Some(200), 17)),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n\r", partial(Some(200), 23)),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\n", whole(200, 25)),
            (b"HTTP/1.1 200 OK\r\nA: b\r\n\r\nbody\n\n", whole(200, 25)),
            (b"HTTP/1.1 200 OK\nA: b\n\n", whole(200, 22)),
            (b"HTTP/1.1 200 OK\r\nA: b\n\r\n", whole(200, 24)),
            (b"HTTP/1.1 200 OK\r\n\r\n", whole(200, 19)),
            (b"HTTP/1.1 204\r\n\r\n", whole(204, 16)),
            (b"HTTP/1.0 404 \n\n", whole(404, 15)),
            (b"\r\n\nHTTP/1.1 503 Away\r\n\r\n", whole(503, 24)),
            (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", whole(100, 25)),
            // where there is no valid status line, the parser says so
            (b"HTTP/1.2 200 OK\r\n\r\n", Ok(Head { status: None, end: 19, is_whole: true })),
            (b"HTTP/1.1 2000 OK\r\n", partial(None, 18)),
            (b"HTTP/1.1 20 OK\r\n", partial(None, 16)),
            (b"garbage\n", partial(None, 8)),
        ] {
            let (head, bytes) = read_copy(input);
            assert_eq!(head, expected, "{:?}", String::from_utf8_lossy(input));
            assert_eq!(bytes, input, "nothing was folded");
        }
    }

    #[test]
    fn which_responses_are_interim_and_which_refuse() {
        let of = |status| Head { status, end: 0, is_whole: false };
        let interim: Vec<u16> = (100..=999).filter(|status| of(Some(*status)).is_interim()).collect();
        assert_eq!(interim, [100].into_iter().chain(102..=199).collect::<Vec<_>>());
        let others: Vec<u16> = (100..=999).filter(|status| !of(Some(*status)).is_refusal()).collect();
        assert_eq!(others, [100].into_iter().chain(102..=200).collect::<Vec<_>>());
        assert!(!of(None).is_interim() && !of(None).is_refusal());
    }

    #[test]
    fn folded_lines_are_unfolded_in_place() {
        for (input, unfolded) in [
            ("A: b\r\n c\r\n\r\n", "A: b   c\r\n\r\n"),
            ("A: b\r\n\t c\r\n\r\n", "A: b  \t c\r\n\r\n"),
            ("A:\r\n b\r\n \r\n c\r\nD: e\r\n\r\n", "A:   b      c\r\nD: e\r\n\r\n"),
            ("A: b\n c\n\n", "A: b  c\n\n"),
            ("A: b\r\n \r\n\r\n", "A: b   \r\n\r\n"),
            // as soon as it is known to be a fold: the parser is shown what has come
            ("A: b\r\n ", "A: b   "),
            ("A: b\r\n", "A: b\r\n"),
            // there is nothing to continue: left for the parser to refuse
            (" A: b\r\n\r\n", " A: b\r\n\r\n"),
        ] {
            let status_line = "HTTP/1.1 200 OK\r\n";
            let (head, bytes) = read_copy(format!("{status_line}{input}").as_bytes());
            assert_eq!(String::from_utf8(bytes), Ok(format!("{status_line}{unfolded}")), "{input:?}");
            let head = head.expect("a head");
            assert_eq!(head.is_whole, input.ends_with("\n\r\n") || input.ends_with("\n\n"), "{input:?}");
        }
    }

    #[test]
    fn framing_that_two_readers_could_read_in_two_ways() {
        let both = "both Transfer-Encoding and Content-Length";
        let other = "a Transfer-Encoding other than chunked";
        let twice = "more than one Transfer-Encoding";
        let old = "Transfer-Encoding in an HTTP/1.0 response";
        for (version, fields, fault) in [
            ("1", "Content-Length: 5\r\n", None),
            ("1", "Transfer-Encoding: chunked\r\n", None),
            ("1", "TRANSFER-ENCODING:\t CHUNKED \t\r\n", None),
            ("1", "transfer-encoding:chunked\n", None),
            ("1", "Transfer-Encoding:\r\n chunked\r\n", None),
            ("1", "TE: gzip\r\nTrailer: X\r\nConnection: close\r\n", None),
            ("1", "X-Transfer-Encoding: gzip\r\nContent-Length-X: y\r\n", None),
            ("1", "Transfer-Encoding: gzip\r\n", Some(other)),
            ("1", "Transfer-Encoding: gzip, chunked\r\n", Some(other)),
            ("1", "Transfer-Encoding: chunked, gzip\r\n", Some(other)),
            ("1", "Transfer-Encoding: chunked, chunked\r\n", Some(other)),
            ("1", "Transfer-Encoding: chunked;q=1\r\n", Some(other)),
            ("1", "Transfer-Encoding: \"chunked\"\r\n", Some(other)),
            ("1", "Transfer-Encoding: xchunked\r\n", Some(other)),
            ("1", "Transfer-Encoding: \x0bchunked\r\n", Some(other)),
            ("1", "Transfer-Encoding: identity\r\n", Some(other)),
            ("1", "Transfer-Encoding:\r\n", Some(other)),
            ("1", "Transfer-Encoding: gzip,\r\n chunked\r\n", Some(other)),
            ("1", "Transfer-Encoding: chunked\r\n , gzip\r\n", Some(other)),
            ("1", "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", Some(twice)),
            ("1", "Transfer-Encoding: gzip\r\nX: y\r\ntransfer-encoding: chunked\r\n", Some(twice)),
            ("1", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Some(both)),
            ("1", "CONTENT-LENGTH: 5\nTRANSFER-ENCODING: chunked\n", Some(both)),
            ("1", "Content-Length:\r\n 5\r\nTransfer-Encoding:\r\n gzip\r\n", Some(both)),
            ("0", "Content-Length: 5\r\n", None),
            ("0", "Transfer-Encoding: chunked\r\n", Some(old)),
            ("0", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", Some(old)),
        ] {
            for status in [200, 204, 304, 401, 503] {
                let (head, _) = read_copy(format!("HTTP/1.{version} {status} X\r\n{fields}\r\nbody").as_bytes());
                assert_eq!(head.map(|head| head.is_whole), fault.map_or(Ok(true), |it| Err(Refused::Ambiguous(it))));
            }
            let (interim, _) = read_copy(format!("HTTP/1.{version} 103 X\r\n{fields}\r\n").as_bytes());
            assert!(interim.is_ok_and(|head| head.is_whole), "an interim response has no body: {fields:?}");
        }
    }

    #[test]
    fn limits_are_exact() {
        for (fields, fits) in [(MAX_FIELDS, true), (MAX_FIELDS + 1, false), (5000, false)] {
            for folded in ["", "\r\n folded"] {
                let input = format!("HTTP/1.1 200 OK\r\n{}\r\n", format!("A: b{folded}\r\n").repeat(fields));
                let (head, _) = read_copy(input.as_bytes());
                assert_eq!(head.is_ok(), fits, "{fields}");
                assert!(fits || head == Err(Refused::TooManyFields), "{head:?}");
            }
        }
        for (size, fits) in [(MAX_BYTES, true), (MAX_BYTES + 1, false)] {
            let around = "HTTP/1.1 200 OK\r\nA: \r\n\r\n".len();
            let input = format!("HTTP/1.1 200 OK\r\nA: {}\r\n\r\n", "x".repeat(size - around));
            assert_eq!(read_copy(input.as_bytes()).0.is_ok(), fits, "{size}");
            assert!(
                read_copy(format!("{input}{}", "body".repeat(9000)).as_bytes()).0.is_ok() == fits,
                "the body is no part"
            );
            let endless = "x".repeat(size);
            assert_eq!(read_copy(endless.as_bytes()).0.is_ok(), fits, "{size}");
        }
    }

    #[test]
    fn it_does_not_matter_how_it_is_cut() {
        let input = b"\r\nHTTP/1.1 401 No\r\nA: b\r\n c\r\nTransfer-Encoding:\n\tchunked\r\nD:\r\n\r\nrest";
        let (expected, unfolded) = read_copy(input);
        assert_eq!(expected, whole(401, input.len() - 4));
        for cut in 0..=input.len() {
            let mut bytes = input[..cut].to_vec();
            let begun = read(&mut bytes).expect("nothing is wrong with it");
            assert_eq!(begun.status, (cut >= 19).then_some(401), "{cut}");
            assert_eq!(begun.is_whole, cut >= input.len() - 4, "{cut}");
            assert!(begun.end == 0 || bytes[..begun.end].ends_with(b"\n"), "it ends with a whole line: {cut}");
            bytes.extend_from_slice(&input[cut..]);
            assert_eq!(read(&mut bytes), expected, "{cut}");
            assert_eq!(bytes, unfolded, "{cut}");
        }
    }
}
