//go:build integration

package soak

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/tls"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	xdg "github.com/xdg-go/scram"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// open connects and logs in.
func (d *driver) open() error {
	addr := d.plain
	if d.secure == "tls" {
		addr = d.implicit
	}
	from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(d.box+1))}, Timeout: time.Minute}
	conn, err := from.DialContext(d.t.Context(), "tcp", addr)
	if err != nil {
		return err
	}
	config := &tls.Config{RootCAs: d.authority.Pool(), ServerName: "localhost"}
	if d.secure == "tls" {
		conn = tls.Client(conn, config)
	}
	d.Client = daemon.NewClient(conn)
	greeting, err := d.Line()
	if err != nil || !strings.HasPrefix(greeting, "+OK") {
		return d.refused("greeting", greeting, err)
	}
	if d.secure == "stls" {
		if answer, err := d.Command("STLS"); err != nil || !strings.HasPrefix(answer, "+OK") {
			return d.refused("STLS", answer, err)
		}
		d.Client = daemon.NewClient(tls.Client(conn, config))
	}
	answer, err := d.authenticate(greeting)
	if err != nil || !strings.HasPrefix(answer, "+OK") {
		return d.refused("login", answer, err)
	}
	return nil
}

// authenticate returns the last answer.
func (d *driver) authenticate(greeting string) (string, error) {
	name := fmt.Sprintf("user%d", d.box)
	switch d.login {
	case "apop":
		at := strings.IndexByte(greeting, '<')
		if at < 0 {
			return "no challenge: " + greeting, nil
		}
		sum := md5.Sum([]byte(greeting[at:] + fixture.Password))
		return d.Command("APOP " + name + " " + hex.EncodeToString(sum[:]))
	case "plain":
		return d.Command("AUTH PLAIN " + base64.StdEncoding.EncodeToString([]byte("\x00"+name+"\x00"+fixture.Password)))
	case "cram":
		return d.converse("CRAM-MD5", func(challenge string) (string, error) {
			mac := hmac.New(md5.New, []byte(fixture.Password))
			mac.Write([]byte(challenge))
			return name + " " + hex.EncodeToString(mac.Sum(nil)), nil
		})
	case "scram":
		client, err := xdg.SHA256.NewClient(name, fixture.Password, "")
		if err != nil {
			return "", err
		}
		return d.converse("SCRAM-SHA-256", client.NewConversation().Step)
	}
	if answer, err := d.Command("USER " + name); err != nil || !strings.HasPrefix(answer, "+OK") {
		return answer, err
	}
	return d.Command("PASS " + fixture.Password)
}

// converse authenticates by a mechanism of SASL and returns the last answer. step
// returns the response to a challenge. One that it rejects is a server that lies.
func (d *driver) converse(mechanism string, step func(challenge string) (string, error)) (string, error) {
	answer, err := d.Command("AUTH " + mechanism)
	for err == nil && strings.HasPrefix(answer, "+ ") {
		challenge, decodeErr := base64.StdEncoding.DecodeString(answer[2:])
		response, stepErr := step(string(challenge))
		if err := errors.Join(decodeErr, stepErr); err != nil {
			return fmt.Sprintf("%s: %v", answer, err), nil
		}
		answer, err = d.Command(base64.StdEncoding.EncodeToString([]byte(response)))
	}
	return answer, err
}

// refused sorts what happened before the login was complete.
func (d *driver) refused(step, answer string, err error) error {
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", step, err)
	case strings.Contains(answer, "[IN-USE]"):
		d.figures.busy.Add(1)
		return errServer
	case strings.Contains(answer, "[SYS/TEMP]"):
		d.figures.temporary.Add(1)
		return errServer
	}
	d.fault("user%d: %s: %q", d.box, step, answer)
	return errServer
}
