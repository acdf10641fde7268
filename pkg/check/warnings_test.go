package check

import (
	"bytes"
	"log/slog"
	"os"
	"strings"
	"syscall"
	"testing"
)

// parameters returns the parameters of the warnings.
func parameters(all []warning) string {
	var names []string
	for _, w := range all {
		names = append(names, w.Parameter)
	}
	return strings.Join(names, " ")
}

func TestWarnings(t *testing.T) {
	const virtual = "auth-type = \"passwd-file\"\npasswd-file = \"/x\"\n"
	const manySessions = "parallel-type = \"thread\"\nmax-servers = 100000\n"
	asRoot := ""
	if os.Geteuid() == 0 {
		asRoot = "user"
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	tooMany := ""
	if limit.Cur < 400000 {
		tooMany = "max-servers"
	}
	tests := []struct {
		name, content string
		single        bool
		want          string
	}{
		{"defaults", "", false, ""},
		{"virtual users of root", virtual, false, asRoot},
		{"virtual users of a user", virtual + "user = 1\ngroup = 1\n", false, ""},
		{"more spare children than children", "parallel-type = \"prefork\"\nmin-servers = 9\nmax-servers = 3\n", false, "min-servers"},
		{"too many descriptors", manySessions, false, tooMany},
		{"one connection", manySessions, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := parameters(warnings(load(t, test.content), test.single)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestDescriptors checks how many descriptors each process model needs.
func TestDescriptors(t *testing.T) {
	const proxy = "mailbox-type = \"proxy\"\npop-server = \"192.0.2.1\"\n"
	for content, want := range map[string]uint64{
		"parallel-type = \"thread\"\nmax-servers = 10\n":          40,
		"parallel-type = \"thread\"\nmax-servers = 10\n" + proxy:  20,
		"parallel-type = \"prefork\"\nmax-servers = 10\n":         10,
		"parallel-type = \"prefork\"\nmax-servers = 10\n" + proxy: 10,
	} {
		if got := descriptors(load(t, content)); got != want {
			t.Errorf("%s: %d, want %d", content, got, want)
		}
	}
}

func TestLogWarnings(t *testing.T) {
	var text bytes.Buffer
	c := load(t, "parallel-type = \"prefork\"\nmin-servers = 9\nmax-servers = 3\n")
	LogWarnings(c, false, slog.New(slog.NewTextHandler(&text, nil)))
	if got := text.String(); !strings.Contains(got, `level=WARN msg="configuration warning" parameter=min-servers error="it is larger`) {
		t.Errorf("%q", got)
	}
}
