package courierconf

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/config/draft"
	"tpops/pkg/config/draft/drafttest"
)

// A reason asks for something if and only if it stands among those to do.
func TestKindsOfReasons(t *testing.T) {
	for _, fates := range []map[string]fate{known, tcpdOptions} {
		for name, f := range fates {
			if asks := drafttest.Asks(f.reason); f.kind != draft.Needed && asks != (f.kind == draft.ToDo) {
				t.Errorf("%s: kind %d: %s", name, f.kind, f.reason)
			}
		}
	}
}

// kindsOf returns the kinds of the notes about a setting that is added to one of the files.
func kindsOf(t *testing.T, file, line string) []string {
	t.Helper()
	texts := map[string]string{
		popFile:   "PORT=110\n",
		tlsFile:   "TLS_CERTFILE=/c.pem\n",
		authFile:  "authmodulelist=\"authmysql\"\n",
		mysqlFile: "MYSQL_DATABASE mail\nMYSQL_USER_TABLE users\n",
	}
	texts[file] += line + "\n"
	var inputs []draft.Input
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		inputs = append(inputs, draft.Input{Name: name, Text: texts[name]})
	}
	d, err := Convert(inputs, usable)
	if err != nil {
		t.Fatal(err)
	}
	r, err := d.Finish("pop.example.org")
	if err != nil {
		t.Fatal(err)
	}
	var found []string
	name, _, _ := strings.Cut(strings.ReplaceAll(line, " ", "="), "=")
	for _, n := range r.Notes {
		if strings.HasPrefix(n.Setting, name) {
			kind := []string{"done", "know", "do", "needed"}[n.Kind]
			found = append(found, kind+" "+n.Setting)
		}
	}
	return found
}

// What the operator has to do about a setting depends on its value.
func TestKinds(t *testing.T) {
	for _, test := range []struct {
		file, line string
		want       []string
	}{
		{tlsFile, "TLS_PRIVATE_KEYFILE=/c.key", []string{"do TLS_PRIVATE_KEYFILE"}},
		{mysqlFile, "MYSQL_PASSWORD s3cret", []string{"do MYSQL_PASSWORD"}},
		{tlsFile, "TLS_VERIFYPEER=REQUIREPEER\nTLS_TRUSTCERTS=/ca.pem", []string{"needed TLS_VERIFYPEER"}},
		{tlsFile, "TLS_TRUSTCERTS=/ca.pem\nTLS_VERIFYPEER=REQUIREPEER", []string{"do TLS_TRUSTCERTS"}},
		{tlsFile, "TLS_TRUSTCERTS=/ca.pem", []string{"done TLS_TRUSTCERTS"}},
		{popFile, `TCPDOPTS="-nodnslookup -noidentlookup"`, []string{"done TCPDOPTS"}},
		{popFile, `TCPDOPTS=""`, []string{"done TCPDOPTS"}},
		{popFile, `TCPDOPTS="-stderrlogger=/usr/sbin/courierlogger -pid /run/x -warn=9"`, []string{"done TCPDOPTS"}},
		{popFile, `TCPDOPTS="-nodnslookup -access=/etc/courier/pop3access.dat"`, []string{"needed TCPDOPTS -access"}},
		{popFile, `TCPDOPTS="-block=zone.example -drop"`, []string{"do TCPDOPTS -block", "needed TCPDOPTS -drop"}},
		{popFile, `TCPDOPTS="-maxperc=20 -new"`, []string{"do TCPDOPTS -maxperc", "do TCPDOPTS -new"}},
	} {
		if diff := cmp.Diff(test.want, kindsOf(t, test.file, test.line)); diff != "" {
			t.Errorf("%s: %s", test.line, diff)
		}
	}
}
