//go:build !cgo

package unstructuredjobs

// The C library is reached through cgo, which is off with CGO_ENABLED=0, where no C compiler is found, and by default
// when building for another platform. The compiler prints the name below, and so the sentence that it is.
var _ = this_package_calls_a_C_library_and_needs_cgo_so_set_CGO_ENABLED_to_1_and_CC_to_a_C_compiler_for_the_target
