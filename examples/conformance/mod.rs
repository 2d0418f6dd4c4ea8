//! The server of the conformance cases: plain HTTP and TLS on two ports, and a third where nobody listens.

mod answer;
mod cases;
mod tls;

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use rustix::net::{AddressFamily, SocketType, sockopt};

use self::answer::Then;
use self::cases::{Addresses, Case};

/// A running server. Its threads end with the process.
pub(crate) struct Server {
    url: String,
    /// The cases, as `/cases.json` serves them.
    #[allow(dead_code, reason = "used where this is a module of the tests")]
    pub(crate) cases: serde_json::Value,
    /// Bound, but never listening: connections are refused, and nobody else gets the port.
    _refusing: OwnedFd,
}

struct Service {
    cases: HashMap<String, Case>,
    documents: HashMap<&'static str, String>,
    /// How many requests each case has had.
    turns: Mutex<HashMap<String, usize>>,
}

/// The head of a request.
struct Request {
    method: String,
    path: String,
    key: Option<String>,
}

impl Server {
    /// On `port` of 127.0.0.1; 0 is any free port. Panics if the port is taken.
    pub(crate) fn start(port: u16) -> Self {
        let plain = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).expect("a port of 127.0.0.1");
        let encrypted = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port of 127.0.0.1");
        let (refusing, refused) = refusing_port().expect("a port of 127.0.0.1");
        let tls = tls::Tls::new();
        let addresses = Addresses {
            plain: plain.local_addr().expect("its address"),
            tls: encrypted.local_addr().expect("its address"),
            refused,
            ca_pem: tls.ca_pem.clone(),
        };
        let (document, cases) = cases::load(&addresses);
        let service = Arc::new(Service {
            cases,
            documents: HashMap::from([("/cases.json", document.to_string()), ("/cases.tsv", cases::as_tsv(&document))]),
            turns: Mutex::default(),
        });
        let url = format!("http://{}", addresses.plain);
        let plain_service = Arc::clone(&service);
        accept(plain, move |tcp| plain_service.converse_plainly(tcp));
        accept(encrypted, move |tcp| service.converse(tls.accept(tcp)?));
        Self { url, cases: document, _refusing: refusing }
    }

    /// `http://127.0.0.1:PORT`
    #[allow(dead_code, reason = "used where this is a program")]
    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// The cases, as `/cases.tsv` serves them.
    #[allow(dead_code, reason = "used where this is a module of the tests")]
    pub(crate) fn cases_as_tsv(&self) -> String {
        cases::as_tsv(&self.cases)
    }
}

/// Serves each connection on its own thread. A connection that breaks is what many a case is about.
fn accept(listener: TcpListener, serve: impl Fn(TcpStream) -> io::Result<()> + Send + Sync + 'static) {
    let serve = Arc::new(serve);
    thread::spawn(move || {
        for tcp in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            thread::spawn(move || serve(tcp));
        }
    });
}

/// A port where nobody listens.
fn refusing_port() -> io::Result<(OwnedFd, SocketAddr)> {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None)?;
    rustix::net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
    let address = SocketAddr::try_from(rustix::net::getsockname(&socket)?).map_err(io::Error::other)?;
    Ok((socket, address))
}

/// A connection whose end can be chosen.
trait Peer: Read + Write {
    /// Makes the close that follows a reset.
    fn reset(&self) -> io::Result<()>;
}

impl Peer for TcpStream {
    fn reset(&self) -> io::Result<()> {
        Ok(sockopt::set_socket_linger(self, Some(std::time::Duration::ZERO))?)
    }
}

impl Service {
    fn converse_plainly(&self, mut tcp: TcpStream) -> io::Result<()> {
        let mut first = [0];
        if tcp.peek(&mut first)? == 1 && first == [0x16] {
            // a ClientHello: what a plain HTTP server makes of it; read first, since closing on unread data resets
            let _ = tcp.read(&mut [0; 4096])?;
            return tcp.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
        self.converse(tcp)
    }

    fn converse(&self, stream: impl Peer) -> io::Result<()> {
        let mut stream = BufReader::new(stream);
        while let Some(request) = Request::read(&mut stream)? {
            let (bytes, then) = self.answer(&request);
            let peer = stream.get_mut();
            peer.write_all(&bytes)?;
            peer.flush()?;
            match then {
                Then::Continue => {}
                Then::Close => break,
                Then::Reset => {
                    peer.reset()?;
                    break;
                }
                Then::Silence => {
                    // until the client has had enough
                    let _ = peer.read(&mut [0]);
                    break;
                }
            }
        }
        Ok(())
    }

    fn answer(&self, request: &Request) -> (Vec<u8>, Then) {
        if request.method == "CONNECT" {
            return (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_vec(), Then::Close);
        }
        if let Some(document) = self.documents.get(&*request.path) {
            return (answer::whole(200, &[], document), Then::Continue);
        }
        let name = request.path.split('/').nth(1).unwrap_or_default();
        let Some(case) = self.cases.get(name) else {
            return wrong(&format!("there is no case {name:?}"));
        };
        if request.method != "GET" || request.path != case.path || request.key.as_deref() != Some(&*case.key) {
            return wrong(&format!("expected GET {} with the key {:?}", case.path, case.key));
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(name.to_owned()).or_default();
        let answer = &case.answers[*turn % case.answers.len()];
        *turn += 1;
        answer.clone()
    }
}

/// The answer to a request that no client should have sent: no case expects its status.
fn wrong(why: &str) -> (Vec<u8>, Then) {
    (answer::whole(421, &[], &serde_json::json!({ "detail": why }).to_string()), Then::Close)
}

impl Request {
    /// `None` at the end of the connection.
    fn read(stream: &mut impl BufRead) -> io::Result<Option<Self>> {
        let mut line = String::new();
        if stream.read_line(&mut line)? == 0 {
            return Ok(None);
        }
        let mut words = line.split(' ').map(str::to_owned);
        let mut request =
            Self { method: words.next().unwrap_or_default(), path: words.next().unwrap_or_default(), key: None };
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line)? == 0 {
                return Ok(None);
            }
            match line.trim_end().split_once(": ") {
                Some((name, value)) if name.eq_ignore_ascii_case("unstructured-api-key") => {
                    request.key = Some(value.to_owned());
                }
                _ if line == "\r\n" => return Ok(Some(request)),
                _ => {}
            }
        }
    }
}
