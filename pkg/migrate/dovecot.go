package migrate

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// hasFlag reports whether a file name has a flag.
func hasFlag(name string, letter byte) bool {
	_, flags, _ := strings.Cut(name, ":2,")
	return strings.IndexByte(flags, letter) >= 0
}

// expand replaces %u, %n and %d of a path by the parts of a login name.
func expand(path, login string) (string, error) {
	local, domain, _ := strings.Cut(login, "@")
	var text strings.Builder
	for {
		before, rest, found := strings.Cut(path, "%")
		text.WriteString(before)
		if !found {
			return text.String(), nil
		}
		letter, value := rest[:min(1, len(rest))], ""
		switch letter {
		case "u":
			value = login
		case "n":
			value = local
		case "d":
			value = domain
		default:
			return "", fmt.Errorf("%s: %%%s is not supported, only %%u, %%n and %%d", path, letter)
		}
		if value == "" || strings.Contains(value, "/") || value == "." || value == ".." {
			return "", fmt.Errorf("%%%s is %q for this mailbox, which is no name of a directory; --users and --logins give it a value", letter, value)
		}
		text.WriteString(value)
		path = rest[1:]
	}
}

// reuse puts the X-UIDL of each message in the place of what the format gave, as
// pop3_reuse_xuidl does, unless the list has a saved UIDL.
func (o *old) reuse(ctx context.Context, list *uidlist.Dovecot, s *maildir.Survey, messages []maildir.Surveyed) error {
	saved := map[string]bool{}
	for _, e := range list.Entries {
		if _, has := e.Field('P'); has {
			saved[e.Unique] = true
		}
	}
	for n, k := range o.known {
		m := messages[k.index]
		if saved[m.Unique] {
			continue
		}
		text, err := s.Open(ctx, k.index+1)
		if err == nil {
			var uidl string
			if uidl, err = xuidl(text); uidl != "" {
				o.known[n].uidl = uidl
			}
			_ = text.Close()
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// maxHeader is how much of a header is read.
const maxHeader = 1 << 20

// xuidl returns the value of the first X-UIDL field of a header, empty if there is
// none.
func xuidl(text io.Reader) (string, error) {
	lines := bufio.NewReaderSize(io.LimitReader(text, maxHeader), 4096)
	for {
		line, err := lines.ReadSlice('\n')
		whole := strings.TrimRight(string(line), "\r\n")
		if errors.Is(err, bufio.ErrBufferFull) {
			err = skipLine(lines)
		}
		name, value, found := strings.Cut(whole, ":")
		if found && strings.EqualFold(strings.TrimSpace(name), "x-uidl") {
			return strings.TrimSpace(value), nil
		}
		if err == io.EOF || whole == "" {
			return "", nil
		}
		if err != nil {
			return "", err
		}
	}
}

// skipLine reads the rest of a line.
func skipLine(lines *bufio.Reader) error {
	for {
		if _, err := lines.ReadSlice('\n'); !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
	}
}
