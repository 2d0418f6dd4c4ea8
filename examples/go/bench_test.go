package unstructuredjobs

import (
	"context"
	"errors"
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
// both, and leaves some rounds alone. "answered" is a whole question over a kept connection; "refused" is one that ends
// before anything is sent, which shows the overhead without the network's noise.
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
				url := conformanceURL + "/success"
				inC, err := cloop.New(url, "conformance-key")
				if err != nil {
					b.Fatal(err)
				}
				defer inC.Close()
				inGo := newTestClient(b, url, WithAPIKey("conformance-key"))
				const rounds = 500
				var ofC, ofGo []float64
				for n := 0; n < b.N; n++ {
					for round := 0; round < rounds; round++ {
						took, result := inC.JobDetails(kind.jobID, kind.calls)
						if result != kind.result {
							b.Fatal(result)
						}
						ofC = append(ofC, perCall(took, kind.calls))
						begin := time.Now()
						for i := 0; i < kind.calls; i++ {
							_, err = inGo.JobDetails(ctx, kind.jobID)
						}
						ofGo = append(ofGo, perCall(time.Since(begin), kind.calls))
						if resultOf(err) != kind.result {
							b.Fatal(err)
						}
					}
				}
				b.ReportMetric(0, "ns/op") // of rounds: says nothing
				b.ReportMetric(bestTenth(ofC), "µs/call-in-C")
				b.ReportMetric(bestTenth(ofGo), "µs/call-in-Go")
				b.ReportMetric(bestTenth(ofGo)-bestTenth(ofC), "µs-overhead")
			})
		}
	}
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
