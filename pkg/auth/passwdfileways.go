package auth

import (
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// tableWays counts which ways to log in work for the users of a table.
type tableWays struct {
	all, clear int
	scram      [len(hashes)][]*userRow // in the file's order
}

// count takes in a row. One that lets nobody in says nothing.
func (w *tableWays) count(row *userRow) {
	if !row.usable || row.refused != nil {
		return
	}
	w.all++
	if _, clear := row.password.ClearText(); clear {
		w.clear++
	}
	for i, h := range hashes {
		if row.password.CanSCRAM(h) {
			w.scram[i] = append(w.scram[i], row)
		}
	}
}

func (t *passwdTable) secretReach() Reach { return reach(t.ways.clear, t.ways.all) }

func (t *passwdTable) scramReach(h scram.Hash) Reach {
	return reach(len(t.ways.withSCRAM(h)), t.ways.all)
}

func (w *tableWays) withSCRAM(h scram.Hash) []*userRow {
	for i := range hashes {
		if hashes[i] == h {
			return w.scram[i]
		}
	}
	return nil
}

// scramDecoy returns what stands in where a login has nothing for SCRAM: for
// the same login always the same, as in password.
func (t *passwdTable) scramDecoy(v *password.Verifier, login string, h scram.Hash) password.Stored {
	rows := t.ways.withSCRAM(h)
	if len(rows) == 0 {
		return password.NoKeys()
	}
	return rows[v.Pick(login, len(rows))].password
}
