//go:build image

package main

import (
	"bufio"
	"fmt"
	"runtime"
	"strings"
	"testing"
	"time"

	"tpops/test/bed"
)

// podmanInMachine configures podman. The machine itself is a container: its root is an
// overlay, on which podman cannot make another one, and it has neither keyrings nor a
// controller of processes.
const podmanInMachine = `set -eu
mkdir -p /etc/containers/systemd
printf '[storage]\ndriver = "vfs"\nrunroot = "/run/containers/storage"\ngraphroot = "/var/lib/containers/storage"\n' >/etc/containers/storage.conf
printf '[containers]\nkeyring = false\npids_limit = 0\n' >/etc/containers/containers.conf
`

// quadletSetup makes what README.md asks for, and loads the image.
const quadletSetup = podmanInMachine + `cd /examples
sed "s/VERSION/$1/" tpops.container >/etc/containers/systemd/tpops.container
cp tpops.socket /etc/systemd/system/
mkdir -p /etc/tpops
for user in ann health; do mkdir -p /var/vmail/$user/new /var/vmail/$user/cur /var/vmail/$user/tmp; done
printf 'Subject: first\n\nIt works.\n' >/var/vmail/ann/new/1.first
chown -R 10110:10110 /var/vmail
printf '%s' "$2" >/etc/tpops/tpops.toml
printf '%s' "$3" >/etc/tpops/users
podman load -q -i /image.tar
systemctl daemon-reload
systemd-analyze verify /run/systemd/generator/tpops.service
systemctl start tpops.socket`

// quadletUsers has the users of the machine.
const quadletUsers = users + "health:{PLAIN}unused:::::userdb_mail=maildir:/var/vmail/health\n"

// TestQuadlet starts the container of our quadlet by a connection, with the podman of
// Debian 13, logs in, and asks its check of health. It does so again after the container
// was killed.
func TestQuadlet(t *testing.T) {
	image := makeImage(t, t.TempDir(), runtime.GOARCH)
	m := bed.Start(t, bed.Trixie, "podman", "crun")
	m.Copy(t, image, "/image.tar")
	m.CopyTree(t, "examples", "/examples", "root")
	t.Log(m.Shell(t, quadletSetup, imageVersion, configuration, quadletUsers))
	wantSession(t, m)
	m.Run(t, "podman", "healthcheck", "run", "tpops")
	if got := m.Run(t, "podman", "inspect", "--format", "{{.HostConfig.ReadonlyRootfs}} {{.HostConfig.NetworkMode}} {{.EffectiveCaps}}", "tpops"); strings.TrimSpace(got) != "true none []" {
		t.Errorf("the container is %s", got)
	}
	m.Shell(t, `podman kill --signal KILL tpops`)
	wantSession(t, m)
}

// wantSession logs in to the container and retrieves the message.
func wantSession(t *testing.T, m *bed.Machine) {
	t.Helper()
	conn, err := m.Dial("127.0.0.1:110")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for _, command := range []string{"", "USER ann", "PASS secret", "RETR 1", "QUIT"} {
		if command != "" {
			fmt.Fprintf(conn, "%s\r\n", command)
		}
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), "+OK") {
			t.Fatalf("%s: %q, %v\n%s", command, lines.Text(), lines.Err(), m.Run(t, "journalctl", "-b", "--no-pager", "-u", "tpops.service"))
		}
		for command == "RETR 1" && lines.Scan() && lines.Text() != "." {
			if strings.HasPrefix(lines.Text(), "Subject:") && lines.Text() != "Subject: first" {
				t.Errorf("the message has %q", lines.Text())
			}
		}
	}
}
