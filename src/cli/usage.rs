//! From the command line to [`Args`], and from what is wrong with it to a sentence and a hint.

use std::io::{self, IsTerminal};

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{Command, CommandFactory, FromArgMatches};
use console::Term;

use crate::args::Args;
use crate::{exit, output};

/// How wide help is where there is no terminal, and at most.
const WIDTH: usize = 100;
/// The commands that ask the service, and so can end with any exit code.
const ASKING: [&str; 4] = ["details", "wait", "failed-files", "files"];

/// Reads the command line.
pub(crate) fn parse() -> Result<Args, clap::Error> {
    let matches = command(width()).try_get_matches()?;
    Args::from_arg_matches(&matches)
}

/// The command line's definition, with the exit codes in the help of whatever can end with them.
fn command(width: usize) -> Command {
    let codes = exit::help(width);
    let command = Args::command().term_width(width).after_help(codes.clone());
    ASKING.iter().fold(command, |command, name| command.mut_subcommand(name, |asking| asking.after_help(codes.clone())))
}

fn width() -> usize {
    let stdout = Term::stdout();
    match stdout.size_checked() {
        Some((_, columns)) if io::stdout().is_terminal() && columns > 0 => usize::from(columns).min(WIDTH),
        _ => WIDTH,
    }
}

/// Prints help, the version, or what is wrong with the command line. Returns the exit code.
pub(crate) fn explain(mut error: clap::Error) -> i32 {
    let hint = hint(&error);
    if hint.is_some() {
        // clap's own suggestion is the word that looks alike, not the one that is meant
        error.remove(ContextKind::SuggestedArg);
        error.remove(ContextKind::Suggested);
    }
    let text = error.render().to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            return output::result(error.render().to_string().as_bytes(), exit::OK);
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            output::complain(&format!("a command is missing\n\n{text}"));
        }
        _ => output::complain(&hint.map_or_else(|| text.to_owned(), |hint| format!("{text}\n\nhint: {hint}"))),
    }
    exit::USAGE
}

/// What was meant, where the words tell.
fn hint(error: &clap::Error) -> Option<String> {
    let word = |kind| match error.get(kind) {
        Some(ContextValue::String(word)) => Some(word.as_str()),
        _ => None,
    };
    match error.kind() {
        ErrorKind::InvalidSubcommand if error.get(ContextKind::SuggestedSubcommand).is_none() => {
            let id = word(ContextKind::InvalidSubcommand)?;
            Some(format!("a job's id follows a command: details {id}, or wait {id}"))
        }
        ErrorKind::UnknownArgument => match word(ContextKind::InvalidArg)?.split('=').next()? {
            "--timeout" => Some(
                "--request-timeout is how long a request may take; --timeout is how long a wait may take, and follows \
                 the word wait"
                    .to_owned(),
            ),
            "--api-key" | "--key" | "--token" => Some(
                "a key is no argument, as `ps` shows those: it is in the variable UNSTRUCTURED_API_KEY, or in a file \
                 named with --api-key-file"
                    .to_owned(),
            ),
            option if is_of_wait(option) => Some(format!("{option} is an option of wait, and follows that word")),
            _ => None,
        },
        _ => None,
    }
}

fn is_of_wait(option: &str) -> bool {
    let command = Args::command();
    let wait = command.find_subcommand("wait");
    wait.is_some_and(|wait| {
        wait.get_arguments().any(|arg| arg.get_long().is_some_and(|long| option == format!("--{long}")))
    })
}
