//go:build integration

package soak

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"tpops/test/clients"
)

// deliver delivers messages until the end of the run, each with another program.
func (s *soak) deliver() {
	for s.live() {
		s.deliverTo(rand.IntN(mailboxes))
		s.pause(rand.N(200 * time.Millisecond))
	}
}

// deliverTo delivers one message.
func (s *soak) deliverTo(box int) {
	number, text := s.compose(box)
	programs := []func(int) *exec.Cmd{s.lda, s.maildrop, s.procmail}
	cmd := programs[rand.IntN(len(programs))](box)
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		s.fault("%s: %v\n%s", cmd.Path, err, out)
		return
	}
	s.delivered(box, number)
}

// lda is Dovecot's delivery program.
func (s *soak) lda(box int) *exec.Cmd {
	conf := filepath.Join(filepath.Dir(s.dovecot.Maildir(0)), "conf")
	return exec.Command("/usr/lib/dovecot/dovecot-lda", "-c", conf, "-d", fmt.Sprintf("user%d", box))
}

// maildrop is Courier's.
func (s *soak) maildrop(box int) *exec.Cmd {
	return asNobody(s.t.Context(), "maildrop", s.rule(box, "maildrop", "to "+`"`+s.dovecot.Maildir(box)+`"`+"\n"))
}

// procmail delivers with its own names of files.
func (s *soak) procmail(box int) *exec.Cmd {
	return asNobody(s.t.Context(), "procmail", "-m", s.rule(box, "procmail", ":0\n"+s.dovecot.Maildir(box)+"/\n"))
}

// rule writes the file of rules of a delivery program, which belongs to its user.
func (s *soak) rule(box int, program, text string) string {
	file := filepath.Join(filepath.Dir(s.dovecot.Maildir(0)), fmt.Sprintf("%s%d", program, box))
	if _, err := os.Stat(file); err != nil {
		s.own(file, text, 0o600)
	}
	return file
}

// own writes a file that belongs to the owner of the mailboxes.
func (s *soak) own(file, text string, mode os.FileMode) {
	if err := errors.Join(os.WriteFile(file, []byte(text), mode), os.Chown(file, clients.Nobody, clients.Nobody)); err != nil {
		s.t.Error(err)
	}
}

// asNobody runs a program as the owner of the mailboxes.
func asNobody(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: clients.Nobody, Gid: clients.Nobody}}
	cmd.Dir, cmd.Env = "/", []string{"HOME=/nonexistent", "LOGNAME=nobody", "PATH=/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL=C.UTF-8"}
	return cmd
}
