//! What is shown while `wait` waits: rows on a terminal, lines elsewhere, nothing with `-q`.

mod canvas;
mod heartbeat;
mod jobs;
mod lines;
mod rows;

use std::io;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, Sender};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use console::Term;
use signal_hook::consts::SIGTSTP;
use signal_hook::low_level::emulate_default_handler;
use unstructured_jobs::{Event, EventKind};

use self::canvas::Canvas;
use self::jobs::Jobs;
use crate::output;

/// How often to check whether there is something to show: on a terminal new rows, elsewhere a line that was held back.
const TICK: Duration = Duration::from_millis(250);
/// Rows show how long a state has lasted, to the second.
const REDRAW: Duration = Duration::from_secs(1);
/// Thousands of responses a second are not drawn one by one.
const SHORTEST_FRAME: Duration = Duration::from_millis(50);
/// Off a terminal, after so long without a line, one says that the wait goes on.
const HEARTBEAT: Duration = Duration::from_secs(60);
/// Enough for drawing.
const TICKER_STACK: usize = 256 * 1024;

/// What is known of the jobs, and how that is shown: between the wait, the log, the signals and the clock.
#[derive(Clone)]
pub(crate) struct Progress {
    state: Arc<Mutex<State>>,
    ticker: Sender<Wake>,
    draws: bool,
}

/// What the ticker is woken up for before its time.
enum Wake {
    /// The terminal has another size, or is ours again.
    Redraw,
    /// The command is to stop, as ^Z wants it.
    Stop,
}

struct State {
    jobs: Jobs,
    view: View,
    /// When something was last shown.
    shown: Instant,
    /// Lines about jobs that were given up. They wait for the next tick: if the wait ends before that, its own message
    /// says the same.
    held_back: Vec<String>,
}

enum View {
    Nothing,
    Lines,
    Rows(Canvas),
}

impl Progress {
    pub(crate) fn new(job_ids: &[String], quiet: bool) -> Self {
        let view = if quiet {
            View::Nothing
        } else if Term::stderr().is_term() && !output::is_dumb() {
            View::Rows(Canvas::new(output::has_colours(&io::stderr())))
        } else {
            View::Lines
        };
        let now = Instant::now();
        let draws = matches!(view, View::Rows(_));
        let state = State { jobs: Jobs::new(job_ids, now), view, shown: now, held_back: Vec::new() };
        let (ticker, wakes) = mpsc::channel();
        let progress = Self { state: Arc::new(Mutex::new(state)), ticker, draws };
        if !quiet {
            tick_away(Arc::clone(&progress.state), wakes);
        }
        progress
    }

    /// Whether it draws on a terminal.
    pub(crate) fn draws(&self) -> bool {
        self.draws
    }

    /// Something was learnt of a job.
    pub(crate) fn event(&self, event: &Event) {
        let mut state = self.lock();
        let State { jobs, view, .. } = &mut *state;
        let now = Instant::now();
        let news = jobs.learn(event, now);
        let line = match view {
            View::Nothing => return,
            View::Lines => news.line,
            View::Rows(canvas) => news.end.filter(|_| !rows::each_has_a_row(jobs, canvas.screen())),
        };
        let lines = line.into_iter().chain(news.unknown);
        if event.kind == EventKind::GaveUp {
            state.held_back.extend(lines);
        } else {
            state.let_go(now);
            lines.for_each(|line| state.line(now, &line));
        }
        state.jobs.changed = true;
        if now - state.shown >= SHORTEST_FRAME {
            state.draw(now);
        }
    }

    /// Says something without disturbing the rows.
    pub(crate) fn remark(&self, text: &str) {
        let line = format!("unstructured-jobs: {text}");
        let mut state = self.lock();
        match &mut state.view {
            View::Rows(canvas) => {
                canvas.above(&line);
                state.draw(Instant::now());
            }
            View::Nothing | View::Lines => output::say(&line),
        }
    }

    /// Draws anew, since the terminal has changed. Never blocks.
    pub(crate) fn redraw(&self) {
        let _ = self.ticker.send(Wake::Redraw);
    }

    /// Takes the rows away and stops the process until SIGCONT, as ^Z wants it. Never blocks.
    pub(crate) fn stop(&self) {
        let _ = self.ticker.send(Wake::Stop);
    }

    /// Takes the rows away. Nothing is shown any more.
    pub(crate) fn finish(&self) {
        let mut state = self.lock();
        if let View::Rows(canvas) = &mut state.view {
            canvas.clear();
        }
        state.view = View::Nothing;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

impl State {
    fn tick(&mut self, now: Instant) {
        self.let_go(now);
        match self.view {
            View::Nothing => {}
            View::Lines if now - self.shown >= HEARTBEAT => {
                let line = heartbeat::line(&self.jobs, now);
                self.line(now, &line);
            }
            View::Lines => {}
            View::Rows(_) if self.jobs.changed || now - self.shown >= REDRAW => self.draw(now),
            View::Rows(_) => {}
        }
    }

    /// Says what was held back.
    fn let_go(&mut self, now: Instant) {
        for line in std::mem::take(&mut self.held_back) {
            self.line(now, &line);
        }
    }

    fn draw(&mut self, now: Instant) {
        if let View::Rows(canvas) = &mut self.view {
            let screen = canvas.screen();
            let rows = rows::rows(&self.jobs, screen, now);
            canvas.draw(&rows.iter().map(|row| row.render(screen.width)).collect::<Vec<_>>());
            self.jobs.changed = false;
            self.shown = now;
        }
    }

    fn line(&mut self, now: Instant, text: &str) {
        let line = lines::stamp(now - self.jobs.started, text);
        match &mut self.view {
            View::Nothing => {}
            View::Lines => {
                output::say(&line);
                self.shown = now;
            }
            View::Rows(canvas) => {
                canvas.above(&line);
                self.jobs.changed = true;
            }
        }
    }
}

/// Shows what the clock alone changes. Without a thread to do it, rows change only with the responses, which is no reason
/// to give up.
fn tick_away(state: Arc<Mutex<State>>, wakes: Receiver<Wake>) {
    let _ = thread::Builder::new().name("ticker".to_owned()).stack_size(TICKER_STACK).spawn(move || {
        loop {
            match wakes.recv_timeout(TICK) {
                Ok(Wake::Redraw) => lock(&state).draw(Instant::now()),
                Ok(Wake::Stop) => {
                    let mut state = lock(&state);
                    if let View::Rows(canvas) = &mut state.view {
                        canvas.clear();
                    }
                    // while the lock is held, so that no other thread draws before the process stops
                    let _ = emulate_default_handler(SIGTSTP);
                }
                Err(RecvTimeoutError::Timeout) => lock(&state).tick(Instant::now()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    });
}

/// A panic ends the command, so nobody ever finds the lock poisoned.
fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}
