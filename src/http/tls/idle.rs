//! Whether a session that nobody uses can still be used.

use std::io::{self, Read, Write};

use super::session::Session;

impl<S: Read + Write> Session<S> {
    /// Whether the idle session can carry another request: `read_now` (a read of the stream that does not wait)
    /// finds neither application data nor the end of the session. Messages of TLS itself, such as session tickets, are
    /// processed, up to a few reads of them.
    pub(in crate::http) fn is_idle(&mut self, read_now: impl Fn(&mut S, &mut [u8]) -> io::Result<usize>) -> bool {
        /// More than TLS's own messages take. A peer that sends more might never stop, so its connection is not used again.
        const MAX_READS: usize = 4;
        let mut now = ReadNow { stream: &mut self.stream, read_now };
        for _ in 0..MAX_READS {
            // first what was received already: data after the end of the last response, perhaps
            match self.connection.process_new_packets() {
                Ok(state) if state.plaintext_bytes_to_read() == 0 && !state.peer_has_closed() => {}
                _ => return false,
            }
            match self.connection.read_tls(&mut now) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return true,
                Ok(1..) => {}
                Ok(0) | Err(_) => return false,
            }
        }
        false
    }
}

struct ReadNow<'a, S, F> {
    stream: &'a mut S,
    read_now: F,
}

impl<S, F: Fn(&mut S, &mut [u8]) -> io::Result<usize>> Read for ReadNow<'_, S, F> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        (self.read_now)(self.stream, buf)
    }
}
