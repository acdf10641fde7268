package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// maxSecret bounds a secret, in octets.
const maxSecret = 4 << 10

// Secret is text that must not be seen: no encoder shows it, nor any verb of
// fmt but %p, which bypasses all methods and which vet reports. Convert it to
// string where it is used.
type Secret string

// mask stands wherever a secret would be shown.
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

// parseSecret has errors that say nothing of the secret.
func parseSecret(s string) (Secret, error) {
	switch {
	case len(s) > maxSecret:
		return "", fmt.Errorf("must be at most %d octets long", maxSecret)
	case strings.Contains(s, "\x00"):
		return "", errors.New("must not contain NUL")
	}
	return Secret(s), nil
}

// secretFile returns the row by which the secret p is given as a file. It has
// no field: what the file holds becomes the value of p.
func secretFile(p Param) Param {
	return Param{
		Name: secretFileName(p.Name), Group: p.Group, Kind: KindPath, Default: none, Optional: true,
		Only: p.Only, Restart: p.Restart, value: path(new(string)),
		Help:     fmt.Sprintf("File that contains %s. A newline at its end is ignored. If neither is set, the systemd credential %s is used if it exists.", p.Name, p.Name),
		Japanese: fmt.Sprintf("%s の値を収めたファイル。\n末尾の改行は無視する。\nどちらも指定しなければ、systemd のクレデンシャル\n%s があるときはそれを使う。", p.Name, p.Name),
	}
}

func secretFileName(name string) string { return name + "-file" }

// readSecrets finds the secrets that are given as files or credentials.
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
			l.problem(file.place, "%s and %s are both set", p.Name, secretFileName(p.Name))
			return
		}
		// One is on the command line and the other in the file, which it beats.
		isDirect, isFile = direct.place.isOption(), file.place.isOption()
		if isFile {
			p.value.clear()
		}
	}
	if isFile {
		content, isPublic, err := readBounded(file.text, maxSecret+1)
		l.setSecret(p, file.place, content, err)
		if isPublic {
			l.warn(setting{name: file.name, place: file.place}, "all users can read the file")
		}
	}
	l.readCredential(p, isDirect || isFile)
}

// readCredential takes p from the directory that systemd names. A credential
// beside another value would be without effect, so it is refused.
func (l *loader) readCredential(p *Param, isGiven bool) {
	name := l.credentialFile(p.Name)
	if name == "" {
		return
	}
	content, _, err := readBounded(name, maxSecret+1) // Its directory keeps it.
	switch {
	case errors.Is(err, fs.ErrNotExist):
	case errors.Is(err, fs.ErrPermission) && l.config.Run.CheckConfig:
		// ExecReload= sees the directory, but systemd lets only the service
		// itself read it.
	case isGiven:
		l.problem(place{file: name}, "%s is set as well", p.Name)
	default:
		l.setSecret(p, place{file: name}, content, err)
	}
}

// credentialFile returns the path of a credential, which need not be there; ""
// if there are none at all.
func (l *loader) credentialFile(name string) string {
	directory := l.source.getenv("CREDENTIALS_DIRECTORY")
	if directory == "" {
		return ""
	}
	return filepath.Join(directory, name)
}

// credential returns the path of a credential that is there. One that ExecReload=
// may not see, see readCredential, keeps the parameter from being missed.
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

// setSecret stores what was read from a file, unless that went wrong. It does
// not tell the file's name, where people write the secret itself by mistake.
func (l *loader) setSecret(p *Param, from place, content []byte, err error) {
	text := strings.TrimSuffix(strings.TrimSuffix(string(content), "\n"), "\r")
	if err == nil && text == "" {
		err = errors.New("the file is empty")
	}
	if err == nil {
		err = p.set(text)
	}
	if err != nil {
		l.problem(from, "%s: %v", p.Name, err)
		return
	}
	l.config.origin.places[p.Name] = from
}

// warnOfSecrets warns of those settings of the configuration file, which all
// users can read, that are a secret, even if the command line overrules them.
func (l *loader) warnOfSecrets(found []setting) {
	for _, s := range found {
		if p := l.byName[s.name]; p.Kind == KindSecret && !p.unset(s.text) {
			l.warn(s, "all users can read this file")
		}
	}
}
