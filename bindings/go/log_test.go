package unstructuredjobs

import (
	"context"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// Not beside other tests: there is one log.
func TestLog(t *testing.T) {
	var mutex sync.Mutex
	var lines []string
	SetLogger(LogDebug, func(level LogLevel, message string) {
		mutex.Lock()
		defer mutex.Unlock()
		lines = append(lines, level.String()+": "+message)
	})
	url := serve(t, http.StatusOK, detailsJSON("SUCCESS"))
	client := newTestClient(t, url, WithAPIKey("s3cret-of-somebody"))
	if _, err := client.JobDetails(context.Background(), testJob); err != nil {
		t.Fatal(err)
	}
	SetLogger(0, nil)
	said := strings.Join(lines, "\n")
	if !strings.Contains(said, "debug: ") || !strings.Contains(said, url[len("http://"):]) || strings.Contains(said, "s3cret") {
		t.Errorf("the log is\n%s", said)
	}
	before := len(lines)
	if _, err := client.JobDetails(context.Background(), testJob); err != nil || len(lines) != before {
		t.Errorf("%v, and then\n%s", err, strings.Join(lines[before:], "\n"))
	}
}

func TestLogLevels(t *testing.T) {
	for level, name := range map[LogLevel]string{
		LogError: "error", LogWarning: "warning", LogInformation: "information", LogDebug: "debug", LogTrace: "trace",
		0: "log level 0", 6: "log level 6",
	} {
		if level.String() != name {
			t.Errorf("%d is %v", int32(level), level)
		}
	}
}
