package setup

import "testing"

// TestRotation changes the kind of users: logrotate acts as the user of the service then.
func TestRotation(t *testing.T) {
	for _, test := range []struct {
		name, text, want string
		change           func(c *Choice)
	}{
		{"first choice", "/x {\n\tsu tpops tpops\n}\n", "/x {\n\tsu vmail vmail\n}\n", chooseFile},
		{"system users after a file", "/x {\n\tsu vmail vmail\n}\n", "/x {\n\tsu tpops tpops\n}\n", chooseSystem},
		{"another owner", "  su a b", "  su vmail vmail\n", chooseFile},
		{"right already", "\tsu tpops tpops\n", "", chooseSystem},
		{"root", "\tsu root adm\n", "", chooseFile},
		{"comment", "# su tpops tpops\n", "", chooseFile},
	} {
		p, err := makeFor(t, look(t, root(t, map[string]string{"etc/passwd": passwd, "etc/logrotate.d/tpops": test.text}), true), test.change)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, s := range p.Steps {
			if s.File != nil && s.File.Path == logrotatePath {
				got = s.File.After
			}
		}
		if got != test.want {
			t.Errorf("%s: %q", test.name, got)
		}
	}
}
