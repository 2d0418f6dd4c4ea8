// Package unstructuredjobs asks the Unstructured Platform what a job is doing, and how it ended.
//
//	client, err := unstructuredjobs.NewFromEnv() // UNSTRUCTURED_API_KEY
//	if err != nil {
//		return err
//	}
//	defer client.Close()
//
//	end, err := client.Wait(ctx, jobID)
//	if err != nil {
//		return err
//	}
//	if !end.ProcessingStatus.IsSuccess() {
//		files, err := client.FailedFiles(ctx, jobID)
//		…
//	}
//
// It is a thin layer over the C library unstructured_jobs, which pkg-config has to find when this package is built. By
// default the library is linked statically, and the rest of the program as usual; with the build tag dynamic, the shared
// library is used. A program without any shared library is built by
//
//	go build -tags static,netgo,osusergo -ldflags '-linkmode external -extldflags -static'
//
// # Contexts
//
// A context that ends ends its call at once, in C too, wherever that is: asleep, or blocked in the network. The error is
// one for which errors.Is(err, ctx.Err()) holds. Nothing is left behind, and no other call on the client is disturbed.
//
// # Threads
//
// As every call into C that blocks, a call here holds an operating system thread. To wait for many jobs use
// [Client.WaitAll], which needs one for all of them, and not a [Client.Wait] for each.
package unstructuredjobs
