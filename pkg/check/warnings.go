package check

import (
	"fmt"
	"iter"
	"log/slog"
	"os"
	"strings"
	"syscall"

	"tpops/pkg/backend/userdb"
	"tpops/pkg/certs"
	"tpops/pkg/config"
)

// warning is a parameter that is valid, but probably set by mistake.
type warning struct{ Parameter, Text string }

// LogWarnings logs parameters that are valid, but probably set by mistake or deprecated.
// single is set in a process that serves one connection.
func LogWarnings(c *config.Config, single bool, log *slog.Logger) {
	for _, w := range warnings(c, single) {
		warn(log, w)
	}
	LogDeprecated(c.Deprecated(), log)
}

// LogDeprecated logs parameters that a later version removes, as Config.Deprecated
// returns them.
func LogDeprecated(all iter.Seq2[string, config.Problem], log *slog.Logger) {
	for name, problem := range all {
		log.Warn("parameter deprecated", slog.String("parameter", name), slog.Any("error", problem))
	}
}

func warn(log *slog.Logger, w warning) {
	log.Warn("configuration warning", slog.String("parameter", w.Parameter), slog.String("error", w.Text))
}

// warnings returns the parameters that are probably set by mistake. single is set in a
// process that serves one connection: max-servers does not apply to it.
func warnings(c *config.Config, single bool) []warning {
	var all []warning
	if os.Geteuid() == 0 && isServedByRoot(c) {
		all = append(all, warning{"user", "mailboxes without an owner of their own are served as root: set user"})
	}
	for _, problem := range c.Warnings() {
		all = append(all, warning{parameterOf(problem), problem.Error()})
	}
	if !single { // A process for each connection would read the file each time.
		all = append(all, damaged(c)...)
	}
	if c.Processes.ParallelType == "prefork" && c.Processes.MinServers > c.Processes.MaxServers {
		all = append(all, warning{"min-servers", "it is larger than max-servers, which takes precedence"})
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil && !single && limit.Cur < descriptors(c) {
		all = append(all, warning{"max-servers", fmt.Sprintf("sessions may need more descriptors than the limit of %d allows", limit.Cur)})
	}
	return all
}

// damaged returns the files with certificates to trust of which one cannot be used. The
// connection to a server may not need it.
func damaged(c *config.Config) (all []warning) {
	for _, f := range c.ReadFiles() {
		if f.Parameter != "mysql-tls-ca" && f.Parameter != "pop-server-tls-ca" {
			continue
		}
		if damage, err := certs.Damaged(f.Path); err == nil && damage != nil {
			all = append(all, warning{f.Parameter, fmt.Sprintf("%s: %v: it is ignored", f.Path, damage)})
		}
	}
	return all
}

// parameterOf returns the parameter of a warning of the configuration: it is the option, or
// the text begins with it.
func parameterOf(p config.Problem) string {
	if p.Option != "" {
		return strings.TrimLeft(p.Option, "-")
	}
	name, _, _ := strings.Cut(p.Text, ":")
	return name
}

// isServedByRoot reports whether root would serve mailboxes that have no owner of their
// own.
func isServedByRoot(c *config.Config) bool {
	return c.Mailbox.Type == "maildir" && c.Processes.User == "" && userdb.HasVirtualUsers(c)
}

// descriptors returns how many descriptors the daemon may need. A session needs four:
// connection, Maildir, lock, and the message that is being sent. A proxy needs two
// connections for each session, a parent the control connection of each child.
func descriptors(c *config.Config) uint64 {
	each := 4
	switch {
	case c.Processes.ParallelType != "thread":
		each = 1
	case c.Mailbox.Type == "proxy":
		each = 2
	}
	return uint64(each * c.Processes.MaxServers)
}
