//! `-v`: what the library logs, on standard error. Its log lines hold no key; nobody else's are shown.

use std::sync::OnceLock;

use log::{LevelFilter, Log, Metadata, Record};

use crate::output::{self, escape};
use crate::progress::{self, Progress};

/// Where the library logs the looks of a wait that failed and will be repeated.
const FAILED_LOOKS: &str = "unstructured_jobs::wait";

static LOGGER: OnceLock<Logger> = OnceLock::new();

struct Logger {
    verbose: bool,
    progress: Option<progress::Shared>,
}

/// Starts logging: with `verbose`, everything; without, only that a look of the wait shown by `progress` failed.
pub(crate) fn start(verbose: bool, progress: Option<progress::Shared>) {
    if !verbose && progress.is_none() {
        return;
    }
    let logger = LOGGER.get_or_init(|| Logger { verbose, progress });
    // fails only if there is a logger already, and this is the only place that sets one
    if log::set_logger(logger).is_ok() {
        log::set_max_level(LevelFilter::Debug);
    }
}

impl Log for Logger {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.level() <= LevelFilter::Debug && metadata.target().split("::").next() == Some("unstructured_jobs")
    }

    fn log(&self, record: &Record<'_>) {
        if !self.enabled(record.metadata()) {
            return;
        }
        let text = escape(&record.args().to_string());
        match &self.progress {
            Some(progress) if !self.verbose => {
                if record.target() == FAILED_LOOKS {
                    Progress::failed_look(progress, &text);
                }
            }
            Some(progress) => Progress::remark(progress, &text),
            None => output::complain(&text),
        }
    }

    fn flush(&self) {}
}
