//! The C ABI as a C program sees it: through the exported symbols alone.

use std::ffi::{CString, c_char, c_void};
use std::ptr;

use super::KEY;

#[repr(C)]
pub(crate) struct JobDetails {
    id: *const c_char,
    processing_status: i32,
    processing_status_text: *const c_char,
    node_stats: *const c_void,
    node_stats_len: usize,
    message: *const c_char,
}

#[repr(C)]
struct JobOutcomes {
    outcomes: *const JobOutcome,
    outcomes_len: usize,
}

#[repr(C)]
struct JobOutcome {
    result: i32,
    details: *const JobDetails,
    error: *const c_void,
}

#[repr(C)]
pub(crate) struct Event {
    kind: i32,
    job_id: *const c_char,
    index: usize,
    details: *const JobDetails,
    error: *const c_void,
    failures: u32,
    next_poll_in_ms: u64,
}

type Observer = unsafe extern "C" fn(event: *const Event, user_data: *mut c_void) -> bool;

// SAFETY: as include/unstructured_jobs.h declares them
unsafe extern "C" {
    fn uns_config_new() -> *mut c_void;
    fn uns_config_set_base_url(config: *mut c_void, url: *const c_char) -> i32;
    fn uns_config_set_api_key(config: *mut c_void, key: *const c_char) -> i32;
    fn uns_config_set_ca_pem(config: *mut c_void, pem: *const u8, len: usize) -> i32;
    fn uns_config_set_proxy(config: *mut c_void, proxy: *const c_char) -> i32;
    fn uns_config_free(config: *mut c_void);
    fn uns_client_new(config: *const c_void, client: *mut *mut c_void, error: *mut *mut c_void) -> i32;
    fn uns_client_free(client: *mut c_void);
    fn uns_client_job_details(
        client: *const c_void,
        job_id: *const c_char,
        details: *mut *mut JobDetails,
        error: *mut *mut c_void,
    ) -> i32;
    fn uns_job_details_free(details: *mut JobDetails);
    fn uns_client_wait_all(
        client: *const c_void,
        job_ids: *const *const c_char,
        job_ids_len: usize,
        options: *const c_void,
        observer: Option<Observer>,
        user_data: *mut c_void,
        outcomes: *mut *mut JobOutcomes,
        error: *mut *mut c_void,
    ) -> i32;
    fn uns_job_outcomes_free(outcomes: *mut JobOutcomes);
}

/// A client made by `uns_client_new`.
pub(crate) struct Client(*mut c_void);

impl Client {
    pub(crate) fn new(url: &str, ca_pem: &str) -> Self {
        let (url, key) = (CString::new(url).unwrap(), CString::new(KEY).unwrap());
        let pem = ca_pem.as_bytes();
        let mut client = ptr::null_mut();
        // SAFETY: every pointer is valid for the call, and the configuration is freed once
        unsafe {
            let config = uns_config_new();
            assert_eq!(uns_config_set_base_url(config, url.as_ptr()), 0);
            assert_eq!(uns_config_set_api_key(config, key.as_ptr()), 0);
            assert_eq!(uns_config_set_ca_pem(config, pem.as_ptr(), pem.len()), 0);
            assert_eq!(uns_config_set_proxy(config, c"none".as_ptr()), 0);
            assert_eq!(uns_client_new(config, &mut client, ptr::null_mut()), 0);
            uns_config_free(config);
        }
        Self(client)
    }

    /// One call, its result read and freed; the number of nodes.
    pub(crate) fn job_details(&self, job_id: &str) -> usize {
        let mut id = [0_u8; 64];
        // on the stack: what is counted is the library's
        id[..job_id.len()].copy_from_slice(job_id.as_bytes());
        let mut details = ptr::null_mut();
        // SAFETY: the client lives, the id ends with a NUL, and the result is freed once
        unsafe {
            let result = uns_client_job_details(self.0, id.as_ptr().cast(), &mut details, ptr::null_mut());
            assert_eq!(result, 0);
            let nodes = (*details).node_stats_len;
            uns_job_details_free(details);
            nodes
        }
    }

    /// Waits for all of them; how many have ended when the outcomes are there. `observer` sees the position of each
    /// event's id.
    pub(crate) fn wait_all<F: FnMut(usize)>(&self, job_ids: &[CString], mut observer: F) -> usize {
        unsafe extern "C" fn ask<F: FnMut(usize)>(event: *const Event, observer: *mut c_void) -> bool {
            // SAFETY: `user_data` below, which outlives the wait, and an event that lives until this returns
            unsafe { (*observer.cast::<F>())((*event).index) };
            true
        }
        let ids: Vec<*const c_char> = job_ids.iter().map(|id| id.as_ptr()).collect();
        let mut outcomes: *mut JobOutcomes = ptr::null_mut();
        // SAFETY: every pointer is valid for the call, and the outcomes are freed once
        unsafe {
            let result = uns_client_wait_all(
                self.0,
                ids.as_ptr(),
                ids.len(),
                ptr::null(),
                Some(ask::<F>),
                (&raw mut observer).cast(),
                &mut outcomes,
                ptr::null_mut(),
            );
            assert_eq!(result, 0);
            let each = std::slice::from_raw_parts((*outcomes).outcomes, (*outcomes).outcomes_len);
            let ended = each.iter().filter(|outcome| outcome.result == 0 && !outcome.details.is_null()).count();
            uns_job_outcomes_free(outcomes);
            ended
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // SAFETY: it came from uns_client_new, and no call uses it any more
        unsafe { uns_client_free(self.0) };
    }
}
