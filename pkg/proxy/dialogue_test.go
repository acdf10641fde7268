package proxy_test

import (
	"bytes"
	"errors"
	"log/slog"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pires/go-proxyproto"

	"tpops/pkg/pop3"
	"tpops/pkg/proxy"
)

// Replies of backends that work, the client's view of them, and the commands that reach
// the backend.
func TestDialogue(t *testing.T) {
	const in = "PASS x > \\+OK joe has 2 messages \\(30 octets\\)\n"
	tests := []struct {
		name, script, dialogue string
		want                   string // the last commands that the backend receives
	}{
		{"a session without deletions", "", in + "STAT > \\+OK 2 30\nUIDL 2 > \\+OK 2 b\nQUIT > \\+OK.*\n> closed", "PASS x; STAT; LIST; UIDL; LAST; QUIT"},
		{"deletions", "", in + "DELE 2 > \\+OK.*\nDELE 1 > \\+OK.*\nQUIT > \\+OK.*\n> closed", "LAST; DELE 1; DELE 2; QUIT"},
		{"deletions taken back", "", in + "DELE 2 > \\+OK.*\nRSET > \\+OK.*\nQUIT > \\+OK.*\n> closed", "LAST; QUIT"},
		{"a client that vanishes", "", in + "DELE 2 > \\+OK.*", "LAST"},
		{"a client that leaves before its login", "", "QUIT > \\+OK.*\n> closed", ""},
		{"retrieved and taken back", "", in + "RETR 1 > \\+OK 10.*\n> Subject\n> \\.\nRSET > \\+OK\nDELE 2 > \\+OK.*\nQUIT > \\+OK.*", "RETR 1; RSET; DELE 2; QUIT"},
		{"one command at a time", `CAPA > -ERR what?`, in + "DELE 1 > \\+OK.*\nDELE 2 > \\+OK.*\nQUIT > \\+OK.*", "LAST; DELE 1; DELE 2; QUIT"},
		{"some not deleted", `DELE 1 > -ERR no`, in + "DELE 1 > \\+OK.*\nDELE 2 > \\+OK.*\nQUIT > -ERR \\[SYS/TEMP\\] some deleted messages not removed\n> closed", "DELE 1; DELE 2; QUIT"},
		{"a QUIT refused", `QUIT > -ERR some messages were not removed`, in + "DELE 1 > \\+OK.*\nQUIT > -ERR \\[SYS/TEMP\\] some messages were not removed\n> closed", "DELE 1; QUIT"},
		{"TOP", "", in + "TOP 1 4294967296 > \\+OK\n> Top\n> \\.\nQUIT > \\+OK.*", "TOP 1 2147483647; QUIT"},
		{"no TOP", `CAPA > +OK\r\nUIDL\r\n.` + "\n" + `RETR > +OK\r\nS: x\r\n\r\n1\r\n..2\r\n3\r\n.`, in + "TOP 1 2 > \\+OK\n> S: x\n> \n> 1\n> \\.\\.2\n> \\.\nSTAT > \\+OK.*\nQUIT > \\+OK.*", "RETR 1; RSET; QUIT"},
		{"no TOP and no CAPA", "CAPA > -ERR\nTOP > -ERR\n" + `RETR > +OK\r\nS: x\r\n\r\n1\r\n.`, in + "TOP 1 0 > \\+OK\n> S: x\n> \n> \\.\nQUIT > \\+OK.*", "TOP 1 0; RETR 1; RSET; QUIT"},
		{"TOP refused for now, without CAPA", "CAPA > -ERR\nTOP > -ERR try again", in + "TOP 1 0 > -ERR try again\nQUIT > \\+OK.*", "TOP 1 0; QUIT"},
		{"no UIDL", `CAPA > +OK\r\nTOP\r\nPIPELINING\r\n.` + "\nUIDL > -ERR what?", in + "UIDL > -ERR UIDL not supported\nUIDL 1 > -ERR UIDL not supported\nCAPA > \\+OK\n> TOP\n> USER\n> RESP-CODES\n> AUTH-RESP-CODE\n> PIPELINING\n> UTF8.*\n> LANG\n> \\.\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"no UIDL and no CAPA", "CAPA > -ERR\nUIDL > -ERR\nXNONE > -ERR", in + "UIDL > -ERR UIDL not supported\nQUIT > \\+OK.*", "UIDL; XNONE; LAST; QUIT"},
		{"no UIDL in the words of qpopper", "CAPA > -ERR\n" + `UIDL > -ERR Unknown command: "uidl".`, in + "UIDL > -ERR UIDL not supported\nQUIT > \\+OK.*", "UIDL; LAST; QUIT"},
		{"no UIDL, with the command in the reply", "CAPA > -ERR\nUIDL > -ERR uidl?\nXNONE > -ERR xnone?", in + "UIDL > -ERR UIDL not supported\nQUIT > \\+OK.*", "UIDL; XNONE; LAST; QUIT"},
		{"no UIDL for good", `CAPA > +OK\r\nTOP\r\nPIPELINING\r\n.` + "\nUIDL > -ERR [SYS/PERM] not implemented", in + "UIDL > -ERR UIDL not supported\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"no LAST in the words of Exchange", "LAST > -ERR Protocol error. 19", in + "LAST > \\+OK 0\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"no UIDL behind another proxy", `UIDL > -ERR UIDL not supported`, in + "UIDL > -ERR UIDL not supported\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"an empty maildrop without UIDL", "STAT > +OK 0 0\n" + `LIST > +OK\r\n.` + "\nUIDL > -ERR [SYS/TEMP] nothing here", "PASS x > \\+OK joe has 0 .*\nUIDL > \\+OK.*\n> \\.\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"LAST not enabled, in the words of Dovecot", `LAST > -ERR LAST command not enabled`, in + "LAST > \\+OK 0\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"LAST refused for no clear reason", `LAST > -ERR cannot read the state`, in + "LAST > \\+OK 0\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"LAST", `LAST > +OK 1`, in + "LAST > \\+OK 1\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"LAST in the form of qpopper", `LAST > +OK 1 is the last read message.`, in + "LAST > \\+OK 1\nQUIT > \\+OK.*", "LAST; QUIT"},
		{"identical messages with one UIDL", `UIDL > +OK\r\n1 a\r\n2 a\r\n.`, in + "UIDL > \\+OK.*\n> 1 a\n> 2 a\n> \\.\nDELE 2 > \\+OK.*\nQUIT > \\+OK.*", "LAST; DELE 2; QUIT"},
		{"a message that was removed", `RETR 1 > -ERR There's no message 1.`, in + "RETR 1 > -ERR There's no message 1\\.\nRETR 2 > -ERR what\\?\nQUIT > \\+OK.*", "RETR 1; RETR 2; QUIT"},
		{"a message that cannot be opened", `RETR 1 > -ERR [SYS/TEMP] cannot open`, in + "RETR 1 > -ERR \\[SYS/TEMP\\] cannot open\nSTAT > \\+OK.*", "RETR 1"},
		{"a message that Dovecot cannot read is not deleted", `RETR 1 > -ERR Message 1 expunged.`, in + "RETR 1 > -ERR refused\nDELE 1 > -ERR \\[SYS/PERM\\] message not deleted.*\nQUIT > \\+OK.*", "RETR 1; QUIT"}, // The text has the password, x.
		{"a message that Courier cannot read is not deleted", `RETR 1 > -ERR Can't open the message file - it's gone!`, in + "RETR 1 > -ERR Can't open the message file - it's gone!\nDELE 1 > -ERR \\[SYS/PERM\\] message not deleted.*\nQUIT > \\+OK.*", "RETR 1; QUIT"},
		{"a message that cannot be read is not deleted", `RETR 1 > -ERR cannot read this file`, in + "RETR 1 > -ERR cannot read this file\nDELE 1 > -ERR \\[SYS/PERM\\] message not deleted.*\nDELE 2 > \\+OK.*\nQUIT > \\+OK.*", "RETR 1; DELE 2; QUIT"},
		{"a message that is refused without a reason is not deleted", `RETR 1 > -ERR`, in + "RETR 1 > -ERR refused\nDELE 1 > -ERR \\[SYS/PERM\\] message not deleted.*\nQUIT > \\+OK.*", "RETR 1; QUIT"},
		{"nor one whose beginning cannot be read", `TOP 1 > -ERR no memory`, in + "TOP 1 0 > -ERR no memory\nDELE 1 > -ERR \\[SYS/PERM\\] message not deleted.*\nQUIT > \\+OK.*", "TOP 1 0; QUIT"},
		{"a longer message than announced", `RETR > +OK\r\nSubject: x\r\n\r\nmuch more than ten octets\r\n.`, in + "RETR 1 > \\+OK 10 octets\n> Subject: x\n> \n> much more.*\n> \\.\nQUIT > \\+OK.*", "RETR 1; QUIT"},
		{"an empty message", `RETR > +OK\r\n.`, in + "RETR 1 > \\+OK.*\n> \\.\nQUIT > \\+OK.*", "RETR 1; QUIT"},
		{"dots octet by octet", `RETR > (bytes)+OK 9\r\n..\r\n...x\r\n.\rx\r\nx.\r\n\r\n..\r\n.`, in + "RETR 1 > \\+OK.*\n> \\.\\.\n> \\.\\.\\.x\n> \rx\n> x\\.\n> \n> \\.\\.\n> \\.\nQUIT > \\+OK.*", "RETR 1; QUIT"},
		{"lines that end in LF", `LIST > +OK\n1 10\n2 20\n.\n`, in + "QUIT > \\+OK.*", "LAST; QUIT"},
		{"text after the numbers", `STAT > +OK 2 30 nothing deleted` + "\n" + `LIST > +OK\r\n1 10 x\r\n2 20\r\n.`, in + "QUIT > \\+OK.*", "LAST; QUIT"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			b := startBackend(t, test.script)
			f := newFront(t, newProxy(t, nil, b.addr))
			f.talk("USER joe > \\+OK.*\n" + test.dialogue)
			_ = f.conn.Close()
			<-f.done
			if got := b.all(); !strings.HasSuffix(got, test.want) {
				t.Errorf("the backend received %s, want %s", got, test.want)
			}
		})
	}
}

func TestRefusals(t *testing.T) {
	tests := []struct{ script, want string }{
		{`PASS > -ERR [AUTH] Authentication failed.`, "[AUTH] Authentication failed."}, // Dovecot
		{`PASS > -ERR Login failed.`, "[AUTH] Login failed."},                          // Courier
		{`PASS > -ERR authorization failed`, "[AUTH] authorization failed"},            // qmail
		{`PASS > -ERR authentication failed`, "[AUTH] authentication failed"},          // TPOPS 0.8
		{`PASS > -ERR`, "[AUTH] refused"},                                              // popa3d
		{`USER > -ERR no such user`, "[AUTH] no such user"},
		{`PASS > -ERR POP3 access disabled for this account.`, "[AUTH] POP3 access disabled for this account."},
		{`PASS > -ERR [IN-USE] Mailbox is locked by another POP3 session.`, "[IN-USE] Mailbox is locked by another POP3 session."},
		{`PASS > -ERR cannot lock`, "[IN-USE] cannot lock"}, // TPOPS 0.8
		{`PASS > -ERR maildrop already locked by joe`, "[IN-USE] maildrop already locked by joe"},
		{`PASS > -ERR [LOGIN-DELAY] Logins must be at least 5 minutes apart`, "[LOGIN-DELAY] Logins must be at least 5 minutes apart"},
		{`PASS > -ERR [SYS/TEMP] Temporary authentication failure. [host:2026]`, "[SYS/TEMP] Temporary authentication failure. [host:2026]"},
		{`PASS > -ERR [sys/perm] broken`, "[SYS/PERM] broken"},
		{`PASS > -ERR Temporary problem, please try again later`, "[SYS/TEMP] Temporary problem, please try again later"}, // Courier
		{`PASS > -ERR Maildir invalid (no 'cur' directory)`, "[SYS/PERM] Maildir invalid (no 'cur' directory)"},           // Courier
		{`PASS > -ERR this user has no $HOME/Maildir`, "[SYS/PERM] this user has no $HOME/Maildir"},                       // qmail
		{`USER > -ERR [AUTH] Plaintext authentication disallowed on non-secure (SSL/TLS) connections.`,
			"[SYS/PERM] Plaintext authentication disallowed on non-secure (SSL/TLS) connections."},
		{`CAPA > +OK\r\nAUTH-RESP-CODE\r\n.` + "\n" + `PASS > -ERR strange`, "[SYS/TEMP] strange"}, // RFC 3206 §6
		{`PASS > -ERR [REFERRAL/x@y] go there`, "[AUTH] go there"},
		{`PASS > -ERR [[ [AUTH no`, "[AUTH] AUTH no"},
		{`PASS > -ERR [SYS/TEMP/9] [x] y`, "[SYS/TEMP] x] y"},
		{`PASS > -ERR a\x00\x1b\xff\tb`, "[AUTH] a????b"},
		{`PASS > -ERR no: hunter2 is wrong`, "[AUTH] refused"},
		{`PASS > -ERR [IN-USE] hunter2 has the mailbox`, "[IN-USE] refused"},
		{`PASS > -ERR [SYS/TEMP/hunter2] later`, "[SYS/TEMP] refused"},
		{`PASS > -ERR [hunter2] [SYS/PERM] broken`, "[SYS/PERM] refused"},
		{`PASS > -ERR hunter2 is already in use`, "[IN-USE] refused"},
		{`PASS > -ERR hunter2: try again`, "[SYS/TEMP] refused"},
		{`USER > -ERR [AUTH] Plaintext authentication disallowed for hunter2`, "[SYS/PERM] refused"},
		{`LIST > -ERR [SYS/PERM] hunter2`, "[SYS/PERM] refused"},
		{`PASS > -ERR ` + strings.Repeat("x", 900), "[AUTH] " + strings.Repeat("x", 400)},
	}
	for _, test := range tests {
		t.Run(test.want[:min(len(test.want), 40)], func(t *testing.T) {
			b := startBackend(t, test.script)
			m, err := newProxy(t, nil, b.addr).Open(t.Context(), &pop3.Account{Name: "joe"}, &pop3.Client{Password: "hunter2"})
			var visible *pop3.Error
			if m != nil || !errors.As(err, &visible) || visible.Error() != test.want {
				t.Fatalf("%v, %v, want %s", m, err, test.want)
			}
			if errors.Is(err, pop3.ErrAuth) != (visible.Code == pop3.CodeAuth) || errors.Is(err, pop3.ErrLocked) != (visible.Code == pop3.CodeInUse) {
				t.Errorf("%v: the error does not match its code", err)
			}
			if strings.Contains(err.Error(), "hunter2") || b.deletes() {
				t.Errorf("%v; %s", err, b.all())
			}
		})
	}
}

// The name is no word of the backend: otherwise wrong passwords of a user with such a name
// would not count.
func TestRefusalWithName(t *testing.T) {
	tests := []struct{ name, secret, script, want string }{
		{"busybee", "x", `PASS > -ERR Password supplied for "busybee" is incorrect.`, "AUTH"},
		{"Temporary@example.org", "x", `PASS > -ERR TEMPORARY@EXAMPLE.ORG: bad password`, "AUTH"},
		{"timeout", "x", `USER > -ERR no user timeout`, "AUTH"},
		{"busy@example.org", "x", `PASS > -ERR busy: wrong password`, "AUTH"},
		{"busy", "x", `PASS > -ERR Busy, <busy>: wrong password for busy`, "AUTH"},
		{"server", "x", `PASS > -ERR internal server error`, "SYS/TEMP"},
		{"mailbox@example.org", "x", `PASS > -ERR mailbox is locked`, "IN-USE"},
		{"maildrop", "x", `PASS > -ERR maildrop already locked by another session`, "IN-USE"},
		{"in", "x", `PASS > -ERR Maildrop is in use`, "IN-USE"},
		{"busybee", "x", `PASS > -ERR busybee: server busy`, "SYS/TEMP"},
		{"er", "x", `PASS > -ERR server error`, "SYS/TEMP"},
		{"busybee", "x", "CAPA > -ERR\nUSER > -ERR Maildrop of busybee already in use", "IN-USE"},
	}
	for _, test := range tests {
		b := startBackend(t, test.script)
		m, err := newProxy(t, nil, b.addr).Open(t.Context(), &pop3.Account{Name: test.name}, &pop3.Client{Password: test.secret})
		var visible *pop3.Error
		if m != nil || !errors.As(err, &visible) || string(visible.Code) != test.want {
			t.Errorf("%s, %s: %v, %v, want %s", test.name, test.script, m, err, test.want)
		}
	}
}

// Names and passwords with line ends are not sent, because they would be other commands,
// nor is an empty password.
func TestCredentials(t *testing.T) {
	for _, c := range []struct{ name, password string }{
		{"joe\r\nQUIT", "x"}, {"", "x"}, {"joe doe", "x"}, {"joe\x7f", "x"},
		{"joe", "x\r\nDELE 1"}, {"joe", "x\nQUIT"}, {"joe", "x\x00"}, {"joe", "\r"}, {"joe", ""},
	} {
		b := startBackend(t, "")
		m, err := newProxy(t, nil, b.addr).Open(t.Context(), &pop3.Account{Name: c.name}, &pop3.Client{Password: c.password})
		if m != nil || !errors.Is(err, pop3.ErrAuth) || b.all() != "" {
			t.Errorf("%q %q: %v, %v; the backend received %q", c.name, c.password, m, err, b.all())
		}
	}
	b := startBackend(t, "")
	m, err := newProxy(t, nil, b.addr).Open(t.Context(), &pop3.Account{Name: "jöe%x"}, &pop3.Client{Password: " p %s ä "})
	if err != nil || !strings.Contains(b.all(), "USER jöe%x; PASS  p %s ä ;") {
		t.Fatalf("%v; the backend received %q", err, b.all())
	}
	_ = m.Close()
}

func TestServersInTurn(t *testing.T) {
	dead, refusing, silent := startBackend(t, "> (close)"), startBackend(t, "> -ERR full"), startBackend(t, "> (silent)")
	good, denies := startBackend(t, ""), startBackend(t, "PASS > -ERR no")
	short := func(o *proxy.Options) { o.Timeout = time.Second }
	m, err := open(t, newProxy(t, short, "127.0.0.1:1", dead.addr, refusing.addr, silent.addr, good.addr, denies.addr))
	if err != nil || m.Listing().Len() != 2 || denies.all() != "" {
		t.Fatalf("%v", err)
	}
	// A reachable server decides.
	if _, err := open(t, newProxy(t, nil, denies.addr, good.addr)); !errors.Is(err, pop3.ErrAuth) {
		t.Errorf("%v, want ErrAuth", err)
	}
	_, err = open(t, newProxy(t, nil, dead.addr, refusing.addr))
	if err == nil || errors.Is(err, pop3.ErrAuth) || !strings.Contains(err.Error(), dead.addr) || !strings.Contains(err.Error(), "full") {
		t.Errorf("%v, want both reasons", err)
	}
}

// The account's own servers come before those of the options.
func TestServersOfAccount(t *testing.T) {
	own, other := startBackend(t, ""), startBackend(t, "PASS > -ERR no")
	p := newProxy(t, nil, other.addr)
	m, err := p.Open(t.Context(), &pop3.Account{Name: "joe", PopServer: "127.0.0.1:1, " + own.addr}, &pop3.Client{Password: password})
	if err != nil {
		t.Fatal(err)
	}
	_ = m.Close()
	hostile := []string{
		",", "a b", "/run/socket", "host:", "host:0", "host:99999", "host:pop3", "-x:1", "h\nh:1", "[::1", "fe80::1%eth0",
		strings.Repeat("a,", 17) + "a", strings.Repeat("a", 300), "user@host:110", "http://h/",
	}
	for _, text := range hostile {
		m, err := p.Open(t.Context(), &pop3.Account{Name: "joe", PopServer: text}, &pop3.Client{Password: password})
		if m != nil || !errors.Is(err, pop3.ErrPermanent) {
			t.Errorf("%.40q: %v, %v, want ErrPermanent", text, m, err)
		}
	}
}

func TestLoop(t *testing.T) {
	b := startBackend(t, "")
	addr := netip.MustParseAddrPort(b.addr)
	own := func(o *proxy.Options) {
		o.Own = func(local, remote netip.AddrPort) bool { return remote == addr && local.Addr() == addr.Addr() }
	}
	tests := []struct {
		name   string
		change func(*proxy.Options)
		client pop3.Client
		want   bool
	}{
		{"own port", own, pop3.Client{}, true},
		{"where the client came in", nil, pop3.Client{Local: addr}, true},
		{"passed on four times", nil, pop3.Client{Hops: 4}, true},
		{"passed on very often", nil, pop3.Client{Hops: 1 << 40}, true},
		{"passed on three times", nil, pop3.Client{Hops: 3}, false},
		{"another port", nil, pop3.Client{Local: netip.AddrPortFrom(addr.Addr(), 1)}, false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m, err := newProxy(t, test.change, b.addr, b.addr).Open(t.Context(), &pop3.Account{Name: "joe"}, withPassword(test.client))
			if m != nil {
				_ = m.Close()
			}
			if got := errors.Is(err, pop3.ErrPermanent) && strings.Contains(err.Error(), "loop: "); got != test.want {
				t.Errorf("%v", err)
			}
		})
	}
}

// withPassword returns a client that has sent a password.
func withPassword(client pop3.Client) *pop3.Client {
	client.Password = password
	return &client
}

func TestXCLIENT(t *testing.T) {
	tests := []struct {
		name, script string
		client       pop3.Client
		want         string // "" for none
	}{
		{"IPv4", `> +OK [XCLIENT] ready`, pop3.Client{Session: "abc1", Remote: netip.MustParseAddrPort("192.0.2.1:1234")},
			"XCLIENT ADDR=192.0.2.1 PORT=1234 SESSION=abc1 TTL=4"},
		{"IPv6", `> +OK [XCLIENT] ready`, pop3.Client{Session: "abc1", Remote: netip.MustParseAddrPort("[2001:db8::1%x]:1"), Hops: 2},
			"XCLIENT ADDR=2001:db8::1 PORT=1 SESSION=abc1 TTL=2"},
		{"no address", `> +OK [XCLIENT] ready`, pop3.Client{Session: "a b\r\nQUIT"}, "XCLIENT TTL=4"},
		{"not trusted", `> +OK ready`, pop3.Client{}, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var log bytes.Buffer
			b := startBackend(t, test.script+"\nXCLIENT > +OK")
			p := newProxy(t, func(o *proxy.Options) {
				o.Client, o.Log = proxy.ClientXCLIENT, slog.New(slog.NewTextHandler(&log, nil))
			}, b.addr)
			m, err := p.Open(t.Context(), &pop3.Account{Name: "joe"}, withPassword(test.client))
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Close()
			got := strings.Split(b.all(), "; ")[1]
			if test.want == "" && (got != "USER joe" || !strings.Contains(log.String(), "client address not forwarded")) {
				t.Errorf("sent %q; log %s", got, &log)
			}
			if test.want != "" && got != test.want {
				t.Errorf("sent %q, want %q", got, test.want)
			}
		})
	}
	b := startBackend(t, "> +OK [XCLIENT]\nXCLIENT > -ERR no")
	p := newProxy(t, func(o *proxy.Options) { o.Client = proxy.ClientXCLIENT }, b.addr)
	if m, err := open(t, p); m != nil || err == nil || errors.Is(err, pop3.ErrAuth) || slices.Contains(b.received(), "USER") {
		t.Errorf("refused: %v, %v; the backend received %s", m, err, b.all())
	}
}

func TestProxyHeader(t *testing.T) {
	v4, v6 := netip.MustParseAddrPort("192.0.2.1:1234"), netip.MustParseAddrPort("[2001:db8::1]:5678")
	tests := []struct {
		name         string
		client       pop3.Client
		source, dest string
		hops         byte
	}{
		{"IPv4", pop3.Client{Remote: v4, Local: netip.MustParseAddrPort("192.0.2.2:110")}, "192.0.2.1:1234", "192.0.2.2:110", 1},
		{"IPv6", pop3.Client{Remote: v6, Local: netip.MustParseAddrPort("[2001:db8::2]:110"), Hops: 3}, "[2001:db8::1]:5678", "[2001:db8::2]:110", 4},
		{"mixed", pop3.Client{Remote: v4, Local: v6}, "192.0.2.1:1234", "0.0.0.0:5678", 1},
		{"mixed the other way", pop3.Client{Remote: v6, Local: v4}, "[2001:db8::1]:5678", "[::]:1234", 1},
		{"destination unknown", pop3.Client{Remote: v6}, "[2001:db8::1]:5678", "[::]:0", 1},
		{"no address", pop3.Client{}, "", "", 1},
		{"TLS", pop3.Client{Remote: v6, TLS: true, TLSVersion: "TLSv1.3"}, "[2001:db8::1]:5678", "[::]:0", 1},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			headers := make(chan *proxyproto.Header, 1)
			addr := startWithHeader(t, headers)
			m, err := newProxy(t, func(o *proxy.Options) { o.Client = proxy.ClientPROXY }, addr).
				Open(t.Context(), &pop3.Account{Name: "joe"}, withPassword(test.client))
			if err != nil {
				t.Fatal(err)
			}
			_ = m.Close()
			h := <-headers
			if h.Version != 2 || h.Command.IsLocal() != (test.source == "") {
				t.Fatalf("%+v", h)
			}
			if test.source != "" && (h.SourceAddr.String() != test.source || h.DestinationAddr.String() != test.dest) {
				t.Errorf("%v to %v, want %s to %s", h.SourceAddr, h.DestinationAddr, test.source, test.dest)
			}
			fields := 1
			if test.client.TLS {
				fields = 2
			}
			if tlvs, err := h.TLVs(); err != nil || len(tlvs) != fields || tlvs[0].Type != pop3.TypeHops || !bytes.Equal(tlvs[0].Value, []byte{test.hops}) {
				t.Errorf("%v, %v", tlvs, err)
			} else if want := "\x01\x00\x00\x00\x01\x21\x00\x07TLSv1.3"; test.client.TLS && (tlvs[1].Type != pop3.TypeTLS || string(tlvs[1].Value) != want) {
				t.Errorf("TLS: %v", tlvs[1])
			}
		})
	}
}
