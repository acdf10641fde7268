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

// maxFile is the largest file of a chain or a key, in octets. A chain has a few thousand.
const maxFile = 1 << 20

// source is a pair of files with the certificate that was read last.
type source struct {
	pair        Pair
	certificate *tls.Certificate
	content     content  // of the files, of which the certificate was made
	logged      boundary // of the expiry that was logged last
	watch       watch
}

// watch detects when files have changed and are complete.
type watch struct {
	paths [2]string
	tried [2]files.Stamp // stamps when the files were last read
	seen  [2]files.Stamp // stamps at the last check
}

// begin checks the files for the first time.
func (w *watch) begin() { w.seen = stampsOf(w.paths) }

// reading records that the files are being read, with the stamps of the last check.
func (w *watch) reading() { w.tried = w.seen }

// A process that starts during a renewal may read a certificate without its key: it tries
// again for a second.
const (
	openTries = 10
	openPause = 100 * time.Millisecond
)

// openSource reads the files, or uses what was read from them last, nil for nothing.
func openSource(pair Pair, last *content) (*source, error) {
	s := &source{pair: pair, watch: watch{paths: [2]string{pair.Cert, pair.keyFile()}}}
	for try := 1; ; try++ {
		s.watch.begin()
		err := s.read()
		if err != nil && last != nil && s.use(*last) == nil {
			err = nil
		}
		if err == nil || try > openTries || !s.watch.fresh() {
			return s, err
		}
		time.Sleep(openPause)
	}
}

// keyFile returns the path of the file with the key.
func (p Pair) keyFile() string {
	if p.Key == "" {
		return p.Cert
	}
	return p.Key
}

// settled reports whether the files have changed since they were last read, and not
// since the last call. Programs replace the files one after the other, so that they do not
// match in between.
func (w *watch) settled() bool {
	now := stampsOf(w.paths)
	still := now == w.seen
	w.seen = now
	return still && now != w.tried
}

// fresh reports whether a file has just been written, so that the other may follow.
func (w *watch) fresh() bool {
	recent := time.Now().Add(-openTries * openPause).UnixNano()
	return max(w.seen[0].Change, w.seen[1].Change) > recent
}

// read reads the files. After an error nothing has changed, and the files are not settled
// again until they change.
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
	return s.use(content{Cert: cert, Key: key})
}

// use makes a certificate of the text of the files. After an error nothing has changed.
func (s *source) use(c content) error {
	if bytes.Contains(c.Key, []byte("ENCRYPTED")) {
		return fmt.Errorf("%s: the key is encrypted with a password: remove it, for example with openssl pkey", s.pair.keyFile())
	}
	pair, err := tls.X509KeyPair(c.Cert, c.Key)
	if err != nil {
		return fmt.Errorf("%s and %s: %w", s.pair.Cert, s.pair.keyFile(), err)
	}
	// Without it clients would miss a part of the chain. One that is whole goes to them as it
	// is, also if crypto/x509 cannot read it.
	if _, err := parse(c.Cert); errors.Is(err, errDamaged) {
		return fmt.Errorf("%s: %w", s.pair.Cert, err)
	}
	if s.certificate == nil || !pair.Leaf.Equal(s.certificate.Leaf) {
		s.logged = 0
	}
	s.certificate, s.content = &pair, c
	return nil
}

// isPublic reports whether users other than owner and group can read the key.
func (s *source) isPublic() bool {
	info, err := os.Stat(s.pair.keyFile())
	return err == nil && info.Mode().Perm()&0o004 != 0
}

// attrs returns the attributes of the certificate for the log.
func (s *source) attrs() []any {
	leaf := s.certificate.Leaf
	name := leaf.Subject.CommonName
	if len(leaf.DNSNames) > 0 {
		name = strings.Join(leaf.DNSNames, " ")
	}
	return []any{slog.String("certificate", name), slog.String("file", s.pair.Cert),
		slog.String("expires", leaf.NotAfter.UTC().Format(time.RFC3339))}
}

// stampsOf returns the stamps of the files. It follows symbolic links. A missing file has
// the zero Stamp.
func stampsOf(paths [2]string) (s [2]files.Stamp) {
	for i, path := range paths {
		s[i], _ = files.StampPath(path)
	}
	return s
}
