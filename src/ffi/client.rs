//! Client: made once, used for all calls, shut down.

use super::cancel_token::uns_cancel_token;
use super::config::uns_config;
use super::error::uns_error;
use super::memory::Out;
use super::result::uns_result;
use super::{guard, memory};
use crate::{Builder, Client};

/// Asks the service about jobs. Keeps its connections alive between calls, and may be used from many threads at once.
/// Freed by uns_client_free.
pub struct uns_client(pub(super) Client);

/// Makes a client, after checking every setting. Sends nothing.
///
/// @param config the settings, read here and not needed afterwards. NULL: those of uns_config_new_from_env.
/// @param client out: the client, to be freed by uns_client_free
/// @param error out, may be NULL: which setting is wrong and how, to be freed by uns_error_free
/// @return UNS_OK; UNS_ERROR_INVALID_ARGUMENT; UNS_ERROR_IO if the system has no file descriptor left
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_new(
    config: *const uns_config,
    client: *mut *mut uns_client,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, and for settings that nobody changes meanwhile
        let (out, builder) = unsafe {
            let out = Out::new(client, "client")?;
            let given = if config.is_null() { None } else { Some(memory::borrow(config, "config")?) };
            (out, given.map_or_else(Builder::from_env, |uns_config(builder)| builder.clone()))
        };
        out.put(memory::hand_out(uns_client(builder.build()?)));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Makes a handle for the same client, every call through which `token` ends too: at once, from any thread, asleep or
/// blocked in the network, with UNS_ERROR_CANCELLED. Once the token is cancelled, calls made later send nothing. Calls
/// through other handles are not disturbed.
///
/// Sends nothing, and costs little: the handles share connections, settings and uns_client_shutdown. Each is freed on
/// its own; the client lives as long as any of them. To be able to cancel call after call, make a token and a handle
/// once, use them until the token has been cancelled, and only then make new ones.
///
/// @param client the client. If it has a token itself, that ends the calls too.
/// @param token may be freed before the handle is, and while calls use it
/// @param with_token out: the handle, to be freed by uns_client_free
/// @param error out, may be NULL: to be freed by uns_error_free
/// @return UNS_OK, or UNS_ERROR_INVALID_ARGUMENT for NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_with_cancel_token(
    client: *const uns_client,
    token: *const uns_cancel_token,
    with_token: *mut *mut uns_client,
    error: *mut *mut uns_error,
) -> uns_result {
    let body = || {
        // SAFETY: the header asks for a place to write to, a client, and a token
        let (out, uns_client(client), uns_cancel_token(token)) = unsafe {
            (Out::new(with_token, "with_token")?, memory::borrow(client, "client")?, memory::borrow(token, "token")?)
        };
        out.put(memory::hand_out(uns_client(client.with_cancel_token(token))));
        Ok(())
    };
    // SAFETY: the header asks for NULL or a place to write to
    unsafe { guard::call(error, body) }
}

/// Ends every call on this client, in any thread, at once: asleep, or blocked in the network. They and all later calls
/// return UNS_ERROR_CANCELLED, through every handle of it (uns_client_with_cancel_token). Cannot be undone.
///
/// Takes no lock and allocates nothing: it may be called from a signal handler. The client still has to be freed, once
/// the calls have returned.
///
/// @param client NULL does nothing
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_shutdown(client: *const uns_client) {
    let body = || {
        // SAFETY: the header asks for a client that is not freed meanwhile
        if let Some(uns_client(client)) = unsafe { client.as_ref() } {
            client.shutdown();
        }
    };
    guard::value((), body);
}

/// Frees a client, and closes its connections; with handles made of it (uns_client_with_cancel_token), when the last of
/// them is freed.
///
/// No call through it may be under way: first uns_client_shutdown, then join the threads that use it, then this.
///
/// @param client may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_client_free(client: *mut uns_client) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::take_back(client) });
}
