package watchdog

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tpops/pkg/pop3"
)

const (
	text   = "Subject: self test\n\nThe daemon serves mail.\n"
	prefix = "selftest-" // of the names of mailboxes
	file   = "1.selftest:2,S"
)

// mailbox is a Maildir with one message, and its only user.
type mailbox struct {
	account  pop3.Account
	password string
}

// newMailbox makes the mailbox below a directory.
func newMailbox(directory string) (*mailbox, error) {
	dir, err := os.MkdirTemp(directory, prefix)
	if err != nil {
		return nil, fmt.Errorf("make the mailbox of the self test: %w", err)
	}
	for _, sub := range []string{"new", "cur", "tmp"} {
		err = errors.Join(err, os.Mkdir(filepath.Join(dir, sub), 0o700))
	}
	err = errors.Join(err, os.WriteFile(filepath.Join(dir, "cur", file), []byte(text), 0o600))
	if err != nil {
		return nil, fmt.Errorf("make the mailbox of the self test: %w", errors.Join(err, os.RemoveAll(dir)))
	}
	return &mailbox{pop3.Account{Name: "selftest", Maildrop: dir, UID: -1, GID: -1}, rand.Text()}, nil
}

// remove removes the mailbox. It does nothing for nil.
func (m *mailbox) remove() {
	if m != nil {
		_ = os.RemoveAll(m.account.Maildrop) // removeOld of the next process removes the rest.
	}
}

// Authenticate accepts the one user of the mailbox.
func (m *mailbox) Authenticate(_ context.Context, a pop3.Attempt) (*pop3.Account, error) {
	if a.Login != m.account.Name || a.Password != m.password {
		return nil, pop3.ErrAuth
	}
	return &m.account, nil
}

// removeOld removes mailboxes of processes that were killed.
func removeOld(directory string) {
	left, err := filepath.Glob(filepath.Join(directory, prefix+"*"))
	if err != nil {
		return
	}
	for _, dir := range left {
		_ = os.RemoveAll(dir) // A remaining directory does no harm.
	}
}
