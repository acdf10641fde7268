package passwdfile

import (
	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// tableWays counts which ways to log in work for the users of a table.
type tableWays struct {
	all, clear int
	scram      map[scram.Hash][]*auth.Row // in the file's order
}

// count counts a row, unless its user cannot log in.
func (w *tableWays) count(row *auth.Row) {
	if !row.Usable || row.Refused != nil {
		return
	}
	w.all++
	if _, clear := row.Password.ClearText(); clear {
		w.clear++
	}
	for _, h := range password.SCRAMHashes() {
		if row.Password.CanSCRAM(h) {
			w.scram[h] = append(w.scram[h], row)
		}
	}
}

func (t *table) secretReach() auth.Reach { return auth.ReachOf(t.ways.clear, t.ways.all) }

func (t *table) scramReach(h scram.Hash) auth.Reach {
	return auth.ReachOf(len(t.ways.scram[h]), t.ways.all)
}

// scramDecoy returns the keys for a login without any: those of another row, as in
// password.
func (t *table) scramDecoy(v *password.Verifier, login string, h scram.Hash) password.Stored {
	rows := t.ways.scram[h]
	if len(rows) == 0 {
		return password.NoKeys()
	}
	return rows[v.Pick(login, len(rows))].Password
}
