//! Why the command ends without a result, as people are told: a sentence, and what to do about it.

use unstructured_jobs::{Error, ErrorKind};

use crate::exit;

pub(crate) struct Failure {
    pub(crate) code: i32,
    pub(crate) sentence: String,
    pub(crate) hint: Option<&'static str>,
}

/// What is known beside an error that tells what to do about it.
#[derive(Clone, Copy, Default)]
pub(crate) struct Circumstances {
    /// The key begins with a quotation mark.
    pub(crate) quoted_key: bool,
}

impl Failure {
    pub(crate) fn usage(sentence: String) -> Self {
        Self { code: exit::USAGE, sentence, hint: None }
    }

    pub(crate) fn internal(sentence: String) -> Self {
        Self { code: exit::INTERNAL, sentence, hint: None }
    }

    pub(crate) fn of_error(error: &Error, circumstances: Circumstances) -> Self {
        Self { code: exit::of_error(error), sentence: format!("{error:#}"), hint: hint(error, circumstances) }
    }

    /// Of one job: names it, where the error does not. Its URL holds the job's id.
    pub(crate) fn of_job(job_id: &str, error: &Error, circumstances: Circumstances) -> Self {
        let mut failure = Self::of_error(error, circumstances);
        if error.setting() == Some("job_id") {
            let cut: String = job_id.chars().take(64).collect();
            failure.sentence = format!("JOB_ID {cut:?}: {}", failure.sentence);
        } else if !failure.sentence.contains(&format!("/{job_id}/")) {
            failure.sentence = format!("{job_id}: {}", failure.sentence);
        }
        failure
    }

    /// The sentence, and the hint below it.
    pub(crate) fn text(&self) -> String {
        match self.hint {
            Some(hint) => format!("{}\nhint: {hint}", self.sentence),
            None => self.sentence.clone(),
        }
    }
}

/// What to do about an error, where an option or variable has to do with it.
fn hint(error: &Error, circumstances: Circumstances) -> Option<&'static str> {
    match error.setting() {
        Some("allow_plain_http") => return Some("--allow-plain-http allows it"),
        Some("ca_file") if error.kind() == ErrorKind::Tls => {
            return Some("a certificate authority of your own is named with --ca-file");
        }
        Some("proxy") if error.http_status() == Some(407) => {
            return Some(
                "--proxy takes http://USER:PASSWORD@HOST:PORT; the variable https_proxy keeps the password out of `ps`",
            );
        }
        Some("proxy") if error.kind() != ErrorKind::InvalidArgument => {
            return Some("is the proxy right? It is named with --proxy or https_proxy; --proxy none goes without one");
        }
        _ => {}
    }
    match error.kind() {
        ErrorKind::Unauthorized if circumstances.quoted_key => {
            Some("the key begins with a quotation mark, which is taken for part of it")
        }
        ErrorKind::Unauthorized => Some("is the key in UNSTRUCTURED_API_KEY or --api-key-file one for this service?"),
        ErrorKind::NotFound => Some("is the service in UNSTRUCTURED_API_URL or --api-url the one the job runs on?"),
        ErrorKind::Dns | ErrorKind::Connect => {
            Some("is --api-url or UNSTRUCTURED_API_URL right? A proxy on the way is named with --proxy or https_proxy")
        }
        // a wait's own timeout made no attempt
        ErrorKind::Timeout if error.attempts() > 0 => {
            Some("--request-timeout and --connect-timeout allow it more time")
        }
        _ => None,
    }
}
