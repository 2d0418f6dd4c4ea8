package unstructuredjobs

import (
	"context"
	"errors"
	"math"
	"sort"
	"testing"
	"time"

	"unstructured-jobs/unstructuredjobs/internal/cloop"
)

// How much longer a call from Go takes than the same call in a loop of C, which is what README states:
//
//	go test -run '^$' -bench Overhead -benchtime 1x
//
// Short rounds of both take turns, and the best tenths of their rounds are compared: what else the machine does meets
// both, and leaves some rounds alone. Which processor the kernel has the two ends of a connection on does not change
// from round to round, and makes twenty times the difference of what is measured: so there are several sittings, each
// over two connections of its own, and the best of C is compared with the best of Go. "answered" is a whole question
// over a kept connection; "refused" is one that ends before anything is sent, which shows the overhead without the
// network's noise.
func BenchmarkOverhead(b *testing.B) {
	cancellable, cancel := context.WithCancel(context.Background())
	defer cancel()
	contexts := map[string]context.Context{"background": context.Background(), "cancellable": cancellable}
	kinds := []struct {
		name   string
		jobID  string
		result string
		calls  int
	}{
		{"answered", testJob, "UNS_OK", 20},
		{"refused", "no/id", "UNS_ERROR_INVALID_ARGUMENT", 1000},
	}
	for _, kind := range kinds {
		for name, ctx := range contexts {
			kind, ctx := kind, ctx
			b.Run(kind.name+"/"+name, func(b *testing.B) {
				const sittings, rounds = 15, 40
				ofC, ofGo := math.Inf(1), math.Inf(1)
				for n := 0; n < b.N*sittings; n++ {
					inC, inGo := sit(b, ctx, rounds, kind.calls, kind.jobID, kind.result)
					ofC, ofGo = math.Min(ofC, inC), math.Min(ofGo, inGo)
				}
				b.ReportMetric(0, "ns/op") // of rounds: says nothing
				b.ReportMetric(ofC, "µs/call-in-C")
				b.ReportMetric(ofGo, "µs/call-in-Go")
				b.ReportMetric(ofGo-ofC, "µs-overhead")
			})
		}
	}
}

// sit measures, in microseconds for each call, the best tenth of rounds in C and of rounds in Go.
func sit(b *testing.B, ctx context.Context, rounds, calls int, jobID, expected string) (float64, float64) {
	url := conformanceURL + "/success"
	inC, err := cloop.New(url, "conformance-key")
	if err != nil {
		b.Fatal(err)
	}
	defer inC.Close()
	inGo := newTestClient(b, url, WithAPIKey("conformance-key"))
	defer inGo.Close()
	var ofC, ofGo []float64
	for round := 0; round < rounds; round++ {
		took, result := inC.JobDetails(jobID, calls)
		if result != expected {
			b.Fatal(result)
		}
		ofC = append(ofC, perCall(took, calls))
		begin := time.Now()
		for i := 0; i < calls; i++ {
			_, err = inGo.JobDetails(ctx, jobID)
		}
		ofGo = append(ofGo, perCall(time.Since(begin), calls))
		if resultOf(err) != expected {
			b.Fatal(err)
		}
	}
	return bestTenth(ofC), bestTenth(ofGo)
}

func perCall(took time.Duration, calls int) float64 {
	return float64(took.Nanoseconds()) / 1000 / float64(calls)
}

// bestTenth is what a tenth of the rounds stayed below.
func bestTenth(of []float64) float64 {
	sort.Float64s(of)
	return of[len(of)/10]
}

func resultOf(err error) string {
	var e *Error
	if errors.As(err, &e) {
		return e.Code.String()
	}
	return "UNS_OK"
}
