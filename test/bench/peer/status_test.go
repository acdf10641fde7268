package peer

import (
	"net"
	"strings"
	"testing"
	"time"
)

func TestCacheUse(t *testing.T) {
	s, err := listenStatus(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	server := &Server{status: s}
	if _, err := server.CacheUse(); err == nil {
		t.Error("no error before the first report")
	}
	path, _ := strings.CutPrefix(s.env(), "NOTIFY_SOCKET=")
	to, err := net.Dial("unixgram", path)
	if err != nil {
		t.Fatal(err)
	}
	for _, message := range []string{
		"READY=1\n", "STATUS=1 sessions, mailbox-cache: 1 mailboxes, 2 KiB, 3 hits, 4 misses, 5 evictions, version 1\n",
		"WATCHDOG=1\nSTATUS=0 sessions, mailbox-cache: 7 mailboxes, 20 KiB, 30 hits, 40 misses, 50 evictions, version 1\n",
	} {
		if _, err := to.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
	}
	want := CacheUse{Mailboxes: 7, KiB: 20, Hits: 30, Misses: 40, Evictions: 50}
	deadline := time.After(time.Minute)
	for {
		got, err := server.CacheUse()
		if err == nil && got == want {
			break
		}
		select {
		case <-deadline:
			t.Fatalf("got %+v, %v; want %+v", got, err, want)
		default:
		}
	}
	if err := s.conn.Close(); err != nil {
		t.Error(err)
	}
}

func TestStatusWithoutCache(t *testing.T) {
	for _, bad := range []string{"", "2 sessions, version 1", "mailbox-cache: 1 mailboxes, 2 KiB"} {
		if u, err := parseCacheUse(bad); err == nil {
			t.Errorf("%q: %+v", bad, u)
		}
	}
}
