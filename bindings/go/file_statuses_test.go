package unstructuredjobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"testing"
)

func TestFileStatuses(t *testing.T) {
	const first = `{"record_id":"r-1","document":"s3://bucket/größer.pdf","status":"IN_PROGRESS","error":null,` +
		`"time_elapsed":12.5,"current_node":{"id":"n-1","status":"RUNNING","tries":2,"time_elapsed":3},` +
		`"discovered_by_node_id":"n-0"}`
	server := serve(t, http.StatusOK, `{"id":"`+testJob+`","files":[`+first+`,
		{"document":"b","status":"PAUSED","current_node":{"tries":99999999999}},
		{"document":"c","status":"FAILURE","error":"too\tlarge","time_elapsed":0},
		{}
	],"truncated":true,"index_finished":true,"generated_at":"2026-11-25T10:00:00Z"}`)
	statuses, err := newTestClient(t, server).FileStatuses(context.Background(), testJob)
	if err != nil {
		t.Fatal(err)
	}
	if statuses.ID != testJob || !statuses.Truncated || !statuses.IndexFinished ||
		*statuses.GeneratedAt != "2026-11-25T10:00:00Z" || len(statuses.Files) != 4 {
		t.Fatalf("%#v", statuses)
	}
	// all fields are there, under the service's own names
	if sent, err := json.Marshal(statuses.Files[0]); err != nil || string(sent) != first {
		t.Errorf("%s, %v", sent, err)
	}
	tooLarge, none := "too\tlarge", 0.0
	for i, expected := range []FileStatus{
		{Document: "b", Status: "PAUSED", CurrentNode: &CurrentNode{Tries: 1<<32 - 1}},
		{Document: "c", Status: FileStateFailure, Error: &tooLarge, TimeElapsed: &none},
		{},
	} {
		if file := statuses.Files[i+1]; !reflect.DeepEqual(file, expected) {
			t.Errorf("file %d: %#v", i+1, file)
		}
	}
	if known := statuses.Files[0].Status.IsKnown(); !known || statuses.Files[1].Status.IsKnown() {
		t.Errorf("%v is known: %v", statuses.Files[0].Status, known)
	}
	const printed = testJob + `; s3://bucket/größer.pdf: IN_PROGRESS in node n-1 (try 2); b: PAUSED; ` +
		`c: FAILURE: "too\tlarge"; unnamed file: no state; and more that the service does not list`
	for _, verb := range []string{"%v", "%+v", "%s"} {
		if seen := fmt.Sprintf(verb, statuses); seen != printed {
			t.Errorf("%s prints %s", verb, seen)
		}
		for i, printed := range []string{"node n-1 (try 2): RUNNING", "unnamed node (try 4294967295)"} {
			if seen := fmt.Sprintf(verb, statuses.Files[i].CurrentNode); seen != printed {
				t.Errorf("%s prints %s", verb, seen)
			}
		}
	}
}

func TestNoFileStatuses(t *testing.T) {
	client := newTestClient(t, serve(t, http.StatusOK, `{"id":"`+testJob+`","files":[]}`))
	statuses, err := client.FileStatuses(context.Background(), testJob)
	if err != nil || statuses.Files == nil || len(statuses.Files) != 0 || statuses.GeneratedAt != nil {
		t.Errorf("%#v, %v", statuses, err)
	}
	client = newTestClient(t, serve(t, http.StatusOK, `{"id":"`+testJob+`"}`))
	statuses, err = client.FileStatuses(context.Background(), testJob)
	var e *Error
	if statuses != nil || !errors.As(err, &e) || e.Code != CodeDecode {
		t.Errorf("%v, %v", statuses, err)
	}
}
