package certs

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"strings"
	"time"

	"tpops/pkg/files"
)

// maxFile bounds a file, in octets: a chain of certificates is a few thousand.
const maxFile = 1 << 20

// source is one pair of files, and what was last found in them.
type source struct {
	pair        Pair
	certificate *tls.Certificate
	told        boundary // of its expiry
	watch       watch
}

// watch finds out when files have changed and are at rest.
type watch struct {
	paths [2]string
	tried [2]files.Stamp // when the files were last read
	seen  [2]files.Stamp // when they were last looked at
}

// begin looks at the files for the first time.
func (w *watch) begin() { w.seen = stampsOf(w.paths) }

// reading notes that the files are read as they were last seen.
func (w *watch) reading() { w.tried = w.seen }

func openSource(pair Pair) (*source, error) {
	s := &source{pair: pair, watch: watch{paths: [2]string{pair.Cert, pair.keyFile()}}}
	s.watch.begin()
	if err := s.read(); err != nil {
		return nil, err
	}
	return s, nil
}

// keyFile returns the file in which the key is.
func (p Pair) keyFile() string {
	if p.Key == "" {
		return p.Cert
	}
	return p.Key
}

// settled reports whether the files have changed since they were last read,
// and not since the last call. Whoever writes them anew does so one after the
// other, and what is half done is not worth a word.
func (w *watch) settled() bool {
	now := stampsOf(w.paths)
	still := now == w.seen
	w.seen = now
	return still && now != w.tried
}

// read reads the files. After an error all is as before, and the files are not
// settled again until they change.
func (s *source) read() error {
	s.watch.reading()
	cert, _, err := files.Read(s.pair.Cert, maxFile)
	key := cert
	if s.pair.Key != "" {
		var keyErr error
		key, _, keyErr = files.Read(s.pair.Key, maxFile)
		err = errors.Join(err, keyErr)
	}
	if err != nil {
		return err
	}
	if bytes.Contains(key, []byte("ENCRYPTED")) {
		return fmt.Errorf("%s: the key is encrypted with a password: remove it, for example with openssl pkey", s.pair.keyFile())
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		return fmt.Errorf("%s and %s: %w", s.pair.Cert, s.pair.keyFile(), err)
	}
	if s.certificate == nil || !pair.Leaf.Equal(s.certificate.Leaf) {
		s.told = 0
	}
	s.certificate = &pair
	return nil
}

// isPublic reports whether others than owner and group may read the key.
func (s *source) isPublic() bool {
	info, err := os.Stat(s.pair.keyFile())
	return err == nil && info.Mode().Perm()&0o004 != 0
}

// attrs returns what the log tells of the certificate.
func (s *source) attrs() []any {
	leaf := s.certificate.Leaf
	name := leaf.Subject.CommonName
	if len(leaf.DNSNames) > 0 {
		name = strings.Join(leaf.DNSNames, " ")
	}
	return []any{slog.String("certificate", name), slog.String("file", s.pair.Cert),
		slog.String("expires", leaf.NotAfter.UTC().Format(time.RFC3339))}
}

// stampsOf looks at the files, following symbolic links. A missing one has the
// zero Stamp.
func stampsOf(paths [2]string) (s [2]files.Stamp) {
	for i, path := range paths {
		s[i], _ = files.StampPath(path)
	}
	return s
}
