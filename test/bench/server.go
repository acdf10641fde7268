package main

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"time"

	"tpops/test/daemon"
)

// server is one that runs.
type server struct {
	addr string
	pid  int // the process whose descendants make up the server
	stop func()
}

func startTPOPS(program, _ string, w *world) (*server, error) {
	params := []string{"--auth-type=passwd-file", "--passwd-file=" + w.users, "--max-servers=1000", "--parallel-type=thread"}
	if os.Getuid() == 0 {
		params = append(params, "--user=nobody", "--group=nogroup")
	}
	d, err := daemon.Start(program, params...)
	if err != nil {
		return nil, err
	}
	return &server{d.Addr, d.PID(), func() {
		if err := d.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, "TPOPS:", err)
		}
	}}, nil
}

// noDovecot says why Dovecot cannot be measured, or nothing.
func noDovecot() string {
	if os.Getuid() != 0 {
		return "it can only be started by root"
	}
	if _, err := os.Stat("/usr/lib/dovecot/pop3"); err != nil {
		return "it is not installed (make bench-deps installs it)"
	}
	return ""
}

// dovecotConfig has Debian's defaults but for what keeps it apart from a
// Dovecot of the system, and for the limits that the benchmark goes beyond.
const dovecotConfig = `
base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
protocols = pop3
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
mail_max_userip_connections = 0
first_valid_uid = 1
passdb {
  driver = passwd-file
  args = %[2]s
}
userdb {
  driver = passwd-file
  args = %[2]s
}
service pop3-login {
  process_limit = 1000
  inet_listener pop3 {
    port = %[3]s
  }
  inet_listener pop3s {
    port = 0
  }
}
service pop3 {
  process_limit = 1000
}
service anvil {
  client_limit = 3000
}
service auth {
  client_limit = 5000
}
`

func startDovecot(dir string, w *world) (*server, error) {
	addr, err := daemon.FreePort()
	if err != nil {
		return nil, err
	}
	port := addr[len("127.0.0.1:"):]
	// Several may run at once.
	own, err := os.MkdirTemp(dir, "dovecot-")
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(own, 0o755); err != nil {
		return nil, err
	}
	config := filepath.Join(own, "dovecot.conf")
	if err := os.WriteFile(config, fmt.Appendf(nil, dovecotConfig, own, w.users, port), 0o644); err != nil {
		return nil, err
	}
	cmd := exec.Command("dovecot", "-F", "-c", config)
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	s := &server{addr, cmd.Process.Pid, func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	}}
	for range 100 {
		if c, _, err := daemon.Dial(addr); err == nil {
			c.Close()
			return s, nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	s.stop()
	log, _ := os.ReadFile(filepath.Join(own, "log"))
	return nil, fmt.Errorf("does not serve\n%s", log)
}
