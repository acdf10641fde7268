//go:build release

package main

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/test/bed"
)

// olderVersion is the version to upgrade from.
const olderVersion = "0.9.9"

// repositoryOf makes the repositories with the release and an older version of its
// packages, signed with a key of gpg that is made for it. They are to be served from
// /srv/tpops.
var repositoryOf = sync.OnceValues(func() (string, error) {
	m, err := releaseOf()
	if err != nil {
		return "", err
	}
	top := filepath.Dir(m.folder)
	home, err := os.MkdirTemp("", "gpg") // the path of its socket must be short
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(home)
	script := `set -eu
		PACKAGE_VERSION=$2 ../build.sh "$1/older" "$3"
		gpg --batch --quiet --passphrase '' --quick-generate-key 'TPOPS test <test@example.org>' rsa3072 sign never
		GPG_KEY=test@example.org URL=file:///srv/tpops ../repository.sh "$1/repository" "$1/older" "$1/files"
		gpgconf --kill gpg-agent`
	cmd := exec.Command("sh", "-c", script, "sh", top, olderVersion, runtime.GOARCH)
	cmd.Env = append(os.Environ(), "GNUPGHOME="+home)
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("make the repositories: %w\n%s", err, out)
	}
	return filepath.Join(top, "repository"), nil
})

func repository(t *testing.T) string {
	t.Helper()
	folder, err := repositoryOf()
	if err != nil {
		t.Fatal(err)
	}
	return folder
}

// machine is a booted Debian that knows only our repository.
type machine struct{ *bed.Machine }

func newMachine(t *testing.T) machine {
	t.Helper()
	m := machine{bed.Start(t, bed.Bookworm)}
	m.CopyTree(t, repository(t), "/srv/tpops", "root")
	m.Shell(t, `chmod -R go+rX /srv/tpops; rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*; cd /srv/tpops/apt
		cp tpops.gpg /usr/share/keyrings/; cp tpops.sources /etc/apt/sources.list.d/; apt-get -q update`)
	return m
}

// apt installs packages with apt and wants a version of ours to be there then, which
// serves the mailbox.
func (m machine) apt(t *testing.T, version string, args ...string) {
	t.Helper()
	m.Run(t, append([]string{"env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-q", "-y", "--no-install-recommends"}, args...)...)
	if got := m.Run(t, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", "tpops"); got != "installed "+version+"-1" {
		t.Errorf("apt-get %q: %s", args, got)
	}
	if got := m.Run(t, "tpops", "--version"); !strings.HasPrefix(got, "tpops "+version+" ") {
		t.Errorf("apt-get %q: %s", args, got)
	}
	if got := m.Run(t, "dpkg", "--verify", "tpops"); strings.TrimSpace(got) != "??5?????? c /etc/tpops/tpops.toml" && got != "" {
		t.Errorf("apt-get %q changed %s", args, got)
	}
	if failed := m.Run(t, "systemctl", "list-units", "--failed", "--no-legend", "--plain"); failed != "" {
		t.Errorf("apt-get %q: failed units: %s", args, failed)
	}
}

// login logs in to the daemon and wants one message with this UIDL.
func (m machine) login(t *testing.T, uidl string) {
	t.Helper()
	conn, err := m.Dial("127.0.0.1:110")
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(conn)
	for _, want := range []string{"+OK", "USER ann/+OK", "PASS secret/+OK", "UIDL 1/+OK 1 " + uidl, "QUIT/+OK"} {
		command, reply, found := strings.Cut(want, "/")
		if !found {
			command, reply = "", want
		} else if _, err := fmt.Fprintf(conn, "%s\r\n", command); err != nil {
			t.Fatal(err)
		}
		if !lines.Scan() || !strings.HasPrefix(lines.Text(), reply) {
			t.Fatalf("%s: %q, %v", command, lines.Text(), lines.Err())
		}
	}
}

// apt installs from the signed repository, upgrades, and goes back to the version
// before. The configuration, the enabled socket and the UIDL stay.
func TestRepositoryAPT(t *testing.T) {
	m := newMachine(t)
	m.apt(t, olderVersion, "install", "tpops="+olderVersion+"-1")
	m.Shell(t, `useradd --create-home --password "$(perl -e 'print crypt("secret", q($5$rounds=1000$bed$))')" ann
		cd /home/ann; mkdir -p Maildir/new Maildir/cur Maildir/tmp; printf 'Subject: hi\n\nbody\n' >Maildir/new/1.a; chown -R ann: .
		echo '# kept' >>/etc/tpops/tpops.toml; systemctl enable --now tpops.socket`)
	m.login(t, "1.a")
	m.apt(t, testVersion, "upgrade")
	m.login(t, "1.a")
	m.apt(t, olderVersion, "install", "--allow-downgrades", "tpops="+olderVersion+"-1")
	m.login(t, "1.a")
	if got := m.Read(t, "/etc/tpops/tpops.toml"); !strings.HasSuffix(got, "# kept\n") {
		t.Errorf("the configuration is %s", got)
	}
	m.Shell(t, `apt-get -q -y remove tpops; ! test -e /usr/sbin/tpops`)
}

// apt rejects an index or a package that was changed, and another key.
func TestRepositoryAPTTampered(t *testing.T) {
	m := newMachine(t)
	for _, change := range []string{
		"sed -i 's/^Version: .*/Version: 9-1/' dists/stable/main/*/Packages; rm dists/stable/main/*/*.gz",
		"sed -i 's/^Suite: .*/Suite: another/' dists/stable/InRelease; rm dists/stable/Release.gpg",
	} {
		m.Shell(t, `rm -rf /srv/good; cp -a /srv/tpops /srv/good; rm -rf /var/lib/apt/lists/*; cd /srv/tpops/apt; `+change)
		if r := m.Output(t, "apt-get", "-q", "update", "--error-on=any"); r.Code == 0 {
			t.Errorf("after %s apt-get update: %s%s", change, r.Stdout, r.Stderr)
		}
		m.Shell(t, `rm -rf /srv/tpops; mv /srv/good /srv/tpops`)
	}
	m.Shell(t, `apt-get -q update --error-on=any; cd /srv/tpops/apt/pool; for file in *; do printf x >>"$file"; done`)
	if r := m.Output(t, "apt-get", "-q", "-y", "--no-install-recommends", "install", "tpops"); r.Code == 0 {
		t.Errorf("a changed package was installed: %s%s", r.Stdout, r.Stderr)
	}
}
