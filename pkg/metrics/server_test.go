package metrics

import (
	"bufio"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"strconv"
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

// What a process that was taken over writes into the memory is shown as numbers.
func TestHostileWords(t *testing.T) {
	own, _ := newMemory(t)
	recent := NewRecent(own, time.Now())
	words := []uint64{0, 1, 1<<63 - 1, 1 << 63, 1<<64 - 1}
	for try := range 100 {
		for i := range own.words {
			own.words[i].Store(words[rand.IntN(len(words))])
		}
		values, _ := recent.Values(time.Now().Add(time.Duration(try) * 10 * time.Second))
		for line := range strings.Lines(string(Text(nil, values))) {
			number := strings.TrimSpace(line[strings.LastIndex(line, " ")+1:])
			if _, err := strconv.ParseFloat(number, 64); err != nil && line[0] != '#' {
				t.Fatal(line)
			}
		}
		for _, v := range values {
			if v.IsSpan && (v.Took.Quantile(0.5) < 0 || v.TookMinute.Quantile(0.99) < 0) {
				t.Fatalf("%+v", v)
			}
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

// listenLimited returns a server that answers, at a loopback address.
func listenLimited(t *testing.T, text func() []byte) (address string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := Server(text)
	served := make(chan error, 1)
	go func() { served <- s.Serve(Limit(l)) }()
	t.Cleanup(func() {
		_ = s.Close() // Clients of the test may have closed their connections.
		<-served
	})
	return l.Addr().String()
}

// dialAll connects n clients.
func dialAll(t *testing.T, address string, n int) (all []net.Conn) {
	t.Helper()
	for range n {
		conn, err := net.Dial("tcp", address)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
		all = append(all, conn)
	}
	return all
}

// get sends a request and reads the answer.
func get(t *testing.T, conn net.Conn) {
	t.Helper()
	if _, err := io.WriteString(conn, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"); err != nil {
		t.Error(err)
		return
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Error(err)
		return
	}
	text, err := io.ReadAll(response.Body)
	if err != nil || string(text) != "figures" {
		t.Errorf("%q, %v", text, err)
	}
}

// Clients that are silent, before a request or after one, do not keep another out: the one
// that has been silent longest loses its place.
func TestIdleClients(t *testing.T) {
	address := listenLimited(t, func() []byte { return []byte("figures") })
	silent := dialAll(t, address, maxConns-1)
	spoken := dialAll(t, address, 1)[0]
	get(t, spoken) // Now all of them are accepted.
	for _, conn := range dialAll(t, address, maxConns-1) {
		get(t, conn)
	}
	for i, conn := range silent {
		if n, err := conn.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("silent client %d still has its place", i)
		}
	}
	get(t, spoken)
}

// A client whose request is being answered loses its place last.
func TestActiveClients(t *testing.T) {
	begun, end := make(chan struct{}), make(chan struct{})
	address := listenLimited(t, func() []byte {
		begun <- struct{}{}
		<-end
		return []byte("figures")
	})
	active := dialAll(t, address, 1)[0]
	answered := make(chan struct{})
	go func() {
		defer close(answered)
		get(t, active)
	}()
	<-begun
	silent := dialAll(t, address, 2*maxConns)
	if n, err := silent[0].Read(make([]byte, 1)); n != 0 || err == nil {
		t.Error("the first silent client still has its place")
	}
	close(end)
	<-answered
}

// If all clients are being answered, the first of them loses its place: its answer may be
// one that it does not read.
func TestAllActive(t *testing.T) {
	l := &limited{}
	var first *placedConn
	for range maxConns {
		c := &placedConn{listener: l}
		if l.add(c) != nil {
			t.Error("a connection loses its place too early")
		}
		l.note(c, true)
		if first == nil {
			first = c
		}
	}
	if l.add(&placedConn{listener: l}) != first || len(l.open) != maxConns {
		t.Errorf("another loses its place; %d are open", len(l.open))
	}
	l.note(first, false)
	if len(l.open) != maxConns {
		t.Error("a connection without a place is noted")
	}
}
