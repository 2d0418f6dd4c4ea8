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
\fBunstructured\-jobs completions\fR \fISHELL\fR
.br
\fBunstructured\-jobs man\fR
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
