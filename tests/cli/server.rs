//! A server that responds as a test tells it to.

use std::sync::Mutex;

use crate::support::server;

/// What to respond to a request.
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

pub(crate) struct Server(server::Server);

impl Server {
    /// `respond` gets the path of each request and how many came before it.
    pub(crate) fn new(respond: impl FnMut(&str, usize) -> Reply + Send + 'static) -> Self {
        let respond = Mutex::new(respond);
        Self(server::Server::start(move |connection| {
            while let Some((before, head)) = connection.read_numbered_request() {
                let path = head.split(' ').nth(1).unwrap();
                let reply = (*respond.lock().unwrap())(path, before);
                let goes_on = match reply {
                    Reply::Json(body) => {
                        connection.send(format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()))
                    }
                    Reply::Status(status, headers, body) => connection
                        .send(format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())),
                    Reply::Raw(bytes) => {
                        connection.send(bytes);
                        false
                    }
                    Reply::Silence => {
                        connection.stay_silent();
                        false
                    }
                };
                if !goes_on {
                    return;
                }
            }
        }))
    }

    /// Responds to every request with this JSON.
    pub(crate) fn json(body: &str) -> Self {
        let body = body.to_owned();
        Self::new(move |_, _| Reply::Json(body.clone()))
    }

    pub(crate) fn url(&self) -> String {
        self.0.url()
    }

    /// Returns when it has been asked so often.
    pub(crate) fn until_requests(&self, count: usize) {
        while self.requests().len() < count {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
    }

    /// The request heads so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.0.requests()
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
