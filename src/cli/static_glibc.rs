//! For the command as one static file with glibc, where a panic aborts: functions of the C library and of libgcc that
//! would be linked in, with all they need, and never do anything (320 KB). Ours come first, so the archives keep theirs.
//!
//! The linker matches them by name alone, hence the attribute; no body touches an argument. build/static_command.ld drops
//! the tables that the unwinder would read.

use std::ffi::{c_int, c_void};
use std::process;

/// `_URC_END_OF_STACK`
const END_OF_STACK: c_int = 5;
/// `ENOSYS`, the same on every architecture that this is built for
const NOT_IMPLEMENTED: c_int = 38;

/// Walks no frame: a stripped program has no names for them, and our panic hook asks for none. The compiler sees that
/// too, and leaves out std's reader of debug information.
#[unsafe(no_mangle)]
extern "C" fn _Unwind_Backtrace(_each: *const c_void, _state: *mut c_void) -> c_int {
    END_OF_STACK
}

/// Without the place of a thread's stack, std cannot tell a stack overflow from any other SIGSEGV, which then ends the
/// command without a word. glibc finds it by scanf(3), with all its floating point: a third of those 320 KB.
#[unsafe(no_mangle)]
extern "C" fn pthread_getattr_np(_thread: usize, _attributes: *mut c_void) -> c_int {
    NOT_IMPLEMENTED
}

/// The rest of libgcc's unwinder: all of what programs may name, since one function that is missing here brings in the
/// archive's, and with it a second one of each of ours. A thrown exception, pthread_cancel(3) or pthread_exit(3) would
/// get here, and nothing throws or calls those.
macro_rules! never_called {
    ($($name:ident)*) => {
        $(#[unsafe(no_mangle)]
        extern "C" fn $name() {
            process::abort()
        })*
    };
}

never_called! {
    _Unwind_DeleteException _Unwind_FindEnclosingFunction _Unwind_ForcedUnwind _Unwind_GetCFA _Unwind_GetDataRelBase
    _Unwind_GetGR _Unwind_GetIP _Unwind_GetIPInfo _Unwind_GetLanguageSpecificData _Unwind_GetRegionStart
    _Unwind_GetTextRelBase _Unwind_RaiseException _Unwind_Resume _Unwind_Resume_or_Rethrow _Unwind_SetGR _Unwind_SetIP
    __gcc_personality_v0
}
