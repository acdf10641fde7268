package packaging

import (
	"encoding/json"
	"errors"
	"io"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// licences are those that a module may have, also one that only tests and tools use, and the
// words by which its text is known.
var licences = []struct{ name, words string }{
	{"MPL-2.0", "mozilla public license version 2 0"},
	{"Apache-2.0", "apache license version 2 0"},
	{"BSD", "redistribution and use in source and binary forms with or without modification are permitted provided that"},
	{"BSD", "licensed conditions are one or the other of these two licenses bsd 3 clause"},
	{"MIT", "permission is hereby granted free of charge to any person obtaining a copy"},
}

// licenceOf returns the name of the licence of a text, or nothing if it is another one.
func licenceOf(text string) string {
	text = words(text)
	for _, l := range licences {
		if strings.Contains(text, l.words) {
			return l.name
		}
	}
	return ""
}

// used returns the modules of packages, with those that their tests use, and their folders.
// It is run in the folder dir.
func used(t *testing.T, dir string, packages ...string) map[string]string {
	t.Helper()
	list := exec.Command("go", append([]string{"list", "-deps", "-json=Module"}, packages...)...)
	list.Dir, list.Stderr = dir, t.Output()
	out, err := list.Output()
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{}
	for decoder := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p struct {
			Module *struct {
				module
				Main bool
			}
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			return modules
		} else if err != nil {
			t.Fatal(err)
		}
		if p.Module != nil && !p.Module.Main {
			modules[p.Module.Path] = p.Module.Dir
		}
	}
}

// Each module has a licence that allows its use, also those that only tests and the tools
// use. TestCopyright checks those that are in the programs more closely.
func TestLicences(t *testing.T) {
	const tags = "cluster,image,integration,packages,pam,release,screens,systemd"
	all := used(t, "..", "-test", "-tags", tags, "./...")
	maps.Copy(all, used(t, "../test/tools", "tool"))
	for _, path := range []string{"github.com/google/go-cmp", "honnef.co/go/tools", "golang.org/x/vuln"} {
		if all[path] == "" {
			t.Errorf("%s was not checked", path)
		}
	}
	for _, path := range slices.Sorted(maps.Keys(all)) {
		if licenceOf(licenceFile(t, all[path])) == "" {
			t.Errorf("%s: none of the licences allowed is in %s", path, all[path])
		}
	}
}

func TestLicenceOf(t *testing.T) {
	tests := []struct{ name, text, want string }{
		{"BSD", "Redistribution and use in source and binary forms, with or without\nmodification, are permitted provided that the", "BSD"},
		{"MIT", "Permission is hereby granted, free of charge, to any person\nobtaining a copy of", "MIT"},
		{"Apache", "  Apache License\n  Version 2.0, January 2004", "Apache-2.0"},
		{"Mozilla, which names the GNU licence", "Mozilla Public License, version 2.0\n GNU General Public License", "MPL-2.0"},
		{"GNU", "GNU AFFERO GENERAL PUBLIC LICENSE\nVersion 3", ""},
		{"no use", "All rights reserved.", ""},
		{"not for all", "Redistribution and use in source and binary forms, for non-commercial purposes only,", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := licenceOf(tt.text); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}
