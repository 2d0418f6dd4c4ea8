//go:build dynamic

package cloop

// #cgo pkg-config: unstructured_jobs
import "C"
