package peer

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
)

// TPOPS returns the program with a concurrency model.
func TPOPS(program, model string) Kind {
	return Kind{Column: model, start: func(s Setup) (*Server, error) { return startTPOPS(program, model, s) }}
}

func startTPOPS(program, model string, s Setup) (*Server, error) {
	p, err := freePorts()
	if err != nil {
		return nil, err
	}
	users, err := writeUsers(s)
	if err != nil {
		return nil, err
	}
	// Without a file of its own it would read that of the system.
	config := filepath.Join(s.Dir, "tpops.toml")
	if err := os.WriteFile(config, []byte("# All parameters are on the command line.\n"), 0o644); err != nil {
		return nil, err
	}
	args := []string{
		"--config=" + config, "--fg", "--syslog=none", "--port=" + p.plain.String(), "--parallel-type=" + model,
		"--auth-type=passwd-file", "--passwd-file=" + users, "--first-uid=1", "--plaintext-login=yes",
		fmt.Sprintf("--max-servers=%d", s.Sessions+10), fmt.Sprintf("--max-before-login=%d", s.Sessions+10),
		"--max-per-user=0", "--login-time=0",
	}
	args = append(args, chosen(model, s, p)...)
	cmd := exec.Command(program, append(args, s.Params...)...)
	cmd.Env = os.Environ()
	if s.Profile != "" {
		cmd.Env = append(cmd.Env, "TPOPS_PROFILE="+s.Profile)
	}
	forget := func() error { return removeIndexes(s) }
	if !s.Notify {
		return run(cmd, s, p, forget)
	}
	return runNotified(cmd, s, p, forget)
}

// runNotified is run for a server whose status can be read.
func runNotified(cmd *exec.Cmd, s Setup, p ports, forget func() error) (*Server, error) {
	status, err := listenStatus(s.Dir)
	if err != nil {
		return nil, err
	}
	cmd.Env = append(cmd.Env, status.env())
	server, err := run(cmd, s, p, forget)
	if err != nil {
		return nil, errors.Join(err, status.conn.Close())
	}
	server.status = status
	return server, nil
}

// chosen returns the parameters that not every server is given.
func chosen(model string, s Setup, p ports) []string {
	args := []string{"--uidl-mismatch=accept"} // Dovecot has served the same mailboxes.
	if model == "prefork" {
		args = append(args, fmt.Sprintf("--min-servers=%d", max(s.Spare, 1)))
	}
	if os.Getuid() == 0 {
		args = append(args, "--user=nobody", "--group=nogroup")
	}
	if s.Exact {
		args = append(args, "--maildir-use-filesize=no", "--maildir-extended=no")
	}
	if s.Cert != nil {
		args = append(args, "--tls-cert="+s.Cert.CertFile, "--tls-key="+s.Cert.KeyFile, "--tls-port="+p.tls.String())
	}
	return args
}

// removeIndexes removes the indexes that the server has written.
func removeIndexes(s Setup) error {
	files, err := filepath.Glob(filepath.Join(s.Root, "*", "Maildir", "tpops_index*"))
	for _, file := range files {
		err = errors.Join(err, os.Remove(file))
	}
	return err
}
