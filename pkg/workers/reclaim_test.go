package workers

import (
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// placeVariable makes this test program one that ends with a place in the guard's memory.
const placeVariable = "WORKERS_TEST_PLACE"

// visitor is the only connection for which the guard of these tests has room.
var visitor = pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: func(*pop3.Refusal) {}}

func leavePlace() int {
	memory, err := guard.Attach(os.NewFile(3, "guard"), 0)
	if err != nil {
		return 71
	}
	if _, refusal := memory.With(guard.Limits{PerAddress: 1}).Accept(visitor); refusal != nil {
		return 72
	}
	return 0
}

// A parent frees the places of processes that were not its children, once a minute.
func TestParentReclaims(t *testing.T) {
	eachParent(t, func(t *testing.T, kind string) {
		model := newModel(t, load(t, "--parallel-type="+kind), slog.New(slog.DiscardHandler))
		m, ok := model.(*parent)
		if !ok {
			m = model.(*fork).parent
		}
		m.fill = func() {} // Without children.
		now := time.Now()
		for _, tt := range []struct {
			after time.Duration
			frees bool
		}{{0, true}, {59 * time.Second, false}, {60 * time.Second, true}} {
			visit(t, m.Guard)
			m.tick(now.Add(tt.after))
			p, refusal := m.Guard.With(guard.Limits{PerAddress: 1}).Accept(visitor)
			if (refusal == nil) != tt.frees {
				t.Errorf("after %v: %v", tt.after, refusal)
			}
			if refusal == nil {
				p.Close()
			}
			m.Guard.ReclaimEnded()
		}
	})
}

// visit runs a process that ends with a place.
func visit(t *testing.T, memory *guard.Memory) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), placeVariable+"=1")
	cmd.ExtraFiles = []*os.File{memory.File()}
	if err := cmd.Run(); err != nil {
		t.Fatal(err)
	}
}
