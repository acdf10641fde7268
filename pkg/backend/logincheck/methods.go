package logincheck

import (
	"slices"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// withoutTLS tries the methods that a client without TLS may use where plaintext-login allows
// no password in clear: USER, PLAIN and LOGIN are not offered there.
func (r *run) withoutTLS(user auth.User) {
	if r.inClear {
		return
	}
	work := r.working(user)
	if len(work) == 0 {
		r.step("methods", statusWarning, "without TLS no method works for this user")
		return
	}
	names := strings.Join(work, ", ")
	r.step("methods", statusOK, "without TLS: "+names)
	r.transportCaveat = ", but without TLS only by " + names
}

// working returns the methods without TLS by which a client with the password can log in.
func (r *run) working(user auth.User) (work []string) {
	for _, h := range []scram.Hash{scram.SHA256, scram.SHA1} {
		if name := "SCRAM-" + string(h); r.offers(name) && r.trySCRAM(user, h) {
			work = append(work, name)
		}
	}
	if r.offers("CRAM-MD5") && r.trySecret(user) {
		work = append(work, "CRAM-MD5")
	}
	if r.offersAPOP() && r.trySecret(user) {
		work = append(work, "APOP")
	}
	return work
}

// offersAPOP reports whether the greeting offers APOP.
func (r *run) offersAPOP() bool {
	return r.Backend.Digest != nil && (r.Backend.ForDigest == nil || r.Backend.ForDigest())
}

// offers reports whether AUTH offers a mechanism to a client without TLS.
func (r *run) offers(name string) bool {
	return slices.ContainsFunc(r.Backend.Mechanisms, func(m pop3.Mechanism) bool {
		return m.Name == name && !m.Clear && (m.Usable == nil || m.Usable(&pop3.Channel{}))
	})
}

// trySCRAM reports whether a client with the password can log in with SCRAM.
func (r *run) trySCRAM(user auth.User, h scram.Hash) bool {
	scramUser, can := user.(auth.SCRAMUser)
	if !can {
		return false
	}
	keys, admit, err := scramUser.SCRAMKeys(r.ctx, pop3.Attempt{Login: r.name, Known: true}, h)
	if err != nil {
		return false
	}
	_, err = admit(keys.Fits(*r.question.Password))
	return err == nil
}

// trySecret reports whether a client with the password can log in with a method that needs
// the password in the database.
func (r *run) trySecret(user auth.User) bool {
	secretUser, can := user.(auth.SecretUser)
	if !can {
		return false
	}
	_, err := secretUser.AuthenticateSecret(r.ctx, func(secret string) bool { return secret == *r.question.Password })
	return err == nil
}
