package sasl

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"slices"
	"strings"
	"testing"

	xdg "github.com/xdg-go/scram"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// vectorUsers has the keys of the RFC examples.
type vectorUsers struct {
	memory
	salt string
}

func (v *vectorUsers) salted(h scram.Hash) Users {
	salt, _ := base64.StdEncoding.DecodeString(v.salt)
	v.passwords = map[string]string{"user": "pencil"}
	return Users{SCRAM: keysOf{v, scram.Derive(h, "pencil", salt, 4096)}}
}

type keysOf struct {
	users *vectorUsers
	keys  *scram.Keys
}

func (k keysOf) SCRAMKeys(_ context.Context, a pop3.Attempt, _ scram.Hash) (*scram.Keys, func(bool) (*pop3.Account, error), error) {
	return k.keys, func(proved bool) (*pop3.Account, error) { return k.users.admit(a.Login, proved) }, nil
}

// TestExamples runs the examples of RFC 5802 §5 and RFC 7677 §3.
func TestExamples(t *testing.T) {
	tests := []struct {
		hash  scram.Hash
		salt  string
		nonce string
		lines []string // client, server in turn
	}{
		{scram.SHA1, "QSXCR+Q6sek8bf92", "3rfcNHYJY1ZVvWVs7j", []string{
			"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL",
			"r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096",
			"c=biws,r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,p=v0X8v3Bz2T0CJGbJQyF0X+HI4Ts=",
			"v=rmF9pqV8S7suAoZWja4dJRkFsKQ=",
		}},
		{scram.SHA256, "W22ZaJ0SNY7soEsUEjb6gQ==", "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0", []string{
			"n,,n=user,r=rOprNGfwEbeRWgbNEkqO",
			"r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
			"c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
			"v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=",
		}},
	}
	for _, tt := range tests {
		t.Run(string(tt.hash), func(t *testing.T) {
			users := (&vectorUsers{salt: tt.salt}).salted(tt.hash)
			e := find(t, users, "SCRAM-"+string(tt.hash)).New(open())
			e.(*scramServer).nonce = func() string { return tt.nonce }
			for i := 0; i < len(tt.lines); i += 2 {
				step, err := e.Next(t.Context(), []byte(tt.lines[i]))
				if err != nil || string(step.Challenge) != tt.lines[i+1] {
					t.Fatalf("%s: %q, %v", tt.lines[i], step.Challenge, err)
				}
			}
			if step, err := e.Next(t.Context(), []byte{}); err != nil || step.Account == nil || step.Account.Name != "user" {
				t.Errorf("%+v, %v", step, err)
			}
		})
	}
}

// dialogue runs the client of another implementation against the mechanism.
func dialogue(t testing.TB, users Users, c *pop3.Channel, mechanism string, client *xdg.ClientConversation) (pop3.Step, error) {
	t.Helper()
	e := find(t, users, mechanism).New(c)
	step, err := e.Next(t.Context(), nil)
	for range 4 {
		if err != nil || step.Account != nil {
			return step, err
		}
		response, clientErr := client.Step(string(step.Challenge))
		if clientErr != nil {
			t.Fatal(clientErr)
		}
		step, err = e.Next(t.Context(), []byte(response))
	}
	t.Fatal("the exchange has no end")
	return step, err
}

func newClient(t testing.TB, mechanism, name, password, identity string) *xdg.Client {
	t.Helper()
	hash := xdg.SHA256
	if strings.HasPrefix(mechanism, "SCRAM-SHA-1") {
		hash = xdg.SHA1
	}
	client, err := hash.NewClient(name, password, identity)
	if err != nil {
		t.Fatal(err)
	}
	return client.WithMinIterations(4096)
}

func TestSCRAM(t *testing.T) {
	tests := []struct {
		name, user, password, identity, account string
		want                                    error
	}{
		{"right", "user", "pencil", "", "user", nil},
		{"as the user", "user", "pencil", "user", "user", nil},
		{"as another user", "user", "pencil", "tim", "", pop3.ErrAuth},
		{"a name with a comma and more", "a b,=c", "pencil", "", "a b,=c", nil},
		{"as the user, with a comma", "a b,=c", "pencil", "a b,=c", "a b,=c", nil},
		{"a name outside ASCII", "émile", "crayon", "", "émile", nil},
		{"a name that SASLprep changes", "I\u00adX", "I\u00a0X", "", "IX", nil},
		{"a wrong password", "user", "pen", "", "", pop3.ErrAuth},
		{"an unknown user", "nobody", "pencil", "", "", pop3.ErrAuth},
		{"an unknown user with an empty password", "nobody", "", "", "", pop3.ErrAuth},
	}
	for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
		for _, tt := range tests {
			t.Run(mechanism+" "+tt.name, func(t *testing.T) {
				client := newClient(t, mechanism, tt.user, tt.password, tt.identity).NewConversation()
				step, err := dialogue(t, everybody(), open(), mechanism, client)
				if !errors.Is(err, tt.want) || (step.Account == nil) != (tt.account == "") {
					t.Fatalf("%+v, %v", step, err)
				}
				if tt.account != "" && (step.Account.Name != tt.account || !client.Valid()) {
					t.Errorf("%+v; the client has verified the server: %t", step.Account, client.Valid())
				}
			})
		}
	}
}

// clientBindings are the bindings at the client's end of a connection.
func clientBindings(t *testing.T, state *tls.ConnectionState) map[string]xdg.ChannelBinding {
	t.Helper()
	all := map[string]xdg.ChannelBinding{}
	for _, make := range []func(*tls.ConnectionState) (xdg.ChannelBinding, error){xdg.NewTLSExporterBinding, xdg.NewTLSServerEndpointBinding} {
		binding, err := make(state)
		if err != nil {
			t.Fatal(err)
		}
		all[string(binding.Type)] = binding
	}
	if len(state.TLSUnique) > 0 {
		all["tls-unique"] = xdg.NewTLSUniqueBinding(state.TLSUnique)
	}
	return all
}

func TestSCRAMPlus(t *testing.T) {
	tests := []struct {
		version uint16
		kinds   []string
	}{
		{tls.VersionTLS12, []string{"tls-exporter", "tls-server-end-point", "tls-unique"}},
		{tls.VersionTLS13, []string{"tls-exporter", "tls-server-end-point"}},
	}
	for _, tt := range tests {
		channel, state := handshake(t, tt.version)
		_, foreign := handshake(t, tt.version)
		for _, kind := range tt.kinds {
			for _, mechanism := range []string{"SCRAM-SHA-1-PLUS", "SCRAM-SHA-256-PLUS"} {
				t.Run(tls.VersionName(tt.version)+" "+kind+" "+mechanism, func(t *testing.T) {
					if !find(t, everybody(), mechanism).Usable(channel) {
						t.Error("not usable")
					}
					talk := func(state *tls.ConnectionState) (pop3.Step, error) {
						binding := clientBindings(t, state)[kind]
						client := newClient(t, mechanism, "user", "pencil", "").NewConversationWithChannelBinding(binding)
						return dialogue(t, everybody(), channel, mechanism, client)
					}
					if step, err := talk(state); err != nil || step.Account == nil {
						t.Errorf("%+v, %v", step, err)
					}
					// An attacker between client and server has two connections.
					if step, err := talk(foreign); !errors.Is(err, errBinding) || step.Account != nil {
						t.Errorf("another channel: %+v, %v", step, err)
					}
				})
			}
		}
	}
}

// TestFlags checks the combinations of flag and mechanism (RFC 5802 §6).
func TestFlags(t *testing.T) {
	channel, _ := handshake(t, tls.VersionTLS13)
	bare := *channel
	bare.Plus = false // no mechanism with channel binding is offered
	tests := []struct {
		name, mechanism string
		channel         *pop3.Channel
		flag            string
		want            error
	}{
		{"cannot bind", "SCRAM-SHA-256", channel, "n", nil},
		{"can bind, and was not offered it", "SCRAM-SHA-256", &bare, "y", nil},
		{"can bind, and an attacker hid the offer", "SCRAM-SHA-256", channel, "y", errDowngrade},
		{"binds with a mechanism without binding", "SCRAM-SHA-256", channel, "p=tls-exporter", pop3.ErrSASL},
		{"does not bind, with -PLUS", "SCRAM-SHA-256-PLUS", channel, "n", pop3.ErrSASL},
		{"can bind, with -PLUS", "SCRAM-SHA-256-PLUS", channel, "y", pop3.ErrSASL},
		{"binds to a type that TLS 1.3 does not have", "SCRAM-SHA-256-PLUS", channel, "p=tls-unique", pop3.ErrSASL},
		{"binds to an unknown type", "SCRAM-SHA-256-PLUS", channel, "p=tls", pop3.ErrSASL},
		{"binds to nothing", "SCRAM-SHA-256-PLUS", channel, "p=", pop3.ErrSASL},
		{"binds", "SCRAM-SHA-256-PLUS", channel, "p=tls-exporter", nil},
		{"another flag", "SCRAM-SHA-256", channel, "x", pop3.ErrSASL},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			end := exchange(t, everybody(), tt.mechanism, tt.channel, tt.flag+",,n=user,r=abc")
			if !errors.Is(end.err, tt.want) || (end.err == nil) != (tt.want == nil) {
				t.Errorf("%+v", end)
			}
		})
	}
}

// TestBroken sends messages that the mechanism must reject.
func TestBroken(t *testing.T) {
	first := []string{
		"", "n", "n,", "n,,", "n,,n=user", "n,,r=abc,n=user", "n,,n=,r=abc", "n,,n=us=er,r=abc", "n,,n=us=2cer,r=abc", "n,,n=user,r=",
		"n,,m=x,n=user,r=abc", "n,user,n=user,r=abc", "n,a=us=er,n=user,r=abc", "n,,n=us\xffer,r=abc",
		"n,,n=us\x00er,r=abc", "n,,n=\u0007,r=abc", "n,,n=\u00ad,r=abc", "biws", "n,,n=user,s=abc",
	}
	for _, message := range first {
		end := exchange(t, everybody(), "SCRAM-SHA-256", open(), message)
		if !errors.Is(end.err, pop3.ErrSASL) || end.account != "" {
			t.Errorf("%q: %+v", message, end)
		}
	}
	final := []string{
		"", "c=biws", "c=biws,r=NONCE", "c=biws,p=AAAA,r=NONCE", "c=biws,r=NONCE,p=", "c=biws,r=NONCE,p=AAAA", "c=biws,r=NONCE,p=!",
		"c=biws,r=abc,p=PROOF", "c=biws,r=NONCEx,p=PROOF", "c=biws,r=,p=PROOF", "r=NONCE,c=biws,p=PROOF", "m=x,c=biws,r=NONCE,p=PROOF",
	}
	proof := base64.StdEncoding.EncodeToString(make([]byte, 32))
	for _, message := range final {
		e := find(t, everybody(), "SCRAM-SHA-256").New(open())
		step, err := e.Next(t.Context(), []byte("n,,n=user,r=abc"))
		if err != nil {
			t.Fatal(err)
		}
		nonce, _, _ := strings.Cut(strings.TrimPrefix(string(step.Challenge), "r="), ",")
		message = strings.NewReplacer("NONCE", nonce, "PROOF", proof).Replace(message)
		if step, err := e.Next(t.Context(), []byte(message)); !errors.Is(err, pop3.ErrSASL) || step.Account != nil {
			t.Errorf("%q: %+v, %v", message, step, err)
		}
	}
}

// TestAfterwards sends various replies to the server's proof.
func TestAfterwards(t *testing.T) {
	client := newClient(t, "SCRAM-SHA-256", "user", "pencil", "").NewConversation()
	e := find(t, everybody(), "SCRAM-SHA-256").New(open())
	response := ""
	for range 2 {
		challenge := ""
		if response != "" {
			step, err := e.Next(t.Context(), []byte(response))
			if err != nil {
				t.Fatal(err)
			}
			challenge = string(step.Challenge)
		}
		var err error
		if response, err = client.Step(challenge); err != nil {
			t.Fatal(err)
		}
	}
	if step, err := e.Next(t.Context(), []byte(response)); err != nil || !strings.HasPrefix(string(step.Challenge), "v=") {
		t.Fatalf("%+v, %v", step, err)
	}
	if step, err := e.Next(t.Context(), []byte("x")); !errors.Is(err, pop3.ErrSASL) || step.Account != nil {
		t.Errorf("%+v, %v", step, err)
	}
}

// TestNoKeysInErrors checks that errors, which are logged, do not contain the channel's
// keys.
func TestNoKeysInErrors(t *testing.T) {
	channel, _ := handshake(t, tls.VersionTLS13)
	_, foreign := handshake(t, tls.VersionTLS13)
	client := newClient(t, "SCRAM-SHA-256-PLUS", "user", "pencil", "").
		NewConversationWithChannelBinding(clientBindings(t, foreign)["tls-exporter"])
	_, err := dialogue(t, everybody(), channel, "SCRAM-SHA-256-PLUS", client)
	if err == nil || strings.Contains(err.Error(), "expected") {
		t.Errorf("%v", err)
	}
}

func FuzzSCRAM(f *testing.F) {
	f.Add("n,,n=user,r=abc", "c=biws,r=abc,p=AAAA")
	f.Add("p=tls-exporter,a=user,n=user,r=abc", "c=,r=,p=")
	f.Add("y,,n=a=2Cb=3Dc,r=abc,x=y", "c=eSws,r=abc,x=y,p=AAAA")
	users := Users{SCRAM: (&vectorUsers{}).salted(scram.SHA1).SCRAM}
	channel, _ := handshake(f, tls.VersionTLS13)
	f.Fuzz(func(t *testing.T, first, final string) {
		for _, mechanism := range []string{"SCRAM-SHA-1", "SCRAM-SHA-1-PLUS"} {
			for _, c := range []*pop3.Channel{open(), channel} {
				if !slices.Contains(Names(), mechanism) || !find(t, users, mechanism).Usable(c) {
					continue
				}
				end := exchange(t, users, mechanism, c, first, final, "")
				if end.account != "" {
					t.Errorf("%q, %q: %+v", first, final, end)
				}
			}
		}
	})
}
