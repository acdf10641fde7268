package handover

import (
	"net"
	"os"
	"testing"

	"tpops/pkg/pop3"
)

// ending is a Server that looks at the files of a resumer when sessions end.
type ending struct {
	Server
	t       *testing.T
	resumer *resumer
	ended   int
}

func (e *ending) Abandon(lost ...*pop3.Suspended) {
	for i, file := range e.resumer.conns {
		if file != nil {
			e.t.Errorf("connection %d has a second descriptor", i)
		}
	}
	for _, s := range lost {
		e.ended++
		_ = s.Conn.Close()
	}
}

// Sessions that end together have one descriptor each, as those that continue.
func TestAbandonDescriptors(t *testing.T) {
	e := &ending{t: t}
	var files []*os.File
	for range 3 {
		conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		file, err := conn.File()
		if err != nil {
			t.Fatal(err)
		}
		files = append(files, file)
	}
	e.resumer = &resumer{server: e, conns: append([]*os.File{nil}, files...)}
	e.resumer.abandonFrom(1)
	if e.ended != len(files) {
		t.Errorf("%d sessions have ended", e.ended)
	}
	for i, file := range files {
		if _, err := file.Stat(); err == nil {
			t.Errorf("connection %d is still open", i)
		}
	}
}
