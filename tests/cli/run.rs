//! Running the command, with nothing in its environment but what the test says.

use std::env;
use std::process::{Command, Output, Stdio};
use std::sync::Once;

use crate::server::Server;

/// Must appear in no output, ever: every run is searched for it.
pub(crate) const KEY: &str = "k3y-that-nobody-must-see";

/// What a run of the command left behind.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// The file that is tested: the one that cargo has built along, or another build of it that
/// `UNSTRUCTURED_JOBS_TEST_COMMAND` names (`.ci/container`: the static one).
pub(crate) fn binary() -> String {
    env::var("UNSTRUCTURED_JOBS_TEST_COMMAND").unwrap_or_else(|_| env!("CARGO_BIN_EXE_unstructured-jobs").to_owned())
}

/// The command, with an empty environment but for the key. Under `nohup`, say, it would inherit that SIGHUP is ignored.
pub(crate) fn bare(args: &[&str]) -> Command {
    static HEEDS_HANG_UPS: Once = Once::new();
    HEEDS_HANG_UPS.call_once(|| {
        // SAFETY: no handler is put in place or taken away, only the default action
        unsafe { libc::signal(libc::SIGHUP, libc::SIG_DFL) };
    });
    let mut command = Command::new(binary());
    command.args(args).env_clear().env("UNSTRUCTURED_API_KEY", KEY).stdin(Stdio::null());
    command
}

/// The command, which will ask `server`.
pub(crate) fn asking(server: &Server, args: &[&str]) -> Command {
    let mut command = bare(args);
    command.env("UNSTRUCTURED_API_URL", server.url());
    command
}

/// Runs to the end. Whatever the test is about: no panic text, no key.
#[track_caller]
pub(crate) fn run(mut command: Command) -> Done {
    judge(command.output().unwrap())
}

#[track_caller]
pub(crate) fn judge(output: Output) -> Done {
    let done = Done {
        code: output.status.code().unwrap_or_else(|| panic!("killed: {:?}", output.status)),
        stdout: String::from_utf8(output.stdout).unwrap(),
        stderr: String::from_utf8(output.stderr).unwrap(),
    };
    for text in [&done.stdout, &done.stderr] {
        assert!(!text.contains(KEY), "the key is in the output: {done:?}");
        assert!(!text.contains("panicked") && !text.contains("internal error at"), "{done:?}");
        assert!(!text.contains("RUST_BACKTRACE"), "{done:?}");
    }
    done
}

impl Done {
    /// The exit code, and all of standard error.
    #[track_caller]
    pub(crate) fn fails(&self, code: i32, stderr: &str) {
        assert_eq!((self.code, self.stdout.as_str(), self.stderr.as_str()), (code, "", stderr));
    }
}
