package usage

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// opened returns a Recorder and its log.
func opened(t *testing.T) (r *Recorder, name string, log *bytes.Buffer) {
	t.Helper()
	name, log = filepath.Join(t.TempDir(), "usage"), &bytes.Buffer{}
	r, err := Open(name, slog.New(slog.NewTextHandler(log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r, name, log
}

func summary(user string) *pop3.Summary {
	return &pop3.Summary{
		Name: user, LoggedIn: true, Login: time.Now(), Peer: netip.MustParseAddrPort("[::ffff:192.0.2.7]:1"), Local: netip.MustParseAddrPort("192.0.2.1:110"),
		Near: true, TLS: "TLSv1.2", Offloaded: true, Method: "APOP", Retrieved: 3, Deleted: 2,
	}
}

// TestRecorder checks that sessions are written together after a second, whether they come
// from this process or from a child, and those that are left at the end.
func TestRecorder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, name, log := opened(t)
		var all sync.WaitGroup
		for range 20 {
			all.Go(func() { r.Ended(summary("ann")) })
		}
		all.Wait()
		text, ok := Encode(summary("ann"))
		if !ok {
			t.Error("not encoded")
		}
		r.Encoded(text)
		synctest.Wait()
		if got, _ := contents(t, name, time.Now()); len(got) != 0 {
			t.Errorf("written at once: %v", got)
		}
		time.Sleep(writeDelay)
		synctest.Wait()
		got, _ := contents(t, name, time.Now())
		k := key{"ann", Class{TLS: "TLSv1.2", Method: "APOP", Offloaded: true, Local: true}}
		if c := got[k]; c.Total != (Count{21, 63, 42}) || c.Client.Addr() != netip.MustParseAddr("192.0.2.7") || c.Server.Port() != 110 {
			t.Errorf("%+v", got)
		}
		r.Ended(summary("bob"))
		r.Close()
		r.Ended(summary("carl"))
		if got, _ = contents(t, name, time.Now()); len(got) != 2 {
			t.Errorf("%+v", got)
		}
		if log.Len() > 0 {
			t.Error(log)
		}
	})
}

// TestNotRecorded checks what is no login: a failed one, and octets that only a child that
// was taken over would send.
func TestNotRecorded(t *testing.T) {
	r, name, _ := opened(t)
	failed := summary("ann")
	failed.LoggedIn = false
	r.Ended(failed)
	if _, ok := Encode(failed); ok {
		t.Error("a failed login was encoded")
	}
	good, _ := Encode(summary("ann"))
	control, none, twice := newClient(&session{User: "a\nb", Login: start}), newClient(&session{Login: start}), newClient(&session{User: "a", Login: start})
	long := newClient(&session{User: "a", Class: Class{Method: strings.Repeat("M", maxWord+1)}, Login: start})
	twice.Total.Logins = 2
	for _, text := range []string{
		"", "{}", "x", good[:len(good)-1], good + good, good + "\x00", strings.Replace(good, "ann", "amy", 1), string(control.encode()),
		string(none.encode()), string(twice.encode()), string(long.encode()),
	} {
		r.Encoded(text)
	}
	var missing *Recorder
	missing.Ended(summary("ann"))
	missing.Encoded(good)
	missing.Close()
	r.Close()
	if got, _ := contents(t, name, time.Now()); len(got) != 0 {
		t.Errorf("%+v", got)
	}
}

// TestFailure checks that a file that cannot be written is reported once, and again only
// after a success, and that damage is reported.
func TestFailure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, name, log := opened(t)
		login := func() {
			r.Ended(summary("ann"))
			time.Sleep(2 * writeDelay)
			synctest.Wait()
		}
		write := func(text string) {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		write("something else")
		login()
		login()
		if n := strings.Count(log.String(), "usage not recorded"); n != 1 || !strings.Contains(log.String(), "not a usage file") {
			t.Errorf("%d events: %s", n, log)
		}
		write("")
		login()
		good, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		good[blockSize+20] ^= 1
		good[atWriter] ^= 1
		write(string(good))
		login()
		if !strings.Contains(log.String(), "usage file damaged") || !strings.Contains(log.String(), "records=2") {
			t.Error(log)
		}
		write("something else")
		login()
		if n := strings.Count(log.String(), "usage not recorded"); n != 2 {
			t.Errorf("%d events: %s", n, log)
		}
	})
}

// TestQueue checks that more sessions than there is room for are counted as lost, and
// that no caller waits for the file.
func TestQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, name, log := opened(t)
		other := openFile(t, name)
		if err := other.lock(); err != nil {
			t.Fatal(err)
		}
		r.Ended(summary("ann"))
		time.Sleep(writeDelay + lockWait/2) // The recorder waits for the lock now.
		for range queueSize + 10 {
			r.Ended(summary("ann"))
		}
		other.f.Close()
		r.Close()
		if !strings.Contains(log.String(), "10 sessions ended faster") {
			t.Error(log)
		}
		got, _ := contents(t, name, time.Now())
		for _, c := range got {
			if c.Total.Logins != queueSize+1 {
				t.Errorf("%+v", c)
			}
		}
	})
}
