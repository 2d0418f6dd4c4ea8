//! SIGHUP, SIGINT and SIGTERM: the calls under way end at once, and the command with them. And what a terminal sends:
//! another size (SIGWINCH), ^Z (SIGTSTP), back in the foreground (SIGCONT).
//!
//! Handlers are installed even though the default action would end the command too: as process 1 of a container it has
//! no default actions.

use std::fs;
use std::io;
use std::os::raw::c_int;
use std::sync::atomic::{AtomicBool, AtomicI32, Ordering};
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use signal_hook::consts::{SIGCONT, SIGHUP, SIGINT, SIGTERM, SIGTSTP, SIGWINCH};
use signal_hook::iterator::{Handle, Signals as Queue};
use signal_hook::{flag, low_level};
use unstructured_jobs::Client;

use crate::progress::Progress;

/// How long the command may take to end by itself, rows cleared and a sentence said. It takes no more than a
/// millisecond unless it is stuck: in a pipe that nobody reads from, or in a key file that nobody writes to.
const GRACE: Duration = Duration::from_millis(50);
/// The thread sleeps, shuts the client down and exits.
const STACK: usize = 128 * 1024;

/// What the thread of signals and the rest of the command know of each other.
#[derive(Default)]
pub(crate) struct Signals {
    received: AtomicI32,
    client: OnceLock<Client>,
    progress: OnceLock<Progress>,
    queue: OnceLock<Handle>,
}

impl Signals {
    /// Lets a signal shut this client down: at once, if one has come already.
    pub(crate) fn guard(&self, client: &Client) {
        let _ = self.client.set(client.clone());
        if self.received().is_some() {
            client.shutdown();
        }
    }

    /// What is drawn on the terminal, and has to know what becomes of it.
    pub(crate) fn heed_terminal(&self, progress: &Progress) {
        let _ = self.progress.set(progress.clone());
        for signal in [SIGWINCH, SIGCONT, SIGTSTP] {
            // if the system refuses one, rows are redrawn up to a second late
            let _ = self.queue.get().map(|queue| queue.add_signal(signal));
        }
    }

    /// The signal that came, if one did: its name and the exit code that stands for it.
    pub(crate) fn received(&self) -> Option<(&'static str, i32)> {
        let name = match self.received.load(Ordering::SeqCst) {
            0 => return None,
            SIGHUP => "SIGHUP",
            SIGINT => "SIGINT",
            _ => "SIGTERM",
        };
        Some((name, exit_code(self.received.load(Ordering::SeqCst))))
    }

    fn run(&self, mut queue: Queue) {
        for signal in queue.forever() {
            match (signal, self.progress.get()) {
                (SIGWINCH | SIGCONT, Some(progress)) => progress.redraw(),
                (SIGTSTP, Some(progress)) => progress.stop(),
                (SIGWINCH | SIGCONT | SIGTSTP, None) => {}
                (signal, _) => {
                    self.received.store(signal, Ordering::SeqCst);
                    if let Some(client) = self.client.get() {
                        client.shutdown();
                        thread::sleep(GRACE);
                    }
                    low_level::exit(exit_code(signal));
                }
            }
        }
    }
}

/// As a shell reports a death by this signal.
fn exit_code(signal: c_int) -> i32 {
    128 + signal
}

/// Starts watching for signals.
pub(crate) fn watch() -> Arc<Signals> {
    let signals = Arc::new(Signals::default());
    let mut ending = vec![SIGINT, SIGTERM];
    if !hangup_is_ignored() {
        ending.push(SIGHUP);
    }
    if spawn(&signals, &ending).is_err() {
        // no thread, no file descriptor: then a signal ends the process from within its handler, at once
        for signal in ending {
            let _ = flag::register_conditional_shutdown(signal, exit_code(signal), Arc::new(AtomicBool::new(true)));
        }
    }
    signals
}

/// Whether `nohup` or the like wants a hang-up to go by. Where /proc does not say so, nobody does.
fn hangup_is_ignored() -> bool {
    let Ok(status) = fs::read_to_string("/proc/self/status") else { return false };
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    // signals count from 1
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & (1 << (SIGHUP - 1)) != 0)
}

fn spawn(signals: &Arc<Signals>, ending: &[c_int]) -> io::Result<()> {
    let queue = Queue::new(ending)?;
    let _ = signals.queue.set(queue.handle());
    let signals = Arc::clone(signals);
    thread::Builder::new().name("signals".to_owned()).stack_size(STACK).spawn(move || signals.run(queue))?;
    Ok(())
}
