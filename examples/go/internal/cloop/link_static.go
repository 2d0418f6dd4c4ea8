//go:build !dynamic

package cloop

// As in the package above.

// #cgo pkg-config: --static unstructured_jobs
// #cgo LDFLAGS: -Wl,-Bstatic -lunstructured_jobs -Wl,-Bdynamic -Wl,--as-needed
import "C"
