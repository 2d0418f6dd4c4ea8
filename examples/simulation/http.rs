//! As much of an HTTP/1.1 server as a simulation needs: GET, kept connections, a thread for each.

use std::io::{self, BufRead, BufReader, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

/// A longer request is none of ours.
const LONGEST_HEAD: usize = 64 * 1024;

pub(super) struct Request {
    pub(super) path: String,
    pub(super) has_key: bool,
}

pub(super) struct Response {
    pub(super) status: u16,
    pub(super) body: String,
    /// `Retry-After`, in seconds.
    pub(super) retry_after: Option<u64>,
    /// How long the server thinks first.
    pub(super) pause: Duration,
    /// The connection ends in the middle of the body.
    pub(super) breaks_off: bool,
}

/// A running server; it ends when this is dropped.
pub(super) struct Server {
    addr: SocketAddr,
    ending: Arc<Ending>,
}

#[derive(Default)]
struct Ending {
    now: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Server {
    /// On `port` of 127.0.0.1; 0 is any free port.
    pub(super) fn start(port: u16, respond: impl Fn(&Request) -> Response + Send + Sync + 'static) -> io::Result<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
        let addr = listener.local_addr()?;
        let (ending, respond) = (Arc::<Ending>::default(), Arc::new(respond));
        let theirs = Arc::clone(&ending);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if theirs.now.load(Ordering::SeqCst) {
                    return;
                }
                let open = &mut *theirs.open.lock().unwrap_or_else(PoisonError::into_inner);
                open.retain(|stream| stream.peer_addr().is_ok());
                open.extend(stream.try_clone());
                let respond = Arc::clone(&respond);
                // whatever ends the connection is the client's affair
                thread::spawn(move || serve(&stream, &*respond));
            }
        });
        Ok(Self { addr, ending })
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.ending.now.store(true, Ordering::SeqCst);
        // wakes the thread that accepts
        drop(TcpStream::connect(self.addr));
        for stream in self.ending.open.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn serve(stream: &TcpStream, respond: &impl Fn(&Request) -> Response) -> io::Result<()> {
    let mut reader = BufReader::new(stream);
    let mut writer = stream;
    while let Some((request, keep)) = read(&mut reader)? {
        let response = respond(&request);
        thread::sleep(response.pause);
        let Response { status, body, .. } = &response;
        let mut head = format!("HTTP/1.1 {status} {}\r\n", reason(*status));
        head.push_str(&format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()));
        if let Some(seconds) = response.retry_after {
            head.push_str(&format!("Retry-After: {seconds}\r\n"));
        }
        let closes = !keep || response.breaks_off;
        head.push_str(if closes { "Connection: close\r\n\r\n" } else { "\r\n" });
        let body = if response.breaks_off { body.get(..body.len() / 2).unwrap_or_default() } else { body };
        writer.write_all((head + body).as_bytes())?;
        if closes {
            return stream.shutdown(Shutdown::Write);
        }
    }
    Ok(())
}

/// The next request, and whether the connection is to be kept after it; none at the end of the connection.
fn read(reader: &mut impl BufRead) -> io::Result<Option<(Request, bool)>> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head)? == 0 || head.len() > LONGEST_HEAD {
            return Ok(None);
        }
    }
    let mut lines = head.lines();
    let mut start = lines.next().unwrap_or_default().split(' ');
    let (path, version) = (start.nth(1).unwrap_or_default(), start.next().unwrap_or_default());
    let mut request = Request { path: path.to_owned(), has_key: false };
    let mut keep = version == "HTTP/1.1";
    for line in lines {
        let Some((name, value)) = line.split_once(':') else { continue };
        if name.eq_ignore_ascii_case("unstructured-api-key") {
            request.has_key = true;
        } else if name.eq_ignore_ascii_case("connection") {
            keep &= !value.trim().eq_ignore_ascii_case("close");
        }
    }
    Ok(Some((request, keep)))
}

fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        429 => "Too Many Requests",
        503 => "Service Unavailable",
        _ => "Other",
    }
}
