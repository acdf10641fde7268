//go:build release

package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
)

const testVersion = "1.0.0"

// reuse is for a second run: it takes minutes to make a release.
var reuse = flag.String("made", "", "`folder` with the release that an earlier run of the tests made from this commit")

// made is a release that the tests share.
type made struct {
	folder  string // of the files
	key     string // private key that signed them
	signers string // the list with its public key
}

// releaseOf makes a release of the commit that is checked out, in a clone, with a key
// of its own.
var releaseOf = sync.OnceValues(func() (made, error) {
	top, err := filepath.Abs("../../.build/release-test")
	if err != nil {
		return made{}, err
	}
	if *reuse != "" {
		return made{filepath.Join(*reuse, "files"), filepath.Join(*reuse, "key"), filepath.Join(*reuse, "signers")}, nil
	}
	if err := os.RemoveAll(top); err != nil {
		return made{}, err
	}
	m := made{filepath.Join(top, "files"), filepath.Join(top, "key"), filepath.Join(top, "signers")}
	script := `set -eu
		mkdir -p "$1/a folder"
		ssh-keygen -q -t ed25519 -N '' -C maintainer@example.org -f "$1/key"
		echo "maintainer@example.org $(cat "$1/key.pub")" >"$1/signers"
		git clone --quiet --no-local ../.. "$1/a folder/tpops"
		cd "$1/a folder/tpops"
		KEY=$1/key packaging/release.sh "$2" "$1/files"`
	if out, err := exec.Command("sh", "-c", script, "sh", top, testVersion).CombinedOutput(); err != nil {
		return m, fmt.Errorf("make the release: %w\n%s", err, out)
	}
	return m, nil
})

func sharedRelease(t *testing.T) made {
	t.Helper()
	m, err := releaseOf()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// copyOf returns the release with a copy of its files, to change them.
func (m made) copyOf(t *testing.T) made {
	t.Helper()
	folder := filepath.Join(t.TempDir(), "files")
	output(t, "cp", "-r", m.folder, folder)
	m.folder = folder
	return m
}

// verify runs verify.sh and returns what it prints.
func (m made) verify() (string, error) {
	cmd := exec.Command("../verify.sh", testVersion, m.folder)
	cmd.Env = append(os.Environ(), "SIGNERS="+m.signers, "TZ=Asia/Tokyo")
	out, err := cmd.CombinedOutput()
	return string(out), err
}

// Another build, in another folder, gives the same bytes. It needs no network if the
// modules are there.
func TestReleaseVerifies(t *testing.T) {
	m := sharedRelease(t)
	if out, err := m.verify(); err != nil || !strings.Contains(out, "gives the same files") {
		t.Errorf("%v\n%s", err, out)
	}
}

// Each change of a file, of the list or of the signature is found. change is a script
// with the key of the release in $1.
func TestReleaseTampered(t *testing.T) {
	m := sharedRelease(t)
	for change, want := range map[string]string{
		`printf x >>tpops_1.0.0-1_amd64.deb`:                     "differs from SHA256SUMS",
		`rm tpops-1.0.0.tar.gz`:                                  "differs from SHA256SUMS",
		`echo x >added`:                                          "not in SHA256SUMS",
		`printf x >>release-notes.md; sha256sum *.* >SHA256SUMS`: "signature",
		`rm SHA256SUMS.sig`:                                      "SHA256SUMS.sig is missing",
		`ssh-keygen -q -t ed25519 -N '' -f ../k; rm SHA256SUMS.sig; ssh-keygen -q -Y sign -n tpops-release -f ../k SHA256SUMS`: "not of a signer",
		`rm SHA256SUMS.sig; ssh-keygen -q -Y sign -n another -f "$1" SHA256SUMS`:                                               "signature",
	} {
		changed := m.copyOf(t)
		output(t, "sh", "-c", "cd '"+changed.folder+"' && "+change, "sh", m.key)
		if out, err := changed.verify(); err == nil || !strings.Contains(out, want) {
			t.Errorf("%s: %v\n%s", change, err, out)
		}
	}
}

// A file that the holder of the key changed is found too: the commit gives another one.
func TestReleaseOfOtherSource(t *testing.T) {
	m := sharedRelease(t)
	changed := m.copyOf(t)
	output(t, "sh", "-c", `cd "$2" && printf x >>tpops_1.0.0-1_amd64.deb && rm SHA256SUMS* && sha256sum -- * >../sums && mv ../sums SHA256SUMS &&
		ssh-keygen -q -Y sign -n tpops-release -f "$1" SHA256SUMS`, "sh", m.key, changed.folder)
	if out, err := changed.verify(); err == nil || !strings.Contains(out, "tpops_1.0.0-1_amd64.deb differ") {
		t.Errorf("%v\n%s", err, out)
	}
}

// The source archive alone, without git, gives the packages of the release.
func TestReleaseFromArchive(t *testing.T) {
	m := sharedRelease(t)
	dir := t.TempDir()
	output(t, "tar", "-x", "-f", filepath.Join(m.folder, "tpops-1.0.0.tar.gz"), "-C", dir)
	output(t, filepath.Join(dir, "tpops-1.0.0/packaging/build.sh"), filepath.Join(dir, "out"), runtime.GOARCH)
	packages, err := filepath.Glob(filepath.Join(dir, "out/*"))
	if err != nil || len(packages) != 2 {
		t.Fatalf("packages %q, %v", packages, err)
	}
	for _, p := range packages {
		output(t, "cmp", p, filepath.Join(m.folder, filepath.Base(p)))
	}
}

// unpacked returns a folder with the content of a package.
func (m made) unpacked(t *testing.T, name string) string {
	t.Helper()
	root := t.TempDir()
	unpack := `dpkg-deb -x "$1" "$2"`
	if strings.HasSuffix(name, ".rpm") {
		unpack = `cd "$2" && rpm2cpio "$1" | cpio --quiet -id --no-absolute-filenames`
	}
	output(t, "sh", "-c", unpack, "sh", filepath.Join(m.folder, name), root)
	return root
}

// Each SBOM has the programs of its package and what go version -m shows of each.
func TestReleaseSBOM(t *testing.T) {
	m := sharedRelease(t)
	for _, name := range []string{"tpops_1.0.0-1_amd64.deb", "tpops_1.0.0-1_arm64.deb", "tpops-1.0.0-1.x86_64.rpm", "tpops-1.0.0-1.aarch64.rpm"} {
		t.Run(name, func(t *testing.T) {
			document, err := os.ReadFile(filepath.Join(m.folder, name+".cdx.json"))
			if err != nil {
				t.Fatal(err)
			}
			b, root := readBOM(t, document), m.unpacked(t, name)
			wantWhole(t, b, root)
			for _, program := range []string{"usr/sbin/tpops", "usr/sbin/tpops_passwd", "usr/bin/tpopsctl", "usr/libexec/tpops/tpops_pam"} {
				wantLinked(t, b, root, program)
			}
			if !strings.Contains(string(document), `"library:libpam.so.0"`) {
				t.Error("libpam is missing")
			}
		})
	}
}
