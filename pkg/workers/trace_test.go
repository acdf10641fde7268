package workers

import (
	"fmt"
	"testing"
	"time"

	"tpops/pkg/trace"
)

// TestTraceLastLines checks that a trace has all lines from before its end, although the parent
// reads those of its children only now and then.
func TestTraceLastLines(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.begin()
		for n := range 20 {
			one := r.Trace(trace.Filter{User: "stays"})
			c.ask(fmt.Sprint("TOP 1 ", n), "-ERR") // The message is deleted.
			one.Close()
			one.Close()
			var texts []string
			for line := range one.Lines() {
				texts = append(texts, line.Text)
			}
			if len(texts) == 0 || texts[0] != fmt.Sprint("TOP 1 ", n) || one.Lost() != 0 {
				t.Fatalf("%d: %q, %d lost", n, texts, one.Lost())
			}
		}
		r.Stop(Close, time.Second)
		r.ended()
		r.Trace(trace.Filter{User: "stays"}).Close() // does not wait for the model
	})
}
