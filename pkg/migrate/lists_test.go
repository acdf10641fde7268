package migrate

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/uidlist"
)

const dovecotList = "3 V1275660208 N25022 G3085f01b7f11094c501100008c4a11c1\n" +
	"25006 :1276528487.M364837P9451.kurkku,S=1355,W=1394\n" +
	"25017 W2481 Psome-old-uidl O12 :1276533073.M242911P3632.kurkku:2,F\n" +
	"25018 P :1276533074.M1P1.kurkku\n" +
	"25019 :1276533075.M1P1.kurkku:2,S\n" +
	"25020 O3 :1276533076.M1P1.kurkku\n"

// The list of Dovecot decides about UIDLs and order: saved ones, orders, holes,
// messages that were renamed, and one that came later.
func TestDovecot(t *testing.T) {
	dir := newMaildir(t, empty("cur/1276528487.M364837P9451.kurkku,S=1355,W=1394:2,RS cur/1276533073.M242911P3632.kurkku:2,S "+
		"new/1276533074.M1P1.kurkku cur/1276533076.M1P1.kurkku:2, new/1276533070.M1P1.kurkku"))
	write(t, dir, uidlist.DovecotName, dovecotList)
	r := apply(t, Dovecot{}, dir)
	if r.Status != StatusImported || r.Kept != 4 || r.New != 1 || r.Failed() {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "000061bc4c0907b0", "some-old-uidl", "000061ae4c0907b0", "1276533074.M1P1.kurkku", "1276533070.M1P1.kurkku")
}

func TestDovecotFormat(t *testing.T) {
	for format, want := range map[string]string{
		"%v.%u": "7.5", "%f": "1.a", "%{uid | hex(8)}%{uidvalidity | hex(8)}": "0000000500000007",
	} {
		dir := newMaildir(t, empty("new/1.a"))
		write(t, dir, uidlist.DovecotName, "3 V7 N6\n5 :1.a\n")
		f, err := uidlist.ParseFormat(format)
		if err != nil {
			t.Fatal(err)
		}
		if r := apply(t, Dovecot{Format: f}, dir); r.Kept != 1 {
			t.Errorf("%+v", r)
		}
		wantListing(t, dir, want)
	}
}

// pop3_reuse_xuidl: a saved UIDL, then the header, then the format.
func TestDovecotXUIDL(t *testing.T) {
	long := "X-Long: " + strings.Repeat("x", 10000) + "\n"
	dir := newMaildir(t, map[string]string{
		"new/1.a": "From: a\nx-uidl: from header \n\nX", "new/2.b": "X-UIDL: unused\n\n", "new/3.c": "From: c\n\nX-UIDL: body\n",
		"new/4.d": long + "X-UIDL:\tafter\r\n", "new/5.e": "",
		uidlist.DovecotName: "3 V7 N9\n1 :1.a\n2 Psaved :2.b\n3 :3.c\n4 :4.d\n5 :5.e\n",
	})
	r := apply(t, Dovecot{ReuseXUIDL: true}, dir)
	if r.Kept != 4 || r.Again != 1 { // A blank in a UIDL is not legal.
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "1.a", "saved", "0000000300000007", "after", "0000000500000007")
}

// Messages with the keyword of pop3_deleted_flag were not shown, and would be.
func TestDovecotHidden(t *testing.T) {
	dir := newMaildir(t, empty("cur/1.a:2,Sb cur/2.b:2,Sa cur/3.c:2,"))
	write(t, dir, uidlist.DovecotName, "3 V7 N4\n1 :1.a\n2 :2.b\n3 :3.c\n")
	write(t, dir, uidlist.KeywordsName, "0 $Junk\n1 $POP3Deleted\n")
	source := Dovecot{DeletedFlag: "$POP3Deleted"}
	before := tree(t, dir)
	r := apply(t, source, dir)
	if r.Status != StatusRefused || r.Hidden != 1 || !r.Failed() || !strings.Contains(r.Error, "--force") || tree(t, dir) != before {
		t.Errorf("%+v", r)
	}
	im := &Importer{Source: source, Apply: true, Force: true}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported {
		t.Errorf("%+v", r)
	}
}

// The list may be in a directory of its own.
func TestDovecotControlDir(t *testing.T) {
	dir, control := newMaildir(t, empty("new/2.b new/1.a")), t.TempDir()
	if err := os.MkdirAll(filepath.Join(control, "example.org", "ann"), 0o700); err != nil {
		t.Fatal(err)
	}
	write(t, control, "example.org/ann/"+uidlist.DovecotName, "1 7 3\n1 2.b\n2 1.a\n")
	im := &Importer{Source: Dovecot{ControlDir: control + "/%d/%n"}, Apply: true}
	for login, want := range map[string]string{"": "%d is \"\"", "a@..": `%d is ".."`, "bob@example.org": errNoList.Error()} {
		if r := im.Mailbox(t.Context(), Job{Maildir: dir, Login: login}); r.Status != StatusFailed || !strings.Contains(r.Error, want) {
			t.Errorf("%q: %+v", login, r)
		}
	}
	if r := im.Mailbox(t.Context(), Job{Maildir: dir, Login: "ann@example.org"}); r.Status != StatusImported {
		t.Errorf("%+v", r)
	}
	wantListing(t, dir, "0000000100000007", "0000000200000007")
}

// The list of Courier decides in each of its versions.
func TestCourier(t *testing.T) {
	for list, want := range map[string][]string{
		"/3 4 1276\n2.b 5 3:1276:0\n1.a:2,S 5 2:1200:0\n": {"UID2-1200", "UID3-1276", "3.c"},
		"/2 4 1276\n1.a 5 2:1276\n2.b:2,F 5 1:1276\n":     {"UID2-1276", "UID1-1276", "3.c"},
		"/1 4\n1.a 5 2\n2.b 5 1\n":                        {"UID2", "UID1", "3.c"},
		"1.a 5\n2.b 5\n3.c 5\n":                           {"1.a", "2.b", "3.c"},
		"/3 9 7\n1.a 5 1:7:0\n2.b 5 1:7:0\n3.c 5 2:7:0\n": {"UID1-7", "2.b", "UID2-7"},
	} {
		dir := newMaildir(t, empty("cur/1.a:2,RS new/2.b new/3.c"))
		write(t, dir, uidlist.CourierName, list)
		if r := apply(t, Courier{}, dir); r.Status != StatusImported {
			t.Errorf("%+v", r)
		}
		wantListing(t, dir, want...)
	}
}

// A list that is damaged, cut off, missing or no file is an error that names it, and the
// mailbox stays as it was.
func TestDamaged(t *testing.T) {
	tests := []struct {
		name, list string
		source     Source
		want       string
	}{
		{uidlist.DovecotName, "3 V7 N9\n1 :1.a\n2 :2.", Dovecot{}, "not complete"},
		{uidlist.DovecotName, "3 N9\n1 :1.a\n", Dovecot{}, "line 1"},
		{uidlist.DovecotName, "", Dovecot{}, uidlist.DovecotName},
		{uidlist.DovecotName, "3 V7 N9\n2 :1.a\n1 :2.b\n", Dovecot{}, "line 3"},
		{uidlist.CourierName, "/3 4 1276\n1.a 5 2:12", Courier{}, "not complete"},
		{uidlist.CourierName, "/9 4 1276\n", Courier{}, "line 1"},
		{"", "", Courier{}, errNoList.Error()},
		{"", "", Dovecot{}, errNoList.Error()},
		{"link", "", Dovecot{}, "not a regular file"}, // Dovecot may have followed it.
	}
	for _, tt := range tests {
		dir := newMaildir(t, empty("new/1.a"))
		switch tt.name {
		case "":
		case "link":
			if err := os.Symlink("/etc/passwd", filepath.Join(dir, uidlist.DovecotName)); err != nil {
				t.Fatal(err)
			}
		default:
			write(t, dir, tt.name, tt.list)
		}
		before := tree(t, dir)
		r := apply(t, tt.source, dir)
		if r.Status != StatusFailed || !strings.Contains(r.Error, dir) || !strings.Contains(r.Error, tt.want) || !r.Failed() {
			t.Errorf("%q: %+v", tt.list, r)
		}
		if tree(t, dir) != before {
			t.Errorf("%q: the Maildir has changed", tt.list)
		}
	}
}

// An empty mailbox needs no list.
func TestNoList(t *testing.T) {
	dir := newMaildir(t, nil)
	if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
		t.Errorf("%+v", r)
	}
}

func TestReadDoveconf(t *testing.T) {
	got, err := ReadDoveconf(strings.NewReader("# 2.3.19\nprotocol pop3 {\n  pop3_uidl_format = %g\n  pop3_reuse_xuidl = yes\n}\npop3_deleted_flag = \"$Gone\"\npop3_uidl_format = %g\n"))
	if err != nil || got != (DovecotSettings{"%g", true, "$Gone", ""}) {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := ReadDoveconf(strings.NewReader("pop3_uidl_format = %g\nremote 10.0.0.0/8 {\npop3_uidl_format = %f\n")); err == nil {
		t.Error("two formats were taken")
	}
	for _, text := range []string{"# 2.3.19.1 (9b53102964): x\n", "# 2.4.1-4 (7d8c0e5759): x\nprotocols = pop3\n", "pop3_uidl_format = \n"} {
		if got, err := ReadDoveconf(strings.NewReader(text)); err != nil || got != (DovecotSettings{}) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// TestReadOther checks that a file that is not from doveconf is an error, and not the
// default format: all messages would be downloaded again.
func TestReadOther(t *testing.T) {
	for _, text := range []string{"", "\n", "doveconf: Fatal: Error in configuration file\n", "protocols = pop3\n", "#pop3_uidl_format = %08Xu%08Xv\n"} {
		if got, err := ReadDoveconf(strings.NewReader(text)); !errors.Is(err, errNoOutput) {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

// TestReadControl checks that the directories of lists that are not in the Maildirs are
// found.
func TestReadControl(t *testing.T) {
	for text, want := range map[string]string{
		"mail_location = maildir:~/Maildir:INDEX=/i:CONTROL=/c/%u\n":                                             "/c/%u",
		"mail_location = maildir:~/Maildir\nnamespace inbox {\n  location = maildir:~/m:CONTROL=/d\n}\n":         "/d",
		"mail_control_path = /c/%{user}\nprotocol pop3 {\n  mail_control_path = /d\n}\n":                         "/c/%{user}, /d",
		"userdb {\n  args = uid=v home=/h/%u mail=maildir:~/Maildir:CONTROL=/c/%u gid=v\n  driver = static\n}\n": "/c/%u",
		"userdb {\n  default_fields = mail=maildir:~/Maildir:CONTROL=/c:INDEX=/i\n  driver = passwd-file\n}\n":   "/c",
		"mail_location = maildir:~/Mail dir:CONTROL=/my lists/%u:INDEX=/i\n":                                     "/my lists/%u",
		"namespace inbox {\n  location = maildir:~/m:CONTROL=/my lists\n}\n":                                     "/my lists",
		"userdb static {\n  fields {\n    mail:default = maildir:~/m:CONTROL=/my lists\n  }\n}\n":                "/my lists",
		"user_query = SELECT CONCAT('maildir:/m/', id, ':CONTROL=/c/', id) AS mail FROM users\n":                 "directories that user_query names",
		"userdb sql {\n  query = SELECT 'maildir:/m:CONTROL=/c' AS mail, uid\n}\n":                               "directories that query names",
		"mail_control_path = \nmail_location = maildir:/m:INDEX=CONTROL\n":                                       "",
	} {
		if got, err := ReadDoveconf(strings.NewReader("# 2.3.19 (x): y\n" + text)); err != nil || got.Control != want {
			t.Errorf("%q: %+v, %v", text, got, err)
		}
	}
}

func TestExpand(t *testing.T) {
	got := []string{}
	for _, path := range []string{"/x", "/%u", "/%d/%n/c", "/%h", "/%"} {
		text, err := expand(path, "ann@example.org")
		if err != nil {
			text = "error"
		}
		got = append(got, text)
	}
	if want := []string{"/x", "/ann@example.org", "/example.org/ann/c", "error", "error"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}
