// Command wait-many waits for any number of jobs on one thread:
//
//	UNSTRUCTURED_API_KEY=… go run ./wait-many JOB_ID…
//
// It exits with 0 if all jobs ended well, and with 1 otherwise. Ctrl-C ends it at once, and it still says which jobs had
// ended.
package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"os/signal"

	jobs "unstructured-jobs/unstructuredjobs"
)

func main() {
	log.SetFlags(0)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	client, err := jobs.NewFromEnv()
	if err != nil {
		log.Fatal("error: ", err)
	}
	defer client.Close()

	outcomes, err := client.WaitAll(ctx, os.Args[1:])
	well := 0
	for _, outcome := range outcomes {
		if outcome.Err != nil {
			fmt.Println(outcome.JobID, "has not ended:", outcome.Err)
			continue
		}
		status := outcome.Details.ProcessingStatus
		fmt.Println(outcome.JobID, status)
		if status.IsSuccess() {
			well++
		}
	}
	if err != nil {
		log.Fatal("error: ", err)
	}
	if well < len(outcomes) {
		os.Exit(1)
	}
}
