package handover

import (
	"os"
	"strings"
	"testing"
	"time"

	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// logins returns how many logins have been counted.
func logins(m *metrics.Memory) (total uint64) {
	values, _ := metrics.NewRecent(m, time.Now()).Values(time.Now())
	for i := range values {
		if values[i].Word == "APOP" && strings.HasSuffix(values[i].Name, "logins_total") {
			total += uint64(values[i].Total)
		}
	}
	return total
}

// The next process counts on in the same memory, and gets it again after that.
func TestReceiveFigures(t *testing.T) {
	m, s, _ := startManager(t)
	first, err := s.ReceiveFigures([]sd.Socket{{Name: guardName}})
	if err != nil {
		t.Fatal(err)
	}
	first.Count(pop3.FigureLogins, "APOP", 2)
	stored := <-m.stored
	if stored.Name != figuresName {
		t.Fatalf("stored %q", stored.Name)
	}
	next, err := s.ReceiveFigures([]sd.Socket{stored})
	if err != nil {
		t.Fatal(err)
	}
	first.Count(pop3.FigureLogins, "APOP", 1) // of a session with which the first one goes on
	next.Count(pop3.FigureLogins, "APOP", 4)
	if got := logins(next); got != 7 {
		t.Errorf("%d logins", got)
	}
	if len(m.stored) > 0 {
		t.Error("stored twice")
	}
}

// A memory of another version is replaced.
func TestReceiveFiguresOther(t *testing.T) {
	m, s, _ := startManager(t)
	other, err := os.CreateTemp(t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	memory, err := s.ReceiveFigures([]sd.Socket{{Name: figuresName, File: other}})
	if err != nil {
		t.Fatal(err)
	}
	if text := <-m.texts; !strings.Contains(text, "FDSTOREREMOVE=1") || !strings.Contains(text, "FDNAME="+figuresName) {
		t.Errorf("systemd was sent %q", text)
	}
	if stored := <-m.stored; stored.Name != figuresName || logins(memory) != 0 {
		t.Errorf("stored %q, %d logins", stored.Name, logins(memory))
	}
	if _, err := other.Stat(); err == nil {
		t.Error("the other file is still open")
	}
}
