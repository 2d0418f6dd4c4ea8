//! The API key: a secret that cannot print itself.

use std::fmt;
use std::sync::Arc;

use zeroize::Zeroizing;

use crate::endpoint::QUOTATION_MARKS;
use crate::error::Error;

/// Servers refuse longer header lines; a longer "key" is a wrong file.
const MAX_LEN: usize = 4096;

/// An API key: visible ASCII, printed as `ApiKey(..)`. Clones share it; it is wiped from memory when the last one is
/// dropped.
#[derive(Clone)]
pub(crate) struct ApiKey(Arc<Zeroizing<String>>);

impl ApiKey {
    /// Takes the key out of `text`, which may have white space around it, as keys read from files do, and a byte order mark
    /// before it, which editors and shells on Windows put there.
    pub(crate) fn parse(text: &str) -> Result<Self, Error> {
        let key = text.trim_start_matches('\u{feff}').trim_matches([' ', '\t', '\r', '\n']);
        if key.is_empty() {
            return Err(Error::invalid_argument("the API key is empty"));
        }
        if key.len() > MAX_LEN {
            return Err(Error::invalid_argument(format_args!(
                "the API key is {} bytes long; the limit is {MAX_LEN}",
                key.len()
            )));
        }
        if key.starts_with(QUOTATION_MARKS) && !key.is_ascii() {
            return Err(Error::invalid_argument("the API key begins with a quotation mark; write it without"));
        }
        if let Some(at) = key.bytes().position(|byte| !byte.is_ascii_graphic()) {
            return Err(Error::invalid_argument(format_args!(
                "the API key has something other than visible ASCII at byte {at}"
            )));
        }
        Ok(Self(Arc::new(Zeroizing::new(key.to_owned()))))
    }

    /// The secret itself: for the request head, and for taking it out of texts.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey(..)")
    }
}
