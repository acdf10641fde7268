package config

import (
	"bytes"
	"errors"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"
)

// The short help fits on a screen.
func TestShortHelp(t *testing.T) {
	var b bytes.Buffer
	if err := WriteHelp(&b); err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(b.String(), "\n"); n < 15 || n > 24 {
		t.Errorf("%d lines", n)
	}
	for line := range strings.Lines(b.String()) {
		if len(line) > helpWidth+1 || regexp.MustCompile(`^ .*\S --?\w*$`).MatchString(line) {
			t.Errorf("too wide: %s", line)
		}
	}
	for _, want := range []string{"  -p, --port=[HOST:]PORT      Port to listen on\n", "--help=all", "--sample-config"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in\n%s", want, b.String())
		}
	}
}

func TestHelpOption(t *testing.T) {
	for arg, want := range map[string]string{
		"--help": "yes", "-h": "yes", "--help=all": "all", "--help=yes": "yes", "--help=no": "no",
	} {
		c, text, err := loadIn(t, t.TempDir(), "", arg)
		if err != nil || c.Run.Help != want {
			t.Errorf("%s: %v %s", arg, err, text)
		}
	}
	if _, _, err := loadIn(t, t.TempDir(), "", "--help=most"); err == nil {
		t.Error("--help=most is accepted")
	}
}

func TestHelp(t *testing.T) {
	var b bytes.Buffer
	if err := WriteFullHelp(&b); err != nil {
		t.Fatal(err)
	}
	help := b.String()
	for line := range strings.Lines(help) {
		if n := utf8.RuneCountInString(strings.TrimSuffix(line, "\n")); n > helpWidth {
			t.Errorf("%d columns: %s", n, line)
		}
	}
	flat := strings.Join(strings.Fields(help), " ")
	for _, p := range Params() {
		row := regexp.MustCompile(`--` + p.Name + `[ =]`)
		if !row.MatchString(flat) || !strings.Contains(flat, p.Help) || !strings.Contains(flat, p.defaultNote()) {
			t.Errorf("%s is not there as it should", p.Name)
		}
		if !strings.Contains(help, "\n"+p.Group+":\n") {
			t.Errorf("no group %s", p.Group)
		}
	}
	for _, want := range []string{
		"-p, --port=[HOST:]PORT Port to listen on",
		"One of prefork, fork, thread. Not available with inetd=yes. (default: prefork)",
		"Requires parallel-type=prefork. (default: 100)",
		"Requires auth-type=passwd|passwd-file|pam|dovecot. Requires mailbox-type=maildir. (default: Maildir)",
	} {
		if !strings.Contains(flat, want) {
			t.Errorf("no %q", want)
		}
	}
}

// failing fails each write.
type failing struct{}

var errFull = errors.New("full")

func (failing) Write([]byte) (int, error) { return 0, errFull }

func TestWriteErrors(t *testing.T) {
	if err := WriteHelp(failing{}); !errors.Is(err, errFull) {
		t.Errorf("help: %v", err)
	}
	if err := WriteFullHelp(failing{}); !errors.Is(err, errFull) {
		t.Errorf("full help: %v", err)
	}
	if err := WriteSample(failing{}); !errors.Is(err, errFull) {
		t.Errorf("sample: %v", err)
	}
}

// sampleLines returns the settings of the sample file by their names.
func sampleLines(t *testing.T) map[string]string {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{}
	for line := range strings.Lines(b.String()) {
		if n := len(strings.TrimSuffix(line, "\n")); n > helpWidth {
			t.Errorf("%d columns: %s", n, line)
		}
		if setting, ok := strings.CutPrefix(line, "#"); ok && setting[0] != ' ' {
			name, _, _ := strings.Cut(setting, " ")
			lines[name] = setting
		}
	}
	return lines
}

func TestSampleAsItIs(t *testing.T) {
	var b bytes.Buffer
	if err := WriteSample(&b); err != nil {
		t.Fatal(err)
	}
	bare, _, err := loadIn(t, t.TempDir(), "")
	if err != nil {
		t.Fatal(err)
	}
	c, _, err := loadIn(t, t.TempDir(), b.String())
	if err != nil {
		t.Fatal(err)
	}
	c.Run.ConfigFile = bare.Run.ConfigFile
	if changed := Changed(bare, c); changed != nil {
		t.Errorf("changes %v", changed)
	}
}

// Each line has a valid type and sets the default. All lines together contradict
// each other.
func TestSampleUncommented(t *testing.T) {
	lines := sampleLines(t)
	var all strings.Builder
	for _, p := range Params() {
		if _, ok := lines[p.Name]; ok == p.CommandLine {
			t.Errorf("%s: in the sample: %v", p.Name, ok)
		}
		all.WriteString(lines[p.Name])
	}
	l := newLoader(Source{})
	d := &document{loader: l, file: "sample", text: all.String()}
	l.apply(d.settings())
	if len(l.problems) > 0 {
		t.Fatal(l.problems)
	}
	if changed := Changed(newLoader(Source{}).config, l.config); changed != nil {
		t.Errorf("changes %v", changed)
	}
}

// Each line alone is accepted if its parameter has an effect. A parameter that is
// required must have another value than none.
func TestSampleLineByLine(t *testing.T) {
	for _, p := range Params() {
		if p.CommandLine || p.Required {
			continue
		}
		t.Run(p.Name, func(t *testing.T) {
			base := effective(&p)
			before, text, err := loadIn(t, t.TempDir(), base)
			if err != nil {
				t.Fatalf("%s%s", base, text)
			}
			line := sampleLines(t)[p.Name]
			after, text, err := loadIn(t, t.TempDir(), base+line)
			if err != nil {
				t.Fatalf("%s%s", line, text)
			}
			after.Run.ConfigFile = before.Run.ConfigFile
			if changed := Changed(before, after); changed != nil {
				t.Errorf("%schanges %v", line, changed)
			}
		})
	}
}

// effective returns a file in which p has an effect.
func effective(p *Param) (file string) {
	for _, c := range p.Only {
		switch {
		case c.String() == "login-hook":
			file = "login-hook = '/x'\n"
		case c.String() == "parallel-type=thread":
			file = "parallel-type = \"thread\"\n"
		case c.String() == "tls-cert":
			file = "tls-cert = \"/etc/tpops/cert.pem\"\n"
		case c.Name == "oauth-tokens":
			file = map[string]string{"jwks": jwksFile, "introspection": introspectionFile}[c.Values[0]]
		case c.String() == "oauth-client-id":
			file = introspectionFile + "oauth-client-id = 'x'\n"
		case c.String() == "mysql-tls=yes":
			file = mysqlFile + "mysql-tls = true\n"
		case c.String() == "mailbox-type=proxy":
			file += "mailbox-type = \"proxy\"\n"
		case c.Name == "pop-server-tls":
			file += "pop-server-tls = \"stls\"\n"
		case c.String() == "auth-type=mysql":
			file = "auth-type = 'mysql'\nmysql-db = 'mail'\n"
		case c.String() == "maildir-uidl=dovecot":
			file = "maildir-uidl = \"dovecot\"\n"
		case c.String() == "auth-type=pam":
			file = "auth-type = 'pam'\n"
		case c.String() == "auth-type=dovecot":
			file = "auth-type = 'dovecot'\n"
		case c.Not && c.String() == "auth-cache=0":
			file = "auth-cache = 60\n"
		}
	}
	return file
}
