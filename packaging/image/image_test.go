package main

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
)

// unpack returns the files of a tar file by their names.
func unpack(t *testing.T, text []byte) map[string]*tar.Header {
	t.Helper()
	headers := map[string]*tar.Header{}
	walk(t, text, func(h *tar.Header, _ []byte) { headers[h.Name] = h })
	return headers
}

// walk calls do with each file of a tar file.
func walk(t *testing.T, text []byte, do func(*tar.Header, []byte)) {
	t.Helper()
	r := tar.NewReader(bytes.NewReader(text))
	for {
		h, err := r.Next()
		if err == io.EOF {
			return
		}
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		do(h, data)
	}
}

// opened is an image whose digests were compared.
type opened struct {
	config imageConfig
	layer  []byte
	name   string
}

// open follows the archive from its index to the layer.
func open(t *testing.T, archive []byte) opened {
	t.Helper()
	files := map[string][]byte{}
	walk(t, archive, func(h *tar.Header, data []byte) { files[h.Name] = data })
	blob := func(d descriptor) []byte {
		data := files["blobs/sha256/"+d.Digest[len("sha256:"):]]
		if digest(data) != d.Digest || len(data) != d.Size {
			t.Fatalf("%+v has %d octets of %s", d, len(data), digest(data))
		}
		return data
	}
	var index, list manifest
	var o opened
	decode(t, files["index.json"], &index)
	decode(t, blob(index.Manifests[0]), &list)
	decode(t, blob(*list.Config), &o.config)
	packed, err := gzip.NewReader(bytes.NewReader(blob(list.Layers[0])))
	if err == nil {
		o.layer, err = io.ReadAll(packed)
	}
	if err != nil {
		t.Fatal(err)
	}
	if got := o.config.RootFS.DiffIDs; len(got) != 1 || got[0] != digest(o.layer) {
		t.Errorf("diff_ids are %v", got)
	}
	o.name = index.Manifests[0].Annotations["org.opencontainers.image.ref.name"]
	return o
}

func decode(t *testing.T, text []byte, to any) {
	t.Helper()
	if err := json.Unmarshal(text, to); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
}

// TestImageArchive checks the files of an image of small programs, and that it is the same
// when it is made again.
func TestImageArchive(t *testing.T) {
	programs := t.TempDir()
	for _, name := range []string{"tpops", "tpops_passwd", "tpopsctl"} {
		if err := os.WriteFile(filepath.Join(programs, name), []byte(name), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o := &options{programs: programs, licenses: programs, version: "1.2.3", arch: "arm64", seconds: 1800000000}
	first, err := makeArchive(o)
	if err != nil {
		t.Fatal(err)
	}
	if second, err := makeArchive(o); err != nil || !bytes.Equal(first, second) {
		t.Errorf("made again, the image differs (%v)", err)
	}
	image := open(t, first)
	for _, text := range [][]byte{first, image.layer} {
		if end := make([]byte, 1024); len(text)%512 != 0 || !bytes.HasSuffix(text, end) {
			t.Errorf("a tar file of %d octets has no end", len(text))
		}
	}
	if c := image.config; image.name != "localhost/tpops:1.2.3" || c.Architecture != "arm64" || c.Config.User != "10110:10110" {
		t.Errorf("%s: %+v", image.name, c)
	}
	files := unpack(t, image.layer)
	for name, want := range map[string]struct {
		mode  int64
		owner int
	}{
		"usr/sbin/tpops": {0o755, 0}, "usr/sbin/tpops_passwd": {0o755, 0}, "usr/bin/tpopsctl": {0o755, 0}, "etc/passwd": {0o644, 0},
		"etc/tpops/": {0o755, 0}, "usr/share/licenses/tpops/tpops": {0o644, 0}, "run/tpops/": {0o750, uid}, "var/vmail/": {0o700, uid},
	} {
		h := files[name]
		if h == nil || h.Mode != want.mode || h.Uid != want.owner || h.Gid != want.owner || h.ModTime.Unix() != o.seconds {
			t.Errorf("%s is %+v", name, h)
		}
	}
	for name, h := range files {
		if h.Mode&0o6022 != 0 && name != "tmp/" {
			t.Errorf("%s has the mode %o", name, h.Mode)
		}
	}
}

// TestImageWithoutPrograms holds that no image is written without a program.
func TestImageWithoutPrograms(t *testing.T) {
	file := filepath.Join(t.TempDir(), "image.tar")
	o := &options{programs: t.TempDir(), licenses: t.TempDir(), version: "1", arch: "amd64"}
	err := write(file, func() ([]byte, error) { return makeArchive(o) })
	if _, statErr := os.Stat(file); err == nil || !os.IsNotExist(statErr) {
		t.Errorf("%v, %v", err, statErr)
	}
}
