package unit

import "testing"

func TestUserFor(t *testing.T) {
	const service = "# /usr/lib/systemd/system/tpops.service\n[Service]\nExecStart=/usr/sbin/tpops --fg --config=/etc/tpops/tpops.toml\nUser=tpops\n"
	for _, test := range []struct{ units, config, want string }{
		{service, InstalledConfig, "tpops"},
		{service, "/etc/tpops/../tpops/tpops.toml", "tpops"},
		{service, "/srv/other.toml", ""},
		{service + "\n# /etc/systemd/system/tpops.service.d/vmail.conf\n[Service]\nUser=vmail\n", InstalledConfig, "vmail"},
		{service + "\n# /etc/systemd/system/tpops.service.d/root.conf\n[Service]\nUser=\n", InstalledConfig, "root"},
	} {
		if got := userFor(Settings(test.units, daemon), test.config); got != test.want {
			t.Errorf("%s for %s: %q, want %q", test.units, test.config, got, test.want)
		}
	}
}
