package mysql

import (
	"database/sql"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/authtest"
)

// TestSettings runs the cases of a passwd-file with columns. An empty value sets
// nothing, and a setting cannot occur twice.
func TestSettings(t *testing.T) {
	tested := 0
	for _, c := range authtest.SettingCases() {
		columns := columnsAt(0, 1, 2, none, none, none)
		values := []sql.NullString{{String: "ann", Valid: true}, {String: "x", Valid: true}, {String: "/m", Valid: true}, {}}
		possible := true
		for field := range strings.FieldsSeq(c.Text) {
			name, value, _ := strings.Cut(field, "=")
			n := auth.SettingIndex(name)
			if n < 0 || value == "" || columns.settings[n] != none {
				possible = false // A column cannot express this case.
				break
			}
			columns.settings[n] = len(values)
			values = append(values, sql.NullString{String: value, Valid: true})
		}
		if !possible {
			continue
		}
		tested++
		t.Run(c.Name(), func(t *testing.T) { c.CheckRow(t, columns.row(values, parseClear)) })
	}
	if tested < 30 {
		t.Errorf("only %d cases", tested)
	}
}

func TestSettingsNotSet(t *testing.T) {
	columns := columnsAt(0, 1, 2, none, none, none, 3, 4, 3, 4)
	values := []sql.NullString{{String: "ann", Valid: true}, {String: "x", Valid: true}, {String: "/m", Valid: true}, {}, {Valid: true}}
	authtest.SettingCase{}.CheckRow(t, columns.row(values, parseClear))
}
