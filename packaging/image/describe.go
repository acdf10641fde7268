package main

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"time"
)

// The types of the files of an image (OCI Image Format 1.1).
const (
	indexType    = "application/vnd.oci.image.index.v1+json"
	manifestType = "application/vnd.oci.image.manifest.v1+json"
	configType   = "application/vnd.oci.image.config.v1+json"
	layerType    = "application/vnd.oci.image.layer.v1.tar+gzip"
)

// refName is the annotation with the name of an image.
const refName = "org.opencontainers.image.ref.name"

// descriptor refers to a file of the image.
type descriptor struct {
	MediaType   string            `json:"mediaType"`
	Digest      string            `json:"digest"`
	Size        int               `json:"size"`
	Platform    map[string]string `json:"platform,omitempty"`
	Annotations map[string]string `json:"annotations,omitempty"`
}

// manifest lists the files of the image, or the images of the index.
type manifest struct {
	SchemaVersion int               `json:"schemaVersion"`
	MediaType     string            `json:"mediaType"`
	Config        *descriptor       `json:"config,omitempty"`
	Layers        []descriptor      `json:"layers,omitempty"`
	Manifests     []descriptor      `json:"manifests,omitempty"`
	Annotations   map[string]string `json:"annotations,omitempty"`
}

// imageConfig has how a container of the image runs.
type imageConfig struct {
	Created      time.Time      `json:"created"`
	Architecture string         `json:"architecture"`
	OS           string         `json:"os"`
	Config       runConfig      `json:"config"`
	RootFS       rootFS         `json:"rootfs"`
	History      []historyEntry `json:"history"`
}

type runConfig struct {
	User         string              `json:"User"`
	ExposedPorts map[string]struct{} `json:"ExposedPorts"`
	Env          []string            `json:"Env"`
	Entrypoint   []string            `json:"Entrypoint"`
	Labels       map[string]string   `json:"Labels"`
	StopSignal   string              `json:"StopSignal"`
}

type rootFS struct {
	Type    string   `json:"type"`
	DiffIDs []string `json:"diff_ids"`
}

type historyEntry struct {
	Created   time.Time `json:"created"`
	CreatedBy string    `json:"created_by"`
}

// configOf returns how a container with the layer runs.
func configOf(o *options, layer []byte) *imageConfig {
	return &imageConfig{
		Created: o.created(), Architecture: o.arch, OS: "linux",
		Config: runConfig{
			User:         fmt.Sprintf("%d:%d", uid, uid),
			ExposedPorts: map[string]struct{}{"1110/tcp": {}, "1995/tcp": {}},
			Env:          []string{"PATH=/usr/sbin:/usr/bin"},
			Entrypoint:   []string{"/usr/sbin/tpops", "--fg"},
			Labels:       labels(o),
			StopSignal:   "SIGTERM",
		},
		RootFS:  rootFS{"layers", []string{digest(layer)}},
		History: []historyEntry{{o.created(), "make image"}},
	}
}

func labels(o *options) map[string]string {
	return map[string]string{
		"org.opencontainers.image.title":    "TPOPS",
		"org.opencontainers.image.version":  o.version,
		"org.opencontainers.image.licenses": "BSD-2-Clause",
	}
}

// digest returns the name of a file with the content.
func digest(data []byte) string { return fmt.Sprintf("sha256:%x", sha256.Sum256(data)) }

// describe returns all files of the archive for an image with the layer.
func describe(o *options, layer []byte) ([]file, error) {
	packed, err := pack(layer)
	if err != nil {
		return nil, err
	}
	blobs := []file{{name: "blobs/", mode: 0o755}, {name: "blobs/sha256/", mode: 0o755}}
	add := func(kind string, data []byte) descriptor {
		d := digest(data)
		blobs = append(blobs, file{name: "blobs/sha256/" + d[len("sha256:"):], mode: 0o644, data: data})
		return descriptor{MediaType: kind, Digest: d, Size: len(data)}
	}
	config, err := json.Marshal(configOf(o, layer))
	if err != nil {
		return nil, err
	}
	configAt, layerAt := add(configType, config), add(layerType, packed)
	list, err := json.Marshal(manifest{2, manifestType, &configAt, []descriptor{layerAt}, nil, labels(o)})
	if err != nil {
		return nil, err
	}
	listAt := add(manifestType, list)
	listAt.Platform = map[string]string{"architecture": o.arch, "os": "linux"}
	listAt.Annotations = map[string]string{refName: "localhost/tpops:" + o.version}
	index, err := json.Marshal(manifest{SchemaVersion: 2, MediaType: indexType, Manifests: []descriptor{listAt}})
	return append(blobs, file{name: "index.json", mode: 0o644, data: index}, layoutFile()), err
}

// layoutFile returns the file that names the format of the archive.
func layoutFile() file {
	return file{name: "oci-layout", mode: 0o644, data: []byte(`{"imageLayoutVersion":"1.0.0"}`)}
}

// pack compresses the layer.
func pack(layer []byte) ([]byte, error) {
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestCompression)
	if err == nil {
		_, err = w.Write(layer)
	}
	if err == nil {
		err = w.Close()
	}
	return b.Bytes(), err
}
