// Package scramstate keeps what clients could use to find out which users exist, over a
// restart of the daemon: the secret of the salts for users that do not exist, and
// which keys of SCRAM the databases had.
package scramstate

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tpops/pkg/memfd"
	"tpops/pkg/password"
)

const (
	secretName = "scram-secret" // of the file in the state directory
	secretSize = 32             // octets

	seenName = "scram-seen" // of the file beside it
)

// State is what is kept.
type State struct {
	Salts []byte   // the secret, for password.Verifier.TakeSalts; nil: each daemon makes a new one
	Seen  *os.File // for password.Verifier.KeepSeen; nil: each process remembers for itself
}

// Open opens the files in the first of the state directories that systemd passed,
// and creates them if they are missing. Without a directory the secret follows from
// the file machineID, and Seen is in memory. So it is after an error, which means
// that unknown users may look different after a restart: the state can be used all
// the same. The state is open until the process ends.
func Open(stateDirectories, machineID string) (*State, error) {
	dir, _, _ := strings.Cut(stateDirectories, ":")
	s := &State{}
	secret, err := openSecret(dir, machineID)
	s.Salts = secret
	seen, seenErr := openSeen(dir)
	if seenErr != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", seenName, seenErr))
	}
	s.Seen = seen
	return s, err
}

// openSeen opens the file of the keys in the state directory, for all processes of the
// daemon. Without a directory, or after an error, the file is in memory.
func openSeen(dir string) (*os.File, error) {
	if dir == "" {
		return memfd.New(seenName)
	}
	file, err := openSeenIn(dir)
	if err == nil {
		return file, nil
	}
	memory, memoryErr := memfd.New(seenName)
	return memory, errors.Join(err, memoryErr)
}

// openSeenIn opens the file in a directory of the service's user, and creates it if it
// is missing. The process may be root, so that no link is followed.
func openSeenIn(dir string) (*os.File, error) {
	path := filepath.Join(dir, seenName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > password.MaxSeen || info.Sys().(*syscall.Stat_t).Nlink != 1) {
		err = fmt.Errorf("%s: not a file that the daemon has made: delete it", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// openSecret returns the secret from which salts for unknown users follow. It has to
// survive a restart: a salt that changes with one would show that the user does not
// exist. It is in the state directory. Without one, or after an error there, which is
// returned, it follows from the machine id. It is nil if that cannot be read either.
func openSecret(dir, machineID string) (secret []byte, err error) {
	if dir != "" {
		if secret, err = secretIn(dir); err == nil {
			return secret, nil
		}
		err = fmt.Errorf("%s: %w", secretName, err)
	}
	id, idErr := os.ReadFile(machineID)
	if id = bytes.TrimSpace(id); idErr != nil || len(id) < secretSize {
		return nil, err
	}
	m := hmac.New(sha256.New, id)
	m.Write([]byte("tpops salts of unknown users")) // The id itself must stay secret (machine-id(5)).
	return m.Sum(nil), err
}

// secretIn returns the secret in a directory, and creates it if it is missing.
func secretIn(dir string) ([]byte, error) {
	path := filepath.Join(dir, secretName)
	secret, err := readSecret(path)
	if !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	if err := writeSecret(dir, path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return readSecret(path) // Another process may have been first.
}

// readSecret reads a secret. It rejects a file that others can read or that is not
// complete.
func readSecret(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() // It is only read.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || info.Size() != secretSize {
		return nil, fmt.Errorf("%s: not a secret of %d octets that only its owner may read", path, secretSize)
	}
	secret := make([]byte, secretSize)
	_, err = io.ReadFull(file, secret)
	return secret, err
}

// writeSecret creates the file with its complete content. It never replaces one.
func writeSecret(dir, path string) error {
	file, err := os.CreateTemp(dir, secretName+".new-*") // 0600, O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	secret := make([]byte, secretSize)
	_, _ = rand.Read(secret) // It never fails.
	_, err = file.Write(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
