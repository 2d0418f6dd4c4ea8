//! SIGINT and SIGTERM: the calls under way end at once, and the command with them.
//!
//! Handlers are installed even though the default action would end the command too: as process 1 of a container it has
//! no default actions.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::iterator::Signals;
use signal_hook::{flag, low_level};
use unstructured_jobs::Client;

/// How long the command may take to end by itself, bars cleared and a sentence said. It takes no more than a
/// millisecond unless it is stuck: in a pipe that nobody reads from, or in a key file that nobody writes to.
const GRACE: Duration = Duration::from_millis(50);
/// The thread sleeps, shuts the client down and exits.
const STACK: usize = 128 * 1024;

/// What the thread of signals and the rest of the command know of each other.
#[derive(Default)]
pub(crate) struct Watch {
    received: AtomicI32,
    client: OnceLock<Client>,
}

impl Watch {
    /// The client to be shut down by a signal, one that has come already included.
    pub(crate) fn guard(&self, client: &Client) {
        let _ = self.client.set(client.clone());
        if self.received().is_some() {
            client.shutdown();
        }
    }

    /// The signal that came, if one did: its name and the exit code that stands for it.
    pub(crate) fn received(&self) -> Option<(&'static str, i32)> {
        match self.received.load(Ordering::SeqCst) {
            0 => None,
            SIGINT => Some(("SIGINT", 128 + SIGINT)),
            other => Some(("SIGTERM", 128 + other)),
        }
    }
}

/// Starts watching.
pub(crate) fn watch() -> Arc<Watch> {
    let watch = Arc::new(Watch::default());
    if spawn(Arc::clone(&watch)).is_err() {
        // no thread, no file descriptor: then a signal ends the process from within its handler, at once
        for signal in [SIGINT, SIGTERM] {
            let _ = flag::register_conditional_shutdown(signal, 128 + signal, Arc::new(AtomicBool::new(true)));
        }
    }
    watch
}

fn spawn(watch: Arc<Watch>) -> io::Result<()> {
    let mut signals = Signals::new([SIGINT, SIGTERM])?;
    thread::Builder::new().name("signals".to_owned()).stack_size(STACK).spawn(move || {
        let Some(signal) = signals.forever().next() else { return };
        watch.received.store(signal, Ordering::SeqCst);
        if let Some(client) = watch.client.get() {
            client.shutdown();
            thread::sleep(GRACE);
        }
        low_level::exit(128 + signal);
    })?;
    Ok(())
}
