package unstructuredjobs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func expectInvalid(t *testing.T, err error) {
	t.Helper()
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeInvalidArgument || e.Attempts != 0 || e.Temporary() {
		t.Errorf("expected an invalid argument, found %v", err)
	}
}

func TestOptionsThatAreUnacceptable(t *testing.T) {
	for what, option := range map[string]Option{
		"an empty key":                WithAPIKey(""),
		"a key with a NUL":            WithAPIKey("se\x00cret"),
		"a key that is not UTF-8":     WithAPIKey("secret\xff"),
		"a URL with a NUL":            WithBaseURL("http://127.0.0.1\x00.example"),
		"a URL of another scheme":     WithBaseURL("ftp://127.0.0.1"),
		"no URL":                      WithBaseURL(""),
		"plain HTTP to the world":     WithBaseURL("http://example.org"),
		"a timeout of zero":           WithTimeout(0),
		"a negative timeout":          WithTimeout(-time.Second),
		"a connect timeout of zero":   WithConnectTimeout(0),
		"a negative connect timeout":  WithConnectTimeout(-1),
		"negative retries":            WithMaxRetries(-1),
		"a proxy that is no URL":      WithProxy("::"),
		"a CA file that is not there": WithCAFile("/no/such/file"),
		"no CA certificates":          WithCAPEM(nil),
		"no more CA certificates":     WithAdditionalCAPEM([]byte("none")),
		"a broken user agent":         WithUserAgent("a\r\nb: c"),
		"a limit of zero":             WithMaxResponseBytes(0),
	} {
		client, err := New(WithAPIKey("secret"), WithProxy("none"), option)
		if client != nil {
			t.Errorf("%s is accepted", what)
			client.Close()
			continue
		}
		expectInvalid(t, err)
		if strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: the key is in %q", what, err)
		}
	}
}

func TestOptionsThatAreAcceptable(t *testing.T) {
	client, err := New(WithAPIKey(" key\n"), WithProxy("none"), WithTimeout(time.Nanosecond),
		WithConnectTimeout(math.MaxInt64), WithMaxRetries(math.MaxUint32), WithUserAgent("test 1"),
		WithMaxResponseBytes(math.MaxUint64), WithPlainHTTP(), WithBaseURL("http://example.org/api/v1/"))
	if err != nil {
		t.Fatal(err)
	}
	client.Close()
}

func TestOptionsArriveAndTheKeyIsNotShown(t *testing.T) {
	asked := make(chan *http.Request, 1)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked <- r
		w.WriteHeader(http.StatusUnauthorized)
		w.Write([]byte(`{"detail":"no such key: s3cret-of-somebody"}`))
	}))
	defer server.Close()
	client := newTestClient(t, server.URL+"/prefix/", WithAPIKey("s3cret-of-somebody"), WithUserAgent("tester/1"))
	_, err := client.JobDetails(context.Background(), testJob)
	request := receive(t, asked, "the request")
	if request.URL.Path != "/prefix/api/v1/jobs/"+testJob+"/details" ||
		request.Header.Get("unstructured-api-key") != "s3cret-of-somebody" || request.UserAgent() != "tester/1" {
		t.Errorf("%v %v", request.URL, request.Header)
	}
	var e *Error
	if !errors.As(err, &e) || e.Code != CodeUnauthorized {
		t.Errorf("found %v", err)
	}
	for _, value := range []any{err, *e, client, WithAPIKey("s3cret-of-somebody")} {
		for _, verb := range []string{"%v", "%+v", "%#v"} {
			if printed := fmt.Sprintf(verb, value); strings.Contains(printed, "s3cret") {
				t.Errorf("%s prints %s", verb, printed)
			}
		}
	}
}

func TestNewFromEnv(t *testing.T) {
	if _, err := NewFromEnv(); err == nil || !strings.Contains(err.Error(), "UNSTRUCTURED_API_KEY") {
		t.Errorf("without a key: %v", err)
	}
	t.Setenv("UNSTRUCTURED_API_KEY", "conformance-key")
	t.Setenv("UNSTRUCTURED_API_URL", conformanceURL+"/success")
	client, err := NewFromEnv(WithProxy("none"))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	details, err := client.JobDetails(context.Background(), testJob)
	if err != nil || !details.ProcessingStatus.IsSuccess() {
		t.Errorf("%+v, %v", details, err)
	}
}

func TestJobIDsThatAreUnacceptable(t *testing.T) {
	server := newSilent(t)
	client := newTestClient(t, server.url)
	for _, id := range []string{"", "a/b", "..", "a\x00b", "\xff", "ä", strings.Repeat("a", 129)} {
		_, err := client.JobDetails(context.Background(), id)
		expectInvalid(t, err)
		_, err = client.FailedFiles(context.Background(), id)
		expectInvalid(t, err)
		_, err = client.FileStatuses(context.Background(), id)
		expectInvalid(t, err)
		_, err = client.Wait(context.Background(), id)
		expectInvalid(t, err)
	}
	if len(server.asked) > 0 {
		t.Error("something was sent")
	}
}

// A code that the C library has and this package has not would be named.
func TestCodes(t *testing.T) {
	for code := CodeInvalidArgument; code <= CodeInternal; code++ {
		if !strings.HasPrefix(code.String(), "UNS_ERROR_") {
			t.Errorf("%d is %v", code, code)
		}
	}
	if beyond := CodeInternal + 1; beyond.String() != "UNKNOWN" {
		t.Errorf("%v has no constant", beyond)
	}
}

func TestStatuses(t *testing.T) {
	for status, ended := range map[ProcessingStatus]bool{
		StatusScheduled: false, StatusInProgress: false, StatusSuccess: true, StatusCompletedWithErrors: true,
		StatusStopped: true, StatusFailed: true,
	} {
		if !status.IsKnown() || status.IsTerminal() != ended || status.IsSuccess() != (status == StatusSuccess) {
			t.Errorf("%v: known %v, terminal %v", status, status.IsKnown(), status.IsTerminal())
		}
	}
	for _, text := range []string{"", "success", "PAUSED"} {
		status := ProcessingStatus(text)
		if status.IsKnown() || status.IsTerminal() || status.IsSuccess() || status.String() != text {
			t.Errorf("%q: known %v, terminal %v", status, status.IsKnown(), status.IsTerminal())
		}
	}
}

// What was sent comes out again.
func TestJSON(t *testing.T) {
	const sent = `{"id":"b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e","processing_status":"PAUSED","node_stats":[` +
		`{"node_name":null,"node_type":"chunk","node_subtype":"","ready":18446744073709551615,"in_progress":0,` +
		`"success":1,"failure":2}],"message":null}`
	client := newTestClient(t, serve(t, http.StatusOK, sent))
	details, err := client.JobDetails(context.Background(), testJob)
	if err != nil {
		t.Fatal(err)
	}
	again, err := json.Marshal(details)
	if err != nil || string(again) != sent {
		t.Errorf("%s, %v", again, err)
	}
}
