//go:build !dynamic && !static

package cloop

// The archive is named ahead of what pkg-config says, which would prefer the shared library where both are installed.
// It satisfies everything, so that with --as-needed the shared one is then left out.

// #cgo pkg-config: --static unstructured_jobs
// #cgo LDFLAGS: -Wl,-Bstatic -lunstructured_jobs -Wl,-Bdynamic -Wl,--as-needed
import "C"
