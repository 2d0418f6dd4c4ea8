// Command wait follows a job to its end, and says which documents failed:
//
//	UNSTRUCTURED_API_KEY=… go run ./wait JOB_ID
//
// It exits with 0 if the job ended well, and with 1 otherwise. Ctrl-C ends it at once.
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
	if len(os.Args) != 2 {
		log.Fatal("usage: wait JOB_ID")
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := follow(ctx, os.Args[1]); err != nil {
		log.Fatal("error: ", err)
	}
}

func follow(ctx context.Context, jobID string) error {
	client, err := jobs.NewFromEnv()
	if err != nil {
		return err
	}
	defer client.Close()

	end, err := client.Wait(ctx, jobID, jobs.WithObserver(func(now jobs.Event) error {
		if now.Err != nil {
			log.Print(now)
		} else {
			fmt.Println(now.Details.ProcessingStatus)
		}
		return nil
	}))
	if err != nil || end.ProcessingStatus.IsSuccess() {
		return err
	}
	files, err := client.FailedFiles(ctx, jobID)
	if err != nil {
		return err
	}
	for _, file := range files {
		fmt.Println("failed:", file)
	}
	return fmt.Errorf("the job ended as %v", end.ProcessingStatus)
}
