//! A job's id: the only place that judges one.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;

/// A UUID has 36 characters.
const MAX_LEN: usize = 128;

/// The id of a job, as far as it can be judged without asking the service: 1 to 128 of `A–Z a–z 0–9 - _`.
///
/// The calls of a [`Client`](crate::Client) take any text and refuse what is no job id before anything is sent. This is for
/// programs that want to know earlier, where their user typed it.
///
/// ```
/// use unstructured_jobs::JobId;
///
/// let id: JobId = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e".parse()?;
/// assert_eq!(id.as_str(), "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e");
///
/// let error = "../details".parse::<JobId>().unwrap_err();
/// assert_eq!(error.setting(), Some("job_id"));
/// assert_eq!(error.to_string(), "the job id has '.' at byte 0; only letters, digits, - and _ are allowed");
/// # Ok::<(), unstructured_jobs::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize), serde(try_from = "String"))]
pub struct JobId(String);

impl JobId {
    /// The id as it was given.
    ///
    /// ```
    /// use unstructured_jobs::JobId;
    ///
    /// let id: JobId = "b2c3d4e5".parse()?;
    /// assert_eq!(id.as_str(), "b2c3d4e5");
    /// # Ok::<(), unstructured_jobs::Error>(())
    /// ```
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for JobId {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self, Error> {
        Self::try_from(text.to_owned())
    }
}

impl TryFrom<String> for JobId {
    type Error = Error;

    fn try_from(text: String) -> Result<Self, Error> {
        check(&text)?;
        Ok(Self(text))
    }
}

impl AsRef<str> for JobId {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for JobId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl From<JobId> for String {
    fn from(id: JobId) -> Self {
        id.0
    }
}

/// Refuses what is no job id.
pub(crate) fn check(text: &str) -> Result<(), Error> {
    let refuse = |message: &dyn fmt::Display| Err(Error::invalid_argument(message).of_setting("job_id"));
    if text.is_empty() {
        return refuse(&"the job id is empty");
    }
    if text.len() > MAX_LEN {
        return refuse(&format_args!("the job id is {} bytes long; the limit is {MAX_LEN}", text.len()));
    }
    match text.char_indices().find(|(_, c)| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))) {
        None => Ok(()),
        Some((at, c)) => {
            refuse(&format_args!("the job id has {c:?} at byte {at}; only letters, digits, - and _ are allowed"))
        }
    }
}
