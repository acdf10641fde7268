package workers

import (
	"bytes"
	"errors"
	"net/netip"
	"os"
	"reflect"
	"strings"
	"testing"

	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// null returns n open files.
func null(t *testing.T, n int) []*os.File {
	t.Helper()
	var files []*os.File
	for range n {
		f, err := os.Open(os.DevNull)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		files = append(files, f)
	}
	return files
}

// A child gets all of its task. One that is cut off or goes on, has no parameters or an
// unknown role is an error.
func TestReadTask(t *testing.T) {
	good := task{
		Role: rolePrefork, Ports: []pop3.Port{{}, {TLS: true}}, Listening: []netip.AddrPort{netip.MustParseAddrPort("[fe80::1%2]:110"), netip.MustParseAddrPort("127.0.0.1:995")},
		Guard: true, Seen: true, Metrics: true, Salts: []byte("x"), Certificates: []byte("y"), Question: []byte("z"), Config: load(t, "--domain=example.org").Encode(),
	}
	data := good.encode()
	got, c, err := readTask(data)
	if err != nil || !reflect.DeepEqual(*got, good) || c.Protocol.Domain != "example.org" {
		t.Errorf("%+v, %v", got, err)
	}
	for n := range data {
		if _, _, err := readTask(data[:n]); err == nil || !strings.HasPrefix(err.Error(), "invalid task of a child") {
			t.Errorf("%d octets: %v", n, err)
		}
	}
	for name, bad := range map[string][]byte{
		"more": append(bytes.Clone(data), 0), "nonsense": []byte("nonsense"), "a long text": bytes.Repeat([]byte{0xff}, 20),
		"half an address": append(appendOctets(appendOctets(nil, []byte(rolePrefork)), nil), 2, 5, 1),
		"no parameters":   (&task{Role: rolePrefork}).encode(),
	} {
		if _, _, err := readTask(bad); err == nil || !strings.HasPrefix(err.Error(), "invalid task of a child") {
			t.Errorf("%s: %v", name, err)
		}
	}
	good.Role = "init"
	if _, _, err := readTask(good.encode()); err == nil || !strings.Contains(err.Error(), `unknown role "init"`) {
		t.Errorf("%v", err)
	}
	none, _, err := readTask((&task{Role: roleProbe, Config: good.Config}).encode())
	if err != nil || none.Certificates != nil || none.Question != nil || none.shared() != 0 {
		t.Errorf("%+v, %v", none, err)
	}
}

// A child gets the files in the order in which its parent has added them.
func TestNewChild(t *testing.T) {
	c := load(t)
	memory, err := guard.New(c.Processes.MaxServers)
	if err != nil {
		t.Fatal(err)
	}
	files := append(null(t, 4), memory.File())
	child, listeners, err := newChild(&task{
		Role: rolePrefork, Ports: make([]pop3.Port, 2), Seen: true, Hook: true, Guard: true, Salts: []byte("x"),
	}, c, files)
	if err != nil {
		t.Fatal(err)
	}
	if len(listeners) != 2 || listeners[0] != files[0] || listeners[1] != files[1] {
		t.Errorf("listeners %v", listeners)
	}
	if child.Seen != files[2] || child.Hook != files[3] || child.Guard == nil || child.conn != nil || child.Probe || string(child.Salts) != "x" {
		t.Errorf("%+v", child)
	}
	probe, listeners, err := newChild(&task{Role: roleProbe}, c, nil)
	if err != nil || !probe.Probe || len(listeners) != 0 || probe.Guard != nil || probe.Hook != nil || probe.Seen != nil {
		t.Errorf("%+v, %v, %v", probe, listeners, err)
	}
	conn := null(t, 1)
	fork, listeners, err := newChild(&task{Role: roleFork, Ports: make([]pop3.Port, 1)}, c, conn)
	if err != nil || fork.conn != conn[0] || len(listeners) != 0 {
		t.Errorf("%+v, %v, %v", fork, listeners, err)
	}
}

// A task that does not match its files is an error, and never a panic later.
func TestNewChildMismatch(t *testing.T) {
	one, two := make([]pop3.Port, 1), make([]pop3.Port, 2)
	tests := []struct {
		name  string
		task  task
		files int
		want  string
	}{
		{"no guard", task{Role: rolePrefork, Guard: true}, 0, errTooFewFiles.Error()},
		{"no socket of the hook", task{Role: rolePrefork, Seen: true, Hook: true}, 1, errTooFewFiles.Error()},
		{"a guard that is another file", task{Role: rolePrefork, Guard: true}, 1, ""},
		{"fewer ports than listeners", task{Role: rolePrefork, Ports: one}, 2, "2 sockets for 1 ports"},
		{"fewer listeners than ports", task{Role: rolePrefork, Ports: two}, 1, "1 sockets for 2 ports"},
		{"no connection", task{Role: roleFork}, 0, "0 connections"},
		{"two connections", task{Role: roleFork, Ports: two}, 2, "2 connections"},
		{"a probe with a listener", task{Role: roleProbe}, 1, "1 sockets for 0 ports"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			child, _, err := newChild(&tt.task, load(t), null(t, tt.files))
			if child != nil || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%+v, %v, want %q", child, err, tt.want)
			}
		})
	}
}

// A process that was not started by a parent is no child.
func TestInheritNoParent(t *testing.T) {
	if IsChild() {
		t.Fatal("this process is a child")
	}
	if child, err := Inherit(); child != nil || err == nil {
		t.Errorf("%+v, %v", child, err)
	}
}

// An error of the configuration can be told from one of the system.
func TestConfigError(t *testing.T) {
	if configError(nil) != nil {
		t.Error("nil is an error")
	}
	reason := errors.New("reason")
	err := configError(reason)
	var configuration *ConfigError
	if !errors.As(err, &configuration) || !errors.Is(err, reason) || err.Error() != "reason" {
		t.Errorf("%v", err)
	}
}
