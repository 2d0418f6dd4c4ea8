package unstructuredjobs

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"testing"
	"time"
)

// long is how long a test waits for what is certain to come; passing it means failure.
const long = 30 * time.Second

const testJob = "b2c3d4e5-6f7a-8b9c-0d1e-2f3a4b5c6d7e"

// conformanceURL is where examples/conformance_server.rs listens.
var conformanceURL string

// The server is that which UNSTRUCTURED_JOBS_CONFORMANCE_SERVER names, or built here by cargo.
func TestMain(m *testing.M) {
	for _, name := range []string{"http_proxy", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY", "no_proxy",
		"NO_PROXY", "UNSTRUCTURED_API_KEY", "UNSTRUCTURED_API_URL"} {
		os.Unsetenv(name)
	}
	os.Exit(runAll(m))
}

func runAll(m *testing.M) int {
	command := exec.Command("cargo", "run", "--quiet", "--locked", "--example", "conformance_server")
	if path := os.Getenv("UNSTRUCTURED_JOBS_CONFORMANCE_SERVER"); path != "" {
		command = exec.Command(path)
	}
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe() // it ends when this does
	if err != nil {
		panic(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		panic(err)
	}
	if err := command.Start(); err != nil {
		panic(err)
	}
	line, err := bufio.NewReader(stdout).ReadString('\n')
	if err != nil {
		panic(fmt.Sprintf("the conformance server did not start: %v", err))
	}
	conformanceURL = strings.TrimSpace(line)
	code := m.Run()
	stdin.Close()
	if err := command.Wait(); err != nil {
		panic(err)
	}
	return code
}

// newTestClient is a client of url, closed at the end of the test, after which nothing of it may be left.
func newTestClient(t testing.TB, url string, options ...Option) *Client {
	t.Helper()
	options = append([]Option{WithAPIKey("key"), WithBaseURL(url), WithProxy("none"), WithMaxRetries(0)}, options...)
	client, err := New(options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		awaitNoGoroutines(t)
	})
	return client
}

// awaitNoGoroutines waits until no goroutine that this package started, or had started, is left.
func awaitNoGoroutines(t testing.TB) {
	t.Helper()
	var stacks string
	for start := time.Now(); time.Since(start) < long; runtime.Gosched() {
		buffer := make([]byte, 1<<20)
		stacks = string(buffer[:runtime.Stack(buffer, true)])
		if !strings.Contains(stacks, "created by unstructured-jobs/unstructuredjobs.wait") &&
			!strings.Contains(stacks, "unstructuredjobs.newHandle.func") &&
			!strings.Contains(stacks, "unstructuredjobs.(*handle).untilOver") {
			return
		}
	}
	t.Errorf("goroutines are left behind:\n%s", stacks)
}

// serve answers every request with status and body.
func serve(t testing.TB, status int, body string) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		io.WriteString(w, body)
	}))
	t.Cleanup(server.Close)
	return server.URL
}

// silent is a server that never answers.
type silent struct {
	url string
	// asked has an entry for each request that has come.
	asked chan struct{}
}

func newSilent(t testing.TB) *silent {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	s := &silent{url: "http://" + listener.Addr().String(), asked: make(chan struct{}, 1000)}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer connection.Close()
				buffer := make([]byte, 4096)
				for {
					if _, err := connection.Read(buffer); err != nil {
						return
					}
					s.asked <- struct{}{}
				}
			}()
		}
	}()
	return s
}

// receive is what comes from a channel, which it has to within long.
func receive[T any](t testing.TB, from <-chan T, what string) T {
	t.Helper()
	select {
	case value := <-from:
		return value
	case <-time.After(long):
		t.Fatalf("%s did not come", what)
		panic("unreachable")
	}
}

func detailsJSON(status string) string {
	return fmt.Sprintf(`{"id":%q,"processing_status":%q,"node_stats":[],"message":null}`, testJob, status)
}
