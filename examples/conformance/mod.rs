//! The server of the conformance cases: plain HTTP and TLS on two ports, and a third where nobody listens.

mod cases;
mod response;

use std::collections::HashMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use rustix::net::{AddressFamily, SocketType};

use self::cases::{Addresses, Case};
use self::response::Then;
use crate::support::certificates::Authority;
use crate::support::server::{self, Connection};

pub(crate) struct Server {
    plain: server::Server,
    _encrypted: server::Server,
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

impl Server {
    /// On `port` of 127.0.0.1; 0 is any free port. Panics if the port is taken.
    pub(crate) fn start(port: u16) -> Self {
        let (refusing, refused) = refusing_port();
        let authority = Authority::new();
        // the addresses are in what is served: known once both servers are there, before anybody asks
        let service = Arc::new(OnceLock::<Service>::new());
        let [plain_service, encrypted_service] = [Arc::clone(&service), Arc::clone(&service)];
        let plain = server::Server::start_at(port, move |connection| {
            if is_hello(connection) {
                // what a plain HTTP server makes of TLS
                connection.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            } else {
                plain_service.wait().converse(connection);
            }
        });
        let encrypted =
            server::Server::start_tls(authority.identity_with(&["127.0.0.1"], |_| {}).config(), move |connection| {
                encrypted_service.wait().converse(connection);
            });
        let addresses =
            Addresses { plain: plain.addr(), tls: encrypted.addr(), refused, ca_pem: authority.pem().to_owned() };
        let (document, cases) = cases::load(&addresses);
        let documents =
            HashMap::from([("/cases.json", document.to_string()), ("/cases.tsv", cases::as_tsv(&document))]);
        let filled = service.set(Service { cases, documents, turns: Mutex::default() });
        assert!(filled.is_ok(), "nobody else fills it");
        Self { plain, _encrypted: encrypted, cases: document, _refusing: refusing }
    }

    /// `http://127.0.0.1:PORT`
    #[allow(dead_code, reason = "used where this is a program")]
    pub(crate) fn url(&self) -> String {
        self.plain.url()
    }

    /// The cases, as `/cases.tsv` serves them.
    #[allow(dead_code, reason = "used where this is a module of the tests")]
    pub(crate) fn cases_as_tsv(&self) -> String {
        cases::as_tsv(&self.cases)
    }
}

/// A port where nobody listens.
fn refusing_port() -> (OwnedFd, SocketAddr) {
    let socket = rustix::net::socket(AddressFamily::INET, SocketType::STREAM, None).expect("a socket");
    rustix::net::bind(&socket, &SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).expect("a port of 127.0.0.1");
    let address = rustix::net::getsockname(&socket).expect("its address");
    (socket, SocketAddr::try_from(address).expect("an internet address"))
}

/// Whether the peer begins with TLS.
fn is_hello(connection: &Connection) -> bool {
    let mut first = [0];
    matches!(connection.socket().peek(&mut first), Ok(1)) && first == [0x16]
}

impl Service {
    fn converse(&self, connection: &mut Connection) {
        while let Some(head) = connection.read_request() {
            let (bytes, then) = self.response(&head);
            if !connection.send(bytes) {
                return;
            }
            match then {
                Then::Continue => {}
                Then::Close => return,
                Then::Reset => return connection.reset(),
                Then::Silence => return connection.stay_silent(),
            }
        }
    }

    fn response(&self, head: &str) -> (Vec<u8>, Then) {
        let mut words = head.split(' ');
        let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        if method == "CONNECT" {
            return (b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n".to_vec(), Then::Close);
        }
        if let Some(document) = self.documents.get(path) {
            return (response::whole(200, &[], document), Then::Continue);
        }
        let name = path.split('/').nth(1).unwrap_or_default();
        let Some(case) = self.cases.get(name) else {
            return wrong(&format!("there is no case {name:?}"));
        };
        if method != "GET" || path != case.path || key(head) != Some(&case.key) {
            return wrong(&format!("expected GET {} with the key {:?}", case.path, case.key));
        }
        let mut turns = self.turns.lock().unwrap_or_else(PoisonError::into_inner);
        let turn = turns.entry(name.to_owned()).or_default();
        let response = &case.responses[*turn % case.responses.len()];
        *turn += 1;
        response.clone()
    }
}

/// The response to a request that no client should have sent: no case expects its status.
fn wrong(why: &str) -> (Vec<u8>, Then) {
    (response::whole(421, &[], &serde_json::json!({ "detail": why }).to_string()), Then::Close)
}

/// The key in a request's head.
fn key(head: &str) -> Option<&str> {
    head.lines().find_map(|line| {
        let (name, value) = line.split_once(": ")?;
        name.eq_ignore_ascii_case("unstructured-api-key").then_some(value)
    })
}
