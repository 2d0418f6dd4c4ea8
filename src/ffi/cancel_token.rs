//! Cancel tokens: what ends a call before its time.

use std::ptr;

use super::{guard, memory};
use crate::CancelToken;

/// Ends the calls that were given it, at once and from any thread: asleep, or blocked in the network. It is given to
/// waits by uns_wait_options_set_cancel_token, and to calls of every kind by uns_client_with_cancel_token; as long as it
/// is not cancelled, to any number of them. It holds two file descriptors from the first of them on, and belongs to the
/// process that made it: a child of fork makes its own. Freed by uns_cancel_token_free.
pub struct uns_cancel_token(pub(super) CancelToken);

/// A token that is not cancelled.
///
/// @return a token, to be freed by uns_cancel_token_free
#[unsafe(no_mangle)]
pub extern "C" fn uns_cancel_token_new() -> *mut uns_cancel_token {
    guard::value(ptr::null_mut(), || memory::hand_out(uns_cancel_token(CancelToken::new())))
}

/// Ends every call that was given this token, now and later: they return UNS_ERROR_CANCELLED. Cannot be undone.
///
/// Takes no lock and allocates nothing: it may be called from a signal handler.
///
/// @param token NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_cancel_token_cancel(token: *const uns_cancel_token) {
    let body = || {
        // SAFETY: the header asks for a token that is not freed meanwhile
        if let Some(uns_cancel_token(token)) = unsafe { token.as_ref() } {
            token.cancel();
        }
    };
    guard::value((), body);
}

/// Frees a token. Calls that were given it go on.
///
/// @param token may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_cancel_token_free(token: *mut uns_cancel_token) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::take_back(token) });
}
