package secrets

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
)

// The first line of the output of gdbm_dump, and the lines around its parts. Each key
// and each value is a length in octets and base64.
const (
	gdbmDumpStart = "# GDBM dump file"
	gdbmHeaderEnd = "# End of header"
	gdbmLength    = "#:len="
	gdbmCount     = "#:count="
	gdbmDumpEnd   = "# End of data"
)

// errGDBMDump is the error for a dump that is incomplete or changed.
var errGDBMDump = fmt.Errorf("%w: the dump is incomplete", ErrUnknown)

// readGDBMDump reads the output of gdbm_dump: a header, then keys and values
// alternately, then the number of entries.
func readGDBMDump(name, content string) (*Old, error) {
	_, body, found := strings.Cut(content, "\n"+gdbmHeaderEnd)
	records, end, foundEnd := strings.Cut(body, "\n"+gdbmCount)
	if !found || !foundEnd {
		return nil, errGDBMDump
	}
	data, err := gdbmData(records)
	if err != nil {
		return nil, err
	}
	count, rest, _ := strings.Cut(end, "\n")
	if count != strconv.Itoa(len(data)/2) || len(data)%2 != 0 || strings.TrimSpace(rest) != gdbmDumpEnd {
		return nil, errGDBMDump
	}
	s := newSorter(name, "dump of GDBM")
	for i := 0; i < len(data); i += 2 {
		s.add(nameID(data[i]), data[i], data[i+1])
	}
	return s.old(), nil
}

// gdbmData returns the keys and values of a dump, alternately.
func gdbmData(records string) ([]string, error) {
	var data []string
	parts := strings.Split(records, "\n"+gdbmLength)
	if parts[0] != "" {
		return nil, errGDBMDump
	}
	for _, part := range parts[1:] {
		length, text, _ := strings.Cut(part, "\n")
		octets, err := base64.StdEncoding.DecodeString(strings.ReplaceAll(text, "\n", ""))
		if err != nil || length != strconv.Itoa(len(octets)) {
			return nil, errGDBMDump
		}
		data = append(data, string(octets))
	}
	return data, nil
}
