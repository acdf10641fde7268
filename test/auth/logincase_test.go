//go:build integration

package auth

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"strings"
	"testing"

	xdg "github.com/xdg-go/scram"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// capitals is the login name of the user as a telephone writes it.
const capitals = "User"

// capitalLogins log in by each method that works without TLS.
var capitalLogins = map[string]func(t *testing.T, d *daemon.Daemon, want string){
	"USER": func(t *testing.T, d *daemon.Daemon, want string) {
		c := fixture.Dial(t, d)
		c.OK("USER " + capitals)
		c.Want("PASS "+fixture.Password, want)
	},
	"APOP": func(t *testing.T, d *daemon.Daemon, want string) {
		fixture.APOP(t, d, capitals, fixture.Password, want)
	},
	"PLAIN": func(t *testing.T, d *daemon.Daemon, want string) {
		fixture.Dial(t, d).Want("AUTH PLAIN "+encoded("\x00"+capitals+"\x00"+fixture.Password), want)
	},
	"LOGIN": func(t *testing.T, d *daemon.Daemon, want string) {
		c := fixture.Dial(t, d)
		c.Want("AUTH LOGIN "+encoded(capitals), `^\+ `)
		c.Want(encoded(fixture.Password), want)
	},
	"CRAM-MD5": func(t *testing.T, d *daemon.Daemon, want string) {
		c := fixture.Dial(t, d)
		challenge, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(c.Want("AUTH CRAM-MD5", `^\+ .`), "+ "))
		if err != nil {
			t.Fatal(err)
		}
		mac := hmac.New(md5.New, []byte(fixture.Password))
		mac.Write(challenge)
		c.Want(encoded(capitals+" "+hex.EncodeToString(mac.Sum(nil))), want)
	},
	"SCRAM-SHA-256": func(t *testing.T, d *daemon.Daemon, want string) {
		client, err := xdg.SHA256.NewClient(capitals, fixture.Password, "")
		if err != nil {
			t.Fatal(err)
		}
		if got := converse(fixture.Dial(t, d), "SCRAM-SHA-256", client.NewConversation()); strings.HasPrefix(got, "+OK") != strings.Contains(want, "OK") {
			t.Errorf("%q, want %s", got, want)
		}
	},
}

func encoded(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// TestLoginCase logs in with capital letters by each method, in each process model, through
// a proxy and with inetd. The log has the name of the user only.
func TestLoginCase(t *testing.T) {
	box := fixture.Small(t)
	kept := box.Start(t, "--maildir-lock=no", "--error-interval=0")
	for method, logIn := range capitalLogins {
		t.Run("keep/"+method, func(t *testing.T) { logIn(t, kept, `^-ERR \[AUTH\]`) })
	}
	fixture.EachType(t, func(t *testing.T, param string) {
		d := box.Start(t, param, "--login-case=lower", "--maildir-lock=no", "--error-interval=0")
		for method, logIn := range capitalLogins {
			t.Run(method, func(t *testing.T) { logIn(t, d, `^\+OK user has 5 messages`) })
		}
		c := fixture.Dial(t, d)
		c.OK("USER " + capitals)
		c.Want("PASS wrong", `^-ERR \[AUTH\]`)
		fixture.Eventually(t, "the refusal is logged", func() bool { return strings.Contains(d.Log(), "login failed") })
		if strings.Contains(d.Log(), "user="+capitals) {
			t.Errorf("the log has the client's spelling:\n%s", d.Log())
		}
	})
	proxy := fixture.ProxyBefore(t, kept.Addr, "--login-case=lower")
	capitalLogins["USER"](t, proxy, `^\+OK user has 5 messages`)
	c, _ := fixture.StartInetd(t, append(box.ParamsWithoutSyslog(), "--syslog=none", "--login-case=lower", "--maildir-lock=no")...)
	c.OK("USER " + capitals)
	c.Want("PASS "+fixture.Password, `^\+OK user has 5 messages`)
}
