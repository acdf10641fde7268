package migrate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
)

// DovecotSettings are settings of Dovecot that decide about UIDLs.
type DovecotSettings struct {
	Format      string // pop3_uidl_format; empty if it is not set
	ReuseXUIDL  bool
	DeletedFlag string
	Control     string // directory of dovecot-uidlist, if not in the Maildir, as it is written; several are separated by commas
}

// ReadDoveconf reads the output of doveconf -n of Dovecot 2.3 or 2.4, or of doveconf with
// the names of settings. The error is that it is not one, that a setting is there with two
// values, or that of the reader. pop3_save_uidl needs no setting: what it saved is in the
// list.
func ReadDoveconf(r io.Reader) (DovecotSettings, error) {
	d := doveconf{values: map[string]string{}}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		if err := d.read(lines.Text()); err != nil {
			return DovecotSettings{}, err
		}
	}
	if !d.isOutput && lines.Err() == nil {
		return DovecotSettings{}, errNoOutput
	}
	return DovecotSettings{
		Format: d.values["pop3_uidl_format"], ReuseXUIDL: d.values["pop3_reuse_xuidl"] == "yes",
		DeletedFlag: d.values["pop3_deleted_flag"], Control: strings.Join(d.controls, ", "),
	}, lines.Err()
}

// doveconf is what has been read of the output of doveconf.
type doveconf struct {
	values   map[string]string // of settings of POP3
	controls []string          // directories of dovecot-uidlist
	isOutput bool              // a line can only be one of doveconf
}

// read reads a line.
func (d *doveconf) read(line string) error {
	d.isOutput = d.isOutput || outputLine.MatchString(line)
	name, value, found := strings.Cut(line, "=")
	name, value = strings.TrimSpace(name), unquote(strings.TrimSpace(value))
	switch name {
	case "pop3_uidl_format", "pop3_reuse_xuidl", "pop3_deleted_flag":
		if before, twice := d.values[name]; !found || twice && before != value {
			return fmt.Errorf("%s has two values: %q and %q", name, before, value)
		}
		d.values[name] = value
	default:
		if c := control(name, value); c != "" && !slices.Contains(d.controls, c) {
			d.controls = append(d.controls, c)
		}
	}
	return nil
}

var (
	// outputLine is the first line of doveconf -n, or a setting of POP3.
	outputLine  = regexp.MustCompile(`^(# 2\.[0-9]|\s*pop3_[a-z0-9_]+ = )`)
	errNoOutput = errors.New("not the output of doveconf -n, which begins with the version of Dovecot")
)

// control returns the directory that a setting names for dovecot-uidlist, or "". A mail
// location is a value of its own, or it is among the fields of a userdb, which blanks
// separate, or a query makes it.
func control(name, value string) string {
	if name == "mail_control_path" {
		return value
	}
	_, path, found := strings.Cut(value, ":CONTROL=")
	end := ":"
	switch {
	case !found:
		return ""
	case strings.HasSuffix(name, "query"):
		return fmt.Sprintf("directories that %s names", name)
	case name == "args" || strings.HasSuffix(name, "_fields"):
		end = ": \t"
	}
	if i := strings.IndexAny(path, end); i >= 0 {
		path = path[:i]
	}
	return path
}

// unquote removes the quotes around a value.
func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
