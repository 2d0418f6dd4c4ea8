//! What C hands in, borrowed or refused; the places where it wants results; and handles, which it sees only as pointers.

use std::ffi::CStr;
use std::fmt::Display;
use std::ptr::{self, NonNull};
use std::{mem, slice};

use libc::c_char;

/// Why an argument is refused, in a sentence.
#[derive(Debug)]
pub(super) struct Refused(pub(super) String);

impl Refused {
    pub(super) fn null(name: impl Display) -> Self {
        Self(format!("{name} is NULL"))
    }
}

/// Refuses what can be recognised as no pointer to a `T`.
fn check<T>(pointer: *const T, name: impl Display) -> Result<NonNull<T>, Refused> {
    match NonNull::new(pointer.cast_mut()) {
        None => Err(Refused::null(name)),
        Some(pointer) if !pointer.is_aligned() => {
            Err(Refused(format!("{name} is not aligned, so it points to something else")))
        }
        Some(pointer) => Ok(pointer),
    }
}

/// # Safety
/// `pointer` is NULL or points to a `T` that nobody changes for as long as `'a`.
pub(super) unsafe fn borrow<'a, T>(pointer: *const T, name: &'static str) -> Result<&'a T, Refused> {
    // SAFETY: not NULL, and the rest is as the caller promises
    check(pointer, name).map(|pointer| unsafe { pointer.as_ref() })
}

/// # Safety
/// `pointer` is NULL or points to a `T` that nobody else uses for as long as `'a`.
pub(super) unsafe fn borrow_mut<'a, T>(pointer: *mut T, name: &'static str) -> Result<&'a mut T, Refused> {
    // SAFETY: not NULL, and the rest is as the caller promises
    check(pointer, name).map(|mut pointer| unsafe { pointer.as_mut() })
}

/// # Safety
/// `text` is NULL or a NUL-terminated string that nobody changes for as long as `'a`.
pub(super) unsafe fn text<'a>(text: *const c_char, name: impl Display) -> Result<&'a str, Refused> {
    let text = check(text, &name)?;
    // SAFETY: not NULL, and NUL-terminated as the caller promises
    let text = unsafe { CStr::from_ptr(text.as_ptr()) };
    text.to_str().map_err(|error| Refused(format!("{name} is not valid UTF-8 from byte {} on", error.valid_up_to())))
}

/// An array that may be NULL if it is empty.
///
/// # Safety
/// `items` is NULL or points to `len` of them, which nobody changes for as long as `'a`.
pub(super) unsafe fn array<'a, T>(items: *const T, len: usize, name: &'static str) -> Result<&'a [T], Refused> {
    if len == 0 {
        return Ok(&[]);
    }
    if len > isize::MAX as usize / mem::size_of::<T>() {
        return Err(Refused(format!("{name} cannot have {len} items")));
    }
    let items = check(items, name)?;
    // SAFETY: not NULL, aligned, no longer than an object may be, and `len` items long as the caller promises
    Ok(unsafe { slice::from_raw_parts(items.as_ptr(), len) })
}

/// Where C wants a result. Holds NULL until then.
pub(super) struct Out<T>(NonNull<*mut T>);

impl<T> Out<T> {
    /// # Safety
    /// `out` is NULL, or may be written to until the call ends.
    pub(super) unsafe fn new(out: *mut *mut T, name: &'static str) -> Result<Self, Refused> {
        let out = check(out, name)?;
        // SAFETY: not NULL, aligned, and writable as the caller promises
        unsafe { out.write(ptr::null_mut()) };
        Ok(Self(out))
    }

    /// The same where C may pass NULL because it does not want to know.
    ///
    /// # Safety
    /// As [`new`](Self::new).
    pub(super) unsafe fn optional(out: *mut *mut T, name: &'static str) -> Result<Option<Self>, Refused> {
        if out.is_null() {
            return Ok(None);
        }
        // SAFETY: as the caller promises
        unsafe { Self::new(out, name) }.map(Some)
    }

    pub(super) fn put(self, result: *mut T) {
        // SAFETY: writable until the call ends, as was promised to `new`
        unsafe { self.0.write(result) };
    }
}

/// A handle.
pub(super) fn hand_out<T>(value: T) -> *mut T {
    Box::into_raw(Box::new(value))
}

/// # Safety
/// `handle` is NULL, or came from [`hand_out`] and is not used again.
pub(super) unsafe fn take_back<T>(handle: *mut T) {
    if !handle.is_null() {
        // SAFETY: came from a box, and is not used again
        drop(unsafe { Box::from_raw(handle) });
    }
}
