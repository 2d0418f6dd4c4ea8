//! A loopback server that answers what a test tells it to, and remembers what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

/// What to answer a request.
pub(crate) enum Reply {
    /// 200 with this JSON.
    Json(String),
    /// This status, with these header lines (each ended by CRLF) and this body.
    Status(u16, &'static str, &'static str),
    /// These bytes and nothing else, then the end of the connection.
    Raw(&'static [u8]),
    /// Nothing, until the client goes away.
    Silence,
}

pub(crate) struct Server {
    addr: SocketAddr,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// `answer` gets the path of each request and how many came before it.
    pub(crate) fn new(answer: impl FnMut(&str, usize) -> Reply + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let addr = listener.local_addr().unwrap();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let answer = Arc::new(Mutex::new(answer));
        let seen = Arc::clone(&requests);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (answer, seen) = (Arc::clone(&answer), Arc::clone(&seen));
                thread::spawn(move || serve(&stream.unwrap(), &answer, &seen));
            }
        });
        Self { addr, requests }
    }

    /// Answers every request with this JSON.
    pub(crate) fn json(body: &str) -> Self {
        let body = body.to_owned();
        Self::new(move |_, _| Reply::Json(body.clone()))
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.addr)
    }

    /// The request heads so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

fn serve(stream: &TcpStream, answer: &Mutex<impl FnMut(&str, usize) -> Reply>, seen: &Mutex<Vec<String>>) {
    let mut reader = BufReader::new(stream);
    loop {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            // a client that goes away ends the connection, which is its right
            if !matches!(reader.read_line(&mut head), Ok(1..)) {
                return;
            }
        }
        let path = head.split(' ').nth(1).unwrap().to_owned();
        let before = {
            let mut seen = seen.lock().unwrap();
            seen.push(head);
            seen.len() - 1
        };
        let reply = (*answer.lock().unwrap())(&path, before);
        let mut writer = stream;
        let written = match reply {
            Reply::Json(body) => {
                writer.write_all(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).as_bytes())
            }
            Reply::Status(status, headers, body) => writer.write_all(
                format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len()).as_bytes(),
            ),
            Reply::Raw(bytes) => {
                let _ = writer.write_all(bytes);
                return;
            }
            Reply::Silence => reader.read(&mut [0]).map(drop),
        };
        if written.is_err() {
            return;
        }
    }
}

/// A job's details as the service sends them.
pub(crate) fn details(id: &str, status: &str) -> String {
    format!(
        r#"{{"id":"{id}","processing_status":"{status}","node_stats":[{{"node_name":"partition","node_type":"partition","node_subtype":"auto","ready":12,"in_progress":3,"success":42,"failure":1}}],"message":null}}"#
    )
}

/// The job's id in a request path.
pub(crate) fn job_of(path: &str) -> &str {
    path.strip_prefix("/api/v1/jobs/").unwrap().split('/').next().unwrap()
}
