//! Where a request is written and a response read, before they go to the wire and come from it.

use std::fmt;

use ureq::unversioned::transport::Buffers;
use zeroize::Zeroizing;

use super::head;

/// Holds the whole of a usual response.
const INPUT_SIZE: usize = 8 * 1024;
/// The size for large response heads: the limit of a head, and one more read.
pub(super) const MAX_INPUT_SIZE: usize = head::MAX_BYTES + 16 * 1024;
/// Less room than this is not worth a read.
const MIN_READ: usize = 1024;
/// The part of a request head that ureq writes: a URL of 2 KiB at most, and the host once more.
const HEAD_SIZE: usize = 4 * 1024;

/// Buffers for small responses that make room for large heads when one comes.
#[derive(Default)]
pub(super) struct FixedBuffers {
    input: Vec<u8>,
    start: usize,
    end: usize,
    progress: bool,
    /// Room for the head that ureq writes, and behind it for our headers. Wiped when dropped.
    output: Zeroizing<Vec<u8>>,
}

impl FixedBuffers {
    /// With room for `ours` bytes behind the head that ureq writes.
    pub(super) fn new(ours: usize) -> Self {
        let output = Zeroizing::new(vec![0; HEAD_SIZE + ours]);
        Self { input: vec![0; INPUT_SIZE], start: 0, end: 0, progress: false, output }
    }

    /// The whole head of a request: what ureq wrote, `amount` bytes, with `ours` in place of the empty line that ends it.
    /// `None` if it does not end so, or there is no room.
    pub(super) fn end_head(&mut self, amount: usize, ours: &[u8]) -> Option<&[u8]> {
        let start = self.output.get(..amount)?.strip_suffix(b"\r\n")?.len();
        if !self.output.get(..start)?.ends_with(b"\r\n") {
            return None;
        }
        let end = start + ours.len();
        self.output.get_mut(start..end)?.copy_from_slice(ours);
        self.output.get(..end)
    }

    /// What has come of a response and has not been consumed, to be changed in place.
    pub(super) fn input_mut(&mut self) -> &mut [u8] {
        self.input.get_mut(self.start..self.end).unwrap_or_default()
    }

    /// Puts `end` in place of all but the first `keep` bytes of the input.
    pub(super) fn end_input(&mut self, keep: usize, end: &[u8]) {
        self.input.truncate(self.start + keep);
        self.input.extend_from_slice(end);
        self.end = self.input.len();
    }
}

impl fmt::Debug for FixedBuffers {
    /// Never the contents: the key is among them.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FixedBuffers").field("input", &self.input.len()).finish_non_exhaustive()
    }
}

impl Buffers for FixedBuffers {
    fn output(&mut self) -> &mut [u8] {
        let end = HEAD_SIZE.min(self.output.len());
        self.output.get_mut(..end).unwrap_or_default()
    }

    fn input(&self) -> &[u8] {
        self.input.get(self.start..self.end).unwrap_or_default()
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        if self.input.len() - self.end < MIN_READ && self.start > 0 {
            self.input.copy_within(self.start..self.end, 0);
            self.end -= self.start;
            self.start = 0;
        }
        if self.input.len() - self.end < MIN_READ {
            let size = (self.input.len() * 2).min(MAX_INPUT_SIZE);
            self.input.resize(size, 0);
        }
        self.input.get_mut(self.end..).unwrap_or_default()
    }

    fn input_appended(&mut self, amount: usize) {
        self.end = (self.end + amount).min(self.input.len());
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.start = (self.start + amount).min(self.end);
        if self.start == self.end {
            self.start = 0;
            self.end = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        // for request bodies, which no request of ours has
        (&mut [], self.output.as_mut_slice())
    }

    fn can_use_input(&self) -> bool {
        self.start < self.end && self.progress
    }
}
