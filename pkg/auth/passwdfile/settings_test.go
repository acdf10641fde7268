package passwdfile

import (
	"testing"

	"tpops/pkg/auth/authtest"
)

func TestSettings(t *testing.T) {
	for _, c := range authtest.SettingCases() {
		t.Run(c.Name(), func(t *testing.T) {
			row, err := parseRow("ann:{PLAIN}x::::/home/ann:"+c.Text, "Maildir")
			if err != nil {
				t.Fatal(err)
			}
			c.CheckRow(t, row)
		})
	}
}
