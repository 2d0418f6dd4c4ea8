package unstructuredjobs

// #include "callbacks.h"
import "C"

import (
	"fmt"
	"sync/atomic"
)

// LogLevel is how important a log line is: the lower, the more.
type LogLevel int32

const (
	LogError LogLevel = 1 + iota
	LogWarning
	LogInformation
	LogDebug
	LogTrace
)

// String names the level: "debug".
func (l LogLevel) String() string {
	if l < LogError || l > LogTrace {
		return fmt.Sprintf("log level %d", int32(l))
	}
	return [...]string{"error", "warning", "information", "debug", "trace"}[l-1]
}

// logger is who is given the log lines.
var logger atomic.Pointer[func(LogLevel, string)]

// SetLogger has log given the C library's log lines up to level, for the whole process: each attempt, each pause and its
// reason, each connection, without the API key. At first nobody is given them; a nil log is nobody again. It is for the
// program to set, not for another package in it.
//
// Several goroutines may log at once. When SetLogger returns, no call of the log set before is under way any more, unless
// that is its caller. What the package logs while log runs is dropped.
func SetLogger(level LogLevel, log func(level LogLevel, message string)) {
	if log == nil {
		C.set_log_callback(0, false)
		logger.Store(nil)
		return
	}
	logger.Store(&log)
	C.set_log_callback(C.int32_t(level), true)
}

//export unstructuredJobsLog
func unstructuredJobsLog(level C.int32_t, message *C.char) {
	if log := logger.Load(); log != nil {
		(*log)(LogLevel(level), C.GoString(message))
	}
}
