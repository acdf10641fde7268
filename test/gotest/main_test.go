package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const passes = "func TestOne(t *testing.T) { t.Log(\"quiet\") }\nfunc TestTwo(t *testing.T) {}"

func TestRun(t *testing.T) {
	tests := []struct {
		name    string
		source  string // the body of a test file
		noSkips bool
		code    int
		want    []string // in the output
		not     []string // not in the output
	}{
		{"passes", passes, true, 0, []string{"ok", "2 tests"}, []string{"quiet"}},
		{"fails", "func TestOne(t *testing.T) { t.Fatal(\"loud\") }", true, 1, []string{"loud", "FAIL"}, []string{"ok "}},
		{"subtest fails", `func TestOne(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Fatal("loud") }) }`, false, 1, []string{"loud", "TestOne/sub"}, nil},
		{"skips where it may", "func TestOne(t *testing.T) { t.Skip(\"why\") }", false, 0, []string{"why", "--- SKIP: TestOne"}, nil},
		{"skips where it may not", "func TestOne(t *testing.T) { t.Skip(\"why\") }", true, 1, []string{"why", "--- SKIP: TestOne"}, nil},
		{"subtest skips where it may not", `func TestOne(t *testing.T) { t.Run("sub", func(t *testing.T) { t.Skip("why") }) }`, true, 1, []string{"TestOne/sub"}, nil},
		{"panics", "func TestOne(t *testing.T) { panic(\"boom\") }", true, 1, []string{"boom", "FAIL"}, nil},
		{"short wait of the race detector", `func TestOne(t *testing.T) { if os.Getenv("GORACE") != "atexit_sleep_ms=10" { t.Fatal() } }`, true, 0, []string{"ok"}, nil},
		{"exits", "func TestOne(t *testing.T) { println(\"last words\"); os.Exit(3) }", true, 1, []string{"FAIL"}, nil},
		{"does not compile", "func TestOne(t *testing.T) { nonsense() }", true, 1, []string{"undefined: nonsense", "FAIL"}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Chdir(module(t, tt.source))
			var out strings.Builder
			code, _ := run([]string{"./..."}, &out, tt.noSkips)
			if code != tt.code {
				t.Errorf("exit status %d, want %d\n%s", code, tt.code, out.String())
			}
			for _, w := range tt.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("%q is missing in\n%s", w, out.String())
				}
			}
			for _, n := range tt.not {
				if strings.Contains(out.String(), n) {
					t.Errorf("%q is in\n%s", n, out.String())
				}
			}
		})
	}
}

func TestEnvironment(t *testing.T) {
	last := func(inherited ...string) (value string) {
		for _, word := range environment(inherited) {
			if name, v, _ := strings.Cut(word, "="); name == "GORACE" {
				value = v // The last of two counts (exec.Cmd.Env).
			}
		}
		return value
	}
	if got := last("HOME=/"); got != "atexit_sleep_ms=10" {
		t.Errorf("GORACE is %q", got)
	}
	if got := last("GORACE=halt_on_error=1"); got != "halt_on_error=1" {
		t.Errorf("GORACE is %q although it was set", got)
	}
}

// module returns the directory of a new module with one test file.
func module(t *testing.T, body string) string {
	t.Helper()
	dir := t.TempDir()
	source := "package m\n\nimport (\n\t\"os\"\n\t\"testing\"\n)\n\nvar _ = os.Exit\n\n" + body + "\n"
	for name, text := range map[string]string{"go.mod": "module m\n\ngo 1.26.0\n", "m_test.go": source} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}
