package system

import (
	"slices"
	"strconv"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// userTable has the rows of /etc/passwd or /etc/shadow. Both begin with login and
// password (passwd(5), shadow(5)).
type userTable struct {
	rows   map[string]string // login to row
	hashes []password.Stored // usable ones, for logins that do not exist
}

// parseUserTable keeps each row as text, which fields splits when it is needed. As in
// the C library, the first row of a login counts. Rows of the form +name and -name
// belong to NIS.
func parseUserTable(text string) userTable {
	t := userTable{rows: map[string]string{}}
	for row := range strings.Lines(text) {
		row = strings.TrimSuffix(row, "\n")
		login, rest, ok := strings.Cut(row, ":")
		if _, known := t.rows[login]; !ok || known || login == "" || strings.Contains("#+-", login[:1]) {
			continue
		}
		t.rows[login] = row
		hash, _, _ := strings.Cut(rest, ":")
		s := password.Stored{Scheme: "CRYPT", Data: hash}
		if err := s.Validate(); err == nil && !s.IsLocked() {
			t.hashes = append(t.hashes, s)
		}
	}
	return t
}

// fields returns the fields of login's row, and whether there are n of them.
func (t userTable) fields(login string, n int) ([]string, bool) {
	fields := strings.Split(t.rows[login], ":")
	return fields, len(fields) == n
}

// parseGroups returns the supplementary groups of each login (group(5)).
func parseGroups(text string) map[string][]int {
	groups := map[string][]int{}
	for row := range strings.Lines(text) {
		fields := strings.Split(strings.TrimSuffix(row, "\n"), ":")
		gid, ok := -1, false
		if len(fields) == 4 {
			gid, ok = parseID(fields[2])
		}
		if !ok || fields[3] == "" {
			continue
		}
		for login := range strings.SplitSeq(fields[3], ",") {
			if !slices.Contains(groups[login], gid) {
				groups[login] = append(groups[login], gid)
			}
		}
	}
	return groups
}

// parseID reads the number of a user or group. The highest number means "no id" in
// system calls (setreuid(2)).
func parseID(text string) (int, bool) {
	n, err := strconv.ParseUint(text, 10, 32)
	return int(n), err == nil && n < 1<<32-1
}

// plausibleLogin reports whether the system can have a user with this name.
func plausibleLogin(login string) bool {
	return auth.CheckLogin(login) == nil && !strings.Contains(login, ":")
}
