// Command job-details asks once what a job is doing:
//
//	UNSTRUCTURED_API_KEY=… go run ./job-details JOB_ID
package main

import (
	"context"
	"fmt"
	"log"
	"os"

	jobs "unstructured-jobs/unstructuredjobs"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 2 {
		log.Fatal("usage: job-details JOB_ID")
	}
	client, err := jobs.NewFromEnv()
	if err != nil {
		log.Fatal("error: ", err)
	}
	defer client.Close()
	details, err := client.JobDetails(context.Background(), os.Args[1])
	if err != nil {
		log.Fatal("error: ", err)
	}
	fmt.Println(details.ID, details.ProcessingStatus)
	for _, node := range details.NodeStats {
		fmt.Println(" ", node)
	}
}
