package main

import (
	"bytes"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/memfd"
)

const (
	secretName = "scram-secret" // of the file in the state directory
	secretSize = 32             // octets

	seenName = "scram-seen" // of the file beside it
)

// keepSalts has salts of the Verifier follow from the kept secret, and what it
// remembers of keys kept beside it. A warning is logged if the files there cannot
// be used: then unknown users may look different after a restart.
func (p *program) keepSalts(stateDirectories, machineID string) {
	dir, _, _ := strings.Cut(stateDirectories, ":")
	secret, err := keptSecret(dir, machineID)
	if secret != nil {
		p.verifier.TakeSalts(secret)
	}
	var failed error
	if p.seen, failed = openSeen(dir); failed != nil {
		err = errors.Join(err, fmt.Errorf("%s: %w", seenName, failed))
	}
	if err != nil {
		p.logger.Warn("SCRAM state not kept", slog.Any("error", err))
	}
}

// openSeen opens the file for password.Verifier.KeepSeen in the state directory, for
// all processes of the daemon. Without a directory, or after an error, the file is
// in memory.
func openSeen(dir string) (*os.File, error) {
	if dir != "" {
		file, err := openSeenIn(dir)
		if err == nil {
			return file, nil
		}
		memory, second := memfd.New(seenName)
		return memory, errors.Join(err, second)
	}
	return memfd.New(seenName)
}

// openSeenIn opens the file in a directory of the service's user, and makes it if
// there is none. It may do so as root, and follows no link.
func openSeenIn(dir string) (*os.File, error) {
	path := filepath.Join(dir, seenName)
	file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, err
	}
	info, err := file.Stat()
	if err == nil && (!info.Mode().IsRegular() || info.Size() > mysql.SeenSize || info.Sys().(*syscall.Stat_t).Nlink != 1) {
		err = fmt.Errorf("%s: not a file that the daemon has made: delete it", path)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return file, nil
}

// keptSecret returns the secret from which salts for unknown users follow. It
// has to survive a restart: a salt that changes with one would show that the
// user does not exist. It is kept in the state directory that systemd gives the
// service. Without one, or if it cannot be used there, which is the error, it
// follows from the machine id. It is nil if there is neither: then it lives as long
// as the daemon.
func keptSecret(dir, machineID string) (secret []byte, err error) {
	if dir != "" {
		if secret, err = secretIn(dir); err == nil {
			return secret, nil
		}
		err = fmt.Errorf("%s: %w", secretName, err)
	}
	id, failed := os.ReadFile(machineID)
	if id = bytes.TrimSpace(id); failed != nil || len(id) < secretSize {
		return nil, err
	}
	m := hmac.New(sha256.New, id)
	m.Write([]byte("tpops salts of unknown users")) // The id itself is not for others (machine-id(5)).
	return m.Sum(nil), err
}

// secretIn returns the secret in a directory, and makes it if there is none.
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

// readSecret reads a secret. It does not believe a file that others may read or
// that is not whole.
func readSecret(path string) ([]byte, error) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close() // It was only read.
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

// writeSecret makes the file whole or not at all. It never replaces one.
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
