package password

import (
	"sync"
	"testing"

	"tpops/pkg/pop3"
)

// TestVectorsAtOnce checks several passwords of each method at the same time. With the
// race detector it finds libraries that share data between calls.
func TestVectorsAtOnce(t *testing.T) {
	verifier := verifierOf(4)
	var all sync.WaitGroup
	for _, v := range vectors {
		s, err := Parse(v.stored, "CRYPT")
		if err != nil {
			t.Fatal(err)
		}
		if c, err := s.prepare(); err != nil || c.lanes == 0 || v.password != "tanstaaf" {
			continue
		}
		for range 2 {
			all.Go(func() {
				if ok, err := verifier.Matches(t.Context(), s, pop3.Attempt{Password: v.password}); !ok || err != nil {
					t.Errorf("%s: %v, %v", v.name, ok, err)
				}
			})
		}
	}
	all.Wait()
}
