//! What C is handed to read: one allocation holds a struct, its arrays and its strings.

use std::collections::HashMap;
use std::mem::{self, ManuallyDrop};
use std::ptr;
use std::sync::Arc;

use libc::c_char;

/// What blocks are made of: as aligned as anything that is put into them.
type Word = u64;
const WORD: usize = mem::size_of::<Word>();

/// A block being laid out. The same code runs twice: on a block without memory to measure, then on one of that size to
/// write, so that the two cannot disagree.
///
/// The first word is the block's length in words, for [`free`].
pub(super) struct Block {
    /// NULL while measuring.
    base: *mut u8,
    used: usize,
    size: usize,
    /// Whether a text has a NUL in it: it need not be looked for a second time in those that have none.
    has_nul: bool,
    /// Where the shared texts are that were put in already, by their addresses.
    shared: HashMap<*const u8, usize>,
}

/// Makes a block that begins with what `make` returns. The pointers in it must come from the block that `make` is given.
pub(super) fn build<T: Copy>(make: impl Fn(&mut Block) -> T) -> *mut T {
    let mut measured =
        Block { base: ptr::null_mut(), used: WORD, size: usize::MAX, has_nul: false, shared: HashMap::new() };
    measured.one(&make);

    let mut words: Vec<Word> = vec![0; measured.used.div_ceil(WORD)];
    if let Some(length) = words.first_mut() {
        *length = words_of(measured.used);
    }
    let base = words.as_mut_ptr().cast::<u8>();
    let (size, has_nul) = (words.len() * WORD, measured.has_nul);
    let mut block = Block { base, used: WORD, size, has_nul, shared: HashMap::new() };
    let head = block.one(&make);
    // freed by `free`; were `make` to panic, `words` would still own the memory
    let _ = ManuallyDrop::new(words);
    head
}

fn words_of(bytes: usize) -> Word {
    bytes.div_ceil(WORD) as Word
}

/// # Safety
/// `head` is NULL, or came from [`build`] and is not used again, nor anything in its block.
pub(super) unsafe fn free<T>(head: *mut T) {
    if head.is_null() {
        return;
    }
    // SAFETY: `build` put the block's length into the word before the head, and made the block from a vector whose
    // length and capacity that is
    unsafe {
        let words = head.cast::<Word>().sub(1);
        let length = words.read() as usize;
        drop(Vec::from_raw_parts(words, length, length));
    }
}

impl Block {
    /// Room for `len` values; NULL while measuring.
    fn room<T: Copy>(&mut self, len: usize) -> *mut T {
        const { assert!(mem::align_of::<T>() <= WORD) };
        let start = self.used.next_multiple_of(mem::align_of::<T>());
        self.used = start + len * mem::size_of::<T>();
        assert!(self.used <= self.size, "a block was measured too small");
        if self.base.is_null() {
            return ptr::null_mut();
        }
        // SAFETY: start <= used <= size, the length of the allocation that `base` points to
        unsafe { self.base.add(start).cast() }
    }

    /// One value; NULL while measuring.
    pub(super) fn one<T: Copy>(&mut self, make: impl FnOnce(&mut Self) -> T) -> *mut T {
        let place: *mut T = self.room(1);
        let value = make(self);
        if !place.is_null() {
            // SAFETY: `room` made room for it
            unsafe { place.write(value) };
        }
        place
    }

    /// NULL for `None`.
    pub(super) fn optional<S, T: Copy>(&mut self, item: Option<S>, make: impl FnOnce(&mut Self, S) -> T) -> *const T {
        item.map_or(ptr::null(), |item| self.one(|block| make(block, item)))
    }

    /// One value for each item; NULL if there are none.
    pub(super) fn array<S, T: Copy>(&mut self, items: &[S], mut make: impl FnMut(&mut Self, &S) -> T) -> *const T {
        if items.is_empty() {
            return ptr::null();
        }
        let place: *mut T = self.room(items.len());
        for (index, item) in items.iter().enumerate() {
            let value = make(self, item);
            if !place.is_null() {
                // SAFETY: `room` made room for as many as there are items
                unsafe { place.add(index).write(value) };
            }
        }
        place
    }

    /// The text with a NUL at its end, and U+FFFD for each NUL within; NULL while measuring.
    pub(super) fn text(&mut self, text: &str) -> *const c_char {
        // they are looked for once, while measuring, unless there is one
        if (self.base.is_null() || self.has_nul) && text.as_bytes().contains(&0) {
            self.has_nul = true;
            return self.text_with_nuls(text);
        }
        let place: *mut u8 = self.room(text.len() + 1);
        if !place.is_null() {
            // SAFETY: `room` made room for the text and one byte more; the block is not part of `text`
            unsafe {
                place.copy_from_nonoverlapping(text.as_ptr(), text.len());
                place.add(text.len()).write(0);
            }
        }
        place.cast()
    }

    /// Piece by piece, since it may be as long as a response.
    #[cold]
    fn text_with_nuls(&mut self, text: &str) -> *const c_char {
        let start = self.used;
        for (index, piece) in text.split('\0').enumerate() {
            for piece in [if index == 0 { "" } else { "\u{fffd}" }, piece] {
                let place: *mut u8 = self.room(piece.len());
                if !place.is_null() {
                    // SAFETY: `room` made room for them; the block is not part of `text`
                    unsafe { place.copy_from_nonoverlapping(piece.as_ptr(), piece.len()) };
                }
            }
        }
        let end: *mut u8 = self.room(1);
        if end.is_null() {
            return ptr::null();
        }
        // SAFETY: `room` made room for it, and the text begins at `start`, within the block
        unsafe {
            end.write(0);
            self.base.add(start).cast()
        }
    }

    /// The same for a text that may be in the block already: then it is not put in again. NULL while measuring.
    fn shared_text(&mut self, text: &Arc<str>) -> *const c_char {
        // one that nothing else holds cannot come again, and is not remembered
        if Arc::strong_count(text) == 1 { self.text(text) } else { self.text_once(text) }
    }

    #[inline(never)]
    fn text_once(&mut self, text: &Arc<str>) -> *const c_char {
        match self.shared.get(&text.as_ptr()) {
            Some(_) if self.base.is_null() => ptr::null(),
            // SAFETY: a text begins there, within the block
            Some(&start) => unsafe { self.base.add(start).cast() },
            None => {
                self.shared.insert(text.as_ptr(), self.used);
                self.text(text)
            }
        }
    }

    /// NULL for `None`.
    pub(super) fn optional_shared_text(&mut self, text: Option<&Arc<str>>) -> *const c_char {
        text.map_or(ptr::null(), |text| self.shared_text(text))
    }

    /// NULL for `None`.
    pub(super) fn optional_text(&mut self, text: Option<&str>) -> *const c_char {
        text.map_or(ptr::null(), |text| self.text(text))
    }
}

#[cfg(test)]
mod tests {
    use std::ffi::CStr;
    use std::slice;

    use super::*;

    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Shelf {
        label: *const c_char,
        books: *const Book,
        flag: u8,
        nothing: *const c_char,
    }

    #[derive(Clone, Copy)]
    #[repr(C)]
    struct Book {
        pages: u64,
        title: *const c_char,
    }

    #[test]
    fn a_block_holds_struct_array_and_texts_and_is_freed_whole() {
        let titles = ["", "a", "two\0NULs\0", "ünïcödé", "\0"];
        let shelf = build(|block| Shelf {
            label: block.text("odd"),
            flag: 1,
            books: block.array(&titles, |block, title| Book { pages: u64::MAX, title: block.text(title) }),
            nothing: block.optional_text(None),
        });
        // SAFETY: the block was just built, and is freed once, at the end
        unsafe {
            assert_eq!(CStr::from_ptr((*shelf).label).to_str(), Ok("odd"));
            assert!((*shelf).nothing.is_null());
            assert_eq!((*shelf).flag, 1);
            let books = slice::from_raw_parts((*shelf).books, titles.len());
            let read: Vec<_> = books.iter().map(|book| CStr::from_ptr(book.title).to_str().unwrap()).collect();
            assert_eq!(read, ["", "a", "two\u{fffd}NULs\u{fffd}", "ünïcödé", "\u{fffd}"]);
            assert!(books.iter().all(|book| book.pages == u64::MAX));
            free(shelf);
        }
    }

    #[test]
    fn a_shared_text_is_put_in_once() {
        let shared: Arc<str> = "a\0b".into();
        let also: Arc<str> = "".into();
        let titles = [&shared, &also, &shared, &also].map(Arc::clone);
        let shelf = build(|block| Shelf {
            label: block.optional_shared_text(Some(&"alone".into())),
            flag: 0,
            books: block.array(&titles, |block, title| Book { pages: 0, title: block.shared_text(title) }),
            nothing: block.optional_shared_text(None),
        });
        // SAFETY: the block was just built, and is freed once, at the end
        unsafe {
            assert_eq!(CStr::from_ptr((*shelf).label).to_str(), Ok("alone"));
            assert!((*shelf).nothing.is_null());
            let books = slice::from_raw_parts((*shelf).books, titles.len());
            let read: Vec<_> = books.iter().map(|book| CStr::from_ptr(book.title).to_str().unwrap()).collect();
            assert_eq!(read, ["a\u{fffd}b", "", "a\u{fffd}b", ""]);
            assert!(books[0].title == books[2].title && books[1].title == books[3].title);
            free(shelf);
        }
    }

    #[test]
    fn an_empty_array_is_null_and_null_is_free_to_free() {
        let shelf = build(|block| Shelf {
            label: ptr::null(),
            flag: 0,
            books: block.array(&[0; 0], |_, _| unreachable!()),
            nothing: ptr::null(),
        });
        // SAFETY: the block was just built, and is freed once
        unsafe {
            assert!((*shelf).books.is_null());
            free(shelf);
            free(ptr::null_mut::<Shelf>());
        }
    }
}
