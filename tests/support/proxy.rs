//! A proxy that takes CONNECT, connects, and remembers everything that went through it.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use super::server::{Connection, Server};

/// Leads every tunnel to one address, whatever it was asked for.
pub(crate) struct Proxy {
    pub(crate) server: Server,
    seen: Arc<Mutex<Vec<u8>>>,
}

impl Proxy {
    /// Responds to CONNECT with 200 and opens the tunnel.
    pub(crate) fn to(target: SocketAddr) -> Self {
        Self::replying("HTTP/1.1 200 Connection established\r\n\r\n", target)
    }

    /// Opens the tunnel after this reply.
    pub(crate) fn replying(reply: &'static str, target: SocketAddr) -> Self {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let theirs = Arc::clone(&seen);
        let server = Server::start(move |connection| {
            if connection.read_request().is_some() && connection.send(reply) {
                tunnel(connection, target, &theirs);
            }
        });
        Self { server, seen }
    }

    /// What clients sent through the tunnels.
    pub(crate) fn seen(&self) -> Vec<u8> {
        self.seen.lock().expect("the notes").clone()
    }
}

fn tunnel(connection: &mut Connection, target: SocketAddr, seen: &Mutex<Vec<u8>>) {
    let near = connection.socket();
    let far = TcpStream::connect(target).expect("the target of the tunnel");
    far.set_nodelay(true).expect("no delay");
    thread::scope(|scope| {
        scope.spawn(|| {
            let mut near = near;
            let _ = std::io::copy(&mut &far, &mut near);
            let _ = near.shutdown(Shutdown::Write);
        });
        let mut buffer = [0; 4096];
        while let Ok(read @ 1..) = (&mut &*near).read(&mut buffer) {
            seen.lock().expect("the notes").extend_from_slice(&buffer[..read]);
            if (&far).write_all(&buffer[..read]).is_err() {
                break;
            }
        }
        let _ = far.shutdown(Shutdown::Both);
    });
}
