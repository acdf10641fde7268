package main

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// statement is an in-toto statement with SLSA provenance.
type statement struct {
	Type          string    `json:"_type"`
	Subject       []input   `json:"subject"`
	PredicateType string    `json:"predicateType"`
	Predicate     predicate `json:"predicate"`
}

type predicate struct {
	Definition definition `json:"buildDefinition"`
	Details    details    `json:"runDetails"`
}

type definition struct {
	Type     string            `json:"buildType"`
	External map[string]string `json:"externalParameters"`
	Internal map[string]string `json:"internalParameters"`
	Inputs   []input           `json:"resolvedDependencies"`
}

type details struct {
	Builder builder `json:"builder"`
}

type builder struct {
	ID      string            `json:"id"`
	Version map[string]string `json:"version"`
}

// input is a file or a module by its name and sums.
type input struct {
	Name   string            `json:"name,omitempty"`
	URI    string            `json:"uri,omitempty"`
	Digest map[string]string `json:"digest,omitempty"`
}

// writeProvenance prints what made the files in the folder: the commit, the version of
// Go, the modules with their sums in go.sum, and the packages that stdin lists as
// "name architecture version".
func (r release) writeProvenance(w io.Writer, folder, commit string, packages io.Reader) error {
	s := statement{Type: "https://in-toto.io/Statement/v1", PredicateType: "https://slsa.dev/provenance/v1"}
	entries, err := os.ReadDir(folder)
	if err != nil {
		return err
	}
	for _, e := range entries {
		sum, err := digest(filepath.Join(folder, e.Name()))
		if err != nil {
			return err
		}
		s.Subject = append(s.Subject, input{Name: e.Name(), Digest: map[string]string{"sha256": sum}})
	}
	inputs := []input{{Name: "source", Digest: map[string]string{"gitCommit": commit}}}
	for _, path := range []string{"go.sum", "packaging/tools/go.sum"} {
		modules, err := moduleInputs(path)
		if err != nil {
			return err
		}
		inputs = append(inputs, modules...)
	}
	installed, err := packageInputs(packages)
	if err != nil {
		return err
	}
	s.Predicate = predicate{
		definition{
			Type:     "https://tpops.invalid/packaging/release.sh/v1",
			External: map[string]string{"version": r.version},
			Internal: map[string]string{"SOURCE_DATE_EPOCH": fmt.Sprint(r.date.Unix())},
			Inputs:   append(inputs, installed...),
		},
		details{builder{"https://tpops.invalid/packaging/release.sh", map[string]string{"go": runtime.Version()}}},
	}
	return writeJSON(w, s)
}

// moduleInputs returns the modules in a file go.sum. Their sum is the SHA-256 sum of a
// list of their files, see Hash1 of golang.org/x/mod/sumdb/dirhash.
func moduleInputs(path string) ([]input, error) {
	sums, err := readSums(path)
	if err != nil {
		return nil, err
	}
	var inputs []input
	for _, module := range slices.Sorted(maps.Keys(sums)) {
		encoded, found := strings.CutPrefix(sums[module], "h1:")
		sum, err := base64.StdEncoding.DecodeString(encoded)
		if !found || err != nil {
			return nil, fmt.Errorf("%s: malformed sum of %s", path, module)
		}
		inputs = append(inputs, input{
			Name: path, URI: "pkg:golang/" + strings.Replace(module, " ", "@", 1),
			Digest: map[string]string{"dirHash": hex.EncodeToString(sum)},
		})
	}
	return inputs, nil
}

func packageInputs(packages io.Reader) ([]input, error) {
	var inputs []input
	for lines := bufio.NewScanner(packages); ; {
		if !lines.Scan() {
			return inputs, lines.Err()
		}
		fields := strings.Fields(lines.Text())
		if len(fields) != 3 {
			return nil, fmt.Errorf("malformed line %q in the list of packages", lines.Text())
		}
		inputs = append(inputs, input{Name: "package", URI: "pkg:deb/debian/" + fields[0] + "@" + fields[2] + "?arch=" + fields[1]})
	}
}
