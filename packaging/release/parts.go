package main

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/json"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// addPrograms adds all Go programs below the folder, with what is linked into them.
func (b *bom) addPrograms(artifact, folder string) error {
	var programs []string
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		parts, err := b.addProgram(folder, path)
		if err != nil || parts == nil {
			return err
		}
		programs = append(programs, parts.Ref)
		b.Dependencies = append(b.Dependencies, *parts)
		return nil
	})
	if err == nil && len(programs) == 0 {
		err = fmt.Errorf("%s: no program found", folder)
	}
	b.Dependencies = append(b.Dependencies, dependency{artifact, programs})
	return err
}

// addProgram adds one program: its modules and the standard library, as go version -m
// shows them, and the C libraries that it loads. It returns nil for any other file.
func (b *bom) addProgram(folder, path string) (*dependency, error) {
	if is, err := isELF(path); !is {
		return nil, err
	}
	binary, err := elf.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer binary.Close()
	libraries, err := binary.ImportedLibraries()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	info, err := buildinfo.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	sum, err := digest(path)
	if err != nil {
		return nil, err
	}
	name := strings.TrimPrefix(path, folder)
	d := dependency{Ref: "file:" + name}
	b.add(component{Type: "application", Ref: d.Ref, Name: name, Hashes: []hash{{"SHA-256", sum}}, Properties: []property{{"go.path", info.Path}}})
	d.DependsOn = append(d.DependsOn, b.add(library("std", strings.TrimPrefix(info.GoVersion, "go"), "")))
	for _, m := range info.Deps {
		if m.Replace != nil {
			return nil, fmt.Errorf("%s: module %s is replaced", path, m.Path)
		}
		d.DependsOn = append(d.DependsOn, b.add(library(m.Path, m.Version, m.Sum)))
	}
	for _, l := range libraries {
		d.DependsOn = append(d.DependsOn, b.add(component{Type: "library", Ref: "library:" + l, Name: l}))
	}
	return &d, nil
}

// isELF reports whether a file begins as programs do.
func isELF(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	start := make([]byte, len(elf.ELFMAG))
	if _, err := io.ReadFull(f, start); err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
		return false, err
	}
	return string(start) == elf.ELFMAG, nil
}

// addSource adds the modules that go.mod requires, with their sums in go.sum.
func (b *bom) addSource(artifact string) error {
	sums, err := readSums("go.sum")
	if err != nil {
		return err
	}
	out, err := exec.Command("go", "mod", "edit", "-json").Output()
	if err != nil {
		return fmt.Errorf("go mod edit: %w", err)
	}
	var file struct {
		Require []struct{ Path, Version string }
	}
	if err := json.Unmarshal(out, &file); err != nil {
		return fmt.Errorf("go mod edit: %w", err)
	}
	d := dependency{Ref: artifact}
	for _, m := range file.Require {
		sum := sums[m.Path+" "+m.Version]
		if sum == "" {
			return fmt.Errorf("go.sum has no sum of %s %s", m.Path, m.Version)
		}
		d.DependsOn = append(d.DependsOn, b.add(library(m.Path, m.Version, sum)))
	}
	b.Dependencies = append(b.Dependencies, d)
	return nil
}

// readSums reads a file go.sum: "path version" → sum of the module.
func readSums(path string) (map[string]string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	sums := map[string]string{}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) != 3 {
			return nil, fmt.Errorf("%s: malformed line %q", path, line)
		}
		if !strings.HasSuffix(fields[1], "/go.mod") {
			sums[fields[0]+" "+fields[1]] = fields[2]
		}
	}
	return sums, nil
}
