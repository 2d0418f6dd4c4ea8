//! A TCP connection to the first of several addresses that accepts it: RFC 8305 without its asynchronous look-up.

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpStream};
use std::os::fd::{AsFd, OwnedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags};
use rustix::io::Errno;
use rustix::net::{self, AddressFamily, SocketFlags, SocketType, sockopt};

use crate::cancel::interrupts::{Interruption, Interrupts};
use crate::cancel::poll::{Woken, poll_until};

/// How long an address is alone before the next one is tried beside it (RFC 8305 section 5, Connection Attempt Delay).
const NEXT_ADDRESS_AFTER: Duration = Duration::from_millis(250);
/// How long sent data may stay unacknowledged before the kernel gives a connection up (TCP_USER_TIMEOUT, Linux only):
/// long enough for several lost packets in a row, and short enough that a call with the default timeout has time for
/// another connection when a kept one leads nowhere any more. It has nothing to do with the time for connecting.
#[cfg(target_os = "linux")]
const LOST_AFTER: Duration = Duration::from_secs(10);

/// Why there is no connection.
#[derive(Debug)]
pub(super) enum DialError {
    /// Every address failed, each for its own reason.
    Refused(Vec<(SocketAddr, io::Error)>),
    /// The system gave no socket (file descriptors, memory).
    NoSocket(io::Error),
    TimedOut,
    Interrupted(Interruption),
}

/// Connects to one of `addrs`, trying them in order, interleaved by family, 250 ms apart or as soon as one fails.
/// The socket comes back non-blocking, with Nagle's algorithm off.
pub(super) fn dial(
    addrs: &[SocketAddr],
    deadline: Instant,
    interrupts: Interrupts<'_>,
) -> Result<(TcpStream, SocketAddr), DialError> {
    let mut waiting = interleave(addrs);
    let mut pending: Vec<(OwnedFd, SocketAddr)> = Vec::new();
    let mut failures = Vec::new();
    let mut next_start = Instant::now();
    loop {
        while Instant::now() >= next_start || pending.is_empty() {
            let Some(addr) = waiting.pop_front() else { break };
            match start(addr) {
                Ok((socket, true)) => return Ok((finish(socket), addr)),
                Ok((socket, false)) => {
                    pending.push((socket, addr));
                    next_start = Instant::now() + NEXT_ADDRESS_AFTER;
                }
                Err(error @ (Errno::MFILE | Errno::NFILE | Errno::NOMEM | Errno::NOBUFS)) if pending.is_empty() => {
                    return Err(DialError::NoSocket(error.into()));
                }
                Err(error) => failures.push((addr, error.into())),
            }
        }
        if pending.is_empty() {
            return Err(DialError::Refused(failures));
        }
        let wake_at = if waiting.is_empty() { deadline } else { deadline.min(next_start) };
        let mut fds: Vec<PollFd<'_>> =
            pending.iter().map(|(socket, _)| PollFd::from_borrowed_fd(socket.as_fd(), PollFlags::OUT)).collect();
        fds.extend(interrupts.to_watch());
        match poll_until(&mut fds, wake_at, interrupts) {
            Ok(Woken::Interrupted(interruption)) => return Err(DialError::Interrupted(interruption)),
            Ok(Woken::TimedOut) if wake_at == deadline => return Err(DialError::TimedOut),
            Ok(Woken::TimedOut) => continue,
            Ok(Woken::Ready) => {}
            Err(error) => return Err(DialError::NoSocket(error)),
        }
        let ready: Vec<bool> = fds.iter().map(|fd| !fd.revents().is_empty()).collect();
        let mut still = Vec::with_capacity(pending.len());
        for ((socket, addr), ready) in pending.into_iter().zip(ready) {
            if !ready {
                still.push((socket, addr));
                continue;
            }
            match sockopt::socket_error(&socket) {
                Ok(Ok(())) => return Ok((finish(socket), addr)),
                Ok(Err(error)) | Err(error) => {
                    failures.push((addr, error.into()));
                    next_start = Instant::now();
                }
            }
        }
        pending = still;
    }
}

/// Alternates the address families, beginning with the first one's (RFC 8305 section 4).
fn interleave(addrs: &[SocketAddr]) -> VecDeque<SocketAddr> {
    let first_is_v6 = addrs.first().is_some_and(SocketAddr::is_ipv6);
    let (mut one, mut other): (VecDeque<_>, VecDeque<_>) = addrs.iter().partition(|addr| addr.is_ipv6() == first_is_v6);
    let mut mixed = VecDeque::with_capacity(addrs.len());
    while let Some(addr) = one.pop_front() {
        mixed.push_back(addr);
        std::mem::swap(&mut one, &mut other);
        if one.is_empty() {
            std::mem::swap(&mut one, &mut other);
        }
    }
    mixed
}

/// Begins to connect; `true` if that is already done.
fn start(addr: SocketAddr) -> Result<(OwnedFd, bool), Errno> {
    let family = if addr.is_ipv6() { AddressFamily::INET6 } else { AddressFamily::INET };
    let socket = new_socket(family)?;
    match net::connect(&socket, &addr) {
        Ok(()) => Ok((socket, true)),
        Err(Errno::INPROGRESS | Errno::INTR) => Ok((socket, false)),
        Err(error) => Err(error),
    }
}

#[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
fn new_socket(family: AddressFamily) -> Result<OwnedFd, Errno> {
    net::socket_with(family, SocketType::STREAM, SocketFlags::NONBLOCK | SocketFlags::CLOEXEC, None)
}

/// Where socket(2) takes no flags. There is no MSG_NOSIGNAL there either, hence the option.
#[cfg(not(any(target_os = "linux", target_os = "android", target_os = "freebsd")))]
fn new_socket(family: AddressFamily) -> Result<OwnedFd, Errno> {
    let socket = net::socket_with(family, SocketType::STREAM, SocketFlags::empty(), None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    #[cfg(target_vendor = "apple")]
    sockopt::set_socket_nosigpipe(&socket, true)?;
    Ok(socket)
}

fn finish(socket: OwnedFd) -> TcpStream {
    // both are improvements: a connection that refuses them still works
    let _ = sockopt::set_tcp_nodelay(&socket, true);
    #[cfg(target_os = "linux")]
    let _ = sockopt::set_tcp_user_timeout(&socket, u32::try_from(LOST_AFTER.as_millis()).unwrap_or(u32::MAX));
    TcpStream::from(socket)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn families_alternate_and_order_is_kept() {
        let addrs: Vec<SocketAddr> = ["[::1]:1", "[::2]:1", "[::3]:1", "10.0.0.1:1", "10.0.0.2:1"]
            .iter()
            .map(|addr| addr.parse().expect("address"))
            .collect();
        let mixed: Vec<String> = interleave(&addrs).iter().map(ToString::to_string).collect();
        assert_eq!(mixed, ["[::1]:1", "10.0.0.1:1", "[::2]:1", "10.0.0.2:1", "[::3]:1"]);
        assert!(interleave(&[]).is_empty());
    }

    #[test]
    fn a_short_time_for_connecting_does_not_shorten_the_life_of_the_connection() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
        let addr = listener.local_addr().expect("its address");
        let shutdown = crate::cancel::Latch::new().expect("descriptors");
        let deadline = Instant::now() + Duration::from_secs(9);
        let dialed = crate::cancel::interrupts::current(&shutdown, |ends| dial(&[addr], deadline, ends));
        let (socket, to) = dialed.expect("a connection");
        assert_eq!(to, addr);
        assert!(sockopt::tcp_nodelay(&socket).expect("TCP_NODELAY"));
        #[cfg(target_os = "linux")]
        assert_eq!(sockopt::tcp_user_timeout(&socket), Ok(10_000));
    }
}
