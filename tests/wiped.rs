//! No memory is given back with a secret in it: the API key, a proxy's password, or what is made of them.
//!
//! A program of its own, because it has an allocator of its own, which looks through every block that the client's thread
//! gives back. (What is handed to the kernel, or lies on the stack for a moment, it does not see.)

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing, clippy::panic)]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::slice;

use unstructured_jobs::{Builder, Client, ErrorKind};

#[allow(dead_code)] // other tests use the rest of it
#[path = "support/certificates.rs"]
mod certificates;
#[allow(dead_code)]
#[path = "support/server.rs"]
mod server;

use certificates::Authority;
use server::Server;

const KEY: &str = "s3cret-k3y-0f-n0b0dy-e1se";
const PASSWORD: &str = "pr0xy-Pa55w0rd-0f-n0b0dy";
/// `user:` and the password in base64.
const AUTHORIZATION: &str = "dXNlcjpwcjB4eS1QYTU1dzByZC0wZi1uMGIwZHk=";

/// The system's allocator, which knows what it must not be given back.
struct Watching;

#[global_allocator]
static ALLOCATOR: Watching = Watching;

thread_local! {
    static WATCHED: Cell<bool> = const { Cell::new(false) };
    /// How many blocks came back with each of the secrets in them.
    static FOUND: Cell<[usize; 3]> = const { Cell::new([0; 3]) };
}

/// Blocks that this thread gives back during `action`, with the key, the password or the authorization in them.
fn given_back(action: impl FnOnce()) -> [usize; 3] {
    FOUND.set([0; 3]);
    WATCHED.set(true);
    action();
    WATCHED.set(false);
    FOUND.get()
}

// SAFETY: every method hands its arguments on to the system's allocator unchanged; looking neither allocates nor panics.
// `realloc` is the trait's own: a new block, a copy, and the old block given back.
unsafe impl GlobalAlloc for Watching {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // filled, so that a block can be looked through whatever was written to it
        // SAFETY: the caller keeps alloc's contract, which is alloc_zeroed's
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        if WATCHED.try_with(Cell::get).unwrap_or(false) {
            // SAFETY: the block is whole until it is given back, and was filled when it was handed out
            let bytes = unsafe { slice::from_raw_parts(block, layout.size()) };
            let mut found = FOUND.get();
            for (count, secret) in found.iter_mut().zip([KEY, PASSWORD, AUTHORIZATION]) {
                // a part tells as much: what grows leaves its beginning behind
                let part = &secret.as_bytes()[..8];
                *count += usize::from(bytes.windows(part.len()).any(|window| window == part));
            }
            FOUND.set(found);
        }
        // SAFETY: the caller keeps dealloc's contract
        unsafe { System.dealloc(block, layout) }
    }
}

fn builder() -> Builder {
    Client::builder().api_key(KEY).max_retries(0).proxy("none")
}

#[test]
fn what_is_given_back_is_seen() {
    let found = given_back(|| {
        drop(format!("a{KEY}"));
        let mut grown = PASSWORD[..16].to_owned();
        grown.push('x');
        grown.clear();
    });
    assert_eq!(found, [1, 2, 0]);
}

#[test]
fn nothing_is_left_of_a_key() {
    let authority = Authority::new();
    let refusing = |connection: &mut server::Connection| {
        while connection.read_request().is_some() {
            connection.send("HTTP/1.1 401 No\r\nContent-Length: 0\r\n\r\n");
        }
    };
    for server in [Server::start(refusing), Server::start_tls(authority.identity().config(), refusing)] {
        let (url, ca) = (server.url(), authority.pem().to_owned());
        let found = given_back(|| {
            let client = builder().base_url(&url).ca_pem(ca).build().expect("a client");
            for _ in 0..3 {
                assert_eq!(client.job_details("j").expect_err("401").kind(), ErrorKind::Unauthorized);
            }
        });
        assert_eq!(found, [0; 3], "{url}");
        assert!(server.requests().concat().contains(KEY));
    }
}

#[test]
fn nothing_is_left_of_a_proxys_password() {
    let proxy = Server::start(|connection| {
        connection.read_request();
        connection.send("HTTP/1.1 407 No\r\n\r\n");
    });
    // short, as it is usual, and longer than any buffer's first size
    for user in ["user".to_owned(), "u".repeat(200)] {
        let url = proxy.url().replace("http://", &format!("http://{user}:{PASSWORD}@"));
        let escaped = url.replace("0dy@", "%30dy@");
        let found = given_back(|| {
            for url in [&url, &escaped] {
                let client = builder().base_url("https://a.example").proxy(url).build().expect("a client");
                assert_eq!(client.job_details("j").expect_err("407").kind(), ErrorKind::HttpStatus);
            }
        });
        assert_eq!(found, [0; 3]);
    }
    assert!(proxy.requests().concat().contains(AUTHORIZATION));
}
