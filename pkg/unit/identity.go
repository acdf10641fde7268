package unit

import (
	"cmp"
	"context"
	"path/filepath"
	"strings"
)

// Identity is the user, the group and the supplementary groups of a service, as its unit
// names them. User and Group are empty if the unit does not set them.
type Identity struct {
	User, Group string
	Groups      []string
}

// IdentityIn returns the identity that the settings of a service set.
func IdentityIn(settings []Setting) (i Identity) {
	for _, s := range settings {
		switch s.Name {
		case "User":
			i.User = s.Value
		case "Group":
			i.Group = s.Value
		case "SupplementaryGroups":
			if s.Value == "" {
				i.Groups = nil
			}
			i.Groups = append(i.Groups, strings.Fields(s.Value)...)
		}
	}
	return i
}

// UserOf returns the user of the service that has the configuration file, as its unit names
// it; "" if systemd has no such service. The error is that of systemctl.
func UserOf(ctx context.Context, configFile string) (string, error) {
	if !IsInstalled(ctx) {
		return "", nil
	}
	name := Serving(ctx)
	files, err := Systemctl(ctx, "cat", name)
	if err != nil {
		return "", err
	}
	return userFor(Settings(files, name), configFile), nil
}

// userFor returns the user that settings name for the configuration file, "" if they have
// another one.
func userFor(settings []Setting, configFile string) string {
	if filepath.Clean(configFile) != commandConfig(settings) {
		return ""
	}
	return cmp.Or(IdentityIn(settings).User, "root")
}
