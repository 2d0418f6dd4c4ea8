package unstructuredjobs

// #include <unstructured_jobs.h>
import "C"

import (
	"strings"
	"time"
	"unsafe"
)

// setterResult is what the setters of C return.
type setterResult = C.uns_result

// settings is what options write to C. The first failure sticks.
type settings struct{ err *Error }

func (s *settings) fail(err *Error) {
	if s.err == nil {
		s.err = err
	}
}

// set checks what a setter returned. Setters refuse only text that is not UTF-8: the rest is checked when the settings
// are used.
func (s *settings) set(what string, result setterResult) {
	if result != C.UNS_OK {
		s.fail(invalidArgument("the %s is not valid UTF-8", what))
	}
}

func (s *settings) text(what, value string, set func(*C.char) setterResult) {
	text, err := terminated(what, value)
	if err != nil {
		s.fail(err)
		return
	}
	s.set(what, set(pointer(text)))
	// it may have been the key
	for i := range text {
		text[i] = 0
	}
}

func (s *settings) duration(what string, value time.Duration, set func(C.uint64_t) setterResult) {
	ms, err := millisecondsOf(what, value)
	if err != nil {
		s.fail(err)
		return
	}
	s.set(what, set(ms))
}

// terminated is a text as C takes it. One with a NUL inside would arrive shortened.
func terminated(what, text string) ([]byte, *Error) {
	if strings.IndexByte(text, 0) >= 0 {
		return nil, invalidArgument("the %s contains a NUL", what)
	}
	bytes := make([]byte, len(text)+1)
	copy(bytes, text)
	return bytes, nil
}

// pointer is the address of a terminated text. C reads it during the call and does not keep it.
func pointer(text []byte) *C.char { return (*C.char)(unsafe.Pointer(&text[0])) }
