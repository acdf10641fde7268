//go:build systemd

package bed

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

// versions of systemd that the suites are there for.
var versions = map[Suite]string{Bookworm: "systemd 252", Trixie: "systemd 257"}

func TestBedSuites(t *testing.T) {
	for _, suite := range Suites() {
		t.Run(string(suite), func(t *testing.T) {
			m := Start(t, suite)
			if got := m.Run(t, "systemctl", "--version"); !strings.HasPrefix(got, versions[suite]+" ") {
				t.Errorf("%s, want %s", got, versions[suite])
			}
			t.Run("socket activation", func(t *testing.T) { testActivation(t, m) })
			t.Run("journal", func(t *testing.T) { testJournal(t, m) })
			t.Run("credential", func(t *testing.T) { testCredential(t, m) })
			t.Run("landlock", func(t *testing.T) { testLandlock(t, m) })
			t.Run("unit", func(t *testing.T) { testUnit(t, m) })
			t.Run("file", func(t *testing.T) { testFile(t, m) })
			t.Run("tree", func(t *testing.T) { testTree(t, m) })
			t.Run("process", func(t *testing.T) { testProcess(t, m) })
			t.Run("host program", func(t *testing.T) { testHost(t, m) })
			m.PowerOff(t)
			checkNothingLeft(t, m)
		})
	}
}

// testActivation has a service started by the first connection, which answers
// each of them with the number of its process.
func testActivation(t *testing.T, m *Machine) {
	m.Write(t, "/etc/systemd/system/hello.socket", "[Socket]\nListenStream=110\n", 0o644)
	m.Write(t, "/etc/systemd/system/hello.service", "[Service]\nDynamicUser=yes\nPrivateNetwork=yes\nExecStart=/usr/bin/perl -e '"+
		`open(my $$l, "+<&=3"); while (accept(my $$c, $$l)) { syswrite($$c, "hello $$$$\n"); close($$c) }'`+"\n", 0o644)
	m.Run(t, "systemctl", "daemon-reload")
	m.Run(t, "systemctl", "start", "hello.socket")
	if state := m.Output(t, "systemctl", "is-active", "hello.service"); state.Stdout != "inactive\n" {
		t.Errorf("before the first connection the service is %s", state.Stdout)
	}
	first := dialLine(t, m, "127.0.0.1:110")
	if second := dialLine(t, m, "[::1]:110"); second != first || !strings.HasPrefix(first, "hello ") {
		t.Errorf("answers %q and %q", first, second)
	}
	pid := m.Run(t, "systemctl", "show", "-P", "MainPID", "hello.service")
	if first != "hello "+pid {
		t.Errorf("answer %q, but the service has the process %s", first, pid)
	}
}

// dialLine connects and returns the first line.
func dialLine(t *testing.T, m *Machine, address string) string {
	t.Helper()
	conn, err := m.Dial(address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	line, err := bufio.NewReader(conn).ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	return line
}

// testJournal writes an entry by the native protocol, whose fields hold what
// makes them hard to read back.
func testJournal(t *testing.T, m *Machine) {
	const send = `use IO::Socket::UNIX;
my $s = IO::Socket::UNIX->new(Type => SOCK_DGRAM, Peer => "/run/systemd/journal/socket") or die $!;
my $v = "one\nBED_FALSE=\xff";
$s->send("MESSAGE=of the bed\nBED_TWICE=a\nBED_TWICE=b\nBED_NAME\n" . pack("Q<", length $v) . "$v\n") or die $!;`
	m.Run(t, "perl", "-e", send)
	entries := m.Journal(t, "BED_TWICE=a")
	if len(entries) != 1 {
		t.Fatalf("%d entries", len(entries))
	}
	e := entries[0]
	for field, want := range map[string]string{
		"MESSAGE": "of the bed", "BED_NAME": "one\nBED_FALSE=\xff", "BED_FALSE": "", "_TRANSPORT": "journal",
	} {
		if got := e.Text(field); got != want {
			t.Errorf("%s is %q, want %q", field, got, want)
		}
	}
	if got := fmt.Sprint(e.Texts("BED_TWICE")); got != "[a b]" && got != "[b a]" {
		t.Errorf("BED_TWICE is %s", got)
	}
	if entries := m.Journal(t, "BED_TWICE=c"); len(entries) != 0 {
		t.Errorf("entries that do not match: %v", entries)
	}
}

func testCredential(t *testing.T, m *Machine) {
	m.Write(t, "/etc/bed/secret", "for the service", 0o600)
	properties := []string{"DynamicUser=yes", "LoadCredential=key:/etc/bed/secret"}
	r := m.RunUnit(t, properties, "sh", "-c", `cat "$CREDENTIALS_DIRECTORY/key"; cat /etc/bed/secret`)
	if r.Stdout != "for the service" || r.Code == 0 || !strings.Contains(r.Stderr, "Permission denied") {
		t.Errorf("%+v", r)
	}
}

// testLandlock asks for the version of Landlock, in the system call filter
// that services are to have.
func testLandlock(t *testing.T, m *Machine) {
	filter := "SystemCallFilter=@system-service landlock_create_ruleset"
	r := m.RunUnit(t, []string{filter, "SystemCallErrorNumber=EPERM"}, "perl", "-e", "print syscall(444, 0, 0, 1)")
	if r.Code != 0 || len(r.Stdout) != 1 || r.Stdout < "1" {
		t.Errorf("landlock_create_ruleset: %+v", r)
	}
}

// testUnit shows that RunUnit has the privileges of a service, its exit status
// and its cgroup.
func testUnit(t *testing.T, m *Machine) {
	r := m.RunUnit(t, []string{"User=nobody", "CapabilityBoundingSet="}, "sh", "-c", "id -un; cat /proc/self/cgroup; exit 3")
	if r.Code != 3 || !strings.HasPrefix(r.Stdout, "nobody\n") || !strings.Contains(r.Stdout, "/system.slice/run-") {
		t.Errorf("%+v", r)
	}
	const send = `my $s = IO::Socket::INET->new(Proto => "udp", PeerAddr => "127.0.0.1:9"); print $s->send("x") ? "sent" : $!`
	for deny, want := range map[string]string{"": "sent", "any": "Operation not permitted"} {
		r := m.RunUnit(t, []string{"IPAddressDeny=" + deny}, "perl", "-MIO::Socket::INET", "-e", send)
		if r.Stdout != want {
			t.Errorf("IPAddressDeny=%s: %+v, want %q", deny, r, want)
		}
	}
}

func testFile(t *testing.T, m *Machine) {
	host := filepath.Join(t.TempDir(), "script")
	if err := os.WriteFile(host, []byte("#!/bin/sh\necho \"$0 of $(hostname)\"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	m.Copy(t, host, "/opt/bed/script")
	if got := m.Run(t, "/opt/bed/script"); got != "/opt/bed/script of bed\n" {
		t.Errorf("the copied script prints %q", got)
	}
	m.Write(t, "/opt/bed/note", "text\x00", 0o640)
	if got := m.Read(t, "/opt/bed/note"); got != "text\x00" {
		t.Errorf("read back: %q", got)
	}
	if got := m.Run(t, "stat", "-c", "%a %U", "/opt/bed/note"); got != "640 root\n" {
		t.Errorf("mode and owner %q", got)
	}
}

func testTree(t *testing.T, m *Machine) {
	host := t.TempDir()
	if err := os.CopyFS(host, fstest.MapFS{"a/b": {Data: []byte("deep")}, "c": {Data: []byte("flat")}}); err != nil {
		t.Fatal(err)
	}
	m.CopyTree(t, host, "/srv/tree", "nobody")
	got := m.Run(t, "find", "/srv/tree", "-type", "f", "-printf", "%P %u %s\n")
	if got != "a/b nobody 4\nc nobody 4\n" && got != "c nobody 4\na/b nobody 4\n" {
		t.Errorf("copied: %s", got)
	}
}

func testProcess(t *testing.T, m *Machine) {
	pid, err := strconv.Atoi(strings.TrimSpace(m.Run(t, "systemctl", "show", "-P", "MainPID", "dbus.service")))
	if err != nil {
		t.Fatal(err)
	}
	comm, err := os.ReadFile(fmt.Sprintf("/proc/%d/comm", m.HostPID(t, pid)))
	if err != nil || string(comm) != "dbus-daemon\n" {
		t.Errorf("the process %d in the machine is %q here, %v", pid, comm, err)
	}
}

// testHost runs a program of this machine in the other one's network.
func testHost(t *testing.T, m *Machine) {
	out, err := m.Host("cat", "/proc/net/tcp6").CombinedOutput()
	if err != nil || !strings.Contains(string(out), ":006E 0") {
		t.Errorf("port 110 is not seen: %v\n%s", err, out)
	}
}

func TestBedPackages(t *testing.T) {
	m := Start(t, Bookworm, "mariadb-server")
	if got := m.Run(t, "mariadb", "-Ne", "select 6*7"); got != "42\n" {
		t.Errorf("the database answers %q", got)
	}
}

func TestBedTwoAtOnce(t *testing.T) {
	one, two := Start(t, Bookworm), Start(t, Trixie)
	one.Write(t, "/root/only", "one", 0o600)
	if r := two.Output(t, "cat", "/root/only"); r.Code == 0 {
		t.Error("a file of one machine is in the other one")
	}
	one.Run(t, "systemd-run", "--unit=listen", "nc", "-lk", "127.0.0.1", "7777")
	Poll(t, "nc listens", func() bool {
		conn, err := one.Dial("127.0.0.1:7777")
		if err == nil {
			conn.Close()
		}
		return err == nil
	})
	if conn, err := two.Dial("127.0.0.1:7777"); err == nil {
		conn.Close()
		t.Error("the machines share a network")
	}
	if conn, err := net.Dial("tcp", "127.0.0.1:7777"); err == nil {
		conn.Close()
		t.Error("a machine shares the network of this one")
	}
	one.Kill(t)
	one.Kill(t)
	checkNothingLeft(t, one)
	two.Run(t, "true")
}

func TestBedDialErrors(t *testing.T) {
	m := Start(t, Bookworm)
	for _, address := range []string{"127.0.0.1:9", "localhost:110", "127.0.0.1"} {
		if conn, err := m.Dial(address); err == nil {
			conn.Close()
			t.Errorf("connected to %s", address)
		}
	}
}
