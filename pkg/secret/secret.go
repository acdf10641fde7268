// Package secret keeps a random secret in the state directory of the service, from
// which the salts of unknown users are derived. The secret has to survive a restart: a
// salt that changes with a restart would show that the user does not exist.
package secret

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
	fileName = "scram-secret" // in the state directory
	size     = 32             // bytes
)

// Read returns the secret. It is in the first of stateDirectories, which are separated
// by colons; Read creates it if it is missing. Without a usable directory the secret is
// derived from the file machineID (machine-id(5)). It is nil without either: then
// the caller's secret lasts as long as the process.
func Read(stateDirectories, machineID string) []byte {
	dir, _, _ := strings.Cut(stateDirectories, ":")
	if dir != "" {
		if secret, err := secretIn(dir); err == nil {
			return secret
		}
	}
	id, err := os.ReadFile(machineID)
	if id = bytes.TrimSpace(id); err != nil || len(id) < size {
		return nil
	}
	m := hmac.New(sha256.New, id)
	m.Write([]byte("tpops salts of unknown users")) // Others must not see the id itself (machine-id(5)).
	return m.Sum(nil)
}

// secretIn returns the secret in a directory, and creates it if it is missing.
func secretIn(dir string) ([]byte, error) {
	path := filepath.Join(dir, fileName)
	secret, err := readSecret(path)
	if !errors.Is(err, os.ErrNotExist) {
		return secret, err
	}
	if err := writeSecret(dir, path); err != nil && !errors.Is(err, os.ErrExist) {
		return nil, err
	}
	return readSecret(path) // Another process may have been first.
}

// readSecret reads a secret. It refuses a file that others may read, and an
// incomplete one.
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
	if !info.Mode().IsRegular() || info.Mode().Perm()&0o077 != 0 || info.Size() != size {
		return nil, fmt.Errorf("%s: not a secret of %d octets that only its owner may read", path, size)
	}
	secret := make([]byte, size)
	_, err = io.ReadFull(file, secret)
	return secret, err
}

// writeSecret creates the complete file or none. It never replaces a file.
func writeSecret(dir, path string) error {
	file, err := os.CreateTemp(dir, fileName+".new-*") // 0600, O_EXCL
	if err != nil {
		return err
	}
	defer os.Remove(file.Name())
	secret := make([]byte, size)
	_, _ = rand.Read(secret) // It never fails.
	_, err = file.Write(secret)
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return err
	}
	return os.Link(file.Name(), path)
}
