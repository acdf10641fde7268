package main

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
)

const (
	secretName = "scram-secret" // of the file in the state directory
	secretSize = 32             // octets
)

// keptSecret returns the secret from which salts for unknown users follow. It
// has to survive a restart: a salt that changes with one would show that the
// user does not exist. It is kept in the first of the state directories that
// systemd gives the service. Without one it follows from the machine id. It is
// nil if there is neither: then it lives as long as the daemon.
func keptSecret(stateDirectories, machineID string) []byte {
	dir, _, _ := strings.Cut(stateDirectories, ":")
	if dir != "" {
		if secret, err := secretIn(dir); err == nil {
			return secret
		}
	}
	id, err := os.ReadFile(machineID)
	if id = bytes.TrimSpace(id); err != nil || len(id) < secretSize {
		return nil
	}
	m := hmac.New(sha256.New, id)
	m.Write([]byte("tpops salts of unknown users")) // The id itself is not for others (machine-id(5)).
	return m.Sum(nil)
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
