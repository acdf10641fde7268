package peer

import (
	_ "embed"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"tpops/test/bench/mail"
)

// courierScript starts Courier and ends it with a signal.
//
//go:embed courier.sh
var courierScript string

// Courier returns the Courier of a Debian 13 in a folder, see deps.sh. It keeps a list
// in each Maildir, so that it needs mailboxes of its own, and has one or two processes
// for each session.
func Courier(root string) Kind {
	k := Kind{Column: "Courier", Own: true, Waiting: 500, start: func(s Setup) (*Server, error) { return startCourier(root, s) }}
	if os.Getuid() != 0 {
		k.Missing = "only root can start it"
	} else if _, err := os.Stat(filepath.Join(root, "usr/lib/courier/courier/courierpop3d")); err != nil {
		k.Missing = "it is not installed; make bench-deps installs it"
	} else {
		k.Version = packageVersion(root, "courier-pop")
	}
	return k
}

func startCourier(root string, s Setup) (*Server, error) {
	p, err := freePorts()
	if err != nil {
		return nil, err
	}
	etc, runtime := filepath.Join(s.Dir, "etc"), filepath.Join(s.Dir, "run")
	for _, dir := range []string{etc, runtime, filepath.Join(runtime, "authdaemon")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return nil, err
		}
	}
	for name, text := range map[string]string{"userdb": courierUsers(s), "authdaemonrc": courierAuth} {
		if err := os.WriteFile(filepath.Join(etc, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	command := []string{"sh", "-c", courierScript, "sh", fmt.Sprint(s.Sessions + 10), fmt.Sprint(p.plain.Port())}
	if s.Cert != nil {
		command = append(command, fmt.Sprint(p.tls.Port()), s.Cert.CertFile, s.Cert.KeyFile)
	}
	cmd := rooted(root, s, []string{etc + ":/etc/courier", runtime + ":/run/courier"}, command...)
	return run(cmd, s, p, func() error { return removeSizes(s) })
}

// courierAuth is the configuration of the processes that check passwords: Debian's, with
// one database.
const courierAuth = `authmodulelist="authuserdb"
authmodulelistorig="authuserdb"
daemons=5
authdaemonvar=/run/courier/authdaemon
DEBUG_LOGIN=0
DEFAULTOPTIONS=""
LOGGEROPTS=""
`

// courierSecret is the password as this database can store it with the least work.
const courierSecret = "{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ="

// courierUsers returns the users as makeuserdb reads them.
func courierUsers(s Setup) string {
	var text strings.Builder
	for _, user := range s.Users {
		fmt.Fprintf(&text, "%s\thome=%s|mail=%s|uid=%d|gid=%d|pop3pw=%s\n",
			user, filepath.Join(s.Root, user), mail.Dir(s.Root, user), mail.Owner, mail.Owner, courierSecret)
	}
	return text.String()
}

// removeSizes removes the lists of sizes that Courier has written.
func removeSizes(s Setup) error {
	files, err := filepath.Glob(filepath.Join(s.Root, "*", "Maildir", "courierpop3dsizelist"))
	for _, file := range files {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}
