//go:build release

package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// distribution is a package that stands for those of a distribution with rpm, which this
// machine does not have.
const distribution = `Name: distribution
Version: 1
Release: 1
Summary: What the package depends on
License: BSD
BuildArch: noarch
Provides: /bin/sh
Provides: systemd
Provides: libc.so.6(GLIBC_2.34)(64bit)
Provides: libpam.so.0(LIBPAM_1.0)(64bit)
%description
%files
`

// dnf is a folder in which dnf installs. Scripts of packages are not run: they call
// systemd, which test/systemd does with the same package.
type dnf struct{ folder, repository string }

func newDNF(t *testing.T) dnf {
	t.Helper()
	d := dnf{t.TempDir(), filepath.Join(t.TempDir(), "repository")}
	output(t, "cp", "-r", repository(t), d.repository)
	if err := os.WriteFile(filepath.Join(d.folder, "distribution.spec"), []byte(distribution), 0o600); err != nil {
		t.Fatal(err)
	}
	output(t, "sh", "-c", `set -eu; cd "$1"; rpmbuild -bb --quiet --define "_topdir $1/build" --define "_rpmdir $1/distribution" distribution.spec
		createrepo_c -q distribution; sed -i "s#file:///srv/tpops#file://$2#" "$2/dnf/tpops.repo"`, "sh", d.folder, d.repository)
	return d
}

// run runs dnf with our repository and the other package.
func (d dnf) run(args ...string) (string, error) {
	cmd := exec.Command("dnf", append([]string{
		"-y", "--installroot=" + d.folder + "/root", "--releasever=1", "--setopt=reposdir=" + d.repository + "/dnf",
		"--setopt=tsflags=noscripts", "--setopt=cachedir=" + d.folder + "/cache", "--setopt=install_weak_deps=False",
		"--repofrompath=distribution," + d.folder + "/distribution", "--setopt=distribution.gpgcheck=0", "--refresh",
	}, args...)...)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// want runs dnf and wants a version of ours to be there then.
func (d dnf) want(t *testing.T, version string, args ...string) {
	t.Helper()
	if out, err := d.run(args...); err != nil {
		t.Fatalf("dnf %q: %v\n%s", args, err, out)
	}
	if got := output(t, d.folder+"/root/usr/sbin/tpops", "--version"); !strings.HasPrefix(got, "tpops "+version+" ") {
		t.Errorf("dnf %q: %s", args, got)
	}
}

// dnf installs from the signed repository, upgrades, and goes back. The configuration
// stays.
func TestRepositoryDNF(t *testing.T) {
	d := newDNF(t)
	d.want(t, olderVersion, "install", "tpops-"+olderVersion)
	config := d.folder + "/root/etc/tpops/tpops.toml"
	output(t, "sh", "-c", `echo '# kept' >>"$1"`, "sh", config)
	d.want(t, testVersion, "upgrade", "tpops")
	d.want(t, olderVersion, "downgrade", "tpops")
	if got := text(t, config); !strings.HasSuffix(got, "# kept\n") {
		t.Errorf("the configuration is %s", got)
	}
}

// dnf rejects an index that was changed, and a package that the index does not have.
func TestRepositoryDNFTampered(t *testing.T) {
	for _, change := range []string{`printf '<!-- -->' >>repodata/repomd.xml`, `rm repodata/repomd.xml.asc`, `for file in *.rpm; do printf x >>"$file"; done`} {
		d := newDNF(t)
		output(t, "sh", "-c", `cd "$1/dnf" && `+change, "sh", d.repository)
		if out, err := d.run("install", "tpops"); err == nil {
			t.Errorf("after %s dnf installed it:\n%s", change, out)
		}
	}
}
