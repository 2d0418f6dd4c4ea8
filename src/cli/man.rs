//! The manual page, made from the same definitions as `--help`.

use std::io;

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::args::Args;
use crate::exit;

/// Every option is told of below: clap_mangen's own synopsis would list them all.
const SYNOPSIS: &str = r#".SH SYNOPSIS
\fBunstructured\-jobs\fR [\fIOPTION\fR]... \fBdetails\fR \fIJOB_ID\fR
.br
\fBunstructured\-jobs\fR [\fIOPTION\fR]... \fBwait\fR \fIJOB_ID\fR...
.br
\fBunstructured\-jobs\fR [\fIOPTION\fR]... \fBfailed\-files\fR \fIJOB_ID\fR
.br
\fBunstructured\-jobs\fR [\fIOPTION\fR]... \fBfiles\fR \fIJOB_ID\fR
.br
\fBunstructured\-jobs completions\fR \fISHELL\fR
.br
\fBunstructured\-jobs man\fR
"#;

const EVENTS: &str = r#".SH EVENTS
With \fB\-\-events\fR, every poll of \fBwait\fR adds a line with one JSON object, written at once and whole. Later versions
may add fields; those of this one stay, and so do their meanings:
.TP
\fBtime\fR
When, in UTC, as RFC 3339 has it: 2026\-11\-25T20:15:00.123Z.
.TP
\fBjob_id\fR
The job, as it was given.
.TP
\fBevent\fR
\fBresponded\fR: the service responded, and the job goes on. \fBended\fR: it responded, and the job has ended.
\fBfailed\fR: the poll failed, and there will be another. \fBgave_up\fR: there will be none, although the job is not known to
have ended. Every job has one line with \fBended\fR or \fBgave_up\fR, its last, unless the wait is interrupted or ends with
\fB\-\-any\fR.
.TP
\fBstatus\fR
The job's status as the service spells it, from the last response; null before the first.
.TP
\fBcounts\fR
\fBready\fR, \fBin_progress\fR, \fBsuccess\fR and \fBfailure\fR, each the sum over the job's nodes, from the last response;
null before the first.
.TP
\fBfraction_done\fR
The share of \fBsuccess\fR and \fBfailure\fR in the sum of all counts, from 0 to 1; null while that sum is 0.
.TP
\fBerror\fR
With \fBfailed\fR and \fBgave_up\fR, otherwise null: \fBcode\fR (as in C, without UNS_ERROR_: NOT_FOUND, RATE_LIMITED, TIMEOUT
and so on), \fBmessage\fR, \fBhttp_status\fR (null if there was none), \fBretryable\fR, and the \fBexit_code\fR that stands
for it.
.TP
\fBfailures\fR
How many polls of the job have failed in a row.
.TP
\fBnext_poll_in_ms\fR
In how many milliseconds the job is polled again; null after its last poll.
"#;

const ENVIRONMENT: &str = r#".SH ENVIRONMENT
.TP
\fBUNSTRUCTURED_API_KEY\fR
The API key, unless \fB\-\-api\-key\-file\fR is given.
.TP
\fBUNSTRUCTURED_API_URL\fR
The base URL, unless \fB\-\-api\-url\fR is given.
.TP
\fBhttps_proxy\fR, \fBHTTPS_PROXY\fR, \fBhttp_proxy\fR, \fBall_proxy\fR, \fBALL_PROXY\fR, \fBno_proxy\fR, \fBNO_PROXY\fR
The proxy, by the rules of \fBcurl\fR(1), unless \fB\-\-proxy\fR is given.
.TP
\fBNO_COLOR\fR, \fBCLICOLOR_FORCE\fR
Colours never, or even off a terminal.
.SH EXAMPLES
Wait for a job for two hours at most, and stop a script unless it ended well:
.PP
.nf
unstructured\-jobs wait \-\-timeout 2h "$JOB_ID" || exit
.fi
.PP
Which documents failed, and why:
.PP
.nf
unstructured\-jobs failed\-files "$JOB_ID"
.fi
.PP
Which documents a job is stuck on:
.PP
.nf
unstructured\-jobs files \-o json "$JOB_ID" | jq '.files[] | select(.current_node.tries > 1)'
.fi
.PP
Of several jobs, the one that ends first:
.PP
.nf
unstructured\-jobs wait \-\-any \-o json "$A" "$B" | jq \-r .id
.fi
"#;

/// The whole page in roff.
pub(crate) fn page() -> io::Result<Vec<u8>> {
    let mut command = Args::command().after_help("").disable_help_subcommand(true);
    command.build();
    let man = Man::new(command.clone()).source(concat!("unstructured-jobs ", env!("CARGO_PKG_VERSION")));
    let mut page = Vec::new();
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    page.extend_from_slice(SYNOPSIS.as_bytes());
    man.render_description_section(&mut page)?;
    page.extend_from_slice(b".SH COMMANDS\n");
    for subcommand in command.get_subcommands() {
        page.extend_from_slice(&of_subcommand(subcommand)?);
    }
    man.render_options_section(&mut page)?;
    page.extend_from_slice(b".SH \"EXIT STATUS\"\n");
    for (code, meaning) in exit::TABLE {
        page.extend_from_slice(format!(".TP\n\\fB{code}\\fR\n{}\n", meaning.replace('-', "\\-")).as_bytes());
    }
    page.extend_from_slice(EVENTS.as_bytes());
    page.extend_from_slice(ENVIRONMENT.as_bytes());
    Ok(page)
}

/// A command's synopsis, what it does, and the options that it alone has.
fn of_subcommand(subcommand: &Command) -> io::Result<Vec<u8>> {
    let own = subcommand.clone().mut_args(|arg| {
        let shared = arg.is_global_set() || matches!(arg.get_id().as_str(), "help" | "version");
        arg.hide(shared)
    });
    let mut text = Vec::new();
    text.extend_from_slice(format!(".SS {}\n", subcommand.get_name().replace('-', "\\-")).as_bytes());
    let about = own.get_long_about().or(own.get_about()).map(ToString::to_string).unwrap_or_default();
    text.extend_from_slice(about.replace('-', "\\-").replace("\n\n", "\n.PP\n").as_bytes());
    text.push(b'\n');
    let mut options = Vec::new();
    Man::new(own).render_options_section(&mut options)?;
    // the heading of a section of its own makes way
    text.extend(options.split_inclusive(|b| *b == b'\n').filter(|line| !line.starts_with(b".SH")).flatten());
    Ok(text)
}
