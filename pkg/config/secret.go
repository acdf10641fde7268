package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret limits a secret, in octets.
const maxSecret = 4 << 10

// Secret is text that is never shown: encoders and all verbs of fmt write a mask,
// except %p, which bypasses all methods and which vet reports. Convert it to string
// where it is used.
type Secret string

// mask is written instead of a secret.
const mask = "(secret)"

// Format writes a mask in place of a secret that is set, whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) {
	masked, _ := s.MarshalText()
	state.Write(masked)
}

// MarshalText returns a mask in place of a secret that is set. It never fails.
func (s Secret) MarshalText() ([]byte, error) {
	if s == "" {
		return nil, nil
	}
	return []byte(mask), nil
}

func secret(p *Secret) value {
	return field(KindSecret, p, parseSecret, func(s Secret) string { return string(s) })
}

// parseSecret has errors that do not contain the secret.
func parseSecret(s string) (Secret, error) {
	switch {
	case len(s) > maxSecret:
		return "", fmt.Errorf("must be at most %d octets long", maxSecret)
	case strings.Contains(s, "\x00"):
		return "", errors.New("must not contain NUL")
	}
	return Secret(s), nil
}

// secretFile returns the row for the file that contains the secret p. It has no
// field: the content of the file becomes the value of p.
func secretFile(p Param) Param {
	return Param{
		Name: secretFileName(p.Name), Group: p.Group, Kind: KindPath, Default: none, Optional: true,
		Only: p.Only, Restart: p.Restart, value: path(new(string)),
		Help:     fmt.Sprintf("File that contains %s. A newline at its end is ignored. If neither is set, the systemd credential %s is used if it exists.", p.Name, p.Name),
		Japanese: fmt.Sprintf("%s の値を収めたファイル。\n末尾の改行は無視する。\nどちらも指定しなければ、systemd のクレデンシャル\n%s があるときはそれを使う。", p.Name, p.Name),
	}
}

func secretFileName(name string) string { return name + "-file" }

// readSecrets reads the secrets in files and credentials.
func (l *loader) readSecrets() {
	for i := range l.rows {
		if p := &l.rows[i]; p.Kind == KindSecret && l.hasEffect(p) {
			l.readSecret(p)
		}
	}
}

func (l *loader) readSecret(p *Param) {
	direct, isDirect := l.given[p.Name]
	file, isFile := l.given[secretFileName(p.Name)]
	isDirect = isDirect && !p.unset(direct.text)
	isFile = isFile && file.text != none
	if isDirect && isFile {
		if direct.place.isOption() == file.place.isOption() {
			l.problem(file.place, "%s and %s are both set: remove one of them", p.Name, secretFileName(p.Name))
			return
		}
		// The command line overrides the file.
		isDirect, isFile = direct.place.isOption(), file.place.isOption()
		if isFile {
			p.value.clear()
		}
	}
	if isFile {
		content, isPublic, err := readBounded(file.text, maxSecret+1)
		l.setSecret(p, file, content, err)
		l.config.origin.addSecret(file.name, file.text)
		if isPublic {
			l.warn(file, "all users can read the file: run chmod o-r")
		}
	}
	l.readCredential(p, isDirect || isFile)
}

// readCredential reads p from the directory of credentials. A credential and
// another value at the same time are an error: one of them would have no effect.
func (l *loader) readCredential(p *Param, isGiven bool) {
	name := l.credentialFile(p.Name)
	if name == "" {
		return
	}
	content, _, err := readBounded(name, maxSecret+1) // The directory protects it, whatever its mode.
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission) && l.config.Run.CheckConfig:
		// ExecReload= sees the directory, but systemd lets only the service
		// itself read it.
	case isGiven:
		l.problem(place{file: name}, "the credential exists, but %s is set, too: remove one of them", p.Name)
	default:
		l.setSecret(p, setting{name: p.Name, place: place{file: name}}, content, err)
	}
}

// credentialFile returns the path of a credential, which may not exist; "" if
// systemd passes none.
func (l *loader) credentialFile(name string) string {
	directory := l.source.getenv("CREDENTIALS_DIRECTORY")
	if directory == "" {
		return ""
	}
	return filepath.Join(directory, name)
}

// credential returns the path of a credential, and whether it exists. If only
// ExecReload= cannot see it (see readCredential), the parameter is not reported as
// missing.
func (l *loader) credential(name string) (path string, ok bool) {
	path = l.credentialFile(name)
	if path == "" {
		return "", false
	}
	_, err := os.Stat(path)
	if errors.Is(err, fs.ErrPermission) && l.config.Run.CheckConfig {
		l.broken[name] = true
	}
	return path, err == nil
}

// setSecret stores the content of the file in from, or reports err.
func (l *loader) setSecret(p *Param, from setting, content []byte, err error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if err == nil && text == "" {
		err = errors.New("the file is empty")
	}
	if err == nil {
		err = p.set(text)
	}
	if err != nil {
		l.problems = append(l.problems, from.place.problem(from.name, secretFileProblem(p.Name, from, err)))
		return
	}
	l.config.origin.places[p.Name] = from.place
}

// secretFileProblem returns the text of an error about the file that contains a secret.
// Some operators set the parameter to the secret itself, so the text contains the value
// only if it is certainly a path. The place of a credential already contains the path.
func secretFileProblem(param string, from setting, err error) string {
	switch {
	case from.text == "":
		return err.Error()
	case isCertainlyPath(from.text):
		return fmt.Sprintf("%s: %v", printable(from.text), err)
	}
	return fmt.Sprintf("%v: set it to the path of the file that contains %s", err, param)
}

// isCertainlyPath reports whether the value exists as a file, or is an absolute path in
// a directory at the top of the file system that exists. A secret that begins with "/"
// is neither.
func isCertainlyPath(value string) bool {
	if _, err := os.Lstat(value); err == nil {
		return true
	}
	rest, isAbsolute := strings.CutPrefix(value, "/")
	top, below, _ := strings.Cut(rest, "/")
	if !isAbsolute || top == "" || below == "" {
		return false
	}
	info, err := os.Stat("/" + top)
	return err == nil && info.IsDir()
}

// warnOfSecrets warns of secrets in the configuration file, which all users can
// read, even if the command line overrides them.
func (l *loader) warnOfSecrets(found []setting) {
	for _, s := range found {
		if p := l.byName[s.name]; p.Kind == KindSecret && !p.unset(s.text) {
			l.warn(s, "all users can read this file: run chmod o-r")
		}
	}
}
