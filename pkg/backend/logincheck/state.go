package logincheck

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"tpops/pkg/guard"
)

// credentials reports whether the credentials that systemd passes can be read. It opens them,
// since access(2) does not know of all restrictions.
func (r *run) credentials() {
	directory := os.Getenv("CREDENTIALS_DIRECTORY")
	if directory == "" {
		return
	}
	entries, err := os.ReadDir(directory)
	if errors.Is(err, fs.ErrNotExist) {
		r.step("credential", statusWarning, directory+" is gone: restart the service")
		return
	}
	if err != nil {
		r.step("credential", StatusFailed, fmt.Sprintf("%v: restart the service", err))
		return
	}
	for _, entry := range entries {
		file, err := os.Open(filepath.Join(directory, entry.Name()))
		if err != nil {
			r.step("credential", StatusFailed, fmt.Sprintf("%s: %v: see LoadCredential= in the unit", entry.Name(), err))
			continue
		}
		_ = file.Close() // It was only opened for reading.
		r.step("credential", statusOK, entry.Name()+" can be read")
	}
}

// sockets reports where clients arrive.
func (r *run) sockets() {
	const pop3sPort = 995 // where clients expect TLS
	for _, a := range r.Listening {
		if a.Port() == pop3sPort && r.Backend.TLS == nil {
			r.step("socket", statusWarning, "listening at "+a.String()+" without a certificate, so clients get no answer there: set tls-cert, or close the port: systemctl disable --now tpops-tls.socket; systemctl restart tpops")
			continue
		}
		r.step("socket", statusOK, "listening at "+a.String())
	}
	if len(r.Listening) == 0 {
		r.step("socket", statusOK, "not known to this process, which does not listen")
	}
	for _, s := range []struct{ parameter, path string }{{"control-socket", r.Config.Run.Control}, {"metrics-listen", r.Config.Run.Metrics}} {
		if s.path != "" && s.path != "none" {
			r.step("socket", statusOK, s.parameter+" "+s.path)
		}
	}
}

// guardState reports what the guard counts at present.
func (r *run) guardState() {
	memory, ok := r.Backend.Guard.(*guard.Guard)
	if !ok {
		r.step("guard", statusOK, "this process has none: it does not serve clients")
		return
	}
	s := memory.State()
	text := fmt.Sprintf("%d connections, %d of them logged in; room for %d; %d networks banned", s.Connections, s.LoggedIn, s.Room, s.Bans)
	if s.Connections >= s.Room {
		r.step("guard", statusWarning, text+": further connections are not counted")
		return
	}
	r.step("guard", statusOK, text)
}
