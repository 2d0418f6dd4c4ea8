package unstructuredjobs

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"reflect"
	"strings"
	"testing"
	"time"
)

// conformanceCase is an entry of tests/data/conformance.json, with its defaults and addresses filled in.
type conformanceCase struct {
	About  string
	Call   string
	JobID  string `json:"job_id"`
	Calls  int
	Config struct {
		APIKey           string  `json:"api_key"`
		BaseURL          string  `json:"base_url"`
		Proxy            string  `json:"proxy"`
		TimeoutMS        int64   `json:"timeout_ms"`
		ConnectTimeoutMS int64   `json:"connect_timeout_ms"`
		MaxRetries       int     `json:"max_retries"`
		MaxResponseBytes *uint64 `json:"max_response_bytes"`
		CAPEM            *string `json:"ca_pem"`
	}
	Wait struct {
		TimeoutMS         *int64 `json:"timeout_ms"`
		InitialIntervalMS *int64 `json:"initial_interval_ms"`
		MaxIntervalMS     *int64 `json:"max_interval_ms"`
		MaxOutageMS       *int64 `json:"max_outage_ms"`
		StopAfter         int    `json:"stop_after"`
	}
	Expect struct {
		Result       string
		Details      *JobDetails
		Status       string
		FailedFiles  []FailedFile  `json:"failed_files"`
		FileStatuses *FileStatuses `json:"file_statuses"`
		HTTPStatus   int           `json:"http_status"`
		Retryable    bool
		RetryAfterMS uint64 `json:"retry_after_ms"`
		Attempts     int
		Message      []string
		MessageLacks []string `json:"message_lacks"`
		Observed     []string
	}
}

var errEnough = errors.New("seen enough")

func TestConformance(t *testing.T) {
	response, err := http.Get(conformanceURL + "/cases.json")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	decoder := json.NewDecoder(response.Body)
	decoder.DisallowUnknownFields() // a case that asks for more than is looked at here is not passed
	cases := map[string]conformanceCase{}
	if err := decoder.Decode(&cases); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for name, c := range cases {
		c := c
		seen[c.Expect.Result] = true
		t.Run(name, func(t *testing.T) { c.run(t) })
	}
	for code := CodeInvalidArgument; code < CodeInternal; code++ {
		if !seen[code.String()] {
			t.Errorf("no case ends with %v", code)
		}
	}
}

// answer is what a case brought.
type answer struct {
	details  *JobDetails
	files    []FailedFile
	statuses *FileStatuses
	observed []string
}

func (c conformanceCase) run(t *testing.T) {
	options := []Option{
		WithAPIKey(c.Config.APIKey), WithBaseURL(c.Config.BaseURL), WithProxy(c.Config.Proxy),
		WithTimeout(milliseconds(c.Config.TimeoutMS)), WithConnectTimeout(milliseconds(c.Config.ConnectTimeoutMS)),
		WithMaxRetries(c.Config.MaxRetries),
	}
	if c.Config.MaxResponseBytes != nil {
		options = append(options, WithMaxResponseBytes(*c.Config.MaxResponseBytes))
	}
	if c.Config.CAPEM != nil {
		options = append(options, WithCAPEM([]byte(*c.Config.CAPEM)))
	}
	client, err := New(options...)
	if err != nil {
		c.compare(t, answer{}, err)
		return
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(context.Background(), long)
	defer cancel()
	calls := c.Calls
	if calls == 0 {
		calls = 1
	}
	for i := 0; i < calls; i++ {
		var found answer
		switch c.Call {
		case "job_details":
			found.details, err = client.JobDetails(ctx, c.JobID)
		case "failed_files":
			found.files, err = client.FailedFiles(ctx, c.JobID)
		case "file_statuses":
			found.statuses, err = client.FileStatuses(ctx, c.JobID)
		case "wait":
			observer := WithObserver(func(now Event) error {
				if now.Err != nil {
					return nil
				}
				found.observed = append(found.observed, now.Details.ProcessingStatus.String())
				if len(found.observed) == c.Wait.StopAfter {
					return errEnough
				}
				return nil
			})
			found.details, err = client.Wait(ctx, c.JobID, append(c.waitOptions(), observer)...)
			if (c.Wait.StopAfter > 0) != errors.Is(err, errEnough) {
				t.Errorf("%v: is it the observer's error?", err)
			}
		default:
			t.Fatalf("an unknown call: %s", c.Call)
		}
		c.compare(t, found, err)
	}
}

func (c conformanceCase) waitOptions() []WaitOption {
	var options []WaitOption
	set := func(option func(time.Duration) WaitOption, ms *int64) {
		if ms != nil {
			options = append(options, option(milliseconds(*ms)))
		}
	}
	set(WithWaitTimeout, c.Wait.TimeoutMS)
	set(WithInitialInterval, c.Wait.InitialIntervalMS)
	set(WithMaxInterval, c.Wait.MaxIntervalMS)
	set(WithMaxOutage, c.Wait.MaxOutageMS)
	return options
}

func (c conformanceCase) compare(t *testing.T, found answer, err error) {
	t.Helper()
	expect, details := c.Expect, found.details
	if expect.Observed != nil && !reflect.DeepEqual(found.observed, expect.Observed) {
		t.Errorf("observed %q, expected %q", found.observed, expect.Observed)
	}
	if !reflect.DeepEqual(details, expect.Details) {
		t.Errorf("details are %+v, expected %+v", details, expect.Details)
	}
	if !reflect.DeepEqual(found.files, expect.FailedFiles) {
		t.Errorf("failed files are %+v, expected %+v", found.files, expect.FailedFiles)
	}
	if !reflect.DeepEqual(found.statuses, expect.FileStatuses) {
		t.Errorf("file statuses are %+v, expected %+v", found.statuses, expect.FileStatuses)
	}
	if expect.Result == "UNS_OK" {
		if err != nil {
			t.Fatal(err)
		}
		if expect.Status != "" && nameOf(details.ProcessingStatus) != expect.Status {
			t.Errorf("%q is taken for %s", details.ProcessingStatus, nameOf(details.ProcessingStatus))
		}
		return
	}
	var e *Error
	if !errors.As(err, &e) {
		t.Fatalf("expected an *Error, found %v", err)
	}
	if e.Code.String() != expect.Result || e.HTTPStatus != expect.HTTPStatus || e.Retryable != expect.Retryable ||
		e.RetryAfter != durationOf(expect.RetryAfterMS) || e.Attempts != expect.Attempts {
		t.Errorf("found %v %+v, expected %+v", e.Code, *e, expect)
	}
	if e.Timeout() != (expect.Result == "UNS_ERROR_TIMEOUT") || e.Temporary() != expect.Retryable {
		t.Errorf("Timeout() is %v, Temporary() is %v", e.Timeout(), e.Temporary())
	}
	for _, text := range expect.Message {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("%q lacks %q", err, text)
		}
	}
	for _, text := range expect.MessageLacks {
		if strings.Contains(err.Error(), text) {
			t.Errorf("%q contains %q", err, text)
		}
	}
}

// nameOf is the name of the status's enumerator in C.
func nameOf(status ProcessingStatus) string {
	if !status.IsKnown() {
		return "UNKNOWN"
	}
	return status.String()
}

func milliseconds(count int64) time.Duration { return time.Duration(count) * time.Millisecond }
