package logincheck

import (
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/certs"
)

// noUser is a login name that no client can send.
const noUser = "tpopsctl check"

// soon is how long before the end of a certificate it is reported.
const soon = 14 * 24 * time.Hour

// service checks what this process, which serves sessions, can use.
func (r *run) service() {
	r.step("ids", statusOK, fmt.Sprintf("parallel-type %s, uid %d, gid %d", r.Config.Processes.ParallelType, unix.Geteuid(), unix.Getegid()))
	r.databases()
	r.certificates()
	r.credentials()
	r.files()
	r.roots()
	r.logFiles()
	r.sockets()
	r.guardState()
	failed, warnings := 0, 0
	for _, s := range r.report.Steps {
		switch s.Status {
		case StatusFailed:
			failed++
		case statusWarning:
			warnings++
		}
	}
	r.report.Result, r.report.Sentence = ResultWorks, "The service has what it needs."
	if failed > 0 {
		r.report.Result = resultRefused
	}
	if failed+warnings > 0 {
		r.report.Sentence = fmt.Sprintf("The service has problems, see the lines above. Failed: %d, warnings: %d.", failed, warnings)
	}
}

// databases asks each database for a user that cannot exist.
func (r *run) databases() {
	if r.Backend.Users == nil {
		return
	}
	for name, database := range r.Backend.Users.Each() {
		start := time.Now()
		_, err := database.Find(r.ctx, noUser)
		switch took := time.Since(start); {
		case err != nil:
			r.step("database", StatusFailed, fmt.Sprintf("%s: %v (after %v): %s", name, err, since(start), advice(err, "")))
		case took > slow:
			r.step("database", statusWarning, fmt.Sprintf("%s answers, but slowly (%v)", name, since(start)))
		default:
			r.step("database", statusOK, fmt.Sprintf("%s answers (%v)", name, since(start)))
		}
	}
	for _, p := range r.Backend.Problems {
		r.step("database", statusWarning, p.String())
	}
}

// certificates reports whether certificates and keys can be read and fit, and how long
// they hold.
func (r *run) certificates() {
	names := r.Config.TLS.Cert
	for i, name := range names {
		pair := certs.Pair{Cert: name}
		if len(r.Config.TLS.Key) > i {
			pair.Key = r.Config.TLS.Key[i]
		}
		certificate, err := certs.Load(pair)
		if err != nil {
			r.step("certificate", StatusFailed, fmt.Sprintf("%v: correct tls-cert and tls-key", err))
			continue
		}
		status, text := r.certificate(certificate.Leaf, time.Now())
		r.step("certificate", status, name+": "+text)
	}
}

// certificate judges a certificate.
func (r *run) certificate(leaf *x509.Certificate, now time.Time) (status, text string) {
	end := leaf.NotAfter.Format(time.DateOnly)
	switch {
	case now.After(leaf.NotAfter):
		return StatusFailed, "has expired on " + end + ": renew it"
	case now.Before(leaf.NotBefore):
		return StatusFailed, "is not valid before " + leaf.NotBefore.Format(time.DateOnly) + ": see the clock"
	case now.Add(soon).After(leaf.NotAfter):
		return statusWarning, "expires on " + end + ": renew it"
	}
	host, names := r.Config.Protocol.Hostname, strings.Join(leaf.DNSNames, ", ")
	if err := leaf.VerifyHostname(host); err != nil && len(r.Config.TLS.Cert) == 1 {
		return statusWarning, fmt.Sprintf("valid until %s, but it has no name %s, the hostname: clients must use %s", end, host, names)
	}
	return statusOK, fmt.Sprintf("valid until %s for %s, and the key fits", end, names)
}

// files reports whether the files of parameters can be used. certificates has tried
// certificates and keys, and a configuration file that was not read may be missing.
func (r *run) files() {
	for _, f := range r.Config.ReadFiles() {
		switch {
		case f.Parameter == "tls-cert" || f.Parameter == "tls-key":
		case f.Parameter == "config" && !r.Config.FileRead():
		default:
			r.file(f.Parameter, f.Path, unix.R_OK, "read")
		}
	}
	if r.Config.Hook.Program != "" {
		r.file("login-hook", r.Config.Hook.Program, unix.X_OK, "execute")
	}
}

// file reports whether a file can be used.
func (r *run) file(parameter, path string, mode uint32, verb string) {
	if err := unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS); err != nil {
		r.step("file", StatusFailed, fmt.Sprintf("%s %s: %v: let the user of the service %s it", parameter, path, err, verb))
		return
	}
	r.step("file", statusOK, parameter+" "+path)
}

// roots reports the directories of mail-roots.
func (r *run) roots() {
	if r.Config.Mailbox.Type != "maildir" {
		return
	}
	for _, root := range r.Config.Mailbox.Roots {
		info, err := os.Stat(root)
		switch {
		case errors.Is(err, fs.ErrNotExist):
			r.step("mail-roots", statusWarning, root+" is missing: create or mount it, or remove it from mail-roots")
		case err != nil:
			r.step("mail-roots", statusWarning, err.Error())
		case !info.IsDir():
			r.step("mail-roots", StatusFailed, root+" is not a directory")
		default:
			r.step("mail-roots", statusOK, root)
		}
	}
}

// logFiles reports whether log files can be written.
func (r *run) logFiles() {
	for _, path := range []string{r.Config.Log.Access, r.Config.Log.Errors, r.Config.Log.Usage} {
		if path == "" {
			continue
		}
		target := path
		if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
			target = filepath.Dir(path)
		}
		if err := unix.Faccessat(unix.AT_FDCWD, target, unix.W_OK, unix.AT_EACCESS); err != nil {
			r.step("log", StatusFailed, fmt.Sprintf("%s: %v: let the user of the service write it", target, err))
			continue
		}
		r.step("log", statusOK, path)
	}
}
