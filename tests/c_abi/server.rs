//! A service for C programs: the job id in the path says how to respond, so that a C test reads by itself.

use std::collections::HashMap;
use std::sync::Mutex;

use crate::support::server::{self, Connection};
use crate::support::{ok, response};

pub(crate) struct Server {
    pub(crate) base_url: String,
    server: server::Server,
}

impl Server {
    pub(crate) fn start() -> Self {
        // how often each path was asked for
        let polls: Mutex<HashMap<String, usize>> = Mutex::default();
        let server = server::Server::start(move |connection| {
            while let Some(head) = connection.read_request() {
                let path = head.split(' ').nth(1).unwrap_or_default();
                let poll = {
                    let mut polls = polls.lock().unwrap();
                    let polls = polls.entry(path.to_owned()).or_default();
                    *polls += 1;
                    *polls
                };
                if !respond(connection, path, poll) {
                    return;
                }
            }
        });
        Self { base_url: server.url(), server }
    }

    /// The requests so far, each with its headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.server.requests()
    }
}

/// `false`: the connection is closed.
fn respond(connection: &mut Connection, path: &str, poll: usize) -> bool {
    let id = path.split('/').nth(4).unwrap_or_default();
    if path.ends_with("/failed-files") {
        return connection.send(match id {
            "ok" => {
                ok(r#"{"failed_files":[{"document":"a.pdf","error":"too large"},{"document":"ü.pdf","error":""}]}"#)
            }
            _ => ok(r#"{"failed_files":[]}"#),
        });
    }
    if path.ends_with("/file-status") {
        return connection.send(match id {
            "ok" => ok(r#"{"id":"ok","files":[
                {"record_id":"r-1","document":"ü.pdf","status":"IN_PROGRESS","time_elapsed":12.5,"discovered_by_node_id":"n-0",
                 "current_node":{"id":"n-1","status":"RUNNING","tries":2,"time_elapsed":3}},
                {"document":"b.pdf","status":"FAILURE","error":"too large"},
                {"status":"PAUSED"}
                ],"truncated":true,"index_finished":true,"generated_at":"2026-11-25T10:00:00Z"}"#),
            _ => ok(format!(r#"{{"id":"{id}","files":[]}}"#)),
        });
    }
    let kind = id.split('_').next().unwrap_or_default();
    let response = match kind {
        "ok" => ok(format!(
            r#"{{"id":"{id}","processing_status":"COMPLETED_WITH_ERRORS","message":"two failed","node_stats":[
            {{"node_name":"Partitioner","node_type":"partition","node_subtype":"auto","ready":1,"in_progress":2,"success":3,"failure":4}},
            {{"node_name":null,"ready":0,"in_progress":0,"success":18446744073709551615,"failure":0}}]}}"#
        )),
        "nul" => ok(format!(
            r#"{{"id":"{id}","processing_status":"IN_PROGRESS","message":"a\u0000b","node_stats":[
            {{"node_name":"\u0000","ready":1,"in_progress":0,"success":3,"failure":0}}]}}"#
        )),
        "empty" => job(id, "SCHEDULED"),
        "unknown" => job(id, "PAUSED"),
        "failed" => job(id, "FAILED"),
        "forever" => job(id, "IN_PROGRESS"),
        // SCHEDULED, IN_PROGRESS, SUCCESS
        "steps" => job(id, ["SCHEDULED", "IN_PROGRESS"].get(poll - 1).copied().unwrap_or("SUCCESS")),
        "other" => job("ok", "SUCCESS"),
        "html" => ok("<html><body>welcome</body></html>"),
        "silent" => {
            connection.stay_silent();
            return false;
        }
        "drop" => return false,
        // status_503, status_429_7: with that Retry-After
        "status" => {
            let mut parts = id.split('_').skip(1);
            let status = parts.next().unwrap_or_default();
            let retry_after = parts.next().map(|value| format!("\r\nRetry-After: {value}")).unwrap_or_default();
            response(&format!("{status} Whatever{retry_after}"), r#"{"detail":"the server's words"}"#)
        }
        _ => response("404 Not Found", r#"{"detail":"no such job"}"#),
    };
    connection.send(response)
}

fn job(id: &str, status: &str) -> Vec<u8> {
    ok(format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[]}}"#))
}
