package migrate

import (
	"bufio"
	"fmt"
	"io"
	"strings"
)

// DovecotSettings are settings of Dovecot that decide about UIDLs.
type DovecotSettings struct {
	Format      string // pop3_uidl_format; empty if it is not set
	ReuseXUIDL  bool
	DeletedFlag string
}

// ReadDoveconf reads the output of doveconf -n of Dovecot 2.3 or 2.4. The error is
// that a setting is there with two values, or one of the reader.
// pop3_save_uidl needs no setting: what it saved is in the list.
func ReadDoveconf(r io.Reader) (DovecotSettings, error) {
	values := map[string]string{}
	lines := bufio.NewScanner(r)
	for lines.Scan() {
		name, value, found := strings.Cut(lines.Text(), "=")
		name, value = strings.TrimSpace(name), unquote(strings.TrimSpace(value))
		switch name {
		case "pop3_uidl_format", "pop3_reuse_xuidl", "pop3_deleted_flag":
			if before, twice := values[name]; !found || twice && before != value {
				return DovecotSettings{}, fmt.Errorf("%s has two values: %q and %q", name, before, value)
			}
			values[name] = value
		}
	}
	return DovecotSettings{
		Format: values["pop3_uidl_format"], ReuseXUIDL: values["pop3_reuse_xuidl"] == "yes", DeletedFlag: values["pop3_deleted_flag"],
	}, lines.Err()
}

// unquote removes the quotes around a value.
func unquote(value string) string {
	if len(value) >= 2 && (value[0] == '"' || value[0] == '\'') && value[len(value)-1] == value[0] {
		return value[1 : len(value)-1]
	}
	return value
}
