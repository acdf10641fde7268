package main

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// bom is a document of CycloneDX 1.6.
type bom struct {
	Schema       string       `json:"$schema"`
	Format       string       `json:"bomFormat"`
	Spec         string       `json:"specVersion"`
	Serial       string       `json:"serialNumber"`
	Version      int          `json:"version"`
	Metadata     metadata     `json:"metadata"`
	Components   []component  `json:"components"`
	Dependencies []dependency `json:"dependencies"`
}

type metadata struct {
	Timestamp string    `json:"timestamp"`
	Component component `json:"component"`
}

// component is the artifact, a program in it, or a part of a program.
type component struct {
	Type       string     `json:"type"`
	Ref        string     `json:"bom-ref"`
	Name       string     `json:"name"`
	Version    string     `json:"version,omitempty"`
	Hashes     []hash     `json:"hashes,omitempty"`
	PURL       string     `json:"purl,omitempty"`
	Properties []property `json:"properties,omitempty"`
}

type hash struct {
	Algorithm string `json:"alg"`
	Content   string `json:"content"`
}

type property struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// dependency lists the parts of a component.
type dependency struct {
	Ref       string   `json:"ref"`
	DependsOn []string `json:"dependsOn"`
}

// writeSBOM prints the parts of an artifact: of the programs in the folder, or without
// a folder of the source in the current one.
func (r release) writeSBOM(w io.Writer, artifact string, folder []string) error {
	sum, err := digest(artifact)
	if err != nil {
		return err
	}
	name := filepath.Base(artifact)
	b := bom{
		Schema: "http://cyclonedx.org/schema/bom-1.6.schema.json", Format: "CycloneDX", Spec: "1.6",
		Serial: serial(sum), Version: 1,
		Metadata: metadata{r.date.Format("2006-01-02T15:04:05Z"), component{
			Type: "application", Ref: name, Name: "tpops", Version: r.version, PURL: "pkg:generic/tpops@" + r.version,
			Hashes: []hash{{"SHA-256", sum}}, Properties: []property{{"tpops:file", name}},
		}},
	}
	if len(folder) == 0 {
		err = b.addSource(name)
	} else {
		err = b.addPrograms(name, folder[0])
	}
	if err != nil {
		return err
	}
	return writeJSON(w, b)
}

// serial makes the number of the document, a UUID, from the sum of the artifact.
func serial(sum string) string {
	return "urn:uuid:" + strings.Join([]string{sum[:8], sum[8:12], "8" + sum[13:16], "8" + sum[17:20], sum[20:32]}, "-")
}

// add adds a component, unless it is there, and returns its name in the document.
func (b *bom) add(c component) string {
	for _, old := range b.Components {
		if old.Ref == c.Ref {
			return c.Ref
		}
	}
	b.Components = append(b.Components, c)
	return c.Ref
}

// library returns the component of a Go module; sum is its line in go.sum.
func library(path, version, sum string) component {
	c := component{Type: "library", Name: path, Version: version, PURL: "pkg:golang/" + path + "@" + version}
	c.Ref = c.PURL
	if sum != "" {
		c.Properties = []property{{"go.sum", sum}}
	}
	return c
}

// digest returns the SHA-256 sum of a file in hexadecimal.
func digest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", fmt.Errorf("%s: %w", path, err)
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
