//! A service for C programs: the job id in the path says what to answer, so that a C test reads by itself.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

pub(crate) struct Server {
    pub(crate) base_url: String,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    /// The request line and headers of everything that was asked.
    requests: Vec<String>,
    /// How often each job was looked at.
    looks: HashMap<String, usize>,
}

impl Server {
    #[track_caller]
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming().map_while(Result::ok) {
                let state = Arc::clone(&shared);
                thread::spawn(move || serve(stream, &state));
            }
        });
        Self { base_url, state }
    }

    /// The requests so far, each with its headers.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn serve(stream: TcpStream, state: &Mutex<State>) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut writer = stream;
    while let Some(head) = read_head(&mut reader) {
        let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
        let look = {
            let mut state = state.lock().unwrap();
            state.requests.push(head);
            let looks = state.looks.entry(path.clone()).or_default();
            *looks += 1;
            *looks
        };
        let id = path.split('/').nth(4).unwrap_or_default();
        match answer(&path, id, look) {
            Some(answer) => {
                if writer.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            None if id == "silent" => {
                // until the client hangs up
                let _ = reader.read(&mut [0]);
                return;
            }
            None => return,
        }
    }
}

fn read_head(reader: &mut BufReader<TcpStream>) -> Option<String> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    Some(head)
}

/// `None`: the connection is closed without an answer.
fn answer(path: &str, id: &str, look: usize) -> Option<String> {
    if path.ends_with("/failed-files") {
        return Some(match id {
            "ok" => {
                ok(r#"{"failed_files":[{"document":"a.pdf","error":"too large"},{"document":"ü.pdf","error":""}]}"#)
            }
            _ => ok(r#"{"failed_files":[]}"#),
        });
    }
    let kind = id.split('_').next().unwrap_or_default();
    Some(match kind {
        "ok" => ok(&format!(
            r#"{{"id":"{id}","processing_status":"COMPLETED_WITH_ERRORS","message":"two failed","node_stats":[
            {{"node_name":"Partitioner","node_type":"partition","node_subtype":"auto","ready":1,"in_progress":2,"success":3,"failure":4}},
            {{"node_name":null,"ready":0,"in_progress":0,"success":18446744073709551615,"failure":0}}]}}"#
        )),
        "nul" => ok(&format!(
            r#"{{"id":"{id}","processing_status":"IN_PROGRESS","message":"a\u0000b","node_stats":[
            {{"node_name":"\u0000","ready":1,"in_progress":0,"success":3,"failure":0}}]}}"#
        )),
        "empty" => job(id, "SCHEDULED"),
        "unknown" => job(id, "PAUSED"),
        "failed" => job(id, "FAILED"),
        "forever" => job(id, "IN_PROGRESS"),
        // SCHEDULED, IN_PROGRESS, SUCCESS
        "steps" => job(id, ["SCHEDULED", "IN_PROGRESS"].get(look - 1).copied().unwrap_or("SUCCESS")),
        "other" => job("ok", "SUCCESS"),
        "html" => ok("<html><body>welcome</body></html>"),
        "silent" | "drop" => return None,
        // status_503, status_429_7: with that Retry-After
        "status" => {
            let mut parts = id.split('_').skip(1);
            let status = parts.next().unwrap_or_default();
            let retry_after = parts.next().map(|value| format!("Retry-After: {value}\r\n")).unwrap_or_default();
            message(&format!("{status} Whatever"), &retry_after, r#"{"detail":"the server's words"}"#)
        }
        _ => message("404 Not Found", "", r#"{"detail":"no such job"}"#),
    })
}

fn job(id: &str, status: &str) -> String {
    ok(&format!(r#"{{"id":"{id}","processing_status":"{status}","node_stats":[]}}"#))
}

fn ok(body: &str) -> String {
    message("200 OK", "", body)
}

fn message(status: &str, headers: &str, body: &str) -> String {
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: application/json\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
