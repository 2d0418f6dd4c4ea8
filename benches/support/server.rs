//! A job service on loopback: keep-alive HTTP/1.1 over TLS, a thread for each connection.

use std::io::{self, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// The job that every answer is about unless the request names another.
pub(crate) const JOB: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";

/// A server that runs until the process ends.
pub(crate) struct Server {
    /// `https://localhost:PORT`
    pub(crate) url: String,
    /// The certificate to trust.
    pub(crate) ca_pem: String,
    counters: Arc<Counters>,
}

#[derive(Default)]
struct Counters {
    connections: AtomicU64,
    requests: AtomicU64,
}

impl Server {
    /// Starts one whose jobs are in progress, with five nodes.
    pub(crate) fn start() -> Self {
        Self::start_with(|id| details(id, "IN_PROGRESS", 5))
    }

    /// Starts one that makes up each body from the job's id.
    pub(crate) fn start_with(answer: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(rustls::crypto::ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![cert.der().clone()], PrivateKeyDer::Pkcs8(signing_key.serialize_der().into()))
            .unwrap();
        let config = Arc::new(config);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("https://localhost:{}", listener.local_addr().unwrap().port());
        let counters = Arc::new(Counters::default());
        let answer = Arc::new(answer);
        let theirs = Arc::clone(&counters);
        thread::spawn(move || {
            for stream in listener.incoming() {
                let (stream, config) = (stream.unwrap(), Arc::clone(&config));
                let (answer, counters) = (Arc::clone(&answer), Arc::clone(&theirs));
                counters.connections.fetch_add(1, Ordering::Relaxed);
                // a client that goes away ends its connection, not the server
                thread::spawn(move || serve(stream, config, &*answer, &counters.requests));
            }
        });
        Self { url, ca_pem: cert.pem(), counters }
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> u64 {
        self.counters.connections.load(Ordering::Relaxed)
    }

    /// Requests answered so far.
    pub(crate) fn requests(&self) -> u64 {
        self.counters.requests.load(Ordering::Relaxed)
    }
}

fn serve(
    stream: TcpStream,
    config: Arc<ServerConfig>,
    answer: &dyn Fn(&str) -> String,
    requests: &AtomicU64,
) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let session = ServerConnection::new(config).map_err(io::Error::other)?;
    let mut stream = StreamOwned::new(session, stream);
    let mut request = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let read = stream.read(&mut buffer)?;
        if read == 0 {
            return Ok(());
        }
        request.extend_from_slice(&buffer[..read]);
        if request.ends_with(b"\r\n\r\n") {
            let head = String::from_utf8_lossy(&request).into_owned();
            request.clear();
            requests.fetch_add(1, Ordering::Relaxed);
            stream.write_all(respond(&head, answer).as_bytes())?;
        }
    }
}

/// A whole response with the headers that a FastAPI service behind a proxy sends.
fn respond(request: &str, answer: &dyn Fn(&str) -> String) -> String {
    let id = request.split('/').nth(4).expect("/api/v1/jobs/{id}/details");
    let body = answer(id);
    format!(
        "HTTP/1.1 200 OK\r\n\
         date: Sun, 23 Nov 2025 20:30:00 GMT\r\n\
         content-type: application/json\r\n\
         content-length: {}\r\n\
         server: uvicorn\r\n\
         strict-transport-security: max-age=31536000\r\n\
         x-request-id: 7c9e6679-7425-40de-944b-e07fc1f90ae7\r\n\r\n{body}",
        body.len()
    )
}

/// The details of a job with that many nodes, five at most: then about 1 KiB.
pub(crate) fn details(id: &str, status: &str, nodes: usize) -> String {
    let count = nodes;
    let nodes = [
        ("Source connector", "source", "s3"),
        ("Partitioner", "partition", "hi_res"),
        ("Chunker", "chunk", "chunk_by_title"),
        ("Embedder", "embed", "azure_openai"),
        ("Destination connector", "destination", "elasticsearch"),
    ];
    let nodes: Vec<String> = nodes
        .iter()
        .take(count)
        .enumerate()
        .map(|(at, (name, kind, subtype))| {
            let (ready, success) = (12 + at, 4211 - 100 * at);
            format!(
                "{{\"node_name\":\"{name}\",\"node_type\":\"{kind}\",\"node_subtype\":\"{subtype}\",\
                 \"ready\":{ready},\"in_progress\":8,\"success\":{success},\"failure\":3,\
                 \"node_id\":\"0f8fad5b-d9cb-469f-a165-70867728950{at}\"}}"
            )
        })
        .collect();
    format!(
        "{{\"id\":\"{id}\",\"processing_status\":\"{status}\",\"node_stats\":[{}],\"message\":null}}",
        nodes.join(",")
    )
}
