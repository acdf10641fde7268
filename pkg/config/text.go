package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// text is a string that check accepts. It is never empty: another word means that
// it is not set.
func text(p *string, check func(string) error) value {
	return checked(kindText, p, check)
}

// path is a file name. Control characters are rejected: file names are written to
// logs and error texts.
func path(p *string) value { return checked(KindPath, p, checkLine) }

// absolutePath is a path that does not depend on the working directory.
func absolutePath(p *string) value { return checked(KindPath, p, checkAbsolute) }

// absoluteOrNone is an absolute path, or the word none.
func absoluteOrNone(p *string) value {
	return checked(KindPath, p, func(s string) error {
		if s == "none" {
			return nil
		}
		return checkAbsolute(s)
	})
}

// paths is a list of absolute paths.
func paths(p *[]string) value {
	return field(kindPaths, p, func(s string) ([]string, error) {
		var list []string
		for one := range strings.SplitSeq(s, ",") {
			one = strings.TrimSpace(one)
			if !strings.HasPrefix(one, "/") || filepath.Clean(one) == "/" {
				return nil, fmt.Errorf("must be absolute paths below /, separated by commas, not %s", show(one))
			}
			if err := checkLine(one); err != nil {
				return nil, err
			}
			list = append(list, filepath.Clean(one))
		}
		return list, nil
	}, func(list []string) string { return strings.Join(list, ",") })
}

// owner is a user or group, by name or number.
func owner(p *string) value { return checked(KindOwner, p, checkOwner) }

func checked(kind Kind, p *string, check func(string) error) value {
	return field(kind, p, func(s string) (string, error) {
		if s == "" {
			return "", errors.New("must not be empty")
		}
		return s, check(s)
	}, asIs)
}

// checkLine accepts text of one line.
func checkLine(s string) error { return checkText(s, "") }

// checkLines accepts text of several lines, such as a query.
func checkLines(s string) error { return checkText(s, "\t\n") }

func checkText(s, allowed string) error {
	if !utf8.ValidString(s) {
		return fmt.Errorf("must be UTF-8, not %s", show(s))
	}
	for _, r := range s {
		if unicode.IsControl(r) && !strings.ContainsRune(allowed, r) {
			return fmt.Errorf("must not contain control characters: %s", show(s))
		}
	}
	return nil
}

// checkWord accepts text that may be part of a login name.
func checkWord(s string) error {
	if strings.ContainsFunc(s, unicode.IsSpace) {
		return fmt.Errorf("must not contain spaces: %s", show(s))
	}
	return checkLine(s)
}

// checkFileName accepts the name of a file in a given directory.
func checkFileName(s string) error {
	if strings.ContainsAny(s, "/ ") || strings.HasPrefix(s, ".") {
		return fmt.Errorf("must be the name of a file, without directory, not %s", show(s))
	}
	return checkLine(s)
}

// checkBelow accepts a relative path without .. at its beginning. With an absolute
// path all users would share one mailbox.
func checkBelow(s string) error {
	if !filepath.IsLocal(s) {
		return fmt.Errorf("must be a path relative to the home directory, and below it, not %s", show(s))
	}
	return checkLine(s)
}

func checkAbsolute(s string) error {
	if !filepath.IsAbs(s) {
		return fmt.Errorf("must be an absolute path, not %s", show(s))
	}
	return checkLine(s)
}

// checkHostname accepts host names that are valid after the @ of a msg-id (RFC 1939
// §7, the timestamp of the greeting). Underscores are not allowed in host names, but
// machines have them.
func checkHostname(s string) error {
	const most = 255 // RFC 1035 §2.3.4
	for label := range strings.SplitSeq(s, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || strings.ContainsFunc(label, notInHost) {
			return fmt.Errorf("must be a host name of letters, digits, hyphens and dots, not %s", show(s))
		}
	}
	if len(s) > most {
		return fmt.Errorf("must be at most %d characters long, not %d", most, len(s))
	}
	return nil
}

func notInHost(r rune) bool {
	return !('a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '-' || r == '_')
}

func checkOwner(s string) error {
	if strings.Trim(s, "0123456789") == "" {
		// The highest number means "no change" to the kernel.
		if n, err := strconv.ParseUint(s, 10, 32); err != nil || n == 1<<32-1 {
			return fmt.Errorf("must be from 0 to 4294967294, not %s", show(s))
		}
		return nil
	}
	if s[0] == '-' || strings.ContainsAny(s, ":/,") {
		return fmt.Errorf("must be a name or a number, not %s", show(s))
	}
	return checkWord(s)
}
