package house

import (
	"os"
	"strings"
	"testing"
)

// quotedConstants are the numbers of the program that the manual quotes. Both
// have to be changed together.
var quotedConstants = []struct{ file, code, page, text string }{
	{"pkg/pop3/proxyheader.go", "const TypeHops = 0xE4\n", "tpops-proxy.7", "TLV of type 0xE4"},
	{"pkg/pop3/input.go", "const maxLine = 1024\n", "tpops-protocol.7", "A command line may have up to 1,024 octets including the line end."},
	{"pkg/pop3/input.go", "const maxLine = 1024\n", "tpops-events.7", "The client sent a line of more than 1,024 octets, in AUTH of more than 16 KiB."},
	{"pkg/pop3/input.go", "const maxLongLine = 16<<10 + 2\n", "tpops-protocol.7", "A line of AUTH may have up to 16 KiB."},
	{"pkg/eventlog/field.go", "maxValue = 1024\n", "tpops-events.7", "They are cut after 1,024 octets,"},
	{"pkg/compressed/reader.go", "alwaysOctets = 128 << 20\n", "tpops-protocol.7", "The text may have 128 MiB, or 100 times the size of the file if that is more."},
	{"pkg/compressed/reader.go", "maxRatio     = 100\n", "tpops-protocol.7", "The text may have 128 MiB, or 100 times the size of the file if that is more."},
	{"pkg/maildir/convert.go", "maxUIDLFile  = 64 << 20 ", "tpops-maildir.7", "larger than 64 MiB"},
	{"pkg/maildir/convert.go", "maxUIDLLines = 1 << 20\n", "tpops-maildir.7", "1,048,576 lines"},
	{"pkg/pop3/prepare.go", "const headerTime = 5 * time.Second\n", "tpops-proxy.7", "within 5 seconds"},
	{"pkg/auth/secrets/list.go", "maxPassword = 1024\n", "tpops_passwd.8", "up to 1,024 octets"},
}

func TestHouseConstants(t *testing.T) {
	for _, c := range quotedConstants {
		for name, want := range map[string]string{"../../" + c.file: c.code, "../../man/" + c.page: c.text} {
			text, err := os.ReadFile(name)
			if err != nil || !strings.Contains(string(text), want) {
				t.Errorf("%s: no %q (%v): change %s and man/%s together", name, want, err, c.file, c.page)
			}
		}
	}
}
