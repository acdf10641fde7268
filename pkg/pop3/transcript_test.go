package pop3_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/md5"
	"crypto/tls"
	"crypto/x509"
	"encoding/gob"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// A transcript is a file in testdata/transcripts, one or several connections
// in the notation of RFC 1939 §10. Its lines are:
//
//	# a comment
//	C: TEXT           the client sends TEXT and CRLF
//	C~ TEXT           the client sends TEXT as it is; \r \n \x00 … as in Go
//	S: TEXT           the server sends TEXT and CRLF; \x00 … as in Go
//	S~ REGEXP         the server sends a line that fits
//	S! closed         the server has closed the connection
//	@ WORD ARGUMENT   see directives below
type transcript struct {
	t       *testing.T
	drop    *pop3test.Memory
	backend *pop3.Backend
	port    pop3.Port
	pool    *x509.CertPool // of the client, with TLS
	log     strings.Builder

	server  *pop3.Server
	client  net.Conn
	replies *bufio.Reader
	sends   chan string
	served  chan struct{}
	from    netip.AddrPort
	entered *pop3.Client
	since   time.Time
	summary *pop3.Summary
	values  pop3.Account // what else accounts have
	seen    collector    // what an operator sees
}

// directives are the lines that begin with @.
var directives = map[string]func(tr *transcript, arg string) error{
	"message": func(tr *transcript, arg string) error { // one more message, a Go string without quotes
		text, err := unescape(arg)
		tr.drop.Add(text)
		return err
	},
	"repeat": func(tr *transcript, arg string) error { // a message of COUNT times the octet C, and CRLF
		var n int
		var c string
		_, err := fmt.Sscanf(arg, "%d %s", &n, &c)
		tr.drop.Add("\n" + strings.Repeat(c, n) + "\r\n")
		return err
	},
	"tls": func(tr *transcript, _ string) error { // is configured
		authority := certstest.NewAuthority(tr.t)
		tr.pool = authority.Pool()
		pair := authority.Issue(tr.t, certstest.Leaf{Names: []string{"mail.example.org"}}).Pair(tr.t)
		tr.backend.TLS = &tls.Config{Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}
		return nil
	},
	"handshake": func(tr *transcript, _ string) error { return tr.handshake() }, // the client begins TLS
	"implicit":  func(tr *transcript, _ string) error { tr.port.TLS = true; return nil },
	"clear": func(tr *transcript, arg string) error { // may a password be sent in clear?
		tr.backend.ClearLogin = func(_, _ netip.AddrPort, near bool) bool { return arg == "yes" || arg == "near" && near }
		return nil
	},
	"sasl":        offerSASL,
	"sasl-scram":  offerSCRAM,
	"stop":        stopServer,
	"login-delay": setLoginDelay,
	"expire":      setExpire,
	"user-values": setUserValues,
	"apop":        func(tr *transcript, _ string) error { tr.backend.Digest = users{tr}; return nil },
	"domain":      func(tr *transcript, arg string) error { tr.backend.Names.Domain = arg; return nil },
	"lower":       func(tr *transcript, _ string) error { tr.backend.Names.Lower = true; return nil },
	"delay-all":   func(tr *transcript, _ string) error { tr.backend.DelayAll = true; return nil },
	"quiet":       func(tr *transcript, _ string) error { tr.backend.LogMessages = false; return nil },
	"debug":       func(tr *transcript, _ string) error { tr.backend.Debug = true; return nil },
	"from": func(tr *transcript, arg string) (err error) { // the client's address from now on
		tr.from, err = netip.ParseAddrPort(arg)
		return err
	},
	"proxy-from":   networks(func(tr *transcript, list []netip.Prefix) { tr.backend.ProxyFrom = list }),
	"xclient-from": networks(func(tr *transcript, list []netip.Prefix) { tr.backend.XCLIENTFrom = list }),
	"entered": func(tr *transcript, arg string) error { // what the opener is told of the client
		if got := fmt.Sprintf("%v %v %d", tr.entered.Remote, tr.entered.Local, tr.entered.Hops); got != arg {
			return fmt.Errorf("the client is %s, want %s", got, arg)
		}
		return nil
	},
	"lock":   func(tr *transcript, _ string) error { tr.drop.Lock(true); return nil },
	"unlock": func(tr *transcript, _ string) error { tr.drop.Lock(false); return nil },
	"remove": numbered((*pop3test.Memory).Remove),
	"stick":  numbered((*pop3test.Memory).Stick),
	"break":  numbered((*pop3test.Memory).Break),
	"deny":   numbered((*pop3test.Memory).Deny),
	"spoil":  numbered((*pop3test.Memory).Spoil),
	"wait": func(_ *transcript, arg string) error { // time goes by
		d, err := time.ParseDuration(arg)
		time.Sleep(d) // The bubble's clock: nothing really waits.
		return err
	},
	"since": func(tr *transcript, arg string) error { // this much time went by since the last line that was sent
		d, err := time.ParseDuration(arg)
		if got := time.Since(tr.since); got != d {
			return fmt.Errorf("%v went by, want %v", got, d)
		}
		return err
	},
	"left": func(tr *transcript, arg string) error { // this many messages are in the maildrop
		if got := strconv.Itoa(len(tr.drop.Texts())); got != arg {
			return fmt.Errorf("%s messages are left, want %s", got, arg)
		}
		return nil
	},
	"free": func(tr *transcript, _ string) error { // the maildrop is not locked
		m, err := tr.drop.Open()
		if err != nil {
			return err
		}
		return m.Close()
	},
	"hangup": func(tr *transcript, _ string) error { // the client closes
		err := tr.client.Close()
		<-tr.served
		return err
	},
	"logged": func(tr *transcript, arg string) error { // the log has this
		<-tr.served
		if !strings.Contains(tr.log.String(), arg) {
			return fmt.Errorf("not logged: %s\n%s", arg, tr.log.String())
		}
		return nil
	},
	"logged-once": func(tr *transcript, arg string) error {
		<-tr.served
		if n := strings.Count(tr.log.String(), arg); n != 1 {
			return fmt.Errorf("logged %d times: %s\n%s", n, arg, tr.log.String())
		}
		return nil
	},
	"unlogged": func(tr *transcript, arg string) error { // the log has not
		<-tr.served
		if strings.Contains(tr.log.String(), arg) {
			return fmt.Errorf("logged: %s\n%s", arg, tr.log.String())
		}
		return nil
	},
	"summary": func(tr *transcript, arg string) error { // what the access log would tell
		<-tr.served
		s := tr.summary
		got := fmt.Sprintf("%s %q %t %d %d %d %d", s.Remote, s.Name, s.LoggedIn,
			s.MessagesBefore, s.OctetsBefore, s.MessagesAfter, s.OctetsAfter)
		if got != arg {
			return fmt.Errorf("summary %s, want %s", got, arg)
		}
		return nil
	},
	"suspend": func(tr *transcript, _ string) error { // another server goes on
		synctest.Wait() // What was sent has been read.
		return tr.suspend()
	},
	"connect": func(tr *transcript, _ string) error { tr.disconnect(); return nil }, // again
}

func numbered(f func(*pop3test.Memory, int)) func(*transcript, string) error {
	return func(tr *transcript, arg string) error {
		n, err := strconv.Atoi(arg)
		f(tr.drop, n)
		return err
	}
}

func networks(set func(*transcript, []netip.Prefix)) func(*transcript, string) error {
	return func(tr *transcript, arg string) error {
		var list []netip.Prefix
		for _, word := range strings.Fields(arg) {
			network, err := netip.ParsePrefix(word)
			if err != nil {
				return err
			}
			list = append(list, network)
		}
		set(tr, list)
		return nil
	}
}

func TestTranscripts(t *testing.T) {
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) < 20 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			synctest.Test(t, func(t *testing.T) { newTranscript(t).play(string(text)) })
		})
	}
}

func newTranscript(t *testing.T) *transcript {
	tr := &transcript{t: t, drop: pop3test.NewMemory()}
	tr.backend = &pop3.Backend{
		Authenticator: users{tr},
		Open: func(_ context.Context, _ *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
			tr.entered = client
			return tr.drop.Open()
		},
		Hostname:           "dbc.mtview.ca.us",
		Implementation:     "TPOPS-test",
		CommandTimeout:     10 * time.Minute,
		ConnectionKeepTime: time.Hour,
		ErrorInterval:      5 * time.Second,
		LogMessages:        true,
	}
	return tr
}

// users knows mrose, whose password is secret, and some whose logins fail in
// other ways.
type users struct{ tr *transcript }

var passwords = map[string]string{
	"mrose": "tanstaaf", "spaces": " two  spaces ", "mrose@example.org": "tanstaaf", "mrose%example.org": "tanstaaf",
	"nopop3": "tanstaaf", "unproven": "tanstaaf", "tlsonly": "tanstaaf", "elsewhere": "tanstaaf",
	"[mrose]": "tanstaaf", strings.Repeat("m", 300): "tanstaaf",
}

var allowed = map[string][]netip.Prefix{"elsewhere": {netip.MustParsePrefix("192.0.2.0/24")}}

func (u users) Authenticate(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
	login, password := a.Login, a.Password
	if a.Known {
		u.tr.guarded().record("check", login)
	}
	if password == "slow" {
		time.Sleep(time.Second)
	}
	if password == "hang" {
		<-ctx.Done()
		return nil, ctx.Err()
	}
	if login != strings.ToLower(login) { // as in a table that ignores the case of names
		row := strings.ToLower(login)
		account, err := u.check(row, password, func(want string) bool { return want == password })
		if err != nil {
			err = &pop3.UserError{Name: row, Err: err}
		}
		return account, err
	}
	return u.check(login, password, func(want string) bool { return want == password })
}

func (u users) AuthenticateDigest(_ context.Context, login, challenge, digest string) (*pop3.Account, error) {
	return u.check(login, "", func(want string) bool {
		sum := md5.Sum([]byte(challenge + want))
		return hex.EncodeToString(sum[:]) == digest
	})
}

func (u users) check(login, password string, matches func(want string) bool) (*pop3.Account, error) {
	switch password {
	case "panic":
		panic("a fault in the authenticator")
	case "database":
		return nil, errors.New("connect to database as tpops: refused")
	case "setup":
		return nil, fmt.Errorf("user %s has no home: %w", login, pop3.ErrPermanent)
	}
	if want, ok := passwords[login]; ok && matches(want) {
		account := u.tr.account(login)
		account.NoPOP3, account.Unproven = login == "nopop3" || login == "unproven", login == "unproven"
		account.TLSOnly, account.Networks = login == "tlsonly", allowed[login]
		return account, nil
	}
	return nil, fmt.Errorf("user %s: %w", login, pop3.ErrAuth)
}

func (tr *transcript) play(text string) {
	defer func() {
		if tr.client != nil {
			tr.disconnect()
		}
		if shown := tr.seen.text(); strings.Contains(shown, "tanstaaf") || strings.Contains(shown, "two  spaces") {
			tr.t.Errorf("an operator sees a password:\n%s", shown)
		}
	}()
	for i, line := range strings.Split(strings.TrimSuffix(text, "\n"), "\n") {
		if line == "" || line[0] == '#' {
			continue
		}
		if err := tr.playLine(line); err != nil {
			tr.t.Fatalf("line %d: %s: %v\n%s", i+1, line, err, tr.log.String())
		}
	}
}

func (tr *transcript) playLine(line string) error {
	if len(line) < 2 {
		return errors.New("no such line in a transcript")
	}
	kind, rest := line[:2], strings.TrimPrefix(line[2:], " ")
	if kind == "@ " {
		word, arg, _ := strings.Cut(line[2:], " ")
		for _, table := range []map[string]func(*transcript, string) error{directives, guardDirectives} {
			if f, ok := table[word]; ok {
				return f(tr, arg)
			}
		}
		return errors.New("no such directive")
	}
	if tr.client == nil {
		tr.connect()
	}
	switch kind {
	case "C:":
		return tr.send(rest + "\r\n")
	case "C~":
		text, err := unescape(rest)
		if err != nil {
			return err
		}
		return tr.send(text)
	case "S:", "S~", "S!":
		return tr.expect(kind, rest)
	}
	return errors.New("no such line in a transcript")
}

// unescape reads text as a Go string in which quotes stand for themselves.
func unescape(text string) (string, error) {
	return strconv.Unquote(`"` + strings.ReplaceAll(text, `"`, `\"`) + `"`)
}

func (tr *transcript) connect() {
	var conn net.Conn
	tr.client, conn = net.Pipe()
	if tr.from.IsValid() {
		conn = tcpConn{conn, tr.from}
	}
	tr.replies = bufio.NewReader(tr.client)
	tr.sends, tr.served = make(chan string, 1000), make(chan struct{})
	tr.server = tr.newServer()
	server, port := tr.server, tr.port
	go func() {
		if err := server.ServeConn(conn, port, nil); err != nil {
			tr.t.Error(err)
		}
	}()
	go pump(tr.client, tr.sends)
	if port.TLS && tr.backend.TLS != nil {
		if err := tr.handshake(); err != nil {
			tr.t.Error(err)
		}
	}
}

// pump sends for clients that send ahead: they must not wait for the server to
// read.
func pump(client net.Conn, sends <-chan string) {
	for text := range sends {
		_, _ = io.WriteString(client, text) // The transcript says what comes of it.
	}
}

// handshake lets the client go on through TLS.
func (tr *transcript) handshake() error {
	if ahead := tr.replies.Buffered(); ahead > 0 {
		return fmt.Errorf("%d octets came in clear", ahead)
	}
	conn := tls.Client(tr.client, &tls.Config{RootCAs: tr.pool, ServerName: "mail.example.org"})
	if err := conn.Handshake(); err != nil {
		return err
	}
	close(tr.sends)
	tr.client, tr.replies, tr.sends = conn, bufio.NewReader(conn), make(chan string, 1000)
	go pump(tr.client, tr.sends)
	return nil
}

// tcpConn is a connection that claims to be TCP's, to 192.0.2.110.
type tcpConn struct {
	net.Conn
	from netip.AddrPort
}

func (c tcpConn) RemoteAddr() net.Addr { return net.TCPAddrFromAddrPort(c.from) }
func (c tcpConn) LocalAddr() net.Addr {
	return net.TCPAddrFromAddrPort(netip.MustParseAddrPort("192.0.2.110:110"))
}

func (tr *transcript) newServer() *pop3.Server {
	logger := slog.New(slog.NewTextHandler(&tr.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	served := tr.served
	s := pop3.NewServer(tr.backend, 1, logger, func(s *pop3.Summary) {
		tr.summary = s
		close(served)
	})
	s.Observer = &tr.seen
	return s
}

// suspend lets another server go on with the session, as after a restart.
func (tr *transcript) suspend() error {
	sessions := tr.server.Suspend(tr.t.Context())
	if len(sessions) != 1 {
		return fmt.Errorf("%d sessions at rest", len(sessions))
	}
	var wire bytes.Buffer
	if err := gob.NewEncoder(&wire).Encode(&sessions[0].State); err != nil {
		return err
	}
	sessions[0].State = pop3.State{}
	if err := gob.NewDecoder(&wire).Decode(&sessions[0].State); err != nil {
		return err
	}
	tr.server = tr.newServer()
	return tr.server.Resume(sessions[0])
}

func (tr *transcript) disconnect() {
	close(tr.sends)
	_ = tr.client.Close()
	<-tr.served
	tr.client = nil
}

func (tr *transcript) send(text string) error {
	tr.since = time.Now()
	tr.sends <- text
	return nil
}

func (tr *transcript) expect(kind, want string) error {
	// A pipe whose other end is closed takes no deadline, and needs none.
	_ = tr.client.SetReadDeadline(time.Now().Add(2 * time.Hour))
	got, err := tr.replies.ReadString('\n')
	if kind == "S!" {
		if got != "" || !errors.Is(err, io.EOF) {
			return fmt.Errorf("got %.200q, %v", got, err)
		}
		<-tr.served
		return nil
	}
	if err != nil || !strings.HasSuffix(got, "\r\n") {
		return fmt.Errorf("got %.200q, %v", got, err)
	}
	got = strings.TrimSuffix(got, "\r\n")
	if kind == "S~" {
		if !regexp.MustCompile("^(?:" + want + ")$").MatchString(got) {
			return fmt.Errorf("got %.200q", got)
		}
		return nil
	}
	if want, err = unescape(want); err != nil || got != want {
		return fmt.Errorf("got %.200q, %v", got, err)
	}
	return nil
}
