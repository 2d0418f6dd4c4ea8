//! A test in a process of its own: for the environment, limits, descriptors and threads, which belong to a process.

use std::process::{Command, Stdio};

const MARK: &str = "UNSTRUCTURED_JOBS_TEST_CHILD";

/// The variables that would change what a client does.
const CLEARED: [&str; 11] = [
    "UNSTRUCTURED_API_KEY",
    "UNSTRUCTURED_API_URL",
    "REQUEST_METHOD",
    "http_proxy",
    "https_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "all_proxy",
    "ALL_PROXY",
    "no_proxy",
    "NO_PROXY",
];

/// Runs `body` in a process of its own, started anew for this one test, and fails if that fails.
///
/// Returns whether this is the process that started it, and not the one started: what was seen from outside is there.
///
/// `test` is the calling test's path (`module::name`): the process runs that test alone, and there this function
/// is `body`.
#[track_caller]
pub(crate) fn in_own_process(test: &str, variables: &[(&str, &str)], body: impl FnOnce()) -> bool {
    in_own_process_under(&[], test, variables, body)
}

/// The same, started by a command such as `unshare -m`.
#[track_caller]
pub(crate) fn in_own_process_under(
    launcher: &[&str],
    test: &str,
    variables: &[(&str, &str)],
    body: impl FnOnce(),
) -> bool {
    if std::env::var_os(MARK).is_some_and(|mark| mark == test) {
        body();
        return false;
    }
    let this = std::env::current_exe().expect("the path of the tests");
    let mut command = match launcher {
        [] => Command::new(this),
        [program, arguments @ ..] => {
            let mut command = Command::new(program);
            command.args(arguments).arg(this);
            command
        }
    };
    // one thread: the test runs on the main thread and is alone
    command.args([test, "--exact", "--nocapture", "--test-threads=1"]).stdin(Stdio::null());
    for name in CLEARED {
        command.env_remove(name);
    }
    let output = command.env(MARK, test).envs(variables.iter().copied()).output().expect("the process starts");
    let stdout = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && stdout.contains("test result: ok. 1 passed"),
        "{test} failed in its own process ({}):\n{stdout}\n{}",
        output.status,
        String::from_utf8_lossy(&output.stderr),
    );
    true
}
