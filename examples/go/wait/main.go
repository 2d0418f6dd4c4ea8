// Command wait prints what a job is doing until it ends:
//
//	UNSTRUCTURED_API_KEY=… wait JOB_ID
//
// It exits with 0 if the job ended well, and with 1 otherwise. Ctrl-C ends it at once.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"time"

	"unstructured-jobs/unstructuredjobs"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: wait JOB_ID")
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	ended, err := follow(ctx, os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
	}
	if err != nil || !ended.IsSuccess() {
		stop()
		os.Exit(1)
	}
}

func follow(ctx context.Context, jobID string) (unstructuredjobs.ProcessingStatus, error) {
	client, err := unstructuredjobs.NewFromEnv()
	if err != nil {
		return "", err
	}
	defer client.Close()

	often := &unstructuredjobs.WaitOptions{MaxInterval: 5 * time.Second}
	end, err := client.Wait(ctx, jobID, often, func(now *unstructuredjobs.JobDetails) error {
		fmt.Println(now.ProcessingStatus)
		return nil
	})
	if err != nil {
		return "", err
	}
	if end.Message != nil {
		fmt.Println("the service says:", *end.Message)
	}
	if !end.ProcessingStatus.IsSuccess() {
		files, err := client.FailedFiles(ctx, jobID)
		if err != nil {
			return "", err
		}
		for _, file := range files {
			fmt.Printf("failed: %s: %s\n", file.Document, file.Error)
		}
	}
	return end.ProcessingStatus, nil
}
