package secrets

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// readOldList reads lines of id, tab and password. A line without a tab may have blanks
// instead: the old tool accepted such lists.
func readOldList(name string, content []byte) *Old {
	s := newSorter(name, "list")
	n := 0
	for line := range bytes.Lines(content) {
		n++
		text := strings.TrimSuffix(string(line), "\n")
		if text == "" {
			continue
		}
		login, password, hasTab := strings.Cut(text, "\t")
		if !hasTab {
			e := parseLine(text)
			login, password = e.Login, e.Password
		}
		s.add(fmt.Sprintf("line %d", n), login, password)
	}
	return s.old()
}

// The first line of a dump of Berkeley DB, and the last lines of its header and its
// records.
const (
	dumpStart     = "VERSION="
	dumpHeaderEnd = "HEADER=END"
	dumpEnd       = "DATA=END"
)

// errDump is the error for a dump that is truncated or not a dump.
var errDump = fmt.Errorf("%w: the dump is incomplete", ErrUnknown)

// readDump reads the output of db_dump and db_dump -p: a header, then one line for each
// key and one for each value. Both begin with a blank.
func readDump(name string, content []byte) (*Old, error) {
	header, data, found := strings.Cut(string(content), "\n"+dumpHeaderEnd+"\n")
	if !found {
		return nil, errDump
	}
	decode := hex.DecodeString
	if strings.Contains(header, "\nformat=print") {
		decode = decodePrint
	}
	records, rest, found := strings.Cut("\n"+data, "\n"+dumpEnd)
	if !found || strings.TrimSpace(rest) != "" {
		return nil, errDump
	}
	var lines []string
	if records != "" {
		lines = strings.Split(records[1:], "\n")
	}
	if len(lines)%2 != 0 {
		return nil, errDump
	}
	s := newSorter(name, "dump of Berkeley DB")
	for pair := range slices.Chunk(lines, 2) {
		key, keyErr := decodeLine(pair[0], decode)
		value, valueErr := decodeLine(pair[1], decode)
		if keyErr != nil || valueErr != nil {
			return nil, errDump
		}
		s.add(nameID(key), key, value)
	}
	return s.old(), nil
}

func decodeLine(line string, decode func(string) ([]byte, error)) (string, error) {
	text, hasBlank := strings.CutPrefix(line, " ")
	if !hasBlank {
		return "", errDump
	}
	octets, err := decode(text)
	return string(octets), err
}

// decodePrint decodes text in which a backslash precedes another backslash, or the two
// hexadecimal digits of an octet that cannot be printed.
func decodePrint(text string) ([]byte, error) {
	var octets []byte
	for i := 0; i < len(text); i++ {
		switch {
		case text[i] != '\\':
			octets = append(octets, text[i])
		case strings.HasPrefix(text[i+1:], `\`):
			octets = append(octets, '\\')
			i++
		case i+3 > len(text):
			return nil, errors.New("truncated octet")
		default:
			octet, err := hex.DecodeString(text[i+1 : i+3])
			if err != nil {
				return nil, err
			}
			octets = append(octets, octet...)
			i += 2
		}
	}
	return octets, nil
}
