//! From a configuration to a connection that is ready for a request: look-up, TCP, proxy, TLS, in that order.

use std::fmt;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::ClientConfig;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver as UreqResolver};
use ureq::unversioned::transport::{ConnectionDetails, Connector as UreqConnector, NextTimeout};

use super::channel::{Channel, GaveUp, Socket};
use super::dial::{DialError, dial};
use super::pool::Pool;
use super::resolver::{ResolveError, Resolver};
use super::tls::{HandshakeError, Session};
use super::transport::{Connection, HeadEnd};
use super::tunnel::{self, TunnelError};
use crate::cancel::Latch;
use crate::cancel::interrupts;
use crate::endpoint::{BaseUrl, Host};
use crate::error::{Error, ErrorKind, without_number};
use crate::proxy::Proxy;
use crate::text::Quote;

/// Connects to one origin, always the same.
#[derive(Debug)]
pub(super) struct Connector {
    pub(super) target: BaseUrl,
    pub(super) proxy: Option<Proxy>,
    pub(super) tls: Arc<ClientConfig>,
    pub(super) head_end: HeadEnd,
    pub(super) pool: Arc<Pool>,
    pub(super) user_agent: String,
    /// Quotes words of a server's certificate or of a proxy.
    pub(super) quote: Quote,
    pub(super) connect_timeout: Duration,
    /// Plain HTTP to this machine only: a name that resolves elsewhere is refused.
    pub(super) loopback_only: bool,
    pub(super) resolver: Resolver,
    pub(super) shutdown: Arc<Latch>,
}

impl UreqConnector for Connector {
    type Out = Connection;

    fn connect(&self, _: &ConnectionDetails<'_>, _: Option<()>) -> Result<Option<Connection>, ureq::Error> {
        let (head_end, pool) = (self.head_end.clone(), Arc::clone(&self.pool));
        if let Some(idle) = self.pool.take() {
            return Ok(Some(Connection::kept(idle, head_end, pool)));
        }
        match self.open(interrupts::deadline().min(Instant::now() + self.connect_timeout)) {
            Ok(channel) => Ok(Some(Connection::new(channel, head_end, pool))),
            Err(error) => Err(ureq::Error::Other(Box::new(error))),
        }
    }
}

impl Connector {
    fn open(&self, deadline: Instant) -> Result<Channel, Error> {
        let target = &self.target;
        let mut channel = match &self.proxy {
            None => Channel::Plain(self.connect_to(Hop::Service(target), deadline)?),
            Some(proxy) => self.open_through(proxy, deadline)?,
        };
        if target.tls {
            let encrypted = self.encrypt(channel, &target.host);
            channel = match &self.proxy {
                None => encrypted?,
                Some(proxy) => encrypted.map_err(|error| through(proxy, error))?,
            };
        }
        Ok(channel)
    }

    fn open_through(&self, proxy: &Proxy, deadline: Instant) -> Result<Channel, Error> {
        let mut channel = Channel::Plain(self.connect_to(Hop::Proxy(proxy), deadline).map_err(of_proxy)?);
        if proxy.tls {
            channel = self.encrypt(channel, &proxy.host).map_err(|error| of_proxy(through(proxy, error)))?;
        }
        match tunnel::open(&mut channel, deadline, proxy, &self.target, &self.user_agent, &self.quote) {
            Ok(()) => {
                log::debug!("the proxy {proxy} is connected to {}:{}", self.target.host, self.target.port);
                Ok(channel)
            }
            Err(TunnelError::Refused(error)) => Err(error),
            Err(TunnelError::Broken(error)) => {
                Err(of_proxy(through(proxy, broken(error, "waiting for a reply to CONNECT", ErrorKind::Connect))))
            }
        }
    }

    fn connect_to(&self, hop: Hop<'_>, deadline: Instant) -> Result<Socket, Error> {
        let (host, port) = hop.address();
        let ips = self.addresses(hop, deadline)?;
        let addrs: Vec<SocketAddr> = ips.iter().map(|ip| SocketAddr::new(*ip, port)).collect();
        let dialed = interrupts::current(&self.shutdown, |ends| dial(&addrs, deadline, ends));
        if let Host::Name(_) = host {
            match &dialed {
                Ok((_, addr)) => self.resolver.prefer(addr.ip()),
                Err(_) => self.resolver.forget(),
            }
        }
        match dialed {
            Ok((tcp, addr)) => {
                log::debug!("connected to {hop} at {addr}");
                Ok(Socket::new(tcp, Arc::clone(&self.shutdown), deadline))
            }
            Err(DialError::Interrupted(interruption)) => Err(interruption.into()),
            Err(DialError::TimedOut) => {
                // an address in the URL is named already
                let tried = match host {
                    Host::Ip(_) => String::new(),
                    Host::Name(_) => format!(" ({})", list(ips.iter())),
                };
                Err(Error::new(ErrorKind::Timeout, format_args!("timed out connecting to {hop}{tried}")))
            }
            Err(DialError::NoSocket(error)) => Err(no_resource(error)),
            Err(DialError::Refused(failures)) => Err(no_connection(hop, failures)),
        }
    }

    fn addresses(&self, hop: Hop<'_>, deadline: Instant) -> Result<Vec<IpAddr>, Error> {
        let name = match hop.address() {
            (Host::Ip(ip), _) => return Ok(vec![*ip]),
            (Host::Name(name), _) => name,
        };
        let whose = match hop {
            Hop::Service(_) => String::new(),
            Hop::Proxy(proxy) => format!(", the name of the proxy {proxy}"),
        };
        let unresolved =
            |error: io::Error| Error::new(ErrorKind::Dns, format_args!("cannot resolve {name}{whose}")).because(error);
        let addrs = match interrupts::current(&self.shutdown, |ends| self.resolver.resolve(name, deadline, ends)) {
            Ok(addrs) => addrs,
            Err(ResolveError::Failed(error)) => return Err(unresolved(error)),
            Err(ResolveError::NoSuchHost(error)) => return Err(unresolved(error).no_such_host()),
            Err(ResolveError::NoHelper(error)) => return Err(no_resource(error)),
            Err(ResolveError::TimedOut) => {
                return Err(Error::new(ErrorKind::Timeout, format_args!("timed out looking up {name}{whose}")));
            }
            Err(ResolveError::Interrupted(interruption)) => return Err(interruption.into()),
        };
        if self.loopback_only && !addrs.iter().all(IpAddr::is_loopback) {
            return Err(Error::new(
                ErrorKind::Connect,
                format_args!("{name} is not this machine ({}); plain http:// is for loopback only", list(addrs.iter())),
            )
            .retryable(false)
            .of_setting("allow_plain_http"));
        }
        Ok(addrs)
    }

    fn encrypt(&self, channel: Channel, host: &Host) -> Result<Channel, Error> {
        match Session::handshake(Arc::clone(&self.tls), host, &self.quote, channel) {
            Ok(session) => {
                log::debug!("shook hands with {host} ({})", session.version());
                Ok(Channel::Tls(Box::new(session)))
            }
            Err(HandshakeError::Refused(error)) => Err(error),
            Err(HandshakeError::Broken(error)) => {
                Err(broken(error, &format!("shaking hands with {host} (TLS)"), ErrorKind::Io))
            }
        }
    }
}

/// The first machine on the way: the service, or the proxy before it.
#[derive(Clone, Copy)]
enum Hop<'a> {
    Service(&'a BaseUrl),
    Proxy(&'a Proxy),
}

impl<'a> Hop<'a> {
    fn address(self) -> (&'a Host, u16) {
        match self {
            Self::Service(BaseUrl { host, port, .. }) | Self::Proxy(Proxy { host, port, .. }) => (host, *port),
        }
    }
}

impl fmt::Display for Hop<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Service(target) => write!(f, "{}:{}", target.host, target.port),
            Self::Proxy(proxy) => write!(f, "the proxy {proxy}"),
        }
    }
}

/// The error when every address failed. A reason that all have in common is said once, and an address that stands in the
/// URL is not repeated.
fn no_connection(hop: Hop<'_>, failures: Vec<(SocketAddr, io::Error)>) -> Error {
    let reasons: Vec<String> = failures.iter().map(|(_, error)| without_number(error)).collect();
    let ips = list(failures.iter().map(|(addr, _)| addr.ip()));
    let why = match (hop.address(), reasons.split_first()) {
        ((Host::Ip(_), _), Some((reason, _))) => reason.clone(),
        (_, Some((reason, others))) if others.iter().all(|other| other == reason) => format!("{reason} ({ips})"),
        _ => list(failures.iter().zip(&reasons).map(|((addr, _), reason)| format!("{reason} ({})", addr.ip()))),
    };
    let error = Error::new(ErrorKind::Connect, format_args!("cannot connect to {hop}")).why(why);
    match failures.into_iter().last() {
        Some((_, cause)) => error.with_source(cause),
        None => error,
    }
}

/// A read or write that failed before there was a request.
fn broken(error: io::Error, doing: &str, kind: ErrorKind) -> Error {
    match GaveUp::of(&error) {
        Some(GaveUp::Interrupted(interruption)) => interruption.into(),
        Some(GaveUp::TimedOut) => Error::new(ErrorKind::Timeout, format_args!("timed out while {doing}")),
        None => {
            let what = if error.kind() == io::ErrorKind::UnexpectedEof {
                "it was closed".to_owned()
            } else {
                without_number(&error)
            };
            Error::new(kind, format_args!("the connection broke while {doing}")).why(what).with_source(error)
        }
    }
}

fn no_resource(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, "the system has no resources for a connection").because(error)
}

/// Names the proxy in errors that do not.
fn through(proxy: &Proxy, error: Error) -> Error {
    match error.kind() {
        ErrorKind::Cancelled => error,
        _ => error.within(format_args!("through the proxy {proxy}")),
    }
}

fn of_proxy(error: Error) -> Error {
    error.of_setting("proxy")
}

fn list<T: ToString>(items: impl Iterator<Item = T>) -> String {
    items.map(|item| item.to_string()).collect::<Vec<_>>().join(", ")
}

/// ureq asks for addresses before every request, kept connections included; ours are looked up by [`Connector`], when
/// there is something to connect.
#[derive(Debug)]
pub(super) struct NoResolver;

impl UreqResolver for NoResolver {
    fn resolve(
        &self,
        _: &ureq::http::Uri,
        _: &ureq::config::Config,
        _: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, ureq::Error> {
        Ok(self.empty())
    }
}
