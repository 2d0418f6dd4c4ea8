//! What ends a call before its time: tokens, a client's shutdown, and the poll(2) that both wake up.

pub(crate) mod interrupts;
mod latch;
pub(crate) mod poll;
mod token;

pub(crate) use self::latch::Latch;
pub use self::token::CancelToken;
