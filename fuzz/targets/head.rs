//! The filter of response heads: it sees the same head however the bytes come, and the head that a parser sees.

#![no_main]

use libfuzzer_sys::fuzz_target;
use unstructured_jobs::fuzzing::head;

/// What the client lets a head have.
const MAX_FIELDS: usize = 128;

fuzz_target!(|data: &[u8]| {
    let mut whole = data.to_vec();
    let Some((status, end, is_whole)) = head(&mut whole) else { return };
    assert!(end <= data.len());
    // of a head that is not whole yet, a line may be unfolded behind the last one that is
    assert!(!is_whole || whole[end..] == data[end..], "nothing behind the head is changed");

    // once more, of what has become of it
    let mut again = whole.clone();
    assert_eq!(head(&mut again), Some((status, end, is_whole)));
    assert_eq!(again, whole);

    // in pieces, as it may come from the network
    let mut pieces = Vec::new();
    for piece in data[..end].chunks(1 + data.len() % 7) {
        pieces.extend_from_slice(piece);
        let seen = head(&mut pieces).expect("a part of a head that is fine");
        assert!(seen.0.is_none() || seen.0 == status, "a status that was known is no other later");
    }
    assert_eq!(pieces, whole[..end], "unfolded alike");

    if !is_whole {
        return;
    }
    let mut fields = [httparse::EMPTY_HEADER; MAX_FIELDS];
    let mut response = httparse::Response::new(&mut fields);
    if let Ok(parsed) = response.parse(&whole) {
        assert_eq!(parsed, httparse::Status::Complete(end), "both see the same end");
        // HTTP/1.x alone are understood; the client leaves what else there may be to the parser
        assert_eq!(response.code, status);
        let count = |name: &str| response.headers.iter().filter(|field| field.name.eq_ignore_ascii_case(name)).count();
        let is_final = status.is_some_and(|status| !matches!(status, 100 | 102..=199));
        assert!(!is_final || count("transfer-encoding") <= 1, "a body has one end");
        assert!(!is_final || count("transfer-encoding") == 0 || count("content-length") == 0, "a body has one end");
    }
});
