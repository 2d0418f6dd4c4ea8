//! What the service says of a problem, in the body of a response.

use std::borrow::Cow;
use std::fmt;

/// The server's words in an error body: FastAPI's `detail`, text or list, else the text itself.
pub(crate) fn server_words(body: &[u8]) -> String {
    #[derive(serde::Deserialize)]
    struct Problem<'a> {
        #[serde(borrow)]
        detail: Detail<'a>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Detail<'a> {
        Text(#[serde(borrow)] Cow<'a, str>),
        List(#[serde(borrow)] Vec<Item<'a>>),
    }
    #[derive(serde::Deserialize)]
    struct Item<'a> {
        #[serde(default)]
        loc: Vec<Step<'a>>,
        #[serde(borrow)]
        msg: Cow<'a, str>,
    }
    #[derive(serde::Deserialize)]
    #[serde(untagged)]
    enum Step<'a> {
        Name(#[serde(borrow)] Cow<'a, str>),
        Index(i64),
    }

    match serde_json::from_slice(body) {
        Ok(Problem { detail: Detail::Text(text) }) => text.into_owned(),
        Ok(Problem { detail: Detail::List(items) }) => {
            let mut text = String::new();
            for item in items {
                if !text.is_empty() {
                    text.push_str("; ");
                }
                for (at, step) in item.loc.iter().enumerate() {
                    let dot = if at == 0 { "" } else { "." };
                    let _ = match step {
                        Step::Name(name) => fmt::Write::write_fmt(&mut text, format_args!("{dot}{name}")),
                        Step::Index(index) => fmt::Write::write_fmt(&mut text, format_args!("{dot}{index}")),
                    };
                }
                if !item.loc.is_empty() {
                    text.push_str(": ");
                }
                text.push_str(&item.msg);
            }
            text
        }
        Err(_) => html_title(body).unwrap_or_else(|| String::from_utf8_lossy(body).trim().to_owned()),
    }
}

/// The title of an HTML page, which is all that a gateway's error page has to say.
fn html_title(body: &[u8]) -> Option<String> {
    if body.trim_ascii_start().first() != Some(&b'<') {
        return None;
    }
    let text = String::from_utf8_lossy(body);
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title>")? + "<title>".len();
    let end = start + lower.get(start..)?.find("</title>")?;
    Some(format!("(HTML page) {}", text.get(start..end)?.trim()))
}
