//! How much later than its timeout a call returns, at whatever stage the world stops: measured, and within what is
//! promised.

use std::any::Any;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketFlags, SocketType};
use unstructured_jobs::{Builder, WaitOptions};

use crate::support::certificates::Authority;
use crate::support::server::{Connection, Server};
use crate::support::time::on_time;
use crate::support::{JOB, builder, job, ok, response};

/// A client's settings, and what has to live as long as they are used.
struct Stage {
    name: &'static str,
    settings: Builder,
    _world: Box<dyn Any + Sync>,
}

/// A server that does this with each connection, and a client that will ask it.
fn stage(name: &'static str, script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Stage {
    let server = Server::start(script);
    Stage { name, settings: builder(server.url()), _world: Box::new(server) }
}

/// The same with more retries than fit.
fn retried(name: &'static str, script: impl Fn(&mut Connection) + Send + Sync + 'static) -> Stage {
    let stage = stage(name, script);
    Stage { settings: stage.settings.max_retries(1000), ..stage }
}

/// After a request, `first` once and `rest` for as long as anyone listens, byte by byte or as fast as it is taken.
fn flood(name: &'static str, first: &'static str, rest: &'static str) -> Stage {
    stage(name, move |connection| {
        connection.read_request();
        connection.send(first);
        while !connection.is_stopping() && connection.send(rest) {}
    })
}

fn drip(name: &'static str, first: &'static str) -> Stage {
    stage(name, move |connection| {
        connection.read_request();
        connection.send(first);
        connection.send_slowly([b'x'; 5000], Duration::from_millis(5));
    })
}

fn stages() -> Vec<Stage> {
    let authority = Authority::new();
    let encrypted = Server::start_tls(authority.identity().config(), |connection| {
        connection.read_request();
        connection.send("HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{");
        connection.stay_silent();
    });
    let (addr, backlog) = full_backlog();
    let silent = Server::start(|connection| connection.stay_silent());
    let proxy = Server::start(|connection| {
        connection.read_request();
        connection.stay_silent();
    });
    vec![
        Stage { name: "connecting", settings: builder(format!("http://{addr}")), _world: Box::new(backlog) },
        Stage {
            name: "TLS handshake",
            settings: builder(silent.url_at("127.0.0.1").replace("http:", "https:")),
            _world: Box::new(silent),
        },
        Stage {
            name: "CONNECT",
            settings: builder("https://service.example").proxy(proxy.url()),
            _world: Box::new(proxy),
        },
        Stage {
            name: "body over TLS",
            settings: builder(encrypted.url()).ca_pem(authority.pem()),
            _world: Box::new(encrypted),
        },
        stage("no response", |connection| {
            connection.read_request();
            connection.stay_silent();
        }),
        stage("a kept connection falls silent", |connection| {
            connection.read_request();
            connection.send(ok(job("IN_PROGRESS")));
            connection.read_request();
            connection.stay_silent();
        }),
        stage("half a refusal", |connection| {
            connection.read_request();
            connection.send("HTTP/1.1 401 No\r\nContent-Length: 99\r\n\r\n{");
            connection.stay_silent();
        }),
        drip("dripping status line", "HTTP/1.1 200 O"),
        drip("dripping header", "HTTP/1.1 200 OK\r\nX: "),
        drip("dripping body", "HTTP/1.1 200 OK\r\nContent-Length: 9000\r\n\r\n"),
        drip("dripping chunk", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n"),
        flood("flood of 1xx", "", "HTTP/1.1 102 Processing\r\n\r\n"),
        flood("flood of chunks", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\n \r\n"),
        retried("attempts that are cut, and pauses", |connection| {
            connection.read_request();
            connection.send("HTTP/1.1 200 OK\r\n");
        }),
        retried("attempts that are put off", |connection| {
            connection.read_request();
            connection.send(response("503 Away\r\nRetry-After: 0", ""));
        }),
    ]
}

/// What spends its time until a timeout.
type Call = fn(&Builder, Duration);

/// Asking once, waiting for one job, and for three.
const CALLS: [(&str, Call); 3] = [("details", ask), ("wait", wait), ("wait for three", wait_for_three)];

fn ask(settings: &Builder, timeout: Duration) {
    let client = settings.clone().timeout(timeout).build().expect("a client");
    // where there is a first response the second call is the one that waits
    let _ = client.job_details(JOB);
}

fn options(timeout: Duration) -> WaitOptions {
    let pause = Duration::from_millis(20);
    WaitOptions::default().timeout(timeout).initial_interval(pause).max_interval(pause)
}

fn wait(settings: &Builder, timeout: Duration) {
    let client = settings.clone().build().expect("a client");
    let result = client.wait(JOB, &options(timeout), |_| ControlFlow::Continue(()));
    result.expect_err("the job does not end");
}

fn wait_for_three(settings: &Builder, timeout: Duration) {
    let client = settings.clone().build().expect("a client");
    let outcomes = client.wait_all(&[JOB, "job-2", "job-3"], &options(timeout), |_| ControlFlow::Continue(()));
    for outcome in outcomes.expect("outcomes") {
        outcome.error.expect("the job does not end");
    }
}

#[test]
fn no_call_returns_later_than_promised_wherever_the_world_stops() {
    let (floods, quiet): (Vec<Stage>, Vec<Stage>) =
        stages().into_iter().partition(|stage| stage.name.starts_with("flood"));
    // those that wait do so side by side; those that work would be in each other's way
    std::thread::scope(|scope| {
        for stage in &quiet {
            scope.spawn(|| measure(stage));
        }
    });
    floods.iter().for_each(measure);
}

/// Prints by how much calls of each kind were late, at most.
fn measure(stage: &Stage) {
    let mut line = format!("{:<34} late by at most", stage.name);
    for (name, call) in CALLS {
        let overshoots = [70, 110, 150, 190].map(|milliseconds| {
            let timeout = Duration::from_millis(milliseconds);
            let ((), took) = on_time(timeout, || call(&stage.settings, timeout));
            took.saturating_sub(timeout)
        });
        let most = overshoots.iter().max().expect("four of them").as_secs_f64() * 1e3;
        line.push_str(&format!("  {name} {most:.1} ms"));
    }
    println!("{line}");
}

/// An address that takes no connection and refuses none: its backlog is full, and the kernel drops what else wants in.
pub(crate) fn full_backlog() -> (SocketAddr, (TcpListener, Vec<TcpStream>)) {
    let socket = rustix::net::socket_with(AddressFamily::INET, SocketType::STREAM, SocketFlags::CLOEXEC, None);
    let socket = socket.expect("a socket");
    rustix::net::bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0))).expect("a port");
    rustix::net::listen(&socket, 0).expect("listening");
    let listener = TcpListener::from(socket);
    let addr = listener.local_addr().expect("its address");
    let mut queued = Vec::new();
    while let Ok(stream) = TcpStream::connect_timeout(&addr, Duration::from_millis(100)) {
        queued.push(stream);
        assert!(queued.len() < 100, "the backlog does not fill");
    }
    (addr, (listener, queued))
}
