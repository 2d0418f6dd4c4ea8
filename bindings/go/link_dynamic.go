//go:build dynamic

package unstructuredjobs

// #cgo pkg-config: unstructured_jobs
import "C"
