package logincheck

import (
	"cmp"
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// errUndecided means that only the password decides.
var errUndecided = errors.New("the database reports the account only with the password")

// errBanned means that an operator has banned the address.
var errBanned = errors.New("an operator has banned the address")

// login checks a login, and ends with the first step that refuses it.
func (r *run) login() {
	r.name = r.Backend.Names.Of(r.question.User)
	r.transport()
	for _, step := range []func() error{r.address, r.find, r.restrictions, r.owner, r.mailbox} {
		if err := step(); err != nil {
			r.refuse(err)
			return
		}
	}
	r.report.Result = ResultWorks
	r.report.Sentence = fmt.Sprintf("A login of %s works%s.", bounded(r.name, maxName), r.caveat+r.transportCaveat)
}

// transport reports whether a password may be sent without TLS.
func (r *run) transport() {
	a := r.question.Address
	local := netip.AddrPortFrom(netip.IPv4Unspecified(), 110)
	r.inClear = r.Config.MayLogInClear(local, netip.AddrPortFrom(a, 1024), a.IsLoopback())
	switch hasTLS := r.Backend.TLS != nil; {
	case r.inClear && hasTLS:
		r.step("tls", statusOK, "not required: plaintext-login allows a password without TLS on port 110")
	case r.inClear:
		r.step("tls", statusWarning, "not available: passwords are sent in clear")
	case hasTLS:
		r.step("tls", statusWarning, "required: on port 110 a password without TLS is refused")
		r.transportCaveat = ", but only with TLS: let the client use port 995 or STLS, or set plaintext-login"
	default:
		r.step("tls", StatusFailed, "required by plaintext-login, but there is no certificate")
		r.transportCaveat = ", but only on this machine: set tls-cert, or plaintext-login = yes"
	}
}

// address reports what the guard remembers. It returns why the client could not connect.
func (r *run) address() error {
	memory, ok := r.Backend.Guard.(*guard.Guard)
	if !ok {
		return nil
	}
	m := memory.Inspect(r.name, r.name, r.question.Address)
	from := "of the user"
	if r.question.Address.IsValid() {
		from = "of the user and from " + r.question.Address.String()
	}
	switch text := fmt.Sprintf("%d failed logins %s", m.Failures, from); {
	case memory.IsBanned(r.question.Address):
		r.step("guard", StatusFailed, text+": connections are refused, because an operator has banned the address")
		return fmt.Errorf("%w: %w", errBanned, pop3.ErrGuesses)
	case m.Refused:
		r.step("guard", StatusFailed, text+": connections are refused")
		return fmt.Errorf("too many logins failed from %v: %w", r.question.Address, pop3.ErrGuesses)
	case m.Delay > 0:
		r.step("guard", statusWarning, fmt.Sprintf("%s: the next one waits %v", text, m.Delay))
		r.caveat += fmt.Sprintf(", after a delay of %v because of failed logins", m.Delay)
	case m.Known:
		r.step("guard", statusOK, text+", no delay; the address is known")
	default:
		r.step("guard", statusOK, text+", no delay")
	}
	return nil
}

// restrictions reports what restricts the account. It returns the one that refuses the
// login.
func (r *run) restrictions() error {
	a := r.account
	var texts []string
	if a.TLSOnly {
		texts = append(texts, "TLS required")
	}
	if n := len(a.Networks); n > 0 {
		texts = append(texts, "only from "+networksText(a.Networks[:min(n, 8)]))
		if !r.question.Address.IsValid() {
			r.caveat += ", but only from the networks of allow_nets: name the client by --address"
		}
	}
	if a.LoginDelay > 0 || a.LoginDelay == 0 && r.Config.Protocol.LoginDelay > 0 {
		texts = append(texts, "login-delay")
	}
	err := r.sessions(&texts)
	if refusal := r.admitted(); refusal != nil {
		err = refusal
	}
	text := cmp.Or(strings.Join(texts, "; "), "none")
	if err != nil {
		r.step("restrictions", StatusFailed, text+": "+err.Error())
		return err
	}
	r.step("restrictions", statusOK, text)
	return nil
}

// networksText returns networks as the row has them.
func networksText(networks []netip.Prefix) string {
	texts := make([]string, len(networks))
	for i, network := range networks {
		texts[i] = network.String()
	}
	return strings.Join(texts, ", ")
}

// admitted returns why the account does not allow a login with TLS from the address.
func (r *run) admitted() error {
	account := *r.account
	if !r.question.Address.IsValid() {
		account.Networks = nil // Nothing is known about the client.
	}
	return account.Admits(r.client())
}

// client returns the client of the login, which has no address if none is named.
func (r *run) client() *pop3.Client {
	return &pop3.Client{TLS: r.Backend.TLS != nil, Remote: netip.AddrPortFrom(r.question.Address, 1024)}
}

// sessions adds the number of the user's sessions, and returns whether there are too many.
func (r *run) sessions(texts *[]string) error {
	memory, ok := r.Backend.Guard.(*guard.Guard)
	if !ok {
		return nil
	}
	name := r.account.Name
	if r.account.Unproven {
		name = strings.ToLower(name)
	}
	m := memory.Inspect(r.name, name, r.question.Address)
	if r.account.MaxSessions > 0 {
		m.Limit = r.account.MaxSessions
	}
	if m.Limit == 0 {
		return nil
	}
	*texts = append(*texts, fmt.Sprintf("%d of at most %d sessions", m.Sessions, m.Limit))
	if m.Sessions >= m.Limit {
		return fmt.Errorf("there are %d sessions: %w", m.Sessions, pop3.ErrPerUser)
	}
	return nil
}

// owner reports whose rights are used.
func (r *run) owner() error {
	a := r.account
	if r.Config.Mailbox.Type == "proxy" {
		return nil
	}
	r.report.Path = a.Maildrop
	text := fmt.Sprintf("uid %d, gid %d, groups %v", a.UID, a.GID, a.Groups[:min(len(a.Groups), 16)])
	if a.UID < 0 {
		text = fmt.Sprintf("the user of the service, uid %d, gid %d", unix.Geteuid(), unix.Getegid())
	}
	r.step("owner", statusOK, text)
	status, text := statusOK, a.Maildrop+", mail-roots "+rootsText(r.Config.Mailbox.Roots)
	if !isBelow(r.Config.Mailbox.Roots, a.Maildrop) {
		status, text = statusWarning, a.Maildrop+" is outside mail-roots "+rootsText(r.Config.Mailbox.Roots)+", unless it leads there by links"
	}
	r.step("path", status, text)
	return nil
}

// rootsText returns the directories of mail-roots for a person.
func rootsText(roots []string) string {
	if len(roots) == 0 {
		return "not set"
	}
	return strings.Join(roots, " ")
}

// isBelow reports whether a path is in one of the directories, or there is no directory.
func isBelow(roots []string, path string) bool {
	return len(roots) == 0 || slices.ContainsFunc(roots, func(root string) bool {
		return strings.HasPrefix(path+"/", strings.TrimSuffix(root, "/")+"/")
	})
}
