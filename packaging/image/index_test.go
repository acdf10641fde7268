package main

import (
	"archive/tar"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// archiveOf writes an archive of small programs and returns its name.
func archiveOf(t *testing.T, version, arch string) string {
	t.Helper()
	programs := t.TempDir()
	for _, name := range []string{"tpops", "tpops_passwd", "tpopsctl"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte(arch), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := &options{programs: programs, licenses: programs, version: version, arch: arch, seconds: 1800000000}
	file := filepath.Join(t.TempDir(), "image.tar")
	if err := write(file, func() ([]byte, error) { return makeArchive(o) }); err != nil {
		t.Fatal(err)
	}
	return file
}

// TestIndex follows an archive of two architectures from its index to each image.
func TestIndex(t *testing.T) {
	archives := []string{archiveOf(t, "1.2.3", "amd64"), archiveOf(t, "1.2.3", "arm64")}
	first, err := makeIndex(archives)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := makeIndex(archives); err != nil || !bytes.Equal(first, second) {
		t.Errorf("made again, the archive differs (%v)", err)
	}
	files := map[string][]byte{}
	walk(t, first, func(h *tar.Header, data []byte) { files[h.Name] = data })
	blob := func(d descriptor) []byte {
		data := files[blobFolder+d.Digest[len("sha256:"):]]
		if digest(data) != d.Digest || len(data) != d.Size {
			t.Fatalf("%+v has %d octets of %s", d, len(data), digest(data))
		}
		return data
	}
	var top, images manifest
	decode(t, files["index.json"], &top)
	if len(top.Manifests) != 1 || top.Manifests[0].MediaType != indexType || top.Manifests[0].Annotations[refName] != "localhost/tpops:1.2.3" {
		t.Fatalf("%+v", top)
	}
	decode(t, blob(top.Manifests[0]), &images)
	var platforms []string
	for _, image := range images.Manifests {
		var list manifest
		var config imageConfig
		decode(t, blob(image), &list)
		decode(t, blob(*list.Config), &config)
		blob(list.Layers[0])
		platforms = append(platforms, fmt.Sprint(image.Platform["os"], "/", image.Platform["architecture"], "=", config.Architecture))
	}
	if got := strings.Join(platforms, " "); got != "linux/amd64=amd64 linux/arm64=arm64" {
		t.Error(got)
	}
}

// TestIndexErrors checks that archives of different images are not mixed.
func TestIndexErrors(t *testing.T) {
	good := archiveOf(t, "1", "amd64")
	broken := filepath.Join(t.TempDir(), "broken")
	if err := os.WriteFile(broken, []byte("x"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, other := range []string{archiveOf(t, "2", "arm64"), broken, filepath.Join(t.TempDir(), "none")} {
		if _, err := makeIndex([]string{good, other}); err == nil {
			t.Errorf("%s was added", other)
		}
	}
}
