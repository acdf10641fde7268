//go:build integration && !race

package processes

import (
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestChildMemory checks that the children of prefork give back the memory of earlier
// sessions, both while no client comes and during a session: Go keeps 4 MiB of garbage.
func TestChildMemory(t *testing.T) {
	const most = 4 << 20 // octets
	d := fixture.Small(t).Start(t, "--parallel-type=prefork", "--min-servers=1", "--max-servers=2", "--max-use=100000")
	work := func() {
		for range 250 {
			s := fixture.LogIn(t, d)
			s.OK("STAT")
			s.OK("QUIT")
			s.Close()
		}
	}
	holdLittle := func(when string) {
		fixture.Eventually(t, fmt.Sprintf("%s each child has less than %d octets", when, most), func() bool {
			return largestChild(t, d) < most
		})
	}
	work()
	holdLittle("without a client")
	work()
	fixture.LogIn(t, d)
	holdLittle("in a session")
}

// largestChild returns the private memory of the largest child in octets.
func largestChild(t *testing.T, d *daemon.Daemon) (most int64) {
	t.Helper()
	for _, pid := range fixture.Serving(t, d.PID()) {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", pid))
		if err != nil {
			continue // It has ended.
		}
		var sum int64
		for line := range bytes.Lines(text) {
			fields := strings.Fields(string(line))
			if len(fields) > 1 && strings.HasPrefix(fields[0], "Private_") {
				kib, _ := strconv.ParseInt(fields[1], 10, 64)
				sum += kib << 10
			}
		}
		most = max(most, sum)
	}
	return most
}
