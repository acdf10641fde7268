//go:build image

package main

import (
	_ "embed"
	"runtime"
	"strings"
	"testing"
	"time"

	"tpops/test/bed"
)

// databaseImage makes an image from the MariaDB of the machine, under the name of the
// image in compose.yaml, which cannot be downloaded in a test. It does what the demo
// needs of that image.
//
//go:embed database_test.sh
var databaseImage string

// TestCompose starts the demo with the podman-compose of Debian 13, and logs in with a
// password that is in the database.
func TestCompose(t *testing.T) {
	image := makeImage(t, t.TempDir(), runtime.GOARCH)
	m := bed.Start(t, bed.Trixie, "podman", "crun", "podman-compose", "netavark", "aardvark-dns", "nftables", "mariadb-server")
	m.Copy(t, image, "/image.tar")
	m.CopyTree(t, "examples", "/packaging/image/examples", "root")
	m.CopyTree(t, "../sql", "/packaging/sql", "root")
	m.Shell(t, podmanInMachine)
	long(t, m, "image", databaseImage)
	long(t, m, "up", "podman load -q -i /image.tar; cd /packaging/image/examples; VERSION="+imageVersion+" podman-compose up -d")
	t.Log(m.Shell(t, `podman ps -a`))
	long(t, m, "login", `until printf 'USER ann\r\nPASS secret\r\nSTAT\r\nQUIT\r\n' | nc -N -w 5 127.0.0.1 1110 | grep '^+OK 1 '; do sleep 1; done`)
	// podman-compose would run the check of health with a shell, which the image does not have.
	check := "podman exec examples_tpops_1 tpopsctl verify --users /run/secrets/health --tls no --against 127.0.0.1:1110 --server 127.0.0.1:1110"
	if got := m.Run(t, strings.Fields(check)...); !strings.Contains(got, "health: equal") {
		t.Error(got)
	}
	if got := m.Run(t, "podman", "inspect", "--format", "{{.HostConfig.ReadonlyRootfs}} {{.EffectiveCaps}}", "examples_tpops_1"); strings.TrimSpace(got) != "true []" {
		t.Errorf("the container is %s", got)
	}
}

// long runs a script that may take minutes, in a unit of this name. What it starts stays.
func long(t *testing.T, m *bed.Machine, name, script string) {
	t.Helper()
	m.Write(t, "/"+name, script, 0o600)
	m.Run(t, "systemd-run", "--quiet", "--unit="+name, "--property=RuntimeMaxSec=1800", "--property=KillMode=process", "--remain-after-exit", "sh", "-eu", "/"+name)
	for state := "active running"; state != "active exited"; {
		state = m.Run(t, "systemctl", "show", "--value", "--property=ActiveState,SubState", name)
		if state = strings.Join(strings.Fields(state), " "); strings.HasPrefix(state, "failed") {
			t.Fatalf("%s\n%s", script, m.Run(t, "journalctl", "--no-pager", "-u", name))
		}
		time.Sleep(time.Second)
	}
	t.Log(m.Run(t, "journalctl", "--no-pager", "--output=cat", "--lines=3", "-u", name))
}
