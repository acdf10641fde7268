package sasl

import (
	"context"
	"crypto/hmac"
	"crypto/md5"
	"crypto/rand"
	"crypto/subtle"
	"encoding/hex"
	"fmt"
	"os"
	"strings"
	"time"

	"tpops/pkg/pop3"
)

// cram is the server's side of CRAM-MD5 (RFC 2195).
type cram struct {
	users     SecretUsers
	channel   *pop3.Channel
	challenge string
	sent      bool
}

func (u Users) canCRAM(*pop3.Channel) bool {
	return u.Secrets != nil && (u.ForSecrets == nil || u.ForSecrets())
}

// newCRAM makes an unpredictable challenge in the form of a Message-ID (RFC 2195 §2).
func (u Users) newCRAM(c *pop3.Channel) pop3.Exchange {
	challenge := fmt.Sprintf("<%d.%d.%s@%s>", os.Getpid(), time.Now().Unix(), strings.ToLower(rand.Text()), u.Hostname)
	return &cram{users: u.Secrets, channel: c, challenge: challenge}
}

// Next implements pop3.Exchange. The server sends first, so an initial response is not
// allowed (RFC 5034 §4).
func (c *cram) Next(ctx context.Context, response []byte) (pop3.Step, error) {
	if !c.sent {
		c.sent = true
		if response != nil {
			return pop3.Step{}, pop3.ErrSASL
		}
		return pop3.Step{Challenge: []byte(c.challenge)}, nil
	}
	space := strings.LastIndexByte(string(response), ' ') // A name may have spaces.
	digest, err := hex.DecodeString(string(response[space+1:]))
	if space < 1 || err != nil || len(digest) != md5.Size {
		return pop3.Step{}, pop3.ErrSASL
	}
	step := pop3.Step{Login: c.channel.Qualify(string(response[:space]))}
	step.Account, err = c.channel.Check(ctx, pop3.Attempt{Login: step.Login}, func(ctx context.Context, a pop3.Attempt) (*pop3.Account, error) {
		return c.users.AuthenticateSecret(ctx, a.Login, func(secret string) bool { return c.fits(secret, digest) })
	})
	return step, err
}

// fits reports whether the digest was made with the secret (RFC 2195 §2).
func (c *cram) fits(secret string, digest []byte) bool {
	m := hmac.New(md5.New, []byte(secret))
	m.Write([]byte(c.challenge))
	return subtle.ConstantTimeCompare(m.Sum(nil), digest) == 1
}
