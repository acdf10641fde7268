package unit

import "strings"

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
