//! A server on a loopback socket whose every byte the test decides: the one HTTP server of all tests, benchmarks and
//! examples that need more than plain responses.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// Runs a script for each connection, in a thread for each, and takes notes. Dropped, it closes every connection and
/// waits for its threads.
pub(crate) struct Server {
    scheme: &'static str,
    addr: SocketAddr,
    notes: Arc<Notes>,
    accepting: Option<JoinHandle<()>>,
}

#[derive(Default)]
struct Notes {
    requests: Mutex<Vec<String>>,
    connections: AtomicUsize,
    stopping: AtomicBool,
    open: Mutex<Vec<TcpStream>>,
}

impl Server {
    /// Speaks plainly.
    pub(crate) fn start(script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        Self::start_at(0, script)
    }

    /// Speaks plainly, at this port of 127.0.0.1; 0 is any free one.
    pub(crate) fn start_at(port: u16, script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Self {
        Self::run(port, None, script)
    }

    /// Speaks TLS. The handshake happens in the script's first read or write.
    pub(crate) fn start_tls(
        config: Arc<ServerConfig>,
        script: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        Self::run(0, Some(config), script)
    }

    /// Keeps connections and responds to the `n`-th request of all (from 0) with `response(n, head)`.
    pub(crate) fn responding(response: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static) -> Self {
        Self::start(keep_responding(response))
    }

    /// Keeps connections and gives every request the same response.
    pub(crate) fn always(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::responding(move |_, _| response.clone())
    }

    /// Responds to one request of each connection with these bytes, whatever they are, and closes the connection.
    pub(crate) fn raw(response: impl Into<Vec<u8>>) -> Self {
        let response = response.into();
        Self::start(move |connection| {
            if connection.read_request().is_some() {
                connection.send(&response);
            }
        })
    }

    fn run(
        port: u16,
        tls: Option<Arc<ServerConfig>>,
        script: impl Fn(&mut Connection) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port of 127.0.0.1");
        let scheme = if tls.is_some() { "https" } else { "http" };
        let addr = listener.local_addr().expect("its address");
        let notes = Arc::new(Notes::default());
        let theirs = Arc::clone(&notes);
        let accepting = thread::spawn(move || accept(&listener, tls.as_ref(), &theirs, &Arc::new(script)));
        Self { scheme, addr, notes, accepting: Some(accepting) }
    }

    pub(crate) fn addr(&self) -> SocketAddr {
        self.addr
    }

    pub(crate) fn port(&self) -> u16 {
        self.addr.port()
    }

    /// The base URL, by address.
    pub(crate) fn url(&self) -> String {
        format!("{}://{}", self.scheme, self.addr)
    }

    /// The base URL with another spelling of the host.
    pub(crate) fn url_at(&self, host: &str) -> String {
        format!("{}://{host}:{}", self.scheme, self.addr.port())
    }

    /// Every request head so far, verbatim, in the order of arrival.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.notes.requests.lock().expect("the notes").clone()
    }

    /// How many connections were made so far.
    pub(crate) fn connections(&self) -> usize {
        self.notes.connections.load(Ordering::SeqCst)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.notes.stopping.store(true, Ordering::SeqCst);
        // wakes the accepting thread; refused only if that has ended already
        drop(TcpStream::connect(self.addr));
        for stream in self.notes.open.lock().expect("the open connections").iter() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        let ended = self.accepting.take().map(JoinHandle::join);
        if !thread::panicking() {
            assert!(matches!(ended, Some(Ok(()))), "the server's script panicked");
        }
    }
}

fn accept<S: Fn(&mut Connection) + Send + Sync + 'static>(
    listener: &TcpListener,
    tls: Option<&Arc<ServerConfig>>,
    notes: &Arc<Notes>,
    script: &Arc<S>,
) {
    let mut scripts = Vec::new();
    for stream in listener.incoming() {
        let Ok(stream) = stream else {
            // out of descriptors, as one test wants it; that passes
            thread::sleep(Duration::from_millis(1));
            continue;
        };
        let index = {
            // under the lock, so that a server that is being dropped has either seen this stream or stops it here
            let mut open = notes.open.lock().expect("the open connections");
            if notes.stopping.load(Ordering::SeqCst) {
                break;
            }
            open.push(stream.try_clone().expect("a descriptor"));
            notes.connections.fetch_add(1, Ordering::SeqCst)
        };
        stream.set_nodelay(true).expect("no delay");
        let (notes, script, tls) = (Arc::clone(notes), Arc::clone(script), tls.cloned());
        scripts.push(thread::spawn(move || {
            let socket = stream.try_clone().expect("a descriptor");
            let stream: Box<dyn Stream> = match tls {
                None => Box::new(stream),
                Some(config) => {
                    Box::new(StreamOwned::new(ServerConnection::new(config).expect("a TLS configuration"), stream))
                }
            };
            let mut connection = Connection { index, stream, socket, pending: Vec::new(), notes };
            script(&mut connection);
            connection.close();
        }));
    }
    for script in scripts {
        script.join().expect("the script of a connection");
    }
}

/// A script that keeps the connection and responds request by request.
pub(crate) fn keep_responding(
    response: impl Fn(usize, &str) -> Vec<u8> + Send + Sync + 'static,
) -> impl Fn(&mut Connection) + Send + Sync + 'static {
    move |connection| {
        while let Some((n, head)) = connection.read_numbered_request() {
            connection.send(response(n, &head));
        }
    }
}

trait Stream: Read + Write + Send {}

impl<T: Read + Write + Send> Stream for T {}

/// One accepted connection, in the hands of a script. It is closed (FIN) when the script returns.
///
/// Whatever the peer does to it ends the script's next step quietly: what the client made of it is what tests look at.
pub(crate) struct Connection {
    /// The how-manyth connection of the server, from 0.
    pub(crate) index: usize,
    stream: Box<dyn Stream>,
    socket: TcpStream,
    pending: Vec<u8>,
    notes: Arc<Notes>,
}

impl Connection {
    /// Reads and notes one request head; `None` if the connection ends first, or begins with TLS where none is spoken.
    pub(crate) fn read_request(&mut self) -> Option<String> {
        self.read_numbered_request().map(|(_, head)| head)
    }

    /// The same, with the request's number among all of the server's, from 0.
    pub(crate) fn read_numbered_request(&mut self) -> Option<(usize, String)> {
        loop {
            if let Some(at) = self.pending.windows(4).position(|four| four == b"\r\n\r\n") {
                let rest = self.pending.split_off(at + 4);
                let head = std::mem::replace(&mut self.pending, rest);
                let head = String::from_utf8(head).expect("request heads are text");
                let mut requests = self.notes.requests.lock().expect("the notes");
                requests.push(head.clone());
                return Some((requests.len() - 1, head));
            }
            if self.pending.first() == Some(&0x16) {
                return None;
            }
            let mut buffer = [0; 4096];
            match self.stream.read(&mut buffer) {
                Ok(0) | Err(_) => return None,
                Ok(read) => self.pending.extend_from_slice(&buffer[..read]),
            }
        }
    }

    /// Sends bytes; `false` once the peer does not take them any more.
    pub(crate) fn send(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.stream.write_all(bytes.as_ref()).and_then(|()| self.stream.flush()).is_ok()
    }

    /// Sends byte by byte, `pause` apart, until all are sent, the peer has gone or the server is dropped.
    pub(crate) fn send_slowly(&mut self, bytes: impl AsRef<[u8]>, pause: Duration) {
        for byte in bytes.as_ref() {
            if self.is_stopping() || !self.send([*byte]) {
                return;
            }
            thread::sleep(pause);
        }
    }

    /// Says nothing more until the peer closes the connection or the server is dropped.
    pub(crate) fn stay_silent(&mut self) {
        let mut buffer = [0; 4096];
        while matches!(self.socket.read(&mut buffer), Ok(1..)) {}
    }

    /// Breaks the connection (RST).
    pub(crate) fn reset(&mut self) {
        rustix::net::sockopt::set_socket_linger(&self.socket, Some(Duration::ZERO)).expect("SO_LINGER");
        // the last descriptor to close sends the RST, so the server's own note of the connection goes too
        let peer = self.socket.peer_addr().ok();
        self.notes
            .open
            .lock()
            .expect("the open connections")
            .retain(|stream| peer.is_none() || stream.peer_addr().ok() != peer);
    }

    /// Ends what the server says, and goes on listening (half close).
    pub(crate) fn finish_sending(&mut self) {
        let _ = self.socket.shutdown(Shutdown::Write);
    }

    /// The socket below, for what no step here does.
    pub(crate) fn socket(&self) -> &TcpStream {
        &self.socket
    }

    /// Whether the server is being dropped: endless scripts end then.
    pub(crate) fn is_stopping(&self) -> bool {
        self.notes.stopping.load(Ordering::SeqCst)
    }

    /// The end of the script: a FIN after what was sent, unless there is to be an RST.
    fn close(self) {
        let Self { mut stream, socket, notes, .. } = self;
        let resets = matches!(rustix::net::sockopt::socket_linger(&socket), Ok(Some(Duration::ZERO)));
        if resets {
            return;
        }
        let _ = stream.flush();
        let _ = socket.shutdown(Shutdown::Write);
        // unread bytes would turn the FIN into an RST that overtakes the response
        let _ = socket.set_read_timeout(Some(Duration::from_millis(50)));
        let mut buffer = [0; 4096];
        let mut socket = &socket;
        while !notes.stopping.load(Ordering::SeqCst) {
            match socket.read(&mut buffer) {
                Ok(1..) => {}
                Err(error) if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
                Ok(0) | Err(_) => break,
            }
        }
    }
}
