//go:build integration

package processes

import (
	"net"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestMaxServers fills the server: a further client waits, without an answer,
// until another has gone.
func TestMaxServers(t *testing.T) {
	d := fixture.Small(t).Start(t, "--max-servers=2")
	first, second := fixture.Dial(t, d), fixture.Dial(t, d)
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The other two still being served shows that time has passed for the server.
	first.OK("CAPA")
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Fatal("a third client is served")
	}
	second.OK("QUIT")
	greeting, err := daemon.NewClient(conn).Line()
	if err != nil || !strings.HasPrefix(greeting, "+OK") {
		t.Errorf("the third client got %q, %v after the second had gone", greeting, err)
	}
}
