package peer

import (
	_ "embed"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"text/template"

	"tpops/test/bench/mail"
)

//go:embed dovecot-2.3.conf
var config23 string

//go:embed dovecot-2.4.conf
var config24 string

// dovecot is a version of Dovecot and a way to set it up.
type dovecot struct {
	config string
	root   string // the folder of the system where it is installed
	shared bool   // one process serves many sessions
}

// sharing names the ways to set Dovecot up.
var sharing = map[bool]string{false: "kept", true: "shared"}

// Dovecot23 returns the Dovecot that is installed here. Its processes are kept
// for further sessions, or each serves many at a time.
func Dovecot23(shared bool) Kind {
	return dovecotKind("Dovecot 2.3 "+sharing[shared], dovecot{config23, "/", shared})
}

// Dovecot24 returns the Dovecot of a Debian 13 in a folder, see deps.sh.
func Dovecot24(root string, shared bool) Kind {
	return dovecotKind("Dovecot 2.4 "+sharing[shared], dovecot{config24, root, shared})
}

func dovecotKind(column string, d dovecot) Kind {
	k := Kind{Column: column, start: d.start}
	if os.Getuid() != 0 {
		k.Missing = "only root can start it"
	} else if _, err := os.Stat(filepath.Join(d.root, "usr/lib/dovecot/pop3")); err != nil {
		k.Missing = "it is not installed; make bench-deps installs it"
	} else {
		k.Version = packageVersion(d.root, "dovecot-pop3d")
	}
	return k
}

// start starts Dovecot.
func (d dovecot) start(s Setup) (*Server, error) {
	p, err := freePorts()
	if err != nil {
		return nil, err
	}
	users, err := writeUsers(s)
	if err != nil {
		return nil, err
	}
	store := filepath.Join(s.Dir, "store")
	config := filepath.Join(s.Dir, "dovecot.conf")
	text, err := d.text(s, users, p)
	if err != nil {
		return nil, err
	}
	if err := os.WriteFile(config, []byte(text), 0o644); err != nil {
		return nil, err
	}
	forget := func() error {
		if err := os.RemoveAll(store); err != nil {
			return err
		}
		if err := os.Mkdir(store, 0o755); err != nil {
			return err
		}
		return os.Chown(store, mail.Owner, mail.Owner)
	}
	if err := forget(); err != nil {
		return nil, err
	}
	return run(d.command(config, s), s, p, forget)
}

// text returns the configuration file.
func (d dovecot) text(s Setup, users string, p ports) (string, error) {
	values := map[string]any{
		"Dir": s.Dir, "Users": users, "Root": s.Root, "Port": p.plain.Port(), "TLSPort": p.tls.Port(),
		"Cert": s.Cert, "Sessions": s.Sessions + 10, "Spare": max(s.Spare, 1), "Shared": d.shared,
	}
	parsed, err := template.New("").Option("missingkey=error").Parse(d.config)
	if err != nil {
		return "", err
	}
	var text strings.Builder
	err = parsed.Execute(&text, values)
	return text.String(), err
}

// command returns the command that runs Dovecot in the foreground, as the
// process that it starts.
func (d dovecot) command(config string, s Setup) *exec.Cmd {
	if d.root == "/" {
		return exec.Command("dovecot", "-F", "-c", config)
	}
	return rooted(d.root, s, nil, "dovecot", "-F", "-c", config)
}
