//! Settings that are texts: the key and the base URL, given by a setter or found in the environment.

use std::env;

use zeroize::Zeroizing;

use crate::error::Error;

/// A text setting, and where it came from.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) value: Option<Zeroizing<String>>,
    variable: Option<&'static str>,
}

impl Text {
    pub(super) fn given(value: impl Into<String>) -> Self {
        Self { value: Some(Zeroizing::new(value.into())), variable: None }
    }

    pub(super) fn from_env(variable: &'static str) -> Option<Self> {
        let value = env::var_os(variable)?;
        Some(Self { value: value.into_string().map(Zeroizing::new).ok(), variable: Some(variable) })
    }

    pub(super) fn is_blank(&self) -> bool {
        self.value.as_ref().is_some_and(|value| value.trim().is_empty())
    }

    /// What `parse` makes of the text. An error names the setting, and the variable that the text came from.
    pub(super) fn check<T>(&self, setting: &'static str, parse: impl Fn(&str) -> Result<T, Error>) -> Result<T, Error> {
        let parsed = match (&self.value, self.variable) {
            (Some(value), None) => parse(value),
            (Some(value), Some(variable)) => {
                parse(value).map_err(|error| Error::invalid_argument(format_args!("{error} (from {variable})")))
            }
            (None, variable) => {
                let name = variable.unwrap_or(setting);
                Err(Error::invalid_argument(format_args!("{name} is not valid UTF-8")))
            }
        };
        parsed.map_err(|error| error.of_setting(setting))
    }
}

/// A base URL as given, but for user info and a query: neither belongs there, and either may be a secret.
pub(super) fn without_secrets(url: &str) -> String {
    let (secret, url) = url.rsplit_once('@').map_or(("", url), |(_, rest)| ("..@", rest));
    format!("{secret}{}", url.split(['?', '#']).next().unwrap_or_default())
}
