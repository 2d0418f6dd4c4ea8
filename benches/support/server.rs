//! A job service on loopback, over TLS, with realistic responses.

use crate::support::certificates::Authority;
use crate::support::http::{self, keep_responding};

/// The job that every response is about unless the request names another.
pub(crate) const JOB: &str = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e";

pub(crate) struct Server {
    /// `https://localhost:PORT`
    pub(crate) url: String,
    /// The certificate to trust.
    pub(crate) ca_pem: String,
    server: http::Server,
}

impl Server {
    /// Starts one whose jobs are in progress, with five nodes.
    pub(crate) fn start() -> Self {
        Self::start_with(|id| details(id, "IN_PROGRESS", 5))
    }

    /// Starts one that makes up each body from the job's id.
    pub(crate) fn start_with(body: impl Fn(&str) -> String + Send + Sync + 'static) -> Self {
        let authority = Authority::new();
        let script = keep_responding(move |_, head| respond(head, &body));
        let server = http::Server::start_tls(authority.identity().config(), script);
        Self { url: server.url_at("localhost"), ca_pem: authority.pem().to_owned(), server }
    }

    /// Connections accepted so far.
    pub(crate) fn connections(&self) -> usize {
        self.server.connections()
    }
}

/// A whole response with the headers that a FastAPI service behind a proxy sends.
fn respond(request: &str, body: impl Fn(&str) -> String) -> Vec<u8> {
    let id = request.split('/').nth(4).expect("/api/v1/jobs/{id}/details");
    let body = body(id);
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
    .into_bytes()
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
