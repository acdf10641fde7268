package config

import (
	"iter"
	"reflect"
	"slices"
	"testing"
)

// The table of the manual of TPOPS 0.8. Defaults that have changed are in a separate
// column.
func TestManualDefaults(t *testing.T) {
	for _, row := range []struct{ name, short, manual, here string }{
		{"config", "f", "tpops.conf beside the program", "/etc/tpops/tpops.toml"},
		{"port", "p", "110", ""},
		{"hostname", "", "output of uname -n", "uname -n"},
		{"connection-keep-time", "", "3600", ""},
		{"command-timeout", "", "600", ""},
		{"inetd", "", "no", ""},
		{"fg", "", "no", ""},
		{"version", "", "no", ""},
		{"debug", "", "no", ""},
		{"access-log", "", "none", ""},
		{"error-log", "", "none", ""},
		{"pid-file", "", "none", ""},
		{"user", "u", "parent's", ""},
		{"group", "g", "parent's", ""},
		{"syslog", "", "mail", ""},
		{"auth-type", "", "passwd", ""},
		{"mailbox-type", "", "maildir", ""},
		{"parallel-type", "", "prefork", ""},
		{"domain", "", "none", ""},
		{"error-interval", "", "5", ""},
		{"min-servers", "", "5", ""},
		{"max-servers", "", "50", ""},
		{"max-use", "", "100", ""},
		{"max-idle", "", "100", ""},
		{"apop-passwd-file", "", "none", ""},
		{"maildir", "", "Maildir", ""},
		{"mysql-server", "", "none", ""},
		{"mysql-user", "", "none", ""},
		{"mysql-passwd", "", "none", " "},
		{"mysql-db", "", "none", ""},
		{"mysql-auth-query", "", `select login,passwd,maildir from user where login="%s"`, ""},
		{"mysql-crypt-passwd", "", "no", ""},
		{"maildir-use-filesize", "", "yes", ""},
		{"maildir-extended", "", "yes", ""},
		{"maildir-lock", "", "yes", ""},
		{"maildir-uidl-convert", "", "no", "yes"},
		{"pop-server", "", "localhost:10110", ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			rows := Params()
			i := slices.IndexFunc(rows, func(p Param) bool { return p.Name == row.name })
			if i < 0 {
				t.Fatal("is missing")
			}
			want := row.manual
			if row.here != "" {
				want = row.here
			}
			if want == " " { // a secret may be the word none, so its default is nothing
				want = ""
			}
			if rows[i].Default != want || rows[i].Short != row.short {
				t.Errorf("default %q, letter %q, want %q, %q", rows[i].Default, rows[i].Short, want, row.short)
			}
		})
	}
}

// The rows are data that no other test checks.
func TestRows(t *testing.T) {
	l := newLoader(Source{})
	names, letters := map[string]bool{}, map[string]bool{"": true}
	for i := range l.rows {
		p := &l.rows[i]
		if names[p.Name] || p.Short != "" && letters[p.Short] {
			t.Errorf("%s or -%s is used twice", p.Name, p.Short)
		}
		names[p.Name], letters[p.Short] = true, true
		if err := p.set(p.Default); err != nil {
			t.Errorf("%s: the default: %v", p.Name, err)
		}
		if p.Help == "" || p.Help[len(p.Help)-1] != '.' || p.Group == "" || p.Kind == "" {
			t.Errorf("%s: help %q, group %q, kind %q", p.Name, p.Help, p.Group, p.Kind)
		}
		if p.Optional != (p.value.text() == "") {
			t.Errorf("%s: Optional is %v, its default is stored as %q", p.Name, p.Optional, p.value.text())
		}
		if p.Required && (!p.Optional || len(p.Only) == 0) {
			t.Errorf("%s: required, but not optional or without condition", p.Name)
		}
		for _, c := range p.Only {
			checkCondition(t, l, p, c)
		}
	}
}

// checkCondition checks that a parameter can have the values of a condition, in the
// spelling in which they are stored.
func checkCondition(t *testing.T, l *loader, p *Param, c Condition) {
	t.Helper()
	other := newLoader(Source{}).byName[c.Name]
	if other == nil {
		t.Errorf("%s: its condition names %s", p.Name, c.Name)
		return
	}
	if c.isWhenSet() {
		if other.value.text() != "" {
			t.Errorf("%s: its condition %s is set by default", p.Name, c)
		}
		return
	}
	for _, v := range c.Values {
		if c.Not && other.unset(v) {
			continue // the condition is that it is set
		}
		if err := other.value.set(v); err != nil || other.value.text() != v {
			t.Errorf("%s: its condition %s: %v, stored as %q", p.Name, c, err, other.value.text())
		}
	}
}

// Every field has exactly one row, and no row writes the field of another.
func TestRowsAndFields(t *testing.T) {
	samples := []string{"7", "yes", "/x/y", "x/y", "fork", "fork.example", "crypt", "mysql", "all", "news", "s3cret", "192.0.2.0/24", "PLAIN", "%v.%u"}
	written := map[string]string{}
	for _, p := range Params() {
		c := new(Config)
		rows := c.table()
		row := &rows[slices.IndexFunc(rows, func(q Param) bool { return q.Name == p.Name })]
		if !slices.ContainsFunc(append(samples, p.Values...), func(s string) bool { return row.value.set(s) == nil }) {
			t.Errorf("%s: no sample can be set", p.Name)
		}
		if row.value.text() == "" {
			continue
		}
		field := changedField(t, *c)
		if row.Kind == KindPath && field == "" { // the file of a secret has no field
			continue
		}
		if field == "" || written[field] != "" {
			t.Errorf("%s writes field %q, as does %q", p.Name, field, written[field])
		}
		written[field] = p.Name
	}
	for field := range fieldsOf(reflect.ValueOf(new(Config)).Elem()) {
		if written[field] == "" {
			t.Errorf("field %s has no row", field)
		}
	}
}

// fieldsOf yields the exported fields of the structs in a Config, named as
// struct.field, and their values.
func fieldsOf(c reflect.Value) iter.Seq2[string, reflect.Value] {
	return func(yield func(string, reflect.Value) bool) {
		for group, values := range c.Fields() {
			if !group.IsExported() {
				continue
			}
			for field, value := range values.Fields() {
				if field.IsExported() && !yield(group.Name+"."+field.Name, value) {
					return
				}
			}
		}
	}
}

// changedField returns the name of the only field of c that is not zero.
func changedField(t *testing.T, c Config) string {
	t.Helper()
	changed := ""
	for field, value := range fieldsOf(reflect.ValueOf(c)) {
		if value.IsZero() {
			continue
		}
		if changed != "" {
			t.Errorf("%s and %s are both written", changed, field)
		}
		changed = field
	}
	return changed
}
