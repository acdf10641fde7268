package migrate

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

const (
	oneList   = "3 V7 N6\n5 :1.a\n"
	irregular = "not a regular file"
)

// oddKinds are what a user can make at the name of a list, and what the error says.
var oddKinds = map[string]struct {
	plant func(path string) error
	want  string
}{
	"1 GiB without content": {func(path string) error {
		return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, 1<<30))
	}, "larger than "},
	"FIFO":      {func(path string) error { return unix.Mkfifo(path, 0o600) }, irregular},
	"directory": {func(path string) error { return os.Mkdir(path, 0o700) }, irregular},
	"socket": {func(path string) error {
		l, err := net.ListenUnix("unix", &net.UnixAddr{Name: path})
		if err == nil {
			l.SetUnlinkOnClose(false)
			err = l.Close()
		}
		return err
	}, irregular},
	"link to a device":    {func(path string) error { return os.Symlink("/dev/zero", path) }, irregular},
	"link to a list":      {func(path string) error { return linkTo(path, oneList) }, irregular},
	"link to none":        {func(path string) error { return os.Symlink("none", path) }, irregular},
	"link to the link":    {func(path string) error { return os.Symlink(filepath.Base(path), path) }, irregular},
	"link to a directory": {func(path string) error { return os.Symlink("cur", path) }, irregular},
}

// linkTo makes a symbolic link to another file with that text.
func linkTo(path, text string) error {
	other := filepath.Join(filepath.Dir(path), "other")
	return errors.Join(os.WriteFile(other, []byte(text), 0o600), os.Symlink("other", path))
}

// listReaders are what reads a list, its name, and what else is in the Maildir.
var listReaders = map[string]struct {
	name   string
	others map[string]string
	run    func(ctx context.Context, j Job) (status, problem string)
}{
	"import from Dovecot":      {uidlist.DovecotName, nil, importing(Dovecot{})},
	"keywords from Dovecot":    {uidlist.KeywordsName, map[string]string{uidlist.DovecotName: oneList}, importing(Dovecot{DeletedFlag: "$POP3Deleted"})},
	"import from Courier":      {uidlist.CourierName, nil, importing(Courier{})},
	"import beside tpops_uidl": {"tpops_uidl", map[string]string{uidlist.DovecotName: oneList}, importing(Dovecot{})},
	"export to Dovecot":        {uidlist.DovecotName, map[string]string{"tpops_uidl": "1.a\tx\n"}, exporting(Dovecot{})},
	"export to Courier":        {uidlist.CourierName, map[string]string{"tpops_uidl": "1.a\tUID5-7\n"}, exporting(Courier{})},
	"export from tpops_uidl":   {"tpops_uidl", nil, exporting(Dovecot{})},
}

func importing(source Source) func(context.Context, Job) (string, string) {
	return func(ctx context.Context, j Job) (string, string) {
		r := (&Importer{Source: source, Apply: true}).Mailbox(ctx, j)
		return r.Status, r.Error
	}
}

func exporting(target Target) func(context.Context, Job) (string, string) {
	return func(ctx context.Context, j Job) (string, string) {
		r := (&Exporter{Target: target, Apply: true}).Mailbox(ctx, j)
		return r.Status, r.Error
	}
}

// What is no list, or far too large for one, is an error that names it, also if a server
// would follow it. It is neither read to its end nor replaced.
func TestOddLists(t *testing.T) {
	for reader, c := range listReaders {
		for kind, odd := range oddKinds {
			dir := newMaildir(t, map[string]string{"new/1.a": "From: a\n\n"})
			for name, text := range c.others {
				write(t, dir, name, text)
			}
			path := filepath.Join(dir, c.name)
			if err := odd.plant(path); err != nil {
				t.Fatal(err)
			}
			names := namesIn(t, dir)
			before := allocated()
			status, problem := c.run(t.Context(), Job{Maildir: dir})
			if more := allocated() - before; more > 16<<20 {
				t.Errorf("%s, %s: %d octets allocated", reader, kind, more)
			}
			if status != StatusFailed || !strings.Contains(problem, dir) || !strings.Contains(problem, c.name) || !strings.Contains(problem, odd.want) {
				t.Errorf("%s, %s: %s, %s", reader, kind, status, problem)
			}
			if after := namesIn(t, dir); after != names {
				t.Errorf("%s, %s: %s, was %s", reader, kind, after, names)
			}
		}
	}
}

// namesIn returns the kinds and names of what is in a Maildir.
func namesIn(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&all, "%v\n", e)
	}
	return all.String()
}

// allocated returns how many octets the process has allocated so far.
func allocated() uint64 {
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.TotalAlloc
}
