package config

import (
	"bytes"
	"strings"
)

// example is a small complete configuration for the sample file.
type example struct{ title, text string }

// examples are the configurations at the beginning of the sample file.
func examples() []example {
	return []example{
		{"1. The users of the system, with mail in ~/Maildir.", `auth-type = "passwd"
maildir = "Maildir"
tls-cert = "/etc/tpops/fullchain.pem"
tls-key = "/etc/tpops/privkey.pem"
`},
		{"2. Virtual users in a file; its format is in tpops-users(7).", `auth-type = "passwd-file"
passwd-file = "/etc/tpops/users"
mail-roots = "/var/vmail"
tls-cert = "/etc/tpops/fullchain.pem"
tls-key = "/etc/tpops/privkey.pem"
`},
		{"3. Virtual users in MySQL or MariaDB.", `auth-type = "mysql"
mysql-server = "/run/mysqld/mysqld.sock"
mysql-user = "tpops"
mysql-passwd-file = "/etc/tpops/mysql-passwd"
mysql-db = "mail"
mysql-crypt-passwd = "yes"
mail-roots = "/var/vmail"
tls-cert = "/etc/tpops/fullchain.pem"
tls-key = "/etc/tpops/privkey.pem"
`},
	}
}

// exampleIndent begins each line of an example.
const exampleIndent = "#   "

func writeExamples(b *bytes.Buffer) {
	b.WriteString("#\n")
	writeWrapped(b, "# ", "Three complete configurations to start from. Remove the first four characters of each line of one of them. "+
		"All parameters with their defaults follow.", helpWidth)
	for _, e := range examples() {
		b.WriteString("#\n")
		writeWrapped(b, "# ", e.title, helpWidth)
		for line := range strings.Lines(e.text) {
			b.WriteString(exampleIndent + line)
		}
	}
}
