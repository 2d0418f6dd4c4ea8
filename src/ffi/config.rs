//! Settings: what a client is made of.

use std::mem;
use std::ptr;
use std::time::Duration;

use libc::{c_char, size_t};

use super::failure::Failure;
use super::guard;
use super::memory::{self, Refused};
use super::result::uns_result;
use crate::Builder;

/// Settings for a client. The setters only store: uns_client_new checks them all and says what is wrong. They return
/// UNS_OK, or UNS_ERROR_INVALID_ARGUMENT for NULL and for text that is not UTF-8, and then change nothing.
/// Freed by uns_config_free.
pub struct uns_config(pub(super) Builder);

/// The default settings, and no API key. Of the environment only the proxy variables are read, by uns_client_new.
///
/// @return settings, to be freed by uns_config_free
#[unsafe(no_mangle)]
pub extern "C" fn uns_config_new() -> *mut uns_config {
    guard::value(ptr::null_mut(), || memory::hand_out(uns_config(Builder::new())))
}

/// The default settings, with the API key from UNSTRUCTURED_API_KEY and the base URL from UNSTRUCTURED_API_URL, as these
/// variables are now. An empty UNSTRUCTURED_API_URL counts as unset. What is set afterwards wins.
///
/// @return settings, to be freed by uns_config_free; not NULL even if a variable is unset or unusable, which
///     uns_client_new reports
#[unsafe(no_mangle)]
pub extern "C" fn uns_config_new_from_env() -> *mut uns_config {
    guard::value(ptr::null_mut(), || memory::hand_out(uns_config(Builder::from_env())))
}

/// Frees settings, and wipes the API key that they hold. Clients made from them do not need them any more.
///
/// @param config may be NULL
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_free(config: *mut uns_config) {
    // SAFETY: the header says that what was handed out is freed once, and not used again
    guard::value((), || unsafe { memory::take_back(config) });
}

/// Sets the API key. Required.
///
/// @param config the settings
/// @param api_key white space around it is trimmed; inside, only visible ASCII is acceptable
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_api_key(config: *mut uns_config, api_key: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::api_key, memory::text(api_key, "api_key")?) })
}

/// Sets the service's base URL. Default: https://platform.unstructuredapp.io
///
/// @param config the settings
/// @param base_url https, or http for loopback hosts only (see uns_config_set_allow_plain_http). A path prefix is kept;
///     a trailing "/" or "/api/v1" is dropped.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_base_url(config: *mut uns_config, base_url: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::base_url, memory::text(base_url, "base_url")?) })
}

/// Sets how long one call may take as a whole: name look-up, connecting, TLS, every retry and every pause.
///
/// @param config the settings
/// @param timeout_ms default 30000. Zero is unacceptable; more than ten years means ten years.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_timeout_ms(config: *mut uns_config, timeout_ms: u64) -> uns_result {
    // SAFETY: the header asks for settings that nobody else uses
    guard::code(|| unsafe { set(config, Builder::timeout, Duration::from_millis(timeout_ms)) })
}

/// Sets how long name look-up, TCP and TLS of one attempt may take together.
///
/// @param config the settings
/// @param timeout_ms default 10000. Zero is unacceptable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_connect_timeout_ms(config: *mut uns_config, timeout_ms: u64) -> uns_result {
    // SAFETY: the header asks for settings that nobody else uses
    guard::code(|| unsafe { set(config, Builder::connect_timeout, Duration::from_millis(timeout_ms)) })
}

/// Sets how many times a request is tried again after a connection failure, a broken response, HTTP 408, 425, 429 or
/// any 5xx but 501 and 505, as far as the timeout allows.
///
/// @param config the settings
/// @param max_retries default 3; 0 turns retries off
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_max_retries(config: *mut uns_config, max_retries: u32) -> uns_result {
    // SAFETY: the header asks for settings that nobody else uses
    guard::code(|| unsafe { set(config, Builder::max_retries, max_retries) })
}

/// Sets the proxy. Default: what the environment says (https_proxy, http_proxy, all_proxy, no_proxy), by curl's rules.
///
/// @param config the settings
/// @param proxy "http://[user[:password]@]host[:port]", the same with https, or "none"
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_proxy(config: *mut uns_config, proxy: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::proxy, memory::text(proxy, "proxy")?) })
}

/// Trusts the certificates in a PEM file instead of the built-in ones (Mozilla's).
///
/// @param config the settings
/// @param path read by uns_client_new, not here
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_ca_file(config: *mut uns_config, path: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::ca_file, memory::text(path, "path")?) })
}

/// Trusts PEM certificates instead of the built-in ones (Mozilla's).
///
/// @param config the settings
/// @param pem the certificates; copied
/// @param pem_len how many bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_ca_pem(config: *mut uns_config, pem: *const u8, pem_len: size_t) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and as many bytes
    guard::code(|| unsafe { set(config, Builder::ca_pem, bytes(pem, pem_len)?) })
}

/// Trusts the certificates in a PEM file as well as those trusted already.
///
/// @param config the settings
/// @param path read by uns_client_new, not here
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_add_ca_file(config: *mut uns_config, path: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::add_ca_file, memory::text(path, "path")?) })
}

/// Trusts PEM certificates as well as those trusted already.
///
/// @param config the settings
/// @param pem the certificates; copied
/// @param pem_len how many bytes
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_add_ca_pem(config: *mut uns_config, pem: *const u8, pem_len: size_t) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and as many bytes
    guard::code(|| unsafe { set(config, Builder::add_ca_pem, bytes(pem, pem_len)?) })
}

/// Sets the User-Agent header. Default: "unstructured-jobs/" and the version.
///
/// @param config the settings
/// @param user_agent 1 to 512 visible ASCII characters, with blanks only between them
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_user_agent(config: *mut uns_config, user_agent: *const c_char) -> uns_result {
    // SAFETY: both pointers are as the header asks: settings that nobody else uses, and a string
    guard::code(|| unsafe { set(config, Builder::user_agent, memory::text(user_agent, "user_agent")?) })
}

/// Allows http to hosts other than this one: the API key then crosses the network unencrypted.
///
/// @param config the settings
/// @param allow default false
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_allow_plain_http(config: *mut uns_config, allow: bool) -> uns_result {
    // SAFETY: the header asks for settings that nobody else uses
    guard::code(|| unsafe { set(config, Builder::allow_plain_http, allow) })
}

/// Sets the largest response that is accepted.
///
/// @param config the settings
/// @param bytes of body; default 16777216 (16 MiB). Zero is unacceptable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn uns_config_set_max_response_bytes(config: *mut uns_config, bytes: u64) -> uns_result {
    // SAFETY: the header asks for settings that nobody else uses
    guard::code(|| unsafe { set(config, Builder::max_response_bytes, bytes) })
}

/// # Safety
/// `config` is NULL, or settings that nobody else uses meanwhile.
unsafe fn set<T>(config: *mut uns_config, setter: impl FnOnce(Builder, T) -> Builder, value: T) -> Result<(), Failure> {
    // SAFETY: as the caller promises
    let uns_config(builder) = unsafe { memory::borrow_mut(config, "config")? };
    *builder = setter(mem::take(builder), value);
    Ok(())
}

/// Unlike other arrays this one may not be NULL even when it is empty: NULL is most likely a forgotten argument, and no
/// server would be trusted.
///
/// # Safety
/// `pem` is NULL or points to `len` bytes that nobody changes for as long as `'a`.
unsafe fn bytes<'a>(pem: *const u8, len: usize) -> Result<&'a [u8], Refused> {
    if pem.is_null() {
        return Err(Refused::null("pem"));
    }
    // SAFETY: as the caller promises
    unsafe { memory::array(pem, len, "pem") }
}
