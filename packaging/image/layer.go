package main

import (
	"archive/tar"
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// uid is the number of the user and of the group that the server runs as.
const uid = 10110

// The databases of users in the image.
const (
	passwd = "root:x:0:0:root:/:/nologin\ntpops:x:10110:10110:TPOPS:/:/nologin\n"
	group  = "root:x:0:\ntpops:x:10110:\n"
)

// file is a file or, if its name ends in a slash, a directory.
type file struct {
	name  string
	mode  int64
	owner int
	data  []byte
}

// layerFiles returns the content of the image. The programs share most of their code, but one
// program that is all three would have each process of the server initialise what tpopsctl alone
// uses, such as descriptions of terminals: 0.3 MB more for each. What the server writes, and what the
// operator mounts, has an empty directory.
func layerFiles(o *options) ([]file, error) {
	files := []file{
		{name: "etc/", mode: 0o755}, {name: "etc/tpops/", mode: 0o755},
		{name: "etc/passwd", mode: 0o644, data: []byte(passwd)}, {name: "etc/group", mode: 0o644, data: []byte(group)},
		{name: "run/", mode: 0o755}, {name: "run/tpops/", mode: 0o750, owner: uid},
		{name: "tmp/", mode: 0o1777}, {name: "dev/", mode: 0o755}, {name: "proc/", mode: 0o755}, {name: "sys/", mode: 0o755},
		{name: "usr/", mode: 0o755}, {name: "usr/bin/", mode: 0o755}, {name: "usr/sbin/", mode: 0o755},
		{name: "usr/share/", mode: 0o755}, {name: "usr/share/licenses/", mode: 0o755},
		{name: "var/", mode: 0o755}, {name: "var/vmail/", mode: 0o700, owner: uid},
	}
	for _, name := range []string{"sbin/tpops", "sbin/tpops_passwd", "bin/tpopsctl"} {
		data, err := os.ReadFile(filepath.Join(o.programs, filepath.Base(name)))
		if err != nil {
			return nil, err
		}
		files = append(files, file{name: "usr/" + name, mode: 0o755, data: data})
	}
	licenses, err := tree(o.licenses, "usr/share/licenses/tpops")
	return append(files, licenses...), err
}

// tree returns what is in a directory, in the order of the names, for the image's
// directory target.
func tree(dir, target string) (files []file, err error) {
	err = filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		below, err := filepath.Rel(dir, name)
		if err != nil {
			return err
		}
		at := filepath.Join(target, below)
		if d.IsDir() {
			files = append(files, file{name: at + "/", mode: 0o755})
			return nil
		}
		data, err := os.ReadFile(name)
		files = append(files, file{name: at, mode: 0o644, data: data})
		return err
	})
	return files, err
}

// makeLayer returns the layer, a tar file.
func makeLayer(o *options) ([]byte, error) {
	files, err := layerFiles(o)
	if err != nil {
		return nil, err
	}
	return makeTar(files, o.created())
}

// makeTar returns a tar file of files that were all changed at this time.
func makeTar(files []file, changed time.Time) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, f := range files {
		if err := put(w, f, changed); err != nil {
			return nil, err
		}
	}
	err := w.Close() // It writes the end of the file.
	return b.Bytes(), err
}

// put writes a file into a tar file.
func put(w *tar.Writer, f file, changed time.Time) error {
	h := &tar.Header{
		Name: f.name, Mode: f.mode, Uid: f.owner, Gid: f.owner, Size: int64(len(f.data)), ModTime: changed,
		Typeflag: tar.TypeReg, Format: tar.FormatUSTAR,
	}
	if strings.HasSuffix(f.name, "/") {
		h.Typeflag = tar.TypeDir
	}
	if err := w.WriteHeader(h); err != nil {
		return err
	}
	_, err := w.Write(f.data)
	return err
}
