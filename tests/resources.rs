//! What a process holds: nothing is left behind by failures, and running out of anything is an error that passes.

use std::fs::File;
use std::time::Duration;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use unstructured_jobs::{CancelToken, ErrorKind, WaitOptions};

use crate::cancelling::cut;
use crate::support::assertions::{fails_saying, fails_somehow};
use crate::support::certificates::Authority;
use crate::support::child::{in_own_process, in_own_process_under};
use crate::support::process::{descriptors, threads};
use crate::support::server::Server;
use crate::support::time::{MARGIN, on_time, timed, until};
use crate::support::{JOB, builder, client, job, ok, response};

#[test]
fn a_batch_of_faults_leaves_nothing_behind() {
    in_own_process("resources::a_batch_of_faults_leaves_nothing_behind", &[], || {
        let at_rest = threads();
        // what a process opens once and keeps is open before the count
        faults();
        until("all threads have ended", || threads() == at_rest);
        let before = descriptors();
        for _ in 0..3 {
            faults();
        }
        until("all threads have ended again", || threads() == at_rest);
        assert_eq!(descriptors(), before, "descriptors");
    });
}

/// Clients and servers of every bad kind, all gone at the end.
fn faults() {
    let authority = Authority::new();
    let tls = Server::start_tls(authority.identity().config(), |connection| {
        connection.read_request();
        connection.stay_silent();
    });
    let plain = Server::start(|connection| {
        let step = connection.index;
        if step == 0 {
            return connection.reset();
        }
        connection.read_request();
        match step % 6 {
            1 => connection.reset(),
            2 => drop(connection.send("garbage\r\n\r\n")),
            3 => drop(connection.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n{")),
            4 => drop(connection.send(response("500 Oops", "x"))),
            5 => connection.stay_silent(),
            _ => drop(connection.send(ok(job("IN_PROGRESS")))),
        }
    });
    let short = Duration::from_millis(60);
    let asking = builder(plain.url()).timeout(short).build().expect("a client");
    for _ in 0..12 {
        let _ = asking.job_details(JOB);
    }
    let tls_url = tls.url_at("localhost");
    let trusting = builder(&tls_url).ca_pem(authority.pem()).timeout(short).build().expect("a client");
    let _ = trusting.job_details(JOB);
    fails_somehow(client(&tls_url).job_details(JOB), ErrorKind::Tls);
    fails_somehow(client("https://no-such-host.invalid").job_details(JOB), ErrorKind::Dns);
    let token = CancelToken::new();
    token.cancel();
    let cancelled = WaitOptions::new().cancel_token(&token);
    fails_somehow(asking.wait(JOB, &cancelled, |_| std::ops::ControlFlow::Continue(())), ErrorKind::Cancelled);
    asking.shutdown();
    fails_somehow(asking.job_details(JOB), ErrorKind::Cancelled);
}

#[test]
fn running_out_of_descriptors_is_an_error_that_passes() {
    in_own_process("resources::running_out_of_descriptors_is_an_error_that_passes", &[], || {
        let server = Server::always(ok(job("SUCCESS")));
        let limit = Rlimit { current: Some(64), maximum: getrlimit(Resource::Nofile).maximum };
        setrlimit(Resource::Nofile, limit).expect("a lower limit");
        let by_address = client(server.url());
        let by_name = client(server.url_at("localhost"));
        let nobody = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = nobody.local_addr().expect("its address").port();
        let by_name_to_nobody = builder(format!("http://localhost:{port}")).timeout(Duration::from_millis(300));
        let by_name_to_nobody = by_name_to_nobody.build().expect("a client");
        let mut files = Vec::new();
        while let Ok(file) = File::open("/dev/null") {
            files.push(file);
        }
        for starved in [&by_address, &by_name] {
            let error =
                fails_saying(starved.job_details(JOB), ErrorKind::Io, "the system has no resources for a connection: ");
            assert!(format!("{error:#}").contains("Too many open files") && error.is_retryable(), "{error}");
        }
        fails_saying(builder(server.url()).build(), ErrorKind::Io, "the system has no resources for a client: ");
        // so few left that some step on the way has none: which one is the system's affair, what is lacking is not. Nobody
        // accepts the connection, which would take another descriptor of this process
        while let Err(error) = by_name_to_nobody.job_details(JOB)
            && error.kind() != ErrorKind::Timeout
        {
            let error =
                fails_saying(Err::<(), _>(error), ErrorKind::Io, "the system has no resources for a connection: ");
            assert!(format!("{error:#}").contains("Too many open files"), "{} left: {error}", 64 - files.len());
            files.pop().expect("with all of them it works");
        }
        drop(files);
        by_address.job_details(JOB).expect("a response, now that there are descriptors");
        by_name.job_details(JOB).expect("a response, now that there are descriptors");
    });
}

#[test]
fn a_thread_that_cannot_start_is_an_error_that_passes() {
    // by address space, as RLIMIT_NPROC does not bind root and counts every process of anybody else
    in_own_process("resources::a_thread_that_cannot_start_is_an_error_that_passes", &[], || {
        let server = Server::always(ok(job("SUCCESS")));
        let client = client(server.url_at("localhost"));
        let unlimited = getrlimit(Resource::As);
        // no room for another thread's stack; what is there already goes on working
        let statm = std::fs::read_to_string("/proc/self/statm").expect("the sizes of this process");
        let pages: u64 = statm.split(' ').next().and_then(|pages| pages.parse().ok()).expect("a size");
        let used = pages * rustix::param::page_size() as u64;
        setrlimit(Resource::As, Rlimit { current: Some(used + 128 * 1024), maximum: unlimited.maximum })
            .expect("a limit");
        let result = client.job_details(JOB);
        setrlimit(Resource::As, unlimited).expect("the limit as it was");
        fails_saying(result, ErrorKind::Io, "the system has no resources for a connection: ");
        client.job_details(JOB).expect("a response, now that there is room");
    });
}

#[test]
fn a_dead_name_server_holds_one_thread_and_no_call_beyond_its_time() {
    let test = "resources::a_dead_name_server_holds_one_thread_and_no_call_beyond_its_time";
    // a private /etc/resolv.conf takes a mount namespace; where none may be made the name server is dead in itself
    let namespace = std::process::Command::new("unshare").args(["-m", "true"]).output();
    if !namespace.is_ok_and(|output| output.status.success()) {
        eprintln!("{test}: did not run: no mount namespace may be made here (it takes root)");
        return;
    }
    in_own_process_under(&["unshare", "-m"], test, &[], || {
        // a name server that never responds
        let silent = std::net::UdpSocket::bind("127.0.0.53:53").or_else(|_| std::net::UdpSocket::bind("127.0.0.54:53"));
        let silent = silent.expect("port 53 of a loopback address");
        let address = silent.local_addr().expect("its address").ip();
        let file = std::env::temp_dir().join(format!("unstructured-jobs-{}-resolv.conf", std::process::id()));
        std::fs::write(&file, format!("nameserver {address}\noptions timeout:3 attempts:1\n")).expect("a file");
        let mounted = std::process::Command::new("mount").arg("--bind").arg(&file).arg("/etc/resolv.conf").status();
        std::fs::remove_file(&file).expect("removed");
        assert!(mounted.expect("mount").success());

        let before = threads();
        let connect_timeout = Duration::from_millis(300);
        let client = builder("https://silent.example").connect_timeout(connect_timeout).build().expect("a client");
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    let (result, _) = on_time(connect_timeout, || client.job_details(JOB));
                    fails_saying(result, ErrorKind::Timeout, "timed out looking up silent.example (GET ");
                });
            }
        });
        until("the callers have ended", || threads() <= before + 1);
        let (result, _) = on_time(connect_timeout, || client.job_details(JOB));
        fails_somehow(result, ErrorKind::Timeout);
        assert!(threads() <= before + 1, "one helper at most");
        let patient = builder("https://patient.example").build().expect("a client");
        silent.set_nonblocking(true).expect("a socket that does not block");
        let mut query = [0; 512];
        let asked =
            || silent.recv(&mut query).is_ok_and(|len| query[..len].windows(8).any(|name| name == b"\x07patient"));
        cut(&patient, "the name server is asked", asked);
        let ((), took) = timed(|| drop((client, patient)));
        assert!(took < MARGIN, "the look-up in progress holds nobody up: {took:?}");
    });
}
