//! What a server sends, through the whole client over a socket. Every call ends, with a result for the job that was asked
//! for, or with an error that can be printed and does not hold the API key.
//!
//! The first byte says how the rest is sent; the rest is one response after another, with `\n--\n` between them.

#![no_main]

use std::collections::VecDeque;
use std::error::Error as _;
use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use libfuzzer_sys::fuzz_target;
use unstructured_jobs::{Client, Error, ErrorKind, printable};

const KEY: &str = "k-3fQ+7/zA&9<";
const JOB_ID: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";
const BETWEEN: &[u8] = b"\n--\n";
/// More calls than there are responses: the last one meets a server that has nothing to say.
const MOST_CALLS: usize = 4;
/// How much longer than its timeout a call may take here, where several programs share a processor.
const SLACK: Duration = Duration::from_secs(3);

/// How the server behaves.
#[derive(Clone, Copy)]
struct Manner {
    /// So many bytes at a time; 0: all at once.
    piece: usize,
    /// Connections are kept, and then a call may have to end by its timeout.
    keeps: bool,
    /// The next response comes with the last one, before its request.
    hurries: bool,
    /// Connections end by a reset.
    resets: bool,
}

impl Manner {
    fn of(byte: u8) -> Self {
        let piece = [0, 1, 7, 64][usize::from(byte & 3)];
        Self { piece, keeps: byte & 4 != 0, hurries: byte & 8 != 0, resets: byte & 16 != 0 }
    }
}

type Responses = Arc<Mutex<VecDeque<Vec<u8>>>>;

fn lock(responses: &Responses) -> MutexGuard<'_, VecDeque<Vec<u8>>> {
    responses.lock().expect("no panic")
}

fn serve(mut connection: TcpStream, responses: &Responses, manner: Manner) {
    while read_request(&mut connection) {
        let taken = if manner.hurries { usize::MAX } else { 1 };
        let mut next = lock(responses);
        let count = taken.min(next.len());
        let bytes = next.drain(..count).collect::<Vec<_>>().concat();
        let was_last = next.is_empty();
        drop(next);
        let piece = if manner.piece == 0 { bytes.len().max(1) } else { manner.piece };
        for piece in bytes.chunks(piece) {
            if connection.write_all(piece).is_err() {
                return;
            }
        }
        if !manner.keeps || was_last {
            break;
        }
    }
    if manner.resets {
        // what is on its way may be lost with it, as with a real server
        let _ = rustix::net::sockopt::set_socket_linger(&connection, Some(Duration::ZERO));
        return;
    }
    let _ = connection.shutdown(Shutdown::Write);
    // until the client is done with it
    let _ = connection.read(&mut [0; 64]);
}

/// Whether one came.
fn read_request(connection: &mut TcpStream) -> bool {
    let mut request = Vec::new();
    let mut room = [0; 1024];
    while !request.ends_with(b"\r\n\r\n") {
        match connection.read(&mut room) {
            Ok(read @ 1..) => request.extend_from_slice(&room[..read]),
            _ => return false,
        }
    }
    true
}

fn check(error: &Error) {
    let mut text = format!("{error:?} {error}");
    let mut source = error.source();
    while let Some(error) = source {
        text.push_str(&error.to_string());
        source = error.source();
    }
    assert!(!text.contains(KEY), "{text}");
    let text = error.to_string();
    assert_eq!(printable(&text), text);
    assert!(text.len() < 4096, "{text}");
    assert!(!matches!(error.kind(), ErrorKind::InvalidArgument | ErrorKind::Internal | ErrorKind::Dns), "{text}");
    assert_eq!(error.attempts(), 1, "{text}");
}

/// The same id, as the client sees it.
fn plain(id: &str) -> String {
    id.to_ascii_lowercase().replace('-', "")
}

fuzz_target!(|data: &[u8]| {
    let Some((manner, mut rest)) = data.split_first() else { return };
    let manner = Manner::of(*manner);
    let mut responses = VecDeque::new();
    while let Some(end) = rest.windows(BETWEEN.len()).position(|bytes| bytes == BETWEEN) {
        responses.push_back(rest[..end].to_vec());
        rest = &rest[end + BETWEEN.len()..];
    }
    responses.push_back(rest.to_vec());
    let calls = (responses.len() + 1).min(MOST_CALLS);
    let responses = Arc::new(Mutex::new(responses));

    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let timeout = Duration::from_millis(if manner.keeps { 50 } else { 5000 });
    let client = Client::builder()
        .api_key(KEY)
        .base_url(format!("http://{address}"))
        .proxy("none")
        .timeout(timeout)
        .max_retries(0)
        .max_response_bytes(4096)
        .build()
        .expect("a client");
    let done = Arc::new(AtomicBool::new(false));
    let is_done = Arc::clone(&done);
    let server = thread::spawn(move || {
        let mut connections = Vec::new();
        for connection in listener.incoming() {
            let connection = connection.expect("a connection");
            if is_done.load(Ordering::Acquire) {
                break;
            }
            let responses = Arc::clone(&responses);
            connections.push(thread::spawn(move || serve(connection, &responses, manner)));
        }
        connections.into_iter().for_each(|connection| connection.join().expect("no panic"));
    });
    for call in 0..calls {
        let begun = Instant::now();
        let error = match call % 3 {
            0 => client.job_details(JOB_ID).map(|details| assert_eq!(plain(&details.id), plain(JOB_ID))).err(),
            1 => client.failed_files(JOB_ID).err(),
            _ => client.file_statuses(JOB_ID).map(|files| assert_eq!(plain(&files.id), plain(JOB_ID))).err(),
        };
        assert!(begun.elapsed() < timeout + SLACK, "{:?}: {error:?}", begun.elapsed());
        error.iter().for_each(check);
    }
    drop(client);
    done.store(true, Ordering::Release);
    drop(TcpStream::connect(address));
    server.join().expect("no panic");
});
