//! What happens when this program itself is wrong: a panic is one sentence and exit 1, in whichever thread it happens.

use std::panic;
use std::process;

use crate::exit;
use crate::output;

/// Says where, but not what the panic was about, which may hold anything, and ends the command.
pub(crate) fn install_panic_hook() {
    panic::set_hook(Box::new(|info| {
        let place = info.location().map(|at| format!(" at {}:{}", at.file(), at.line())).unwrap_or_default();
        output::complain(&format!("internal error{place}; this is a defect of unstructured-jobs, please report it"));
        process::exit(exit::INTERNAL);
    }));
}

#[cfg(test)]
mod tests {
    use std::env;
    use std::process::Command;

    use super::*;

    const IN_CHILD: &str = "UNSTRUCTURED_JOBS_TEST_PANIC";

    /// Does nothing unless it is the child of the next test.
    #[test]
    fn child_of_the_next() {
        if env::var_os(IN_CHILD).is_some() {
            install_panic_hook();
            std::thread::spawn(|| panic!("the secret")).join().unwrap_err();
        }
    }

    #[test]
    fn a_defect_is_one_sentence_and_exit_1() {
        let child = Command::new(env::current_exe().unwrap())
            .args(["--exact", "defect::tests::child_of_the_next", "--nocapture"])
            .env(IN_CHILD, "1")
            .output()
            .unwrap();
        let stderr = String::from_utf8(child.stderr).unwrap();
        assert_eq!(child.status.code(), Some(1), "{stderr}");
        assert!(stderr.starts_with("unstructured-jobs: internal error at src/cli/defect.rs:"), "{stderr:?}");
        assert!(stderr.ends_with("; this is a defect of unstructured-jobs, please report it\n"), "{stderr:?}");
        assert_eq!(stderr.lines().count(), 1, "{stderr:?}");
    }
}
