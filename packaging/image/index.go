package main

import (
	"archive/tar"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"
)

// blobFolder is where archives have their files, by digest.
const blobFolder = "blobs/sha256/"

// makeIndex returns an archive with the images of all these archives, of which each is for
// another architecture. Its index.json names one index, from which programs select the
// image for their machine.
func makeIndex(archives []string) ([]byte, error) {
	var merged merger
	for _, name := range archives {
		if err := merged.add(name); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	images, err := json.Marshal(manifest{SchemaVersion: 2, MediaType: indexType, Manifests: merged.images})
	if err != nil {
		return nil, err
	}
	d := digest(images)
	merged.blobs = append(merged.blobs, file{name: blobFolder + strings.TrimPrefix(d, "sha256:"), mode: 0o644, data: images})
	at := descriptor{MediaType: indexType, Digest: d, Size: len(images), Annotations: map[string]string{refName: merged.name}}
	index, err := json.Marshal(manifest{SchemaVersion: 2, MediaType: indexType, Manifests: []descriptor{at}})
	if err != nil {
		return nil, err
	}
	files := append([]file{{name: "blobs/", mode: 0o755}, {name: blobFolder, mode: 0o755}}, merged.blobs...)
	files = append(files, file{name: "index.json", mode: 0o644, data: index}, layoutFile())
	return makeTar(files, merged.created)
}

// merger collects the files of archives.
type merger struct {
	blobs   []file
	images  []descriptor
	name    string // of the image, the same in all archives
	created time.Time
}

// add adds the files of an archive. Those that another archive has, too, are added once.
func (m *merger) add(name string) error {
	text, err := os.ReadFile(name)
	if err != nil {
		return err
	}
	for r := tar.NewReader(bytes.NewReader(text)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err == nil {
			err = m.addFile(h, r)
		}
		if err != nil {
			return err
		}
	}
}

// addFile adds a file of an archive.
func (m *merger) addFile(h *tar.Header, content io.Reader) error {
	data, err := io.ReadAll(content)
	if err != nil {
		return err
	}
	m.created = h.ModTime
	isKnown := slices.ContainsFunc(m.blobs, func(f file) bool { return f.name == h.Name })
	switch {
	case h.Name == "index.json":
		return m.addImage(data)
	case strings.HasPrefix(h.Name, blobFolder) && h.Name != blobFolder && !isKnown:
		m.blobs = append(m.blobs, file{name: h.Name, mode: 0o644, data: data})
	}
	return nil
}

// addImage adds the image of an index.json.
func (m *merger) addImage(text []byte) error {
	var index manifest
	if err := json.Unmarshal(text, &index); err != nil {
		return err
	}
	if len(index.Manifests) != 1 {
		return fmt.Errorf("%d images instead of 1", len(index.Manifests))
	}
	image := index.Manifests[0]
	name := image.Annotations[refName]
	if m.name != "" && name != m.name {
		return fmt.Errorf("the image is %s, not %s", name, m.name)
	}
	m.name, image.Annotations = name, nil
	m.images = append(m.images, image)
	return nil
}
