//go:build static

package unstructuredjobs

// For a program without any shared library. There is no static libgcc_s, which pkg-config would name: the C compiler
// adds what stands in for it by itself.

// #cgo pkg-config: unstructured_jobs
// #cgo LDFLAGS: -lpthread -lm -ldl
import "C"
