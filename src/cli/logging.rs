//! `-v`: what the library logs, on standard error. Its log lines hold no key; nobody else's are shown.

use std::sync::OnceLock;

use log::{LevelFilter, Log, Metadata, Record};

use crate::output;
use crate::progress::Progress;

static LOGGER: OnceLock<Logger> = OnceLock::new();

/// Where the lines go: above what is drawn, if anything is.
struct Logger(Option<Progress>);

/// Starts logging.
pub(crate) fn start(progress: Option<&Progress>) {
    let logger = LOGGER.get_or_init(|| Logger(progress.cloned()));
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
        let text = output::escape(&record.args().to_string());
        match &self.0 {
            Some(progress) => progress.remark(&text),
            None => output::complain(&text),
        }
    }

    fn flush(&self) {}
}
