package metrics

import (
	"bufio"
	"errors"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

func TestText(t *testing.T) {
	own, _ := newMemory(t)
	own.Took(pop3.SpanOpen, 20*time.Microsecond)
	own.Took(pop3.SpanOpen, 3*time.Second)
	own.Took(pop3.SpanOpen, 100*time.Hour)
	own.Count(pop3.FigureLogins, "PLAIN", 7)
	values, _ := NewRecent(own, time.Now()).Values(time.Now())
	text := "\n" + string(Text([]Gauge{
		NewGauge(LevelSessions, "authorization", 1), NewGauge(LevelSessions, "transaction", 2), NewGauge(LevelCacheHits, "", 3),
	}, values))
	for _, want := range []string{
		"\n# HELP tpops_sessions Sessions at present, by state.\n# TYPE tpops_sessions gauge\n" +
			"tpops_sessions{state=\"authorization\"} 1\ntpops_sessions{state=\"transaction\"} 2\n",
		"# TYPE tpops_mailbox_cache_hits_total counter\ntpops_mailbox_cache_hits_total 3\n",
		"\n# TYPE tpops_open_seconds histogram\ntpops_open_seconds_bucket{le=\"0.000016\"} 0\ntpops_open_seconds_bucket{le=\"0.000032\"} 1\n",
		"\ntpops_open_seconds_bucket{le=\"2.097152\"} 1\ntpops_open_seconds_bucket{le=\"4.194304\"} 2\n",
		"\ntpops_open_seconds_bucket{le=\"+Inf\"} 3\ntpops_open_seconds_sum 360003.00002\ntpops_open_seconds_count 3\n",
		"\ntpops_logins_total{mechanism=\"PLAIN\"} 7\n",
		"\ntpops_log_records_lost_total 0\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

// Only GET /metrics is answered, and a client that says nothing or too much holds
// nothing for long.
func TestServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Server(func() []byte { return []byte("figures") })
	served := make(chan error, 1)
	go func() { served <- s.Serve(Limit(l)) }()
	for request, want := range map[string]string{
		"GET /metrics HTTP/1.0\r\n\r\n":                                                "200 OK",
		"GET / HTTP/1.0\r\n\r\n":                                                       "404 Not Found",
		"GET /metrics/../etc/passwd HTTP/1.0\r\n\r\n":                                  "404 Not Found",
		"POST /metrics HTTP/1.0\r\n\r\n":                                               "405 Method Not Allowed",
		"GET /metrics HTTP/1.0\r\nX: " + strings.Repeat("x", 2*maxHeader) + "\r\n\r\n": "431 Request Header Fields Too Large",
		"USER ann\r\n\r\n":                                                             "400 Bad Request",
	} {
		conn, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		line, err := bufio.NewReader(conn).ReadString('\n')
		if err != nil || !strings.Contains(line, want) && want != "404 Not Found" || want == "404 Not Found" && strings.Contains(line, "200") {
			t.Errorf("%.40q: %q, %v", request, line, err)
		}
		conn.Close()
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if err := <-served; !errors.Is(err, http.ErrServerClosed) {
		t.Error(err)
	}
}

// No more connections are accepted than there are places, and each place is given back
// once.
func TestLimit(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	limited := Limit(l).(*limited)
	for range maxConns {
		client, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer client.Close()
		conn, err := limited.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if len(limited.places) == maxConns {
			conn.Close()
			conn.Close()
		}
	}
	if len(limited.places) != maxConns-1 {
		t.Errorf("%d places are taken", len(limited.places))
	}
	l.Close()
	if _, err := limited.Accept(); err == nil || len(limited.places) != maxConns-1 {
		t.Errorf("%v, %d places are taken", err, len(limited.places))
	}
}
