//! The C test programs, compiled and run against a local service.

use std::env;
use std::net::{Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::Command;

use super::server::Server;
use super::toolchain::{STATIC_LIBS, archive, compiler, finish, program, root, said, scratch};

/// The C tests, linked with the archive.
#[track_caller]
fn c_tests(folder: &Path) -> PathBuf {
    let out = folder.join("c_tests");
    let sources = ["main.c", "details.c", "errors.c", "arguments.c", "wait.c", "cancel.c", "log.c"];
    finish(
        compiler("CC", "c99")
            .args(["-g", "-O1", "-o"])
            .arg(&out)
            .args(sources.map(|name| root().join("tests/c").join(name)))
            .arg(archive())
            .args(STATIC_LIBS),
    );
    out
}

/// Arguments and environment that the tests expect: the service, a port where nobody listens, a key.
#[track_caller]
pub(crate) fn against<'a>(command: &'a mut Command, server: &Server) -> &'a mut Command {
    // nobody else here uses this address, so nobody listens there once this listener has gone
    let closed = TcpListener::bind((Ipv4Addr::new(127, 0, 0, 77), 0)).unwrap().local_addr().unwrap();
    command.arg(&server.base_url).arg(format!("http://{closed}"));
    command.env("UNSTRUCTURED_API_KEY", "key-of-the-environment").env("UNSTRUCTURED_API_URL", &server.base_url)
}

#[test]
fn c_programs_get_what_the_header_promises() {
    let server = Server::start();
    // .ci/sanitizers has the same tests built its own way
    let tests = env::var_os("C_TESTS").map_or_else(|| c_tests(&scratch("c")), PathBuf::from);
    let output = finish(against(&mut program(tests), &server));
    assert!(said(&output).contains("all passed"), "{}", said(&output));

    // what was sent: the key of the environment once, that of the configuration otherwise
    let requests = server.requests();
    let sent = |line: &str, header: &str| requests.iter().any(|r| r.starts_with(line) && r.contains(header));
    assert!(sent("GET /api/v1/jobs/ok/details HTTP/1.1\r\n", "unstructured-api-key: key-of-the-configuration\r\n"));
    assert!(sent("GET /api/v1/jobs/ok_env/details HTTP/1.1\r\n", "unstructured-api-key: key-of-the-environment\r\n"));
    assert!(sent(
        "GET /api/v1/jobs/ok/failed-files HTTP/1.1\r\n",
        "unstructured-api-key: key-of-the-configuration\r\n"
    ));
    assert!(sent("GET /api/v1/jobs/ok_agent/details HTTP/1.1\r\n", "user-agent: c tests/1\r\n"), "{requests:?}");
}

#[test]
fn the_c_tests_leak_nothing_under_valgrind() {
    let version = Command::new("valgrind").arg("--version").output();
    if version.is_err() {
        // not a pass that looks like one: whoever reads the output sees that nothing was looked at
        println!("valgrind is not installed: the C tests were NOT run under it");
        eprintln!("valgrind is not installed: the C tests were NOT run under it");
        return;
    }
    let folder = scratch("valgrind");
    let server = Server::start();
    let mut valgrind = program("valgrind");
    valgrind
        .args(["--quiet", "--leak-check=full", "--errors-for-leak-kinds=definite,indirect,possible"])
        .args(["--error-exitcode=9", "--num-callers=30"])
        .arg(format!("--suppressions={}", root().join("tests/c/valgrind.supp").display()))
        .arg(c_tests(&folder));
    let output = finish(against(&mut valgrind, &server));
    assert!(said(&output).contains("all passed"), "{}", said(&output));
}
